/* SPDX-License-Identifier: MIT */
/* Answers a request as its fault has it. */
#ifndef CAMPUS_FAULT_PLAY_H
#define CAMPUS_FAULT_PLAY_H

#include "faults.h"

#include "poly/http.h"

/* `status` and `answer` are what would be right; `answer` may be taken over. Fiber only. */
void fault_play(poly_request *request, fault_table *table, const struct fault *fault, int status, poly_strbuf *answer);

#endif

/* SPDX-License-Identifier: MIT */
/* Answers a request as its fault has it. */
#ifndef CAMPUS_FAULT_PLAY_H
#define CAMPUS_FAULT_PLAY_H

#include "faults.h"

#include "poly/http.h"

/* What would be right. */
struct right_answer {
    int status;
    const char *content_type;
    poly_strbuf body; /* may be taken over */
};

/* Fiber only. */
void fault_play(poly_request *request, fault_table *table, const struct fault *fault, struct right_answer *answer);

#endif

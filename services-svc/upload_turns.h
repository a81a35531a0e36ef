/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is to send files. So many forms are read at a time as there is memory set aside for, and each caller
 * has only some of the turns: one who sends slowly on many connections keeps nobody else from sending. Any thread.
 */
#ifndef SERVICES_UPLOAD_TURNS_H
#define SERVICES_UPLOAD_TURNS_H

#include "poly/runtime.h"

typedef struct upload_turns upload_turns;

/* `per_caller` counts those who wait for a turn, too. */
upload_turns *upload_turns_create(unsigned per_caller);
void upload_turns_destroy(upload_turns **turns);

/*
 * On POLY_OK the caller has one turn more, which ends with upload_turns_leave. POLY_REJECTED: they have as many as one
 * may have. POLY_OVERLOADED: too many wait. POLY_TIMEOUT: none came before the deadline. Fiber only.
 */
poly_result upload_turns_enter(upload_turns *turns, const char *caller, uint64_t deadline) POLY_MUST_CHECK;
void upload_turns_leave(upload_turns *turns, const char *caller);

#endif

/* SPDX-License-Identifier: MIT */
/* What the clients of the platform's daemons have in common: whose answer it is, and reading it. */
#ifndef POLY_CLIENTS_ANSWER_H
#define POLY_CLIENTS_ANSWER_H

#include "poly/httpc.h"

/* Lists of thousands of people at some hundred bytes each. */
#define ANSWER_MAX ((size_t)8 << 20)

/* What is larger than this is read and written away from the event loop: it takes some 40 µs per KiB. */
#define ANSWER_MAX_ON_LOOP ((size_t)24 << 10)

bool answer_is_json(const poly_httpc_response *response);
/* A refusal is a daemon's own only as a problem document: anything may stand behind a mistyped address. */
bool answer_is_problem(const poly_httpc_response *response);

/* Puts what it finds into `out` and the arena. */
typedef poly_result answer_reader(const poly_json *document, poly_arena *arena, void *out);

/* Has `read` read it. POLY_BAD_ANSWER if it is no JSON, POLY_UNAVAILABLE if the off-loop pool is full. */
poly_result answer_read(poly_slice json, answer_reader *read, poly_arena *arena, void *out) POLY_MUST_CHECK;

#endif

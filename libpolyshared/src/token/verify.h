/* SPDX-License-Identifier: MIT */
/* Verifying at a moment that is given, for tests. */
#ifndef POLY_TOKEN_VERIFY_H
#define POLY_TOKEN_VERIFY_H

#include "poly/token.h"

/* As the public ones; `out` is the struct of the verifier's kind. */
poly_result token_verify_at(poly_token_verifier *verifier, poly_slice token, int64_t now, poly_arena *arena, void *out,
                            poly_token_fault *fault) POLY_MUST_CHECK;

#endif

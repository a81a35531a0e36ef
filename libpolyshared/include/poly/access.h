/* SPDX-License-Identifier: MIT */
/*
 * Who calls: services by their secrets, users by their access tokens. For the daemons' guards and handlers, on the
 * request's fiber.
 */
#ifndef POLY_ACCESS_H
#define POLY_ACCESS_H

#include "poly/http.h"
#include "poly/token.h"

/* A daemon or a bot that proves itself by X-Service-Secret. Two secrets, so that one can be replaced without a gap. */
typedef struct poly_service_caller {
    const char *name;
    const char *secret;          /* "" or NULL: the caller is not configured */
    const char *previous_secret; /* the same */
} poly_service_caller;

bool poly_service_secret_was_sent(const poly_request *request);
/* Whose secret was sent; NULL if nobody's. Looks at all of them, each in constant time. */
const poly_service_caller *poly_service_caller_find(const poly_request *request, const poly_service_caller *callers,
                                                    size_t count);

/* The bearer token's claims, in the request's arena. NULL: it has been answered with 401, 503 or 504. */
const poly_access_token *poly_access_require(poly_request *request, poly_token_verifier *verifier);

/* Writes the claims that every token has, for an answer that tells a caller theirs: iss, aud as an array, iat, exp,
 * jti. */
void poly_access_write_base(poly_json_writer *writer, const poly_token_base *base);

/* Answers GET /.well-known/jwks.json (RFC 7517): the set's public keys. */
void poly_jwks_respond(poly_request *request, const poly_key_set *keys);

#endif

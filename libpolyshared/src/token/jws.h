/* SPDX-License-Identifier: MIT */
/*
 * JWS in compact form (RFC 7515 section 7.1): HEADER.PAYLOAD.SIGNATURE, each in base64url. Any thread.
 */
#ifndef POLY_TOKEN_JWS_H
#define POLY_TOKEN_JWS_H

#include "poly/token.h"
#include "token/key.h"

typedef struct token_jws {
    poly_slice header;  /* encoded */
    poly_slice payload; /* encoded */
    poly_slice signed_part;
    unsigned char signature[TOKEN_SIGNATURE_SIZE];
} token_jws;

/* Takes the token apart without a look into its parts. The slices point into it. */
poly_token_fault token_jws_split(poly_slice token, token_jws *jws) POLY_MUST_CHECK;
/* Whether the header is one of `type` for ES256; `id` gets the key's. */
poly_token_fault token_jws_read_header(poly_slice header, const char *type, char id[POLY_KEY_ID_SIZE]) POLY_MUST_CHECK;

/* Appends the token; false when it gets larger than POLY_TOKEN_MAX_SIZE. Header and payload are JSON. */
bool token_jws_sign(const token_key *key, poly_slice header, poly_slice payload, poly_strbuf *out) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What each kind of token carries, as tables that reading, writing and copying go by.
 */
#ifndef POLY_TOKEN_CLAIMS_H
#define POLY_TOKEN_CLAIMS_H

#include "poly/json.h"
#include "poly/token.h"

typedef enum token_claim_type {
    TOKEN_CLAIM_ID,            /* const char *; text that is not empty */
    TOKEN_CLAIM_TEXT,          /* const char * */
    TOKEN_CLAIM_OPTIONAL_TEXT, /* const char *; NULL when the claim is absent */
    TOKEN_CLAIM_CHOICE,        /* an enum whose names are `choices` */
    TOKEN_CLAIM_COUNT,         /* int64_t; 0 when the claim is absent, else above 0 */
    TOKEN_CLAIM_FIXED,         /* no member; the text is `choices[0]` */
} token_claim_type;

typedef struct token_claim {
    const char *name;
    token_claim_type type;
    size_t offset;
    const char *const *choices;
    size_t choice_count;
} token_claim;

/* A kind of token; its struct begins with a poly_token_base. */
typedef struct token_shape {
    const char *type; /* the header's `typ` */
    size_t size;
    const token_claim *claims;         /* ended by a NULL name */
    bool (*agrees)(const void *token); /* claims that must fit each other; NULL if there are none */
} token_shape;

const token_shape *token_shape_of(poly_token_kind kind);

/* Reads the payload into a struct of the shape, text into the arena. False: a claim is missing or wrong. */
bool token_claims_read(const token_shape *shape, const poly_json *payload, poly_arena *arena,
                       void *out) POLY_MUST_CHECK;
/* `nbf`, which no struct holds; 0 if absent. False: it is no time. */
bool token_claims_not_before(const poly_json *payload, int64_t *out) POLY_MUST_CHECK;
/* False: not what token_claims_read would take. */
bool token_claims_write(const token_shape *shape, const void *token, poly_strbuf *out) POLY_MUST_CHECK;

/* A struct and its text in one block of memory, whose size is the first one's answer. */
size_t token_claims_packed_size(const token_shape *shape, const void *token);
void token_claims_pack(const token_shape *shape, const void *token, void *block);
/* Copies a packed block of `size` bytes into the arena; `out` gets the struct. */
void token_claims_unpack(const token_shape *shape, const void *block, size_t size, poly_arena *arena, void *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Refresh tokens: 256 random bits as base64url, of which the database has the SHA-256. A token's successor is kept
 * sealed under a key that only the token itself gives, so that whoever presents the token once more within the grace
 * gets the same successor, and whoever reads the database gets nothing.
 */
#ifndef SSO_REFRESH_TOKEN_H
#define SSO_REFRESH_TOKEN_H

#include "poly/crypto.h"
#include "poly/random.h"

enum {
    REFRESH_TOKEN_BYTES = 32,
    REFRESH_TOKEN_SIZE = POLY_BASE64URL_SIZE(REFRESH_TOKEN_BYTES), /* with the NUL */
    SEALED_TOKEN_SIZE = REFRESH_TOKEN_BYTES + POLY_SEAL_OVERHEAD,
    /* How long the token before may still be presented: two tabs, a lost answer. */
    REFRESH_GRACE_SECONDS = 10,
};

typedef struct refresh_token {
    uint8_t bytes[REFRESH_TOKEN_BYTES];
    uint8_t hash[POLY_SHA256_SIZE];
    char text[REFRESH_TOKEN_SIZE];
} refresh_token;

void refresh_token_make(refresh_token *token);
/* False: it cannot be one. */
bool refresh_token_read(const char *text, refresh_token *token) POLY_MUST_CHECK;
poly_slice refresh_token_hash(const refresh_token *token);

void refresh_token_seal(const refresh_token *token, const refresh_token *successor, uint8_t out[SEALED_TOKEN_SIZE]);
bool refresh_token_unseal(const refresh_token *token, poly_slice sealed, refresh_token *successor) POLY_MUST_CHECK;

/* What the database says about a token that could not be spent. */
typedef struct refresh_state {
    bool is_live; /* neither it nor its session has ended, and the user is active */
    bool is_used;
    bool within_grace;       /* used, and only just */
    bool successor_is_fresh; /* the token that took its place has not been used */
} refresh_state;

typedef enum refresh_verdict {
    REFRESH_AGAIN,  /* the same successor once more */
    REFRESH_REUSE,  /* somebody has a token that he should not have: the session ends */
    REFRESH_REFUSE, /* over */
    REFRESH_RETRY,  /* it could be spent now: another one's change came in between */
} refresh_verdict;

refresh_verdict refresh_judge(const refresh_state *state);

#endif

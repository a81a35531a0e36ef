/* SPDX-License-Identifier: MIT */
#include "claim.h"

#include <string.h>

#include "poly/crypto.h"
#include "poly/random.h"

/* In base64url: when it was made, a number of its own, and the code that proves both. */
struct claim {
    uint8_t made_at[8]; /* s since 1970, most significant byte first */
    uint8_t number[16];
    uint8_t proof[POLY_SHA256_SIZE];
};
_Static_assert(POLY_BASE64URL_SIZE(sizeof(struct claim)) == CLAIM_SIZE, "the text of a claim");

enum { SIGNED_SIZE = offsetof(struct claim, proof) };

/* A code of the kiosk is made of other text, so neither can pass for the other. */
static void prove(const char *session_id, const char *qr_secret, const struct claim *claim,
                  uint8_t proof[POLY_SHA256_SIZE])
{
    static const char purpose[] = "claim of ";
    char text[sizeof(purpose) - 1 + POLY_UUID_SIZE - 1 + SIGNED_SIZE] = {0};

    memcpy(text, purpose, sizeof(purpose) - 1);
    memcpy(text + sizeof(purpose) - 1, session_id, strnlen(session_id, POLY_UUID_SIZE - 1));
    memcpy(text + sizeof(text) - SIGNED_SIZE, claim, SIGNED_SIZE);
    poly_hmac_sha256(qr_secret, strlen(qr_secret), text, sizeof(text), proof);
}

void claim_make(const char *session_id, const char *qr_secret, int64_t unix_seconds, char out[CLAIM_SIZE])
{
    struct claim claim;

    for (size_t i = 0; i < sizeof(claim.made_at); i++)
        claim.made_at[i] = (uint8_t)((uint64_t)unix_seconds >> (56 - 8 * i));
    poly_random_bytes(claim.number, sizeof(claim.number));
    prove(session_id, qr_secret, &claim, claim.proof);
    poly_base64url_encode(&claim, sizeof(claim), out);
}

bool claim_is_valid(const char *session_id, const char *qr_secret, int64_t unix_seconds, const char *claim_text)
{
    uint8_t proof[POLY_SHA256_SIZE];
    struct claim claim;
    size_t size = sizeof(claim);
    uint64_t made_at = 0;
    int64_t age;

    if (!poly_base64url_decode(claim_text, strlen(claim_text), &claim, &size) || size != sizeof(claim))
        return false;
    prove(session_id, qr_secret, &claim, proof);
    if (!poly_secret_equal((const char *)claim.proof, sizeof(claim.proof), (const char *)proof, sizeof(proof)))
        return false;
    for (size_t i = 0; i < sizeof(claim.made_at); i++)
        made_at = made_at << 8 | claim.made_at[i];
    age = unix_seconds - (int64_t)made_at;
    return age <= CLAIM_SECONDS && age >= -CLAIM_SECONDS; /* replicas' clocks differ a little */
}

/* SPDX-License-Identifier: MIT */
#include "write/idempotency.h"

#include <string.h>

#include "poly/random.h"

static void derive(poly_slice sent, const char *purpose, uint8_t out[POLY_SHA256_SIZE])
{
    poly_hmac_sha256(sent.data, sent.size, purpose, strlen(purpose), out);
}

void idempotency_key_set(struct idempotency_key *key, poly_slice sent, poly_arena *arena)
{
    uint8_t hash[POLY_SHA256_SIZE];
    char *hex = poly_arena_alloc(arena, 2 * sizeof(hash) + 1);

    derive(sent, "idempotency key", hash);
    poly_hex_encode(hash, sizeof(hash), hex);
    key->key = hex;
    derive(sent, "idempotent answer", key->seal);
}

static const char *seal(const struct idempotency_key *key, const char *body, poly_arena *arena)
{
    size_t size = strlen(body) + POLY_SEAL_OVERHEAD;
    uint8_t *sealed = poly_arena_alloc(arena, size);
    char *text = poly_arena_alloc(arena, POLY_BASE64URL_SIZE(size));

    poly_seal(key->seal, body, strlen(body), sealed);
    poly_base64url_encode(sealed, size, text);
    return text;
}

/* NULL: it was not sealed under this key. */
static const char *unseal(const struct idempotency_key *key, const char *text, poly_arena *arena)
{
    size_t size = text ? strlen(text) : 0;
    uint8_t *sealed = poly_arena_alloc(arena, size + 1);
    char *body = poly_arena_alloc_zero(arena, size + 1, 1);

    if (!text || !poly_base64url_decode(text, size, sealed, &size) || size < POLY_SEAL_OVERHEAD)
        return NULL;
    return poly_unseal(key->seal, sealed, size, body) ? body : NULL;
}

/* An insert of the same key by another transaction is waited for: that one commits, or this one has the key. */
static const poly_statement claim_key = {
    .name = "claim_idempotency_key",
    .sql = "INSERT INTO idempotency_keys (scope, key, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BYTES},
};
static const poly_statement find_key = {
    .name = "find_idempotency_key",
    .sql = "SELECT digest = $3, status, body FROM idempotency_keys WHERE scope = $1 AND key = $2",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BYTES},
};

static poly_result read_answer(const poly_pg_rows *rows, const struct idempotency_key *key, poly_arena *arena,
                               struct idempotency_answer *earlier)
{
    if (rows->count == 0)
        return POLY_NOT_FOUND;
    earlier->is_to_this = poly_pg_get_bool(rows, 0, 0);
    earlier->status = (int)poly_pg_get_int(rows, 0, 1);
    earlier->body = earlier->is_to_this ? unseal(key, poly_pg_get_text(rows, 0, 2), arena) : NULL;
    return earlier->body || !earlier->is_to_this ? POLY_OK : POLY_BAD_ANSWER;
}

poly_result idempotency_find(poly_pg *pg, poly_arena *arena, const struct idempotency_key *key,
                             struct idempotency_answer *earlier)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_key,
                                       POLY_PG_VALUES(poly_pg_text(key->scope), poly_pg_text(key->key),
                                                      poly_pg_bytes(key->digest, sizeof(key->digest))),
                                       arena, &rows);

    return result == POLY_OK ? read_answer(&rows, key, arena, earlier) : result;
}

poly_result idempotency_claim(poly_pg_transaction *transaction, poly_arena *arena, const struct idempotency_key *key,
                              struct idempotency_answer *earlier)
{
    const poly_pg_value *values = POLY_PG_VALUES(poly_pg_text(key->scope), poly_pg_text(key->key),
                                                 poly_pg_bytes(key->digest, sizeof(key->digest)));
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &claim_key, values, arena, &rows);

    if (result != POLY_OK || rows.affected == 1)
        return result;
    result = poly_pg_transaction_query(transaction, &find_key, values, arena, &rows);
    if (result == POLY_OK)
        result = read_answer(&rows, key, arena, earlier);
    if (result == POLY_NOT_FOUND) /* swept in this very moment */
        return POLY_UNAVAILABLE;
    return result == POLY_OK ? POLY_CONFLICT : result;
}

static const poly_statement store_answer = {
    .name = "store_idempotent_answer",
    .sql = "UPDATE idempotency_keys SET status = $3, body = $4 WHERE scope = $1 AND key = $2",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_INT, POLY_PG_TEXT},
};

poly_result idempotency_store(poly_pg_transaction *transaction, poly_arena *arena, const struct idempotency_key *key,
                              int status, const char *body)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &store_answer,
                                     POLY_PG_VALUES(poly_pg_text(key->scope), poly_pg_text(key->key),
                                                    poly_pg_int(status), poly_pg_text(seal(key, body, arena))),
                                     arena, &rows);
}

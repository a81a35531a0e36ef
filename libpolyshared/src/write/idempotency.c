/* SPDX-License-Identifier: MIT */
#include "write/idempotency.h"

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

static poly_result read_answer(const poly_pg_rows *rows, struct idempotency_answer *earlier)
{
    if (rows->count == 0)
        return POLY_NOT_FOUND;
    earlier->is_to_this = poly_pg_get_bool(rows, 0, 0);
    earlier->status = (int)poly_pg_get_int(rows, 0, 1);
    earlier->body = poly_pg_get_text(rows, 0, 2);
    return POLY_OK;
}

poly_result idempotency_find(poly_pg *pg, poly_arena *arena, const struct idempotency_key *key,
                             struct idempotency_answer *earlier)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_key,
                                       POLY_PG_VALUES(poly_pg_text(key->scope), poly_pg_text(key->key),
                                                      poly_pg_bytes(key->digest, sizeof(key->digest))),
                                       arena, &rows);

    return result == POLY_OK ? read_answer(&rows, earlier) : result;
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
    if (result != POLY_OK)
        return result;
    if (read_answer(&rows, earlier) != POLY_OK) /* swept in this very moment */
        return POLY_UNAVAILABLE;
    return POLY_CONFLICT;
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

    return poly_pg_transaction_query(
        transaction, &store_answer,
        POLY_PG_VALUES(poly_pg_text(key->scope), poly_pg_text(key->key), poly_pg_int(status), poly_pg_text(body)),
        arena, &rows);
}

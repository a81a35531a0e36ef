/* SPDX-License-Identifier: MIT */
#include "pg/outbox_table.h"

static const poly_statement add_message = {
    .name = "outbox_add",
    .sql = "WITH added AS (INSERT INTO outbox (topic, key, payload) VALUES ($1, $2, $3) RETURNING id)"
           " SELECT id, pg_notify('" POLY_OUTBOX_CHANNEL "', '') FROM added",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON},
};

/* A row that another replica has just taken is locked, or is not due any more when it is looked at again. */
static const poly_statement claim_message = {
    .name = "outbox_claim",
    .sql = "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = now() + $1 * interval '1 millisecond'"
           " WHERE id = (SELECT due.id FROM outbox due"
           "  WHERE due.dead_at IS NULL AND due.next_attempt_at <= now() AND NOT EXISTS"
           "   (SELECT FROM outbox earlier"
           "    WHERE earlier.key = due.key AND earlier.id < due.id AND earlier.dead_at IS NULL)"
           "  ORDER BY due.next_attempt_at, due.id LIMIT 1 FOR UPDATE OF due SKIP LOCKED)"
           " RETURNING id, topic, coalesce(key, ''), payload, attempts",
    .types = {POLY_PG_INT},
};

/* Whoever has it under way already does the same; a handler is idempotent. */
static const poly_statement claim_message_of_key = {
    .name = "outbox_claim_of_key",
    .sql = "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = now() + $1 * interval '1 millisecond'"
           " WHERE id = (SELECT id FROM outbox WHERE key = $2 AND id > $3 AND dead_at IS NULL ORDER BY id LIMIT 1"
           " FOR UPDATE) RETURNING id, topic, key, payload, attempts",
    .types = {POLY_PG_INT, POLY_PG_TEXT, POLY_PG_INT},
};

static const poly_statement lock_key = {
    .name = "outbox_lock_key",
    .sql = "SELECT pg_advisory_xact_lock(hashtextextended('outbox ' || $1 || ' ' || $2, 0))",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

static const poly_statement promise_message = {
    .name = "outbox_promise",
    .sql = "WITH renewed AS (UPDATE outbox SET next_attempt_at = now() + $4 * interval '1 millisecond'"
           "  WHERE topic = $1 AND key = $2 AND attempts = 0 AND dead_at IS NULL RETURNING id)"
           " INSERT INTO outbox (topic, key, payload, next_attempt_at)"
           " SELECT $1, $2, $3, now() + $4 * interval '1 millisecond'"
           " WHERE NOT EXISTS (SELECT FROM outbox WHERE topic = $1 AND key = $2 AND dead_at IS NULL)",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON, POLY_PG_INT},
};

static const poly_statement find_attempted = {
    .name = "outbox_attempted",
    .sql = "SELECT FROM outbox WHERE topic = $1 AND key = $2 AND attempts > 0 AND dead_at IS NULL",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

static const poly_statement withdraw_message = {
    .name = "outbox_withdraw",
    .sql = "DELETE FROM outbox WHERE topic = $1 AND key = $2 AND attempts = 0 AND dead_at IS NULL",
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

static const poly_statement hurry_messages = {
    .name = "outbox_hurry",
    .sql = "UPDATE outbox SET next_attempt_at = now() WHERE key = $1 AND dead_at IS NULL AND next_attempt_at > now()",
    .types = {POLY_PG_TEXT},
};

/* Unless somebody else has taken it meanwhile, who may know of a reason to do it once more. */
static const poly_statement remove_message = {
    .name = "outbox_remove",
    .sql = "DELETE FROM outbox WHERE id = $1 AND attempts = $2",
    .types = {POLY_PG_INT, POLY_PG_INT},
};

static const poly_statement postpone_message = {
    .name = "outbox_postpone",
    .sql = "UPDATE outbox SET next_attempt_at = now() + $3 * interval '1 millisecond', last_error = $4"
           " WHERE id = $1 AND attempts = $2",
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};

static const poly_statement bury_message = {
    .name = "outbox_bury",
    .sql = "UPDATE outbox SET dead_at = now(), last_error = $3 WHERE id = $1 AND attempts = $2",
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};

poly_result poly_outbox_add(poly_pg_transaction *transaction, const char *topic, const char *key, const char *payload,
                            poly_arena *arena, int64_t *id)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &add_message, POLY_PG_VALUES(poly_pg_text(topic), poly_pg_text(key), poly_pg_json(payload)), arena,
        &rows);

    if (result == POLY_OK)
        *id = poly_pg_get_int(&rows, 0, 0);
    return result;
}

poly_result poly_outbox_promise(poly_pg_transaction *transaction, const char *topic, const char *key,
                                const char *payload, unsigned delay_ms, poly_arena *arena)
{
    const poly_pg_value *names = POLY_PG_VALUES(poly_pg_text(topic), poly_pg_text(key));
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &lock_key, names, arena, &rows);

    if (result == POLY_OK)
        result = poly_pg_transaction_query(
            transaction, &promise_message,
            POLY_PG_VALUES(poly_pg_text(topic), poly_pg_text(key), poly_pg_json(payload), poly_pg_int(delay_ms)), arena,
            &rows);
    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &find_attempted, names, arena, &rows);
    if (result == POLY_OK && rows.count > 0)
        return POLY_CONFLICT;
    return result;
}

poly_result poly_outbox_withdraw(poly_pg_transaction *transaction, const char *topic, const char *key,
                                 poly_arena *arena)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &withdraw_message, POLY_PG_VALUES(poly_pg_text(topic), poly_pg_text(key)), arena, &rows);

    return result == POLY_OK && rows.affected == 0 ? POLY_CONFLICT : result;
}

poly_result poly_outbox_hurry(poly_pg *pg, const char *key, poly_arena *arena)
{
    poly_pg_rows rows;

    return poly_pg_query(pg, &hurry_messages, POLY_PG_VALUES(poly_pg_text(key)), arena, &rows);
}

static poly_result take_message(poly_result result, const poly_pg_rows *rows, poly_outbox_message *message)
{
    if (result != POLY_OK)
        return result;
    if (rows->count == 0)
        return POLY_NOT_FOUND;
    message->id = poly_pg_get_int(rows, 0, 0);
    message->topic = poly_pg_get_text(rows, 0, 1);
    message->key = poly_pg_get_text(rows, 0, 2);
    message->payload = poly_pg_get_text(rows, 0, 3);
    message->attempt = (unsigned)poly_pg_get_int(rows, 0, 4);
    return POLY_OK;
}

poly_result poly_outbox_table_claim(poly_pg *pool, unsigned lease_ms, poly_arena *arena, poly_outbox_message *message)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pool, &claim_message, POLY_PG_VALUES(poly_pg_int(lease_ms)), arena, &rows);

    return take_message(result, &rows, message);
}

poly_result poly_outbox_table_claim_of_key(poly_pg *pool, unsigned lease_ms, const char *key, int64_t after,
                                           poly_arena *arena, poly_outbox_message *message)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pool, &claim_message_of_key,
                      POLY_PG_VALUES(poly_pg_int(lease_ms), poly_pg_text(key), poly_pg_int(after)), arena, &rows);

    return take_message(result, &rows, message);
}

poly_result poly_outbox_table_remove(poly_pg *pool, const poly_outbox_message *message, poly_arena *arena)
{
    poly_pg_rows rows;

    return poly_pg_query(pool, &remove_message, POLY_PG_VALUES(poly_pg_int(message->id), poly_pg_int(message->attempt)),
                         arena, &rows);
}

poly_result poly_outbox_table_postpone(poly_pg *pool, const poly_outbox_message *message, uint64_t milliseconds,
                                       const char *error, poly_arena *arena)
{
    poly_pg_rows rows;

    return poly_pg_query(pool, &postpone_message,
                         POLY_PG_VALUES(poly_pg_int(message->id), poly_pg_int(message->attempt),
                                        poly_pg_int((int64_t)milliseconds), poly_pg_text(error)),
                         arena, &rows);
}

poly_result poly_outbox_table_bury(poly_pg *pool, const poly_outbox_message *message, const char *error,
                                   poly_arena *arena)
{
    poly_pg_rows rows;

    return poly_pg_query(pool, &bury_message,
                         POLY_PG_VALUES(poly_pg_int(message->id), poly_pg_int(message->attempt), poly_pg_text(error)),
                         arena, &rows);
}

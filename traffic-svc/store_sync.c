/* SPDX-License-Identifier: MIT */
/* Who runs the teacher sync, and how it went. */
#include "store_sync.h"

#include "store_sync_lease.h"

/*
 * A time far in the future, which a clock that was wrong has left, holds nobody up. A little ahead it may be: a
 * statement that has waited for the row has the time at which it came.
 */
#define LEASE          "interval '12 seconds'"
#define AHEAD          "now() + interval '1 minute'"
#define LEASE_IS_HELD  "s.holder IS NOT NULL AND s.lease_until BETWEEN now() AND " AHEAD
#define INTERVAL       "($4 * interval '1 second')"
#define IS_DUE         "$3 AND (s.last_started_at BETWEEN now() - " INTERVAL " AND " AHEAD ") IS NOT TRUE"
#define IS_CONTINUED   "(s.holder IS NOT NULL OR s.retry_at IS NOT NULL)"
#define TIMER_MAY      "$2 <> 'timer' OR s.holder IS NOT NULL OR s.retry_at <= now() OR (" IS_DUE ")"
#define COUNT_IF(what) "CASE WHEN " what " THEN 1 ELSE 0 END"
_Static_assert(SYNC_LEASE_SECONDS == 12, "LEASE");

static const char *const source_names[] = {[SYNC_BY_TIMER] = "timer", [SYNC_BY_HAND] = "manual"};

/* A run whose holder has died has failed; this one takes its place. */
static const poly_statement claim_sync = {
    .name = "claim_sync",
    .sql = "UPDATE sync_state s SET holder = $1, fence = s.fence + 1, lease_until = now() + " LEASE ", retry_at = NULL,"
           " last_source = CASE WHEN $2 = 'timer' AND " IS_CONTINUED " THEN s.last_source ELSE $2 END,"
           " last_started_at = now(), runs_total = s.runs_total + 1,"
           " runs_failed = s.runs_failed + " COUNT_IF("s.holder IS NOT NULL") " WHERE NOT (" LEASE_IS_HELD
                                                                              ") AND (" TIMER_MAY ") RETURNING s.fence",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_BOOL, POLY_PG_INT},
};

poly_result store_sync_claim(poly_pg *pg, poly_arena *arena, const sync_claim *claim, const char *holder,
                             int64_t *fence)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &claim_sync,
                      POLY_PG_VALUES(poly_pg_uuid(holder), poly_pg_text(source_names[claim->source]),
                                     poly_pg_bool(claim->enabled), poly_pg_int(claim->interval_seconds)),
                      arena, &rows);

    if (result == POLY_OK && rows.count == 0)
        return POLY_CONFLICT;
    if (result == POLY_OK)
        *fence = poly_pg_get_int(&rows, 0, 0);
    return result;
}

static poly_result changed_one(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->affected == 0 ? POLY_CONFLICT : result;
}

static const poly_statement renew_sync = {
    .name = "renew_sync",
    .sql = "UPDATE sync_state SET lease_until = now() + " LEASE " WHERE fence = $1 AND holder IS NOT NULL",
    .types = {POLY_PG_INT},
};

poly_result store_sync_renew(poly_pg *pg, poly_arena *arena, int64_t fence)
{
    poly_pg_rows rows;

    return changed_one(poly_pg_query(pg, &renew_sync, POLY_PG_VALUES(poly_pg_int(fence)), arena, &rows), &rows);
}

static const poly_statement hold_sync = {
    .name = "hold_sync",
    .sql = "SELECT FROM sync_state WHERE fence = $1 AND holder IS NOT NULL FOR UPDATE",
    .types = {POLY_PG_INT},
};

poly_result store_sync_hold(poly_pg_transaction *transaction, poly_arena *arena, int64_t fence)
{
    poly_pg_rows rows;

    return changed_one(
        poly_pg_transaction_query(transaction, &hold_sync, POLY_PG_VALUES(poly_pg_int(fence)), arena, &rows), &rows);
}

static const poly_statement finish_sync = {
    .name = "finish_sync",
    .sql = "UPDATE sync_state SET holder = NULL, lease_until = NULL, last_finished_at = now(),"
           " last_success_at = CASE WHEN $2 IS NULL THEN now() ELSE last_success_at END, last_error = $2,"
           " last_error_en = $3, last_stats = $4, runs_failed = runs_failed + " COUNT_IF(
               "$2 IS NOT NULL") ", retry_at = CASE WHEN $5 > 0 THEN now() + $5 * interval '1 second' END"
                                 " WHERE fence = $1 AND holder IS NOT NULL",
    .types = {POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON, POLY_PG_INT},
};

poly_result store_sync_finish(poly_pg *pg, poly_arena *arena, int64_t fence, const sync_outcome *outcome)
{
    poly_pg_rows rows;

    return changed_one(
        poly_pg_query(pg, &finish_sync,
                      POLY_PG_VALUES(poly_pg_int(fence), poly_pg_text(outcome->error), poly_pg_text(outcome->error_en),
                                     poly_pg_json(outcome->stats), poly_pg_int(outcome->retry_seconds)),
                      arena, &rows),
        &rows);
}

static const poly_statement read_status = {
    .name = "sync_status",
    .sql = "SELECT coalesce(" LEASE_IS_HELD ", false), s.last_source, s.last_started_at, s.last_finished_at,"
           " s.last_success_at, s.last_error, s.last_error_en, s.last_stats, s.runs_total, s.runs_failed"
           " FROM sync_state s",
    .use = POLY_PG_READ,
};

poly_result store_sync_status(poly_pg *pg, poly_arena *arena, sync_status *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &read_status, POLY_PG_NO_VALUES, arena, &rows);

    if (result != POLY_OK)
        return result;
    if (rows.count == 0)
        return POLY_NOT_FOUND;
    *out = (sync_status){
        .running = poly_pg_get_bool(&rows, 0, 0),
        .last_source = poly_pg_get_text(&rows, 0, 1),
        .last_started_at = poly_pg_get_rfc3339(&rows, 0, 2, arena),
        .last_finished_at = poly_pg_get_rfc3339(&rows, 0, 3, arena),
        .last_success_at = poly_pg_get_rfc3339(&rows, 0, 4, arena),
        .last_error = poly_pg_get_text(&rows, 0, 5),
        .last_error_en = poly_pg_get_text(&rows, 0, 6),
        .last_stats = poly_pg_get_text(&rows, 0, 7),
        .runs_total = poly_pg_get_int(&rows, 0, 8),
        .runs_failed = poly_pg_get_int(&rows, 0, 9),
    };
    return POLY_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * What changed. A reader asks for all changes of transactions that its last reading could not see: those at or after
 * the oldest one that was still under way then. So writers take no lock against each other, and whatever order they
 * commit in, none is passed over.
 */
#include "store_rows.h"

static const poly_statement note_change = {
    .name = "note_change",
    .sql = "INSERT INTO tablet_changes (tablet_id) VALUES ($1)",
    .types = {POLY_PG_UUID},
};

poly_result store_note_change(poly_pg_transaction *transaction, poly_arena *arena, const char *tablet_id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &note_change, POLY_PG_VALUES(poly_pg_uuid(tablet_id)), arena, &rows);
}

/* Of one snapshot: its limit, in a row of its own if nothing changed. */
static const poly_statement changes_since = {
    .name = "changes_since",
    .sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text, c.tablet_id FROM (SELECT) one LEFT JOIN"
           " (SELECT DISTINCT tablet_id FROM tablet_changes WHERE transaction >= $1::text::xid8) c ON true",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TEXT},
};

poly_result store_changes_since(poly_pg *pg, poly_arena *arena, const char *seen, tablet_changes *out)
{
    poly_pg_rows rows;
    poly_result result =
        one_row(poly_pg_query(pg, &changes_since, POLY_PG_VALUES(poly_pg_text(seen)), arena, &rows), &rows);
    const char **ids;

    *out = (tablet_changes){0};
    if (result != POLY_OK)
        return result;
    ids = poly_arena_alloc(arena, rows.count * sizeof(*ids));
    for (size_t i = 0; i < rows.count && !poly_pg_is_null(&rows, i, 1); i++)
        ids[out->count++] = poly_pg_get_text(&rows, i, 1);
    out->ids = ids;
    out->seen = poly_pg_get_text(&rows, 0, 0);
    return POLY_OK;
}

/* Not in the transaction that made the change: whoever notifies holds a lock of the whole database until the commit. */
static const poly_statement notify_changes = {
    .name = "notify_changes",
    .sql = "SELECT pg_notify('" CHANGES_CHANNEL "', $1)",
    .types = {POLY_PG_TEXT},
};

poly_result store_notify_changes(poly_pg *pg, poly_arena *arena, const char *replica_id)
{
    poly_pg_rows rows;

    return poly_pg_query(pg, &notify_changes, POLY_PG_VALUES(poly_pg_text(replica_id)), arena, &rows);
}

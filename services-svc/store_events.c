/* SPDX-License-Identifier: MIT */
/* What subscribers to applications are told. Numbers become visible in their order: see the table's triggers. */
#include "store_applications.h"

static const poly_statement add_event = {
    .name = "add_event",
    .sql = "INSERT INTO events (application_id, event, data, internal) VALUES ($1, $2, $3, $4)",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_JSON, POLY_PG_BOOL},
};

poly_result store_add_event(poly_pg_transaction *transaction, poly_arena *arena, const application_event *event)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &add_event,
                                     POLY_PG_VALUES(poly_pg_uuid(event->application_id), poly_pg_text(event->name),
                                                    poly_pg_json(event->data), poly_pg_bool(event->internal)),
                                     arena, &rows);
}

/* A minute back: whoever subscribed before the first look is told, too, and leaves out what it knows. */
static const poly_statement events_start = {
    .name = "events_start",
    .sql = "SELECT coalesce((SELECT sequence FROM events WHERE created_at < now() - interval '1 minute'"
           " ORDER BY created_at DESC LIMIT 1), 0)",
    .use = POLY_PG_READ,
};

poly_result store_events_start(poly_pg *pg, poly_arena *arena, int64_t *sequence)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &events_start, POLY_PG_NO_VALUES, arena, &rows);

    if (result == POLY_OK)
        *sequence = poly_pg_get_int(&rows, 0, 0);
    return result;
}

static poly_result take_events(poly_result result, const poly_pg_rows *rows, poly_arena *arena, event_list *out)
{
    if (result != POLY_OK)
        return result;
    out->items = poly_arena_alloc(arena, (rows->count + 1) * sizeof(*out->items));
    out->count = rows->count;
    for (size_t i = 0; i < rows->count; i++)
        out->items[i] = (application_event){
            .sequence = poly_pg_get_int(rows, i, 0),
            .application_id = poly_pg_get_text(rows, i, 1),
            .name = poly_pg_get_text(rows, i, 2),
            .data = poly_pg_get_text(rows, i, 3),
            .internal = poly_pg_get_bool(rows, i, 4),
        };
    return POLY_OK;
}

#define EVENT_COLUMNS "sequence, application_id, event, data, internal"
_Static_assert(EVENTS_PORTION == 500, "the limits below");

static const poly_statement events_after = {
    .name = "events_after",
    .sql = "SELECT " EVENT_COLUMNS " FROM events WHERE sequence > $1 ORDER BY sequence LIMIT 500",
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT},
};

poly_result store_events_after(poly_pg *pg, poly_arena *arena, int64_t sequence, event_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &events_after, POLY_PG_VALUES(poly_pg_int(sequence)), arena, &rows);

    return take_events(result, &rows, arena, out);
}

/*
 * All or none, in one snapshot. The oldest that is kept, of whichever application, says how far back this one's go. The
 * database writes the data out for their sizes: what does not fit is not sent here.
 */
_Static_assert(EVENTS_REPLAY_BYTES == 131072, "the limit below");
static const poly_statement events_of = {
    .name = "events_of",
    .sql = "WITH missed AS MATERIALIZED (SELECT " EVENT_COLUMNS " FROM events WHERE application_id = $1"
           " AND sequence > $2 AND ($3 OR NOT internal) ORDER BY sequence LIMIT 500)"
           " SELECT * FROM missed WHERE EXISTS (SELECT FROM events WHERE sequence <= $2)"
           " AND (SELECT count(*) < 500 AND sum(octet_length(data::text)) <= 131072 FROM missed) ORDER BY sequence",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT, POLY_PG_BOOL},
};

poly_result store_events_of(poly_pg *pg, poly_arena *arena, const char *application_id, int64_t sequence, bool all,
                            event_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &events_of, POLY_PG_VALUES(poly_pg_uuid(application_id), poly_pg_int(sequence), poly_pg_bool(all)), arena,
        &rows);

    result = take_events(result, &rows, arena, out);
    return result == POLY_OK && out->count == 0 ? POLY_NOT_FOUND : result;
}

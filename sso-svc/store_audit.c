/* SPDX-License-Identifier: MIT */
/* Reading the audit trail; poly/audit.h writes it. */
#include "store.h"

/* $1 limit, $2 offset, $3 and $4 the time. What is compared with is a statement's choice, so that each has its index.
 */
#define AUDIT_SQL(where)                                                                                   \
    "SELECT a.id, a.at, a.event, a.actor, a.target, a.address, a.request_id, a.details::text FROM audit a" \
    " WHERE a.at >= coalesce($3, '-infinity') AND a.at < coalesce($4, 'infinity')" where                   \
    " ORDER BY a.at DESC, a.id DESC LIMIT $1 OFFSET $2"
#define COUNT_SQL(where)                                                                \
    "SELECT count(*) FROM (SELECT FROM audit a WHERE a.at >= coalesce($1, '-infinity')" \
    " AND a.at < coalesce($2, 'infinity')" where " LIMIT 10000) counted"
_Static_assert(AUDIT_TOTAL_MAX == 10000, "the limit in COUNT_SQL");

#define LIST_TYPES                                                                                     \
    {                                                                                                  \
        POLY_PG_INT, POLY_PG_INT, POLY_PG_TIME, POLY_PG_TIME, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT \
    }
#define COUNT_TYPES                                                          \
    {                                                                        \
        POLY_PG_TIME, POLY_PG_TIME, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT \
    }

/* One of them is given as a rule; the others narrow what its index finds. */
#define LIST_BY(label, first)                                                                                   \
    {                                                                                                           \
        .name = "list_" label,                                                                                  \
        .sql = AUDIT_SQL(first " AND ($5::text IS NULL OR a.event = $5) AND ($6::text IS NULL OR a.actor = $6)" \
                               " AND ($7::text IS NULL OR a.target = $7)"),                                     \
        .use = POLY_PG_SLOW_READ, .types = LIST_TYPES,                                                          \
    }
#define COUNT_BY(label, first)                                                                                  \
    {                                                                                                           \
        .name = "count_" label,                                                                                 \
        .sql = COUNT_SQL(first " AND ($3::text IS NULL OR a.event = $3) AND ($4::text IS NULL OR a.actor = $4)" \
                               " AND ($5::text IS NULL OR a.target = $5)"),                                     \
        .use = POLY_PG_SLOW_READ, .types = COUNT_TYPES,                                                         \
    }

enum narrowest { BY_TIME, BY_EVENT, BY_ACTOR, BY_TARGET, WAYS };

static const poly_statement list_audit[WAYS] = {
    [BY_TIME] = LIST_BY("audit", ""),
    [BY_EVENT] = LIST_BY("audit_of_event", " AND a.event = $5"),
    [BY_ACTOR] = LIST_BY("audit_of_actor", " AND a.actor = $6"),
    [BY_TARGET] = LIST_BY("audit_of_target", " AND a.target = $7"),
};
static const poly_statement count_audit[WAYS] = {
    [BY_TIME] = COUNT_BY("audit", ""),
    [BY_EVENT] = COUNT_BY("audit_of_event", " AND a.event = $3"),
    [BY_ACTOR] = COUNT_BY("audit_of_actor", " AND a.actor = $4"),
    [BY_TARGET] = COUNT_BY("audit_of_target", " AND a.target = $5"),
};

static enum narrowest narrowest_of(const audit_filter *filter)
{
    return filter->target ? BY_TARGET : filter->actor ? BY_ACTOR : filter->event ? BY_EVENT : BY_TIME;
}

static poly_pg_value time_or_null(const int64_t *seconds)
{
    return seconds ? poly_pg_time(*seconds * 1000000) : poly_pg_null();
}

static poly_result count_rows(poly_pg *pg, poly_arena *arena, const audit_filter *filter, int64_t *total)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &count_audit[narrowest_of(filter)],
                      POLY_PG_VALUES(time_or_null(filter->from), time_or_null(filter->to), poly_pg_text(filter->event),
                                     poly_pg_text(filter->actor), poly_pg_text(filter->target)),
                      arena, &rows);

    if (result == POLY_OK)
        *total = poly_pg_get_int(&rows, 0, 0);
    return result;
}

poly_result store_list_audit(poly_pg *pg, poly_arena *arena, const audit_filter *filter, int64_t limit, int64_t offset,
                             audit_row **out, size_t *count, int64_t *total)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &list_audit[narrowest_of(filter)],
        POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset), time_or_null(filter->from), time_or_null(filter->to),
                       poly_pg_text(filter->event), poly_pg_text(filter->actor), poly_pg_text(filter->target)),
        arena, &rows);

    if (result != POLY_OK)
        return result;
    *count = rows.count;
    *out = poly_arena_alloc(arena, (rows.count + 1) * sizeof(**out));
    for (size_t i = 0; i < rows.count; i++)
        (*out)[i] = (audit_row){
            .id = poly_pg_get_int(&rows, i, 0),
            .at = poly_pg_get_rfc3339(&rows, i, 1, arena),
            .event = poly_pg_get_text(&rows, i, 2),
            .actor = poly_pg_get_text(&rows, i, 3),
            .target = poly_pg_get_text(&rows, i, 4),
            .address = poly_pg_get_text(&rows, i, 5),
            .request_id = poly_pg_get_text(&rows, i, 6),
            .details = poly_slice_of(poly_pg_get_text(&rows, i, 7)),
        };
    return count_rows(pg, arena, filter, total);
}

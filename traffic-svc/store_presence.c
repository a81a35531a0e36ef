/* SPDX-License-Identifier: MIT */
/* Who is online, across replicas. */
#include "store_rows.h"

static const poly_statement replica_lives = {
    .name = "replica_lives",
    .sql = "INSERT INTO replicas (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET seen_at = now()",
    .types = {POLY_PG_UUID},
};

poly_result store_replica_lives(poly_pg *pg, poly_arena *arena, const char *replica_id)
{
    poly_pg_rows rows;

    return poly_pg_query(pg, &replica_lives, POLY_PG_VALUES(poly_pg_uuid(replica_id)), arena, &rows);
}

static const poly_statement kiosks_came = {
    .name = "kiosks_came",
    .sql = "INSERT INTO kiosk_presence (tablet_id, replica_id) SELECT id, $1 FROM unnest($2) k (id)"
           " ON CONFLICT (tablet_id, replica_id) DO UPDATE SET left_at = NULL",
    .types = {POLY_PG_UUID, POLY_PG_UUID_LIST},
};
static const poly_statement kiosks_went = {
    .name = "kiosks_went",
    .sql = "UPDATE kiosk_presence SET left_at = now() WHERE replica_id = $1 AND tablet_id = ANY ($2)",
    .types = {POLY_PG_UUID, POLY_PG_UUID_LIST},
};

static poly_result note(poly_pg *pg, const poly_statement *statement, poly_arena *arena, const char *replica_id,
                        const char *const *ids, size_t count)
{
    poly_pg_rows rows;

    return poly_pg_query(pg, statement, POLY_PG_VALUES(poly_pg_uuid(replica_id), poly_pg_uuid_list(ids, count)), arena,
                         &rows);
}

poly_result store_kiosks_came(poly_pg *pg, poly_arena *arena, const char *replica_id, const char *const *ids,
                              size_t count)
{
    return note(pg, &kiosks_came, arena, replica_id, ids, count);
}

poly_result store_kiosks_went(poly_pg *pg, poly_arena *arena, const char *replica_id, const char *const *ids,
                              size_t count)
{
    return note(pg, &kiosks_went, arena, replica_id, ids, count);
}

/* 20,000 are 1.5 MB. */
static const poly_statement statuses = {
    .name = "statuses",
    .sql = "SELECT json_build_object('statuses', coalesce((SELECT json_agg(json_build_object('tablet_id', k.id,"
           " 'online', k.online)) FROM (SELECT t.id, o.tablet_id IS NOT NULL AS online FROM tablets t LEFT JOIN"
           " (SELECT DISTINCT p.tablet_id FROM kiosk_presence p JOIN replicas r ON r.id = p.replica_id"
           " WHERE coalesce(p.left_at, r.seen_at) > now() - interval '" ONLINE_GRACE_SECONDS " seconds') o"
           " ON o.tablet_id = t.id WHERE t.deleted_at IS NULL ORDER BY t.created_at, t.id LIMIT 20000) k),"
           " '[]'))::text",
    .use = POLY_PG_SLOW_READ,
};

poly_result store_statuses_json(poly_pg *pg, poly_arena *arena, const char **json)
{
    poly_pg_rows rows;
    poly_result result = one_row(poly_pg_query(pg, &statuses, POLY_PG_NO_VALUES, arena, &rows), &rows);

    if (result == POLY_OK)
        *json = poly_pg_get_text(&rows, 0, 0);
    return result;
}

/* SPDX-License-Identifier: MIT */
/* Kiosks: looked up, listed, made, registered, deleted. */
#include "store_rows.h"

#include <string.h>

poly_result one_row(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->count == 0 ? POLY_NOT_FOUND : result;
}

poly_result some_affected(poly_result result, const poly_pg_rows *rows)
{
    return result == POLY_OK && rows->affected == 0 ? POLY_NOT_FOUND : result;
}

tablet_info tablet_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    return (tablet_info){
        .id = poly_pg_get_text(rows, row, column),
        .secret_hash = poly_pg_get_bytes(rows, row, column + 1, arena),
        .display_pin = poly_pg_get_text(rows, row, column + 2),
        .reg_pin = poly_pg_get_text(rows, row, column + 3),
        .building_id = poly_pg_get_int(rows, row, column + 4),
        .building_name = poly_pg_get_text(rows, row, column + 5),
        .room_id = poly_pg_get_int(rows, row, column + 6),
        .room_name = poly_pg_get_text(rows, row, column + 7),
        .is_online = poly_pg_get_bool(rows, row, column + 8),
        .created_at = poly_pg_get_rfc3339(rows, row, column + 9, arena),
        .registered_at = poly_pg_get_rfc3339(rows, row, column + 10, arena),
        .is_registered = !poly_pg_is_null(rows, row, column + 10),
    };
}

static poly_result take_tablet(poly_result result, const poly_pg_rows *rows, poly_arena *arena, tablet_info *out)
{
    result = one_row(result, rows);
    if (result == POLY_OK)
        *out = tablet_of_row(rows, 0, 0, arena);
    return result;
}

static const poly_statement tablet_by_id = {
    .name = "tablet_by_id",
    .sql = "SELECT " TABLET_COLUMNS("t") " FROM tablets t WHERE t.id = $1 AND t.deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_tablet(poly_pg *pg, poly_arena *arena, const char *id, tablet_info *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &tablet_by_id, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_tablet(result, &rows, arena, out);
}

static const poly_statement tablet_by_pin = {
    .name = "tablet_by_pin",
    .sql = "SELECT " TABLET_COLUMNS("t") " FROM tablet_pins k JOIN tablets t ON t.id = k.tablet_id"
                                         " WHERE k.pin = $2 AND k.kind = $1 AND t.deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_tablet_by_pin(poly_pg *pg, poly_arena *arena, const char *kind, const char *pin, tablet_info *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &tablet_by_pin, POLY_PG_VALUES(poly_pg_text(kind), poly_pg_text(pin)), arena, &rows);

    return take_tablet(result, &rows, arena, out);
}

/* --- lists: kiosks are some thousands at most, so they are counted and searched where they stand --- */

#define FOUND                                                                     \
    "t.deleted_at IS NULL AND ($3::text IS NULL OR strpos(t.search_text, $3) > 0" \
    " OR EXISTS (SELECT FROM tablet_pins n WHERE n.tablet_id = t.id AND n.pin = $3 AND n.kind = 'display'))"

static const poly_statement list_tablets = {
    .name = "list_tablets",
    .sql =
        "SELECT " TABLET_COLUMNS("t") " FROM tablets t WHERE " FOUND " ORDER BY t.created_at, t.id LIMIT $1 OFFSET $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};
static const poly_statement count_tablets = {
    .name = "count_tablets",
    .sql = "SELECT count(*) FROM tablets t WHERE $1::bigint IS NOT NULL AND $2::bigint IS NOT NULL AND " FOUND,
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};

poly_result store_list_tablets(poly_pg *pg, poly_arena *arena, const char *search, int64_t limit, int64_t offset,
                               tablet_list *out)
{
    const poly_pg_value *values = POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset), poly_pg_text(search));
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &count_tablets, values, arena, &rows);

    *out = (tablet_list){0};
    if (result != POLY_OK)
        return result;
    out->total = poly_pg_get_int(&rows, 0, 0);
    result = poly_pg_query(pg, &list_tablets, values, arena, &rows);
    if (result != POLY_OK)
        return result;
    out->items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->items));
    for (; out->count < rows.count; out->count++)
        out->items[out->count] = tablet_of_row(&rows, out->count, 0, arena);
    return POLY_OK;
}

/* --- with what runs on them --- */

#define STATE_SQL(where)                                                                                              \
    "SELECT " TABLET_COLUMNS("t") ", s.id, s.discipline, s.teacher_name, s.qr_secret, s.rotate_seconds,"              \
                                  " s.attendance_count, s.started_at, s.ends_at FROM tablets t LEFT JOIN sessions s " \
                                  "ON s.tablet_id = t.id AND " IS_ACTIVE("s") " WHERE " where                         \
                                                                              " AND t.deleted_at IS NULL"

static kiosk_state state_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    const size_t column = TABLET_COLUMN_COUNT;

    return (kiosk_state){
        .tablet = tablet_of_row(rows, row, 0, arena),
        .session =
            {
                .id = poly_pg_get_text(rows, row, column),
                .discipline = poly_pg_get_text(rows, row, column + 1),
                .teacher_name = poly_pg_get_text(rows, row, column + 2),
                .qr_secret = poly_pg_get_text(rows, row, column + 3),
                .rotate_seconds = poly_pg_get_int(rows, row, column + 4),
                .attendance_count = poly_pg_get_int(rows, row, column + 5),
                .started_at = poly_pg_get_rfc3339(rows, row, column + 6, arena),
                .ends_at = poly_pg_get_rfc3339(rows, row, column + 7, arena),
            },
    };
}

static const poly_statement kiosk_state_by_id = {
    .name = "kiosk_state",
    .sql = STATE_SQL("t.id = $1"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_kiosk_state(poly_pg *pg, poly_arena *arena, const char *id, kiosk_state *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &kiosk_state_by_id, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    result = one_row(result, &rows);
    if (result == POLY_OK)
        *out = state_of_row(&rows, 0, arena);
    return result;
}

static const poly_statement kiosk_states_by_ids = {
    .name = "kiosk_states",
    .sql = STATE_SQL("t.id = ANY ($1)"),
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID_LIST},
};

poly_result store_kiosk_states(poly_pg *pg, poly_arena *arena, const char *const *ids, size_t id_count,
                               kiosk_state **out, size_t *count)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &kiosk_states_by_ids, POLY_PG_VALUES(poly_pg_uuid_list(ids, id_count)), arena, &rows);

    *count = 0;
    if (result != POLY_OK)
        return result;
    *out = poly_arena_alloc(arena, (rows.count + 1) * sizeof(**out));
    for (; *count < rows.count; (*count)++)
        (*out)[*count] = state_of_row(&rows, *count, arena);
    return POLY_OK;
}

/* --- changes --- */

static const poly_statement insert_tablet = {
    .name = "insert_tablet",
    .sql = "INSERT INTO tablets (id, secret_hash) VALUES ($1, $2)",
    .types = {POLY_PG_UUID, POLY_PG_BYTES},
};

poly_result store_insert_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                poly_slice secret_hash)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(
        transaction, &insert_tablet,
        POLY_PG_VALUES(poly_pg_uuid(id), poly_pg_bytes(secret_hash.data, secret_hash.size)), arena, &rows);
}

static const poly_statement insert_pin = {
    .name = "insert_pin",
    .sql = "INSERT INTO tablet_pins (pin, tablet_id, kind) SELECT c.pin, $1, $2 FROM unnest($3) c (pin)"
           " WHERE NOT EXISTS (SELECT FROM tablet_pins p WHERE p.pin = c.pin) LIMIT 1"
           " ON CONFLICT (pin) DO NOTHING RETURNING pin",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT_LIST},
};

poly_result store_insert_pin(poly_pg_transaction *transaction, poly_arena *arena, const char *tablet_id,
                             const char *kind, const char *const *pins, size_t pin_count, const char **pin)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_pin,
        POLY_PG_VALUES(poly_pg_uuid(tablet_id), poly_pg_text(kind), poly_pg_text_list(pins, pin_count)), arena, &rows);

    result = one_row(result, &rows);
    if (result == POLY_OK)
        *pin = poly_pg_get_text(&rows, 0, 0);
    return result;
}

static const poly_statement register_tablet = {
    .name = "register_tablet",
    .sql = "WITH freed AS (DELETE FROM tablet_pins WHERE tablet_id = $1 AND kind = 'registration')"
           " UPDATE tablets SET building_id = $2, building_name = $3, room_id = $4, room_name = $5, search_text = $6,"
           " registered_at = coalesce(registered_at, now()) WHERE id = $1 AND deleted_at IS NULL",
    .types = {POLY_PG_UUID, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_register_tablet(poly_pg_transaction *transaction, poly_arena *arena, const tablet_info *tablet,
                                  const char *search_text)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &register_tablet,
        POLY_PG_VALUES(poly_pg_uuid(tablet->id), poly_pg_int(tablet->building_id), poly_pg_text(tablet->building_name),
                       poly_pg_int(tablet->room_id), poly_pg_text(tablet->room_name), poly_pg_text(search_text)),
        arena, &rows);

    return some_affected(result, &rows);
}

static const poly_statement delete_tablet = {
    .name = "delete_tablet",
    .sql = "WITH freed AS (DELETE FROM tablet_pins WHERE tablet_id = $1)"
           " UPDATE tablets SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL",
    .types = {POLY_PG_UUID},
};

poly_result store_delete_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &delete_tablet, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return some_affected(result, &rows);
}

static const poly_statement lock_tablet = {
    .name = "lock_tablet",
    .sql = "SELECT " TABLET_COLUMNS("t") " FROM tablets t WHERE t.id = $1 AND t.deleted_at IS NULL"
                                         " FOR NO KEY UPDATE OF t",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id, tablet_info *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &lock_tablet, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_tablet(result, &rows, arena, out);
}

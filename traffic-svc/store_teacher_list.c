/* SPDX-License-Identifier: MIT */
/* Teachers in pages, and found by what a person types. */
#include "store_rows.h"

#include "teacher_text.h"

static const poly_statement list_teachers = {
    .name = "list_teachers",
    .sql = "SELECT " TEACHER_COLUMNS("t") ", (SELECT total FROM teacher_count) FROM teachers t"
                                          " WHERE t.deleted_at IS NULL ORDER BY t.sort_text, t.id LIMIT $1 OFFSET $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT},
};
static const poly_statement count_teachers = {
    .name = "count_teachers",
    .sql = "SELECT total FROM teacher_count",
    .use = POLY_PG_READ,
};

/*
 * Some word begins with $3, and for each of $4 some word does, too. A mark in a word parts it. No more candidates are
 * looked at than a large university has teachers.
 */
#define CANDIDATES                                                               \
    "SELECT * FROM teacher_words WHERE word >= $3 AND word < $3 || chr(1114111)" \
    " ORDER BY word, sort_text, teacher_id LIMIT 20000"
#define HAS_OTHERS                                                                         \
    "NOT EXISTS (SELECT FROM unnest($4) q (prefix) WHERE strpos(' ' || w.sort_text || ' '" \
    " || translate(w.sort_text, '-._@', '    '), ' ' || q.prefix) = 0)"

static const poly_statement search_teachers = {
    .name = "search_teachers",
    .sql = "WITH found AS MATERIALIZED (SELECT DISTINCT w.sort_text, w.teacher_id AS id FROM (" CANDIDATES
           ") w WHERE " HAS_OTHERS "), page AS (SELECT * FROM found ORDER BY sort_text, id LIMIT $1 OFFSET $2)"
           " SELECT " TEACHER_COLUMNS("t") ", (SELECT count(*) FROM found) FROM (SELECT) one LEFT JOIN page ON true"
                                           " LEFT JOIN teachers t ON t.id = page.id ORDER BY page.sort_text, page.id",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT_LIST},
};

static void take(const poly_pg_rows *rows, poly_arena *arena, teacher_page *out)
{
    out->items = poly_arena_alloc(arena, (rows->count + 1) * sizeof(*out->items));
    out->count = 0;
    /* A search that finds nothing has one row, with nothing but the total. */
    for (size_t i = 0; i < rows->count && !poly_pg_is_null(rows, i, 0); i++)
        out->items[out->count++] = teacher_of_row(rows, i, 0, arena);
    out->total = rows->count ? poly_pg_get_int(rows, 0, TEACHER_COLUMN_COUNT) : 0;
}

static poly_result count_all(poly_pg *pg, poly_arena *arena, int64_t *total)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &count_teachers, POLY_PG_NO_VALUES, arena, &rows);

    if (result == POLY_OK)
        *total = poly_pg_get_int(&rows, 0, 0);
    return result;
}

poly_result store_list_teachers(poly_pg *pg, poly_arena *arena, const char *typed, int64_t limit, int64_t offset,
                                teacher_page *out)
{
    teacher_search search = {0};
    poly_pg_rows rows;
    poly_result result;

    if (typed)
        search = teacher_search_read(typed, arena);
    if (search.longest)
        result = poly_pg_query(pg, &search_teachers,
                               POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset), poly_pg_text(search.longest),
                                              poly_pg_text_list(search.others, search.other_count)),
                               arena, &rows);
    else
        result =
            poly_pg_query(pg, &list_teachers, POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset)), arena, &rows);
    if (result != POLY_OK)
        return result;
    take(&rows, arena, out);
    return out->count == 0 && !search.longest ? count_all(pg, arena, &out->total) : POLY_OK;
}

/* --- one of them --- */

static const poly_statement find_teacher = {
    .name = "find_teacher",
    .sql = "SELECT " TEACHER_COLUMNS("t") " FROM teachers t WHERE t.id = $1 AND t.deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_find_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_teacher, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    if (result != POLY_OK)
        return result;
    if (rows.count == 0)
        return POLY_NOT_FOUND;
    *out = teacher_of_row(&rows, 0, 0, arena);
    return POLY_OK;
}

static const poly_statement insert_teacher = {
    .name = "insert_teacher",
    .sql = "INSERT INTO teachers AS t (id, full_name, username, origin, sort_text)"
           " VALUES ($1, $2, $3, 'manual', $4) RETURNING " TEACHER_COLUMNS("t"),
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_insert_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                 const char *full_name, const char *username, teacher *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &insert_teacher,
                                  POLY_PG_VALUES(poly_pg_uuid(id), poly_pg_text(full_name), poly_pg_text(username),
                                                 poly_pg_text(teacher_sort_text(full_name, username, arena))),
                                  arena, &rows);

    if (result == POLY_OK)
        *out = teacher_of_row(&rows, 0, 0, arena);
    return result;
}

static const poly_statement delete_teacher_statement = {
    .name = "delete_teacher",
    .sql = "UPDATE teachers t SET deleted_at = now(), sso_pending = false, sso_reactivate = false"
           " WHERE t.id = $1 AND t.deleted_at IS NULL RETURNING " TEACHER_COLUMNS("t"),
    .types = {POLY_PG_UUID},
};

poly_result store_delete_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id, teacher *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &delete_teacher_statement,
                                                   POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    if (result == POLY_OK && rows.count == 0)
        return POLY_NOT_FOUND;
    if (result == POLY_OK)
        *out = teacher_of_row(&rows, 0, 0, arena);
    return result;
}

/* --- what accounts are compared by --- */

const poly_statement store_teacher_alive = {
    .name = "teacher_alive",
    .sql = "SELECT FROM teachers WHERE id = $1 AND deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

/* The sync makes the users of those who are new. */
const poly_statement store_teacher_entities = {
    .name = "teacher_entities",
    .sql = "SELECT id, 'teacher', full_name, ruz_teacher_id FROM teachers WHERE deleted_at IS NULL AND id > $1"
           " AND NOT (sso_pending AND username IS NULL) ORDER BY id LIMIT $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};

/* SPDX-License-Identifier: MIT */
#include "store_rows.h"

static const poly_statement list_departments = {
    .name = "list_departments",
    .sql = PAGE_SQL("departments", DEPARTMENT_COLUMNS("t"),
                    "f.deleted_at IS NULL AND ($3::text IS NULL OR strpos(f.sort_text, $3) > 0)"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};

poly_result store_list_departments(poly_pg *pg, poly_arena *arena, const char *search, store_window window,
                                   department_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &list_departments,
        POLY_PG_VALUES(poly_pg_int(window.limit), poly_pg_int(window.offset), poly_pg_text(search)), arena, &rows);

    if (result != POLY_OK)
        return result;
    out->count = items_of_page(&rows, DEPARTMENT_COLUMN_COUNT, &out->total);
    out->items = poly_arena_alloc(arena, (out->count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = department_of_row(&rows, i, arena);
    return POLY_OK;
}

static poly_result take_department(poly_result result, const poly_pg_rows *rows, poly_arena *arena,
                                   campus_department *out)
{
    result = take_first(result, rows);
    if (result == POLY_OK)
        *out = department_of_row(rows, 0, arena);
    return result;
}

static const poly_statement find_department = {
    .name = "find_department",
    .sql = "SELECT " DEPARTMENT_COLUMNS("d") " FROM departments d WHERE d.id = $1 AND d.deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_find_department(poly_pg *pg, poly_arena *arena, const char *id, campus_department *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_department, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_department(result, &rows, arena, out);
}

static const poly_statement department_is_alive = {
    .name = "department_is_alive",
    .sql = "SELECT id FROM departments WHERE id = $1 AND deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_department_is_alive(poly_pg *pg, poly_arena *arena, const char *typed, const char **id)
{
    poly_pg_rows rows;
    poly_result result =
        take_first(poly_pg_query(pg, &department_is_alive, POLY_PG_VALUES(poly_pg_uuid(typed)), arena, &rows), &rows);

    if (result == POLY_OK)
        *id = poly_pg_get_text(&rows, 0, 0);
    return result;
}

static const poly_statement insert_department = {
    .name = "insert_department",
    .sql = "INSERT INTO departments (id, name, description, has_account, sort_text) VALUES ($1, $2, $3, $4, $5)"
           " RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BOOL, POLY_PG_TEXT},
};

poly_result store_insert_department(poly_pg_transaction *transaction, poly_arena *arena, campus_department *department)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_department,
        POLY_PG_VALUES(poly_pg_uuid(department->id), poly_pg_text(department->name),
                       poly_pg_text(department->description), poly_pg_bool(department->has_account),
                       poly_pg_text(sort_text_of(department->name, NULL, arena))),
        arena, &rows);

    if (result == POLY_OK)
        department->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return result;
}

static const poly_statement change_department = {
    .name = "change_department",
    .sql = "UPDATE departments d SET name = coalesce($2, d.name), description = coalesce($3, d.description),"
           " sort_text = coalesce($4, d.sort_text) WHERE d.id = $1 AND d.deleted_at IS NULL"
           " RETURNING " DEPARTMENT_COLUMNS("d"),
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_change_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                    const char *name, const char *description, campus_department *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &change_department,
                                  POLY_PG_VALUES(poly_pg_uuid(id), poly_pg_text(name), poly_pg_text(description),
                                                 poly_pg_text(name ? sort_text_of(name, NULL, arena) : NULL)),
                                  arena, &rows);

    return take_department(result, &rows, arena, out);
}

#define LOCK_SQL "SELECT " DEPARTMENT_COLUMNS("d") " FROM departments d WHERE d.id = $1 AND d.deleted_at IS NULL"

/*
 * NO KEY, here and for all that is locked, since ids stay: whoever inserts what refers to the row need not wait. An
 * application that holds its service would wait for the department, whose deletion waits for the service.
 */
static const poly_statement lock_department = {
    .name = "lock_department",
    .sql = LOCK_SQL " FOR NO KEY UPDATE",
    .types = {POLY_PG_UUID},
};
/* Not FOR KEY SHARE: a deletion only sets deleted_at. */
static const poly_statement hold_department = {
    .name = "hold_department",
    .sql = LOCK_SQL " FOR SHARE",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id, bool whole,
                                  campus_department *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, whole ? &lock_department : &hold_department,
                                                   POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_department(result, &rows, arena, out);
}

static const poly_statement delete_department = {
    .name = "delete_department",
    .sql = "UPDATE departments SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL",
    .types = {POLY_PG_UUID},
};
static const poly_statement deactivate_services = {
    .name = "deactivate_services",
    .sql = "UPDATE services SET is_active = false WHERE department_id = $1 AND is_active",
    .types = {POLY_PG_UUID},
};
static const poly_statement delete_executors = {
    .name = "delete_executors",
    .sql = "UPDATE executors SET deleted_at = now() WHERE department_id = $1 AND deleted_at IS NULL RETURNING id",
    .types = {POLY_PG_UUID},
};

poly_result store_delete_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                    const char *const **executors, size_t *executor_count)
{
    const poly_pg_value values[] = {poly_pg_uuid(id)};
    const char **ids;
    poly_pg_rows rows;
    poly_result result =
        take_affected(poly_pg_transaction_query(transaction, &delete_department, values, arena, &rows), &rows);

    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &deactivate_services, values, arena, &rows);
    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &delete_executors, values, arena, &rows);
    if (result != POLY_OK)
        return result;
    ids = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*ids));
    for (size_t i = 0; i < rows.count; i++)
        ids[i] = poly_pg_get_text(&rows, i, 0);
    *executors = ids;
    *executor_count = rows.count;
    return POLY_OK;
}

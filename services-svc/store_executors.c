/* SPDX-License-Identifier: MIT */
#include "store_rows.h"

static const poly_statement list_executors = {
    .name = "list_executors",
    .sql = PAGE_SQL("executors", EXECUTOR_COLUMNS("t"),
                    "f.department_id = $4 AND f.deleted_at IS NULL"
                    " AND ($3::text IS NULL OR strpos(f.sort_text, $3) > 0)"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_UUID},
};

poly_result store_list_executors(poly_pg *pg, poly_arena *arena, const char *department_id, const char *search,
                                 store_window window, executor_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_executors,
                                       POLY_PG_VALUES(poly_pg_int(window.limit), poly_pg_int(window.offset),
                                                      poly_pg_text(search), poly_pg_uuid(department_id)),
                                       arena, &rows);

    if (result != POLY_OK)
        return result;
    out->count = items_of_page(&rows, EXECUTOR_COLUMN_COUNT, &out->total);
    out->items = poly_arena_alloc(arena, (out->count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = executor_of_row(&rows, i, arena);
    return POLY_OK;
}

/* An executor is deleted with the department, so that only one row need be asked. */
static const poly_statement executor_is_alive = {
    .name = "executor_is_alive",
    .sql = "SELECT id, department_id FROM executors WHERE id = $1 AND deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_executor_is_alive(poly_pg *pg, poly_arena *arena, const char *typed, const char **id,
                                    const char **department_id)
{
    poly_pg_rows rows;
    poly_result result =
        take_first(poly_pg_query(pg, &executor_is_alive, POLY_PG_VALUES(poly_pg_uuid(typed)), arena, &rows), &rows);

    if (result == POLY_OK) {
        *id = poly_pg_get_text(&rows, 0, 0);
        *department_id = poly_pg_get_text(&rows, 0, 1);
    }
    return result;
}

static const poly_statement department_of_executor = {
    .name = "department_of_executor",
    .sql = "SELECT department_id FROM executors WHERE id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_department_of_executor(poly_pg *pg, poly_arena *arena, const char *id, const char **department_id)
{
    poly_pg_rows rows;
    poly_result result =
        take_first(poly_pg_query(pg, &department_of_executor, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows), &rows);

    if (result == POLY_OK)
        *department_id = poly_pg_get_text(&rows, 0, 0);
    return result;
}

static const poly_statement lock_executor = {
    .name = "lock_executor",
    .sql =
        "SELECT " EXECUTOR_COLUMNS("e") " FROM executors e WHERE e.id = $1 AND e.deleted_at IS NULL FOR NO KEY UPDATE",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_executor(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                campus_executor *out)
{
    poly_pg_rows rows;
    poly_result result = take_first(
        poly_pg_transaction_query(transaction, &lock_executor, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows), &rows);

    if (result == POLY_OK)
        *out = executor_of_row(&rows, 0, arena);
    return result;
}

static const poly_statement insert_executor = {
    .name = "insert_executor",
    .sql = "INSERT INTO executors (id, department_id, name, username, sort_text) VALUES ($1, $2, $3, $4, $5)"
           " RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_insert_executor(poly_pg_transaction *transaction, poly_arena *arena, campus_executor *executor)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &insert_executor,
                                  POLY_PG_VALUES(poly_pg_uuid(executor->id), poly_pg_uuid(executor->department_id),
                                                 poly_pg_text(executor->name), poly_pg_text(executor->username),
                                                 poly_pg_text(sort_text_of(executor->name, executor->username, arena))),
                                  arena, &rows);

    if (result == POLY_OK)
        executor->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return result;
}

static const poly_statement delete_executor = {
    .name = "delete_executor",
    .sql = "UPDATE executors SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL",
    .types = {POLY_PG_UUID},
};

poly_result store_delete_executor(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;

    return take_affected(
        poly_pg_transaction_query(transaction, &delete_executor, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows),
        &rows);
}

/* An application that is over keeps who did it. */
static const poly_statement unassign = {
    .name = "unassign",
    .sql = "WITH open AS (SELECT id, executor_id FROM applications WHERE executor_id = ANY ($1)"
           " AND status IN ('pending', 'in_progress') ORDER BY id FOR NO KEY UPDATE),"
           " freed AS (UPDATE applications a SET executor_id = NULL, updated_at = now() FROM open o WHERE a.id = o.id)"
           " INSERT INTO application_history (application_id, actor_id, actor_name, actor_role, change, old_value)"
           " SELECT id, $2, $3, $4, 'executor', executor_id::text FROM open RETURNING application_id",
    .types = {POLY_PG_UUID_LIST, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};
static const poly_statement tell_unassigned = {
    .name = "tell_unassigned",
    .sql =
        "INSERT INTO events (application_id, event, data) SELECT id, 'assigned',"
        " jsonb_build_object('application_id', id, 'executor_id', NULL, 'executor_name', NULL) FROM unnest($1) t (id)",
    .types = {POLY_PG_UUID_LIST},
};

poly_result store_unassign(poly_pg_transaction *transaction, poly_arena *arena, const char *const *executors,
                           size_t count, const history_actor *actor)
{
    const char **freed;
    poly_pg_rows rows;
    poly_result result;

    if (count == 0)
        return POLY_OK;
    result = poly_pg_transaction_query(transaction, &unassign,
                                       POLY_PG_VALUES(poly_pg_uuid_list(executors, count), poly_pg_text(actor->id),
                                                      poly_pg_text(actor->name), poly_pg_text(actor->role)),
                                       arena, &rows);
    if (result != POLY_OK || rows.count == 0)
        return result;
    freed = poly_arena_alloc(arena, rows.count * sizeof(*freed));
    for (size_t i = 0; i < rows.count; i++)
        freed[i] = poly_pg_get_text(&rows, i, 0);
    return poly_pg_transaction_query(transaction, &tell_unassigned,
                                     POLY_PG_VALUES(poly_pg_uuid_list(freed, rows.count)), arena, &rows);
}

/* --- for poly_accounts --- */

const poly_statement store_account_alive = {
    .name = "account_alive",
    .sql = "SELECT id FROM departments WHERE id = $1 AND has_account AND deleted_at IS NULL"
           " UNION ALL SELECT id FROM executors WHERE id = $1 AND deleted_at IS NULL",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

const poly_statement store_account_list = {
    .name = "account_list",
    .sql = "SELECT * FROM (SELECT id, 'staff' AS role, name, NULL::bigint AS ruz_teacher_id FROM departments"
           " WHERE has_account AND deleted_at IS NULL"
           " UNION ALL SELECT id, 'executor', name, NULL FROM executors WHERE deleted_at IS NULL) each"
           " WHERE id > $1 ORDER BY id LIMIT $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};

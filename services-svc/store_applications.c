/* SPDX-License-Identifier: MIT */
#include "store_application_rows.h"

#include <string.h>

#include "poly/text.h"

#define SEARCH_TEXT_MAX ((size_t)8 << 10)
#define MICROSECONDS    1000000

campus_application application_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena)
{
    return (campus_application){
        .id = poly_pg_get_text(rows, row, column),
        .service_id = poly_pg_get_text(rows, row, column + 1),
        .service_name = poly_pg_get_text(rows, row, column + 2),
        .department_id = poly_pg_get_text(rows, row, column + 3),
        .student_id = poly_pg_get_text(rows, row, column + 4),
        .student_name = poly_pg_get_text(rows, row, column + 5),
        .student_email = poly_pg_get_text(rows, row, column + 6),
        .state = application_state_of(poly_pg_get_text(rows, row, column + 7)),
        .executor_id = poly_pg_get_text(rows, row, column + 8),
        .executor_name = poly_pg_get_text(rows, row, column + 9),
        .created_at = poly_pg_get_rfc3339(rows, row, column + 10, arena),
        .updated_at = poly_pg_get_rfc3339(rows, row, column + 11, arena),
        .due_at = poly_pg_get_rfc3339(rows, row, column + 12, arena),
    };
}

static poly_result take_whole(poly_result result, const poly_pg_rows *rows, poly_arena *arena, campus_application *out)
{
    result = take_first(result, rows);
    if (result != POLY_OK)
        return result;
    *out = application_of_row(rows, 0, 0, arena);
    out->form_data = poly_pg_get_text(rows, 0, APPLICATION_COLUMN_COUNT);
    return POLY_OK;
}

#define WHOLE_SQL(extra) \
    "SELECT " APPLICATION_COLUMNS ", a.form_data" extra " FROM applications a" APPLICATION_JOINS " WHERE a.id = $1"

static const poly_statement find_application = {
    .name = "find_application",
    .sql = WHOLE_SQL(""),
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_find_application(poly_pg *pg, poly_arena *arena, const char *id, campus_application *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_application, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_whole(result, &rows, arena, out);
}

static const poly_statement lock_application = {
    .name = "lock_application",
    .sql = WHOLE_SQL("") " FOR NO KEY UPDATE OF a",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_application(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                   campus_application *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &lock_application, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_whole(result, &rows, arena, out);
}

/* One statement, and so one snapshot: no event that the row has in it is missing from the number, and none is too many.
 */
static const poly_statement application_now = {
    .name = "application_now",
    .sql = WHOLE_SQL(", coalesce((SELECT max(v.sequence) FROM events v), 0)"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_application_now(poly_pg *pg, poly_arena *arena, const char *id, campus_application *out,
                                  int64_t *sequence)
{
    poly_pg_rows rows;
    poly_result result = take_whole(poly_pg_query(pg, &application_now, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows),
                                    &rows, arena, out);

    if (result == POLY_OK)
        *sequence = poly_pg_get_int(&rows, 0, APPLICATION_COLUMN_COUNT + 1);
    return result;
}

static const char *search_text_of(const campus_application *application, poly_arena *arena)
{
    const char *const texts[] = {application->student_name, application->student_email, application->student_id,
                                 application->service_name};
    poly_strbuf folded;
    const char *text;

    poly_strbuf_init(&folded, SEARCH_TEXT_MAX);
    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        if (folded.size)
            poly_strbuf_append_char(&folded, ' ');
        poly_text_fold(texts[i], strlen(texts[i]), &folded);
    }
    text = poly_arena_strdup(arena, poly_strbuf_text(&folded));
    poly_strbuf_release(&folded);
    return text;
}

static const poly_statement insert_application = {
    .name = "insert_application",
    .sql =
        "INSERT INTO applications (id, service_id, department_id, student_id, student_name, student_email, form_data,"
        " due_at, search_text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING created_at, updated_at, due_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON,
              POLY_PG_TIME, POLY_PG_TEXT},
};

poly_result store_insert_application(poly_pg_transaction *transaction, poly_arena *arena, campus_application *new,
                                     int64_t due_at)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_application,
        POLY_PG_VALUES(poly_pg_uuid(new->id), poly_pg_uuid(new->service_id), poly_pg_uuid(new->department_id),
                       poly_pg_text(new->student_id), poly_pg_text(new->student_name), poly_pg_text(new->student_email),
                       poly_pg_json(new->form_data), due_at ? poly_pg_time(due_at * MICROSECONDS) : poly_pg_null(),
                       poly_pg_text(search_text_of(new, arena))),
        arena, &rows);

    if (result != POLY_OK)
        return result;
    new->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    new->updated_at = poly_pg_get_rfc3339(&rows, 0, 1, arena);
    new->due_at = poly_pg_get_rfc3339(&rows, 0, 2, arena);
    return POLY_OK;
}

/* The student's row of what is pending is held since the insert: of several at once each sees those before it. */
static const poly_statement count_open = {
    .name = "count_open",
    .sql = "SELECT coalesce(sum(total), 0)::bigint FROM application_counts WHERE reader = 'student' AND reader_id = $1"
           " AND status IN ('pending', 'in_progress')",
    .types = {POLY_PG_TEXT},
};

poly_result store_count_open(poly_pg_transaction *transaction, poly_arena *arena, const char *student_id, int64_t *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &count_open, POLY_PG_VALUES(poly_pg_text(student_id)), arena, &rows);

    if (result == POLY_OK)
        *out = poly_pg_get_int(&rows, 0, 0);
    return result;
}

/* --- changes --- */

static const poly_statement add_history = {
    .name = "add_history",
    .sql = "INSERT INTO application_history (application_id, actor_id, actor_name, actor_role, change, old_value,"
           " new_value) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    .types = {POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

poly_result store_add_history(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                              const history_actor *actor, const char *change, const char *old_value,
                              const char *new_value)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &add_history,
                                     POLY_PG_VALUES(poly_pg_uuid(application_id), poly_pg_text(actor->id),
                                                    poly_pg_text(actor->name), poly_pg_text(actor->role),
                                                    poly_pg_text(change), poly_pg_text(old_value),
                                                    poly_pg_text(new_value)),
                                     arena, &rows);
}

static const poly_statement set_state = {
    .name = "set_state",
    .sql = "UPDATE applications SET status = $2, updated_at = now() WHERE id = $1 RETURNING updated_at",
    .types = {POLY_PG_UUID, POLY_PG_TEXT},
};

poly_result store_set_state(poly_pg_transaction *transaction, poly_arena *arena, campus_application *changed,
                            application_state state, const history_actor *actor)
{
    const char *old_name = application_state_names[changed->state], *new_name = application_state_names[state];
    poly_pg_rows rows;
    poly_result result = take_first(
        poly_pg_transaction_query(transaction, &set_state,
                                  POLY_PG_VALUES(poly_pg_uuid(changed->id), poly_pg_text(new_name)), arena, &rows),
        &rows);

    if (result != POLY_OK)
        return result;
    changed->state = state;
    changed->updated_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return store_add_history(transaction, arena, changed->id, actor, "status", old_name, new_name);
}

static const poly_statement assign = {
    .name = "assign",
    .sql = "UPDATE applications SET executor_id = $2, updated_at = now() WHERE id = $1",
    .types = {POLY_PG_UUID, POLY_PG_UUID},
};

poly_result store_assign(poly_pg_transaction *transaction, poly_arena *arena, campus_application *changed,
                         const campus_executor *executor, const history_actor *actor)
{
    const char *old_id = changed->executor_id;
    poly_pg_rows rows;
    poly_result result;

    changed->executor_id = executor ? executor->id : NULL;
    changed->executor_name = executor ? executor->name : NULL;
    result = poly_pg_transaction_query(transaction, &assign,
                                       POLY_PG_VALUES(poly_pg_uuid(changed->id), poly_pg_uuid(changed->executor_id)),
                                       arena, &rows);
    if (result != POLY_OK)
        return result;
    return store_add_history(transaction, arena, changed->id, actor, "executor", old_id, changed->executor_id);
}

static const poly_statement touch_application = {
    .name = "touch_application",
    .sql = "UPDATE applications SET updated_at = now() WHERE id = $1",
    .types = {POLY_PG_UUID},
};

poly_result store_touch_application(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &touch_application, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);
}

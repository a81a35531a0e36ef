/* SPDX-License-Identifier: MIT */
#include "store_rows.h"

static void take_list(const poly_pg_rows *rows, size_t count, poly_arena *arena, service_list *out)
{
    out->count = count;
    out->items = poly_arena_alloc(arena, (count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < count; i++)
        out->items[i] = service_of_row(rows, i, arena);
}

static const poly_statement list_services = {
    .name = "list_services",
    .sql =
        PAGE_SQL("services", SERVICE_COLUMNS("t"), "f.is_active AND ($3::text IS NULL OR strpos(f.sort_text, $3) > 0)"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT},
};
static const poly_statement list_services_of_department = {
    .name = "list_services_of_department",
    .sql = PAGE_SQL("services", SERVICE_COLUMNS("t"),
                    "f.department_id = $4 AND f.is_active AND ($3::text IS NULL OR strpos(f.sort_text, $3) > 0)"),
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_UUID},
};

poly_result store_list_services(poly_pg *pg, poly_arena *arena, const char *department_id, const char *search,
                                store_window window, service_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, department_id ? &list_services_of_department : &list_services,
                                       POLY_PG_VALUES(poly_pg_int(window.limit), poly_pg_int(window.offset),
                                                      poly_pg_text(search), poly_pg_uuid(department_id)),
                                       arena, &rows);

    if (result == POLY_OK)
        take_list(&rows, items_of_page(&rows, SERVICE_COLUMN_COUNT, &out->total), arena, out);
    return result;
}

static const poly_statement services_of_department = {
    .name = "services_of_department",
    .sql = "SELECT " SERVICE_COLUMNS("s") " FROM services s WHERE s.department_id = $1 ORDER BY s.sort_text, s.id"
                                          " LIMIT 1000",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_services_of_department(poly_pg *pg, poly_arena *arena, const char *department_id, service_list *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &services_of_department, POLY_PG_VALUES(poly_pg_uuid(department_id)), arena, &rows);

    if (result == POLY_OK)
        take_list(&rows, rows.count, arena, out);
    return result;
}

static poly_result take_service(poly_result result, const poly_pg_rows *rows, poly_arena *arena, campus_service *out)
{
    result = take_first(result, rows);
    if (result == POLY_OK)
        *out = service_of_row(rows, 0, arena);
    return result;
}

#define FIND_SQL                                                                                   \
    "SELECT " SERVICE_COLUMNS("s") " FROM services s JOIN departments d ON d.id = s.department_id" \
                                   " WHERE s.id = $1 AND d.deleted_at IS NULL"

static const poly_statement find_service = {
    .name = "find_service",
    .sql = FIND_SQL,
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_find_service(poly_pg *pg, poly_arena *arena, const char *id, campus_service *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &find_service, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_service(result, &rows, arena, out);
}

static const poly_statement lock_service = {
    .name = "lock_service",
    .sql = FIND_SQL " FOR UPDATE OF s",
    .types = {POLY_PG_UUID},
};
static const poly_statement hold_service = {
    .name = "hold_service",
    .sql = FIND_SQL " FOR SHARE OF s",
    .types = {POLY_PG_UUID},
};

poly_result store_lock_service(poly_pg_transaction *transaction, poly_arena *arena, const char *id, bool whole,
                               campus_service *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, whole ? &lock_service : &hold_service,
                                                   POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return take_service(result, &rows, arena, out);
}

static const poly_statement insert_service = {
    .name = "insert_service",
    .sql = "INSERT INTO services (id, department_id, name, description, required_fields, requires_attachment,"
           " is_active, due_working_days, sort_text) VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0)::integer, $9)"
           " RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON, POLY_PG_BOOL, POLY_PG_BOOL,
              POLY_PG_INT, POLY_PG_TEXT},
};
static const poly_statement change_service = {
    .name = "change_service",
    .sql = "UPDATE services SET name = $3, description = $4, required_fields = $5, requires_attachment = $6,"
           " is_active = $7, due_working_days = nullif($8, 0)::integer, sort_text = $9"
           " WHERE id = $1 AND department_id = $2 RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_JSON, POLY_PG_BOOL, POLY_PG_BOOL,
              POLY_PG_INT, POLY_PG_TEXT},
};

static poly_result write_service(poly_pg_transaction *transaction, const poly_statement *statement, poly_arena *arena,
                                 const campus_service *service, poly_pg_rows *rows)
{
    return poly_pg_transaction_query(
        transaction, statement,
        POLY_PG_VALUES(poly_pg_uuid(service->id), poly_pg_uuid(service->department_id), poly_pg_text(service->name),
                       poly_pg_text(service->description), poly_pg_json(service->required_fields),
                       poly_pg_bool(service->requires_attachment), poly_pg_bool(service->is_active),
                       poly_pg_int(service->due_working_days), poly_pg_text(sort_text_of(service->name, NULL, arena))),
        arena, rows);
}

poly_result store_insert_service(poly_pg_transaction *transaction, poly_arena *arena, campus_service *service)
{
    poly_pg_rows rows;
    poly_result result = write_service(transaction, &insert_service, arena, service, &rows);

    if (result == POLY_OK)
        service->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return result;
}

poly_result store_change_service(poly_pg_transaction *transaction, poly_arena *arena, const campus_service *service)
{
    poly_pg_rows rows;

    return take_first(write_service(transaction, &change_service, arena, service, &rows), &rows);
}

static const poly_statement delete_service = {
    .name = "delete_service",
    .sql = "DELETE FROM services s WHERE s.id = $1"
           " AND NOT EXISTS (SELECT FROM applications a WHERE a.service_id = s.id)",
    .types = {POLY_PG_UUID},
};

/* The caller has it locked, so that it is there, and no application can be added. */
poly_result store_delete_service(poly_pg_transaction *transaction, poly_arena *arena, const char *id)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &delete_service, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows);

    return result == POLY_OK && rows.affected == 0 ? POLY_CONFLICT : result;
}

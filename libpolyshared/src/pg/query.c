/* SPDX-License-Identifier: MIT */
#include "pg/answer.h"
#include "pg/lane.h"
#include "pg/report.h"
#include "poly/time.h"

static poly_result run(poly_operation *operation, uint64_t deadline, poly_arena *arena, poly_pg_rows *rows)
{
    poly_result result = poly_pg_lane_submit(operation->lane, operation);

    if (result == POLY_OK)
        result = poly_operation_await(&operation, deadline);
    if (result == POLY_OK) {
        result = operation->outcome;
        if (operation->result)
            poly_pg_answer_read(operation->result, arena, rows);
        rows->retryable = operation->is_retryable;
    }
    poly_operation_destroy(&operation);
    return result;
}

poly_result poly_pg_query(poly_pg *pg, const poly_statement *statement, const poly_pg_value *values, poly_arena *arena,
                          poly_pg_rows *rows)
{
    uint64_t began = poly_time_monotonic();
    poly_pg_parameters parameters;
    poly_operation *operation;
    poly_result result;

    *rows = (poly_pg_rows){0};
    result = poly_operation_admit();
    if (result == POLY_OK)
        result = poly_pg_parameters_make(statement, values, arena, &parameters);
    if (result != POLY_OK)
        return result;
    operation = poly_operation_create(poly_pg_lane_of(pg),
                                      statement->use == POLY_PG_READ ? POLY_OPERATION_SHARED : POLY_OPERATION_ALONE);
    operation->statement = statement;
    operation->parameters = &parameters;
    result = run(operation, poly_pg_query_deadline(pg), arena, rows);
    poly_pg_report_query(result, poly_time_monotonic() - began);
    return result;
}

poly_result poly_pg_ping(poly_pg *pg)
{
    static const poly_statement ping = {.name = "poly_ping", .sql = "SELECT 1", .use = POLY_PG_READ};
    poly_arena *arena = poly_arena_create(0);
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &ping, POLY_PG_NO_VALUES, arena, &rows);

    poly_arena_destroy(&arena);
    return result;
}

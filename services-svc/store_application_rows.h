/* SPDX-License-Identifier: MIT */
/*
 * Applications among a row's columns: for the store's files only.
 */
#ifndef SERVICES_STORE_APPLICATION_ROWS_H
#define SERVICES_STORE_APPLICATION_ROWS_H

#include "store_applications.h"
#include "store_rows.h"

/* Of applications a, services s and executors e. */
#define APPLICATION_COLUMNS                                                                                 \
    "a.id, a.service_id, s.name, a.department_id, a.student_id, a.student_name, a.student_email, a.status," \
    " a.executor_id, e.name, a.created_at, a.updated_at, a.due_at"
enum { APPLICATION_COLUMN_COUNT = 13 };
#define APPLICATION_JOINS " JOIN services s ON s.id = a.service_id LEFT JOIN executors e ON e.id = a.executor_id"

/* Whose columns begin at `column`; without form_data. */
campus_application application_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

#endif

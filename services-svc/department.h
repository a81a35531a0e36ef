/* SPDX-License-Identifier: MIT */
/*
 * Departments, what they offer, and who does the work: as the store reads them and answers show them. Strings live in
 * the arena of the request that read them.
 */
#ifndef SERVICES_DEPARTMENT_H
#define SERVICES_DEPARTMENT_H

#include "poly/json.h"

enum { NAME_MAX_CHARACTERS = 200, DESCRIPTION_MAX_CHARACTERS = 5000, DUE_DAYS_MAX = 365 };

typedef struct campus_department {
    const char *id;
    const char *name;
    const char *description;
    bool has_account; /* a staff user at sso-svc */
    const char *created_at;
} campus_department;

/* What a student may apply for. */
typedef struct campus_service {
    const char *id;
    const char *department_id;
    const char *name;
    const char *description;
    const char *required_fields; /* JSON, a list as form.h reads it */
    bool requires_attachment;
    bool is_active;
    int64_t due_working_days; /* 0: no time is promised */
    const char *created_at;
} campus_service;

typedef struct campus_executor {
    const char *id;
    const char *department_id;
    const char *name;
    const char *username;
    const char *created_at;
} campus_executor;

/* As answers have them. */
void department_write(poly_json_writer *writer, const char *name, const campus_department *department);
void service_write(poly_json_writer *writer, const char *name, const campus_service *service);
void executor_write(poly_json_writer *writer, const char *name, const campus_executor *executor);

/* {id, name, description, created_at, services: [{id, name, description, requires_attachment, is_active}]}. */
void department_write_whole(poly_json_writer *writer, const campus_department *department,
                            const campus_service *services, size_t count);

#endif

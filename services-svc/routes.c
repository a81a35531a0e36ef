/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

#define DEPARTMENTS  "/api/departments"
#define SERVICES     "/api/services"
#define EXECUTORS    "/api/executors"
#define APPLICATIONS "/api/applications"

#define WHO_OWNER  (WHO_STAFF | WHO_ADMIN)
#define WHO_WORKER (WHO_STAFF | WHO_EXECUTOR | WHO_ADMIN)
#define WHO_PARTY  (WHO_STUDENT | WHO_WORKER)

/* sso-svc hashes a password, which waits its turn behind others'. */
#define ACCOUNT_MS 20000
/* A hundred megabytes over a slow line, and all of an export. */
#define FILES_MS 900000

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/verify-launch", .handler = post_verify_launch},
    {POLY_GET, "/.well-known/jwks.json", .handler = get_keys},
    {.path = NULL},
};

static const poly_route department_routes[] = {
    {POLY_GET, DEPARTMENTS, .handler = get_departments},
    {POLY_POST, DEPARTMENTS, .handler = post_department, .who = WHO_ADMIN, .deadline_ms = ACCOUNT_MS, .secret = true},
    {POLY_GET, DEPARTMENTS "/{id}", .handler = get_department},
    {POLY_PUT, DEPARTMENTS "/{id}", .handler = put_department, .who = WHO_ADMIN},
    {POLY_DELETE, DEPARTMENTS "/{id}", .handler = delete_department, .who = WHO_ADMIN, .deadline_ms = ACCOUNT_MS},
    {.path = NULL},
};

static const poly_route service_routes[] = {
    {POLY_GET, SERVICES, .handler = get_services},
    {POLY_POST, SERVICES, .handler = post_service, .who = WHO_OWNER},
    {POLY_GET, SERVICES "/{id}", .handler = get_service},
    {POLY_PUT, SERVICES "/{id}", .handler = put_service, .who = WHO_OWNER},
    {POLY_DELETE, SERVICES "/{id}", .handler = delete_service, .who = WHO_OWNER},
    {.path = NULL},
};

static const poly_route executor_routes[] = {
    {POLY_GET, EXECUTORS, .handler = get_executors, .who = WHO_STAFF},
    {POLY_POST, EXECUTORS, .handler = post_executor, .who = WHO_STAFF, .deadline_ms = ACCOUNT_MS, .secret = true},
    {POLY_DELETE, EXECUTORS "/{id}", .handler = delete_executor, .who = WHO_STAFF, .deadline_ms = ACCOUNT_MS},
    {.path = NULL},
};

static const poly_route application_routes[] = {
    {POLY_GET, APPLICATIONS, .handler = get_applications, .who = WHO_PARTY},
    {POLY_POST, APPLICATIONS, .handler = post_application, .who = WHO_STUDENT, .deadline_ms = FILES_MS},
    {POLY_GET, APPLICATIONS "/export.csv", .handler = get_applications_export, .who = WHO_OWNER,
     .deadline_ms = FILES_MS},
    {POLY_GET, APPLICATIONS "/attachments/{id}/download", .handler = get_attachment, .who = WHO_PARTY,
     .deadline_ms = FILES_MS},
    {POLY_GET, APPLICATIONS "/{id}", .handler = get_application, .who = WHO_PARTY},
    {POLY_PATCH, APPLICATIONS "/{id}/assign", .handler = patch_application_assign, .who = WHO_STAFF},
    {POLY_PATCH, APPLICATIONS "/{id}/status", .handler = patch_application_status, .who = WHO_OWNER},
    {POLY_POST, APPLICATIONS "/{id}/respond", .handler = post_response, .who = WHO_WORKER, .deadline_ms = FILES_MS},
    {POLY_GET, APPLICATIONS "/{id}/comments", .handler = get_comments, .who = WHO_PARTY},
    {POLY_POST, APPLICATIONS "/{id}/comments", .handler = post_comment, .who = WHO_PARTY, .deadline_ms = FILES_MS},
    {POLY_GET, APPLICATIONS "/{id}/events", .handler = get_application_events, .who = WHO_PARTY},
    {.path = NULL},
};

const poly_route *const services_routes[] = {auth_routes,     department_routes,  service_routes,
                                             executor_routes, application_routes, NULL};

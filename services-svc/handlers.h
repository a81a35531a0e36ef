/* SPDX-License-Identifier: MIT */
/*
 * The routes' handlers. Who may call each is in routes.c.
 */
#ifndef SERVICES_HANDLERS_H
#define SERVICES_HANDLERS_H

#include "poly/http.h"

/* launch.c */
void post_verify_launch(poly_request *request);
void get_keys(poly_request *request);

/* departments.c */
void get_departments(poly_request *request);
void get_department(poly_request *request);
void post_department(poly_request *request);
void put_department(poly_request *request);
void delete_department(poly_request *request);

/* services.c */
void get_services(poly_request *request);
void get_service(poly_request *request);
void post_service(poly_request *request);
void put_service(poly_request *request);
void delete_service(poly_request *request);

/* executors.c */
void get_executors(poly_request *request);
void post_executor(poly_request *request);
void delete_executor(poly_request *request);

/* applications.c, application_export.c, application_stream.c */
void get_applications(poly_request *request);
void get_application(poly_request *request);
void post_application(poly_request *request);
void get_applications_export(poly_request *request);
void get_application_events(poly_request *request);

/* application_changes.c */
void patch_application_assign(poly_request *request);
void patch_application_status(poly_request *request);

/* responses.c */
void post_response(poly_request *request);
void post_comment(poly_request *request);
void get_comments(poly_request *request);

/* attachments.c */
void get_attachment(poly_request *request);

extern const poly_route *const services_routes[];

#endif

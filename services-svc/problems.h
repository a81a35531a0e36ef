/* SPDX-License-Identifier: MIT */
/*
 * What clients of services-svc may tell apart.
 */
#ifndef SERVICES_PROBLEMS_H
#define SERVICES_PROBLEMS_H

#include "poly/http.h"

extern const poly_problem problem_launch_refused;
extern const poly_problem problem_launch_spent;

extern const poly_problem problem_department_unknown;
extern const poly_problem problem_department_forbidden;
extern const poly_problem problem_service_unknown;
extern const poly_problem problem_service_in_use;
extern const poly_problem problem_executor_unknown;

extern const poly_problem problem_application_unknown; /* also when it is not for the caller to see */
extern const poly_problem problem_service_inactive;
extern const poly_problem problem_service_changed;
extern const poly_problem problem_attachment_required;
extern const poly_problem problem_state_illegal;
extern const poly_problem problem_application_over;
extern const poly_problem problem_conversation_full;
extern const poly_problem problem_too_many_open;
extern const poly_problem problem_attachment_unknown;
extern const poly_problem problem_range_unsatisfiable;
extern const poly_problem problem_events_not_ready;

extern const poly_problem problem_too_many_files;
extern const poly_problem problem_file_kind;
extern const poly_problem problem_file_content;
extern const poly_problem problem_file_empty;
extern const poly_problem problem_storage_unavailable;

#endif

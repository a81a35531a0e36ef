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

#endif

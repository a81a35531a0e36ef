/* SPDX-License-Identifier: MIT */
/*
 * What clients of main-svc may tell apart.
 */
#ifndef MAIN_PROBLEMS_H
#define MAIN_PROBLEMS_H

#include "poly/http.h"

extern const poly_problem problem_login_wrong;
extern const poly_problem problem_cas_not_understood;
extern const poly_problem problem_redirect_off;
extern const poly_problem problem_state_wrong;
extern const poly_problem problem_ticket_refused;

extern const poly_problem problem_app_unknown;

extern const poly_problem problem_password_needed;
extern const poly_problem problem_record_book_refused;
extern const poly_problem problem_record_book_not_understood;

extern const poly_problem problem_group_unknown;
extern const poly_problem problem_no_group;

#endif

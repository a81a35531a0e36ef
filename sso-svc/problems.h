/* SPDX-License-Identifier: MIT */
/*
 * What clients of sso-svc may tell apart.
 */
#ifndef SSO_PROBLEMS_H
#define SSO_PROBLEMS_H

#include "poly/http.h"

extern const poly_problem problem_login_wrong;
extern const poly_problem problem_other_app;
extern const poly_problem problem_hashing_overloaded;
extern const poly_problem problem_refresh_refused;
extern const poly_problem problem_session_unknown;

extern const poly_problem problem_user_unknown;
extern const poly_problem problem_username_taken;    /* 409: an administrator's request */
extern const poly_problem problem_username_of_other; /* 400: a service's request */
extern const poly_problem problem_role_not_admin;
extern const poly_problem problem_last_admin;
extern const poly_problem problem_app_filter_missing;
extern const poly_problem problem_app_forbidden;

extern const poly_problem problem_entity_conflict;
extern const poly_problem problem_entity_other_role;
extern const poly_problem problem_duplicate_item;
extern const poly_problem problem_telegram_taken;
extern const poly_problem problem_telegram_unknown;
extern const poly_problem problem_user_disabled;

extern const poly_problem problem_sync_unavailable;
extern const poly_problem problem_sync_rejected;

#endif

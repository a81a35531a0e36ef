/* SPDX-License-Identifier: MIT */
/*
 * The routes' handlers. Who may call each is in routes.c.
 */
#ifndef SSO_HANDLERS_H
#define SSO_HANDLERS_H

#include "poly/http.h"

/* login.c, refresh.c, sessions.c */
void post_login(poly_request *request);
void post_refresh(poly_request *request);
void post_logout(poly_request *request);
void get_me(poly_request *request);
void get_sessions(poly_request *request);
void delete_session(poly_request *request);

/* users.c, users_change.c, telegram.c */
void get_users(poly_request *request);
void get_check_username(poly_request *request);
void get_user_by_telegram(poly_request *request);
void get_user_by_ruz_teacher(poly_request *request);
void post_user(poly_request *request);
void patch_user(poly_request *request);
void delete_user(poly_request *request);
void delete_user_by_entity(poly_request *request);
void post_telegram_link(poly_request *request);
void delete_telegram_link(poly_request *request);
void post_teacher_link_telegram(poly_request *request);
void post_telegram_token(poly_request *request);

/* provision.c, provision_batch.c */
void post_provision_staff(poly_request *request);
void post_provision_executor(poly_request *request);
void post_provision_teacher(poly_request *request);
void post_provision_teachers(poly_request *request);

/* teacher_sync.c, audit_trail.c, keys.c */
void get_teacher_sync_status(poly_request *request);
void post_teacher_sync_run(poly_request *request);
void get_audit(poly_request *request);
void get_keys(poly_request *request);

extern const poly_route *const sso_routes[];

#endif

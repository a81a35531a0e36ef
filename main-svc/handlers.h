/* SPDX-License-Identifier: MIT */
/*
 * The routes' handlers. Who may call each is in routes.c.
 */
#ifndef MAIN_HANDLERS_H
#define MAIN_HANDLERS_H

#include "poly/http.h"

/* login.c, redirect_login.c, me.c */
void post_login(poly_request *request);
void get_login(poly_request *request);
void get_callback(poly_request *request);
void get_me(poly_request *request);
void post_logout(poly_request *request);
void get_keys(poly_request *request);

/* launch.c */
void get_miniapps(poly_request *request);
void get_launch_token(poly_request *request);

/* grades.c, timetable.c */
void get_gradebook(poly_request *request);
void get_resolved_group(poly_request *request);
void get_schedule(poly_request *request);

extern const poly_route *const main_routes[];

#endif

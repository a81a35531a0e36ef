/* SPDX-License-Identifier: MIT */
/*
 * The routes' handlers. Who may call each is in routes.c.
 */
#ifndef TRAFFIC_HANDLERS_H
#define TRAFFIC_HANDLERS_H

#include "poly/http.h"

/* verify_launch.c */
void post_verify_launch(poly_request *request);

/* telegram_login.c */
void post_telegram_login(poly_request *request);

/* teachers.c, teachers_change.c */
void get_teachers(poly_request *request);
void get_check_username(poly_request *request);
void get_telegram_register_link(poly_request *request);
void post_teacher(poly_request *request);
void delete_teacher(poly_request *request);
void delete_teacher_telegram_link(poly_request *request);

/* sync_control.c */
void get_sync_status(poly_request *request);
void post_sync_run(poly_request *request);

/* schedule_relay.c */
void get_buildings(poly_request *request);
void get_rooms(poly_request *request);
void get_room_scheduler(poly_request *request);

extern const poly_route *const traffic_routes[];

#endif

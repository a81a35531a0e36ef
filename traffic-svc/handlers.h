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

/* tablets.c, kiosks.c */
void get_tablets(poly_request *request);
void get_tablet_by_reg_pin(poly_request *request);
void get_tablet_by_display_pin(poly_request *request);
void post_tablet_register(poly_request *request);
void delete_tablet_by_id(poly_request *request);
void post_tablet_init(poly_request *request);
void get_tablet(poly_request *request);
void get_tablet_events(poly_request *request);
void get_tablet_statuses(poly_request *request);

/* sessions.c, session_changes.c, start_options.c, kiosks.c */
void post_session(poly_request *request);
void get_start_options(poly_request *request);
void get_current_session(poly_request *request);
void get_sessions(poly_request *request);
void get_session(poly_request *request);
void get_attendees(poly_request *request);
void delete_session(poly_request *request);

/* attend.c, corrections.c */
void post_attend(poly_request *request);
void post_claim(poly_request *request);
void post_attendee(poly_request *request);
void patch_attendee(poly_request *request);
void delete_attendee(poly_request *request);

/* export.c, stats.c */
void get_export_csv(poly_request *request);
void get_export_xlsx(poly_request *request);
void get_attendance_stats(poly_request *request);

extern const poly_route *const traffic_routes[];

#endif

/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

/* sso-svc hashes a password meanwhile. */
#define PROVISION_MS 20000

#define TABLETS  "/api/tablets"
#define SESSIONS "/api/sessions"

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/verify-launch", .handler = post_verify_launch},
    {POLY_POST, "/api/auth/telegram-login", .handler = post_telegram_login, .secret = true},
    {.path = NULL},
};

static const poly_route stats_routes[] = {
    {POLY_GET, "/api/stats/attendance", .handler = get_attendance_stats, .who = WHO_ADMIN | WHO_TEACHER},
    {.path = NULL},
};

#define TEACHERS "/api/teachers"

static const poly_route teacher_routes[] = {
    {POLY_GET, TEACHERS, .handler = get_teachers, .who = WHO_ADMIN},
    {POLY_POST, TEACHERS, .handler = post_teacher, .who = WHO_ADMIN, .deadline_ms = PROVISION_MS, .secret = true},
    {POLY_GET, TEACHERS "/check-username", .handler = get_check_username, .who = WHO_ADMIN},
    {POLY_DELETE, TEACHERS "/{id}", .handler = delete_teacher, .who = WHO_ADMIN, .deadline_ms = PROVISION_MS},
    {POLY_GET, TEACHERS "/{id}/telegram-register-link", .handler = get_telegram_register_link, .who = WHO_ADMIN},
    {POLY_DELETE, TEACHERS "/{id}/telegram-link", .handler = delete_teacher_telegram_link, .who = WHO_ADMIN},
    {POLY_GET, TEACHERS "/sync/status", .handler = get_sync_status, .who = WHO_ADMIN | WHO_SSO},
    {POLY_POST, TEACHERS "/sync/run", .handler = post_sync_run, .who = WHO_ADMIN | WHO_SSO},
    {.path = NULL},
};

#define BUILDINGS "/api/schedule/buildings"

static const poly_route schedule_routes[] = {
    {POLY_GET, BUILDINGS, .handler = get_buildings, .who = WHO_ADMIN | WHO_TEACHER},
    {POLY_GET, BUILDINGS "/{building_id}/rooms", .handler = get_rooms, .who = WHO_ADMIN | WHO_TEACHER},
    {POLY_GET, BUILDINGS "/{building_id}/rooms/{room_id}/scheduler", .handler = get_room_scheduler,
     .who = WHO_ADMIN | WHO_TEACHER},
    {.path = NULL},
};

static const poly_route tablet_routes[] = {
    {POLY_POST, TABLETS "/init", .handler = post_tablet_init},
    {POLY_GET, TABLETS, .handler = get_tablets, .who = WHO_ADMIN},
    {POLY_GET, TABLETS "/by-reg-pin", .handler = get_tablet_by_reg_pin, .who = WHO_ADMIN},
    {POLY_GET, TABLETS "/by-display-pin", .handler = get_tablet_by_display_pin},
    {POLY_GET, TABLETS "/stream/statuses", .handler = get_tablet_statuses, .who = WHO_ADMIN},
    {POLY_GET, TABLETS "/{id}", .handler = get_tablet},
    {POLY_DELETE, TABLETS "/{id}", .handler = delete_tablet_by_id, .who = WHO_ADMIN},
    {POLY_POST, TABLETS "/{id}/register", .handler = post_tablet_register, .who = WHO_ADMIN},
    {POLY_GET, TABLETS "/{id}/events", .handler = get_tablet_events},
    {.path = NULL},
};

static const poly_route session_routes[] = {
    {POLY_POST, SESSIONS, .handler = post_session, .who = WHO_TEACHER},
    {POLY_GET, SESSIONS, .handler = get_sessions, .who = WHO_TEACHER},
    {POLY_GET, SESSIONS "/start-options", .handler = get_start_options, .who = WHO_TEACHER},
    {POLY_GET, SESSIONS "/current", .handler = get_current_session},
    {POLY_GET, SESSIONS "/{id}", .handler = get_session, .who = WHO_TEACHER},
    {POLY_DELETE, SESSIONS "/{id}", .handler = delete_session, .who = WHO_TEACHER},
    {POLY_POST, SESSIONS "/{id}/attend", .handler = post_attend},
    {POLY_POST, SESSIONS "/{id}/claims", .handler = post_claim},
    {POLY_GET, SESSIONS "/{id}/export.csv", .handler = get_export_csv, .who = WHO_TEACHER},
    {POLY_GET, SESSIONS "/{id}/export.xlsx", .handler = get_export_xlsx, .who = WHO_TEACHER},
    {POLY_GET, SESSIONS "/{id}/attendees", .handler = get_attendees, .who = WHO_TEACHER},
    {POLY_POST, SESSIONS "/{id}/attendees", .handler = post_attendee, .who = WHO_TEACHER},
    {POLY_PATCH, SESSIONS "/{id}/attendees/{attendance_id}", .handler = patch_attendee, .who = WHO_TEACHER},
    {POLY_DELETE, SESSIONS "/{id}/attendees/{attendance_id}", .handler = delete_attendee, .who = WHO_TEACHER},
    {.path = NULL},
};

const poly_route *const traffic_routes[] = {
    auth_routes, tablet_routes, session_routes, teacher_routes, schedule_routes, stats_routes, NULL};

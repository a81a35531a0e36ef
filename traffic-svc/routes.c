/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

/* sso-svc hashes a password meanwhile. */
#define PROVISION_MS 20000

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/verify-launch", .handler = post_verify_launch},
    {POLY_POST, "/api/auth/telegram-login", .handler = post_telegram_login, .secret = true},
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

const poly_route *const traffic_routes[] = {auth_routes, teacher_routes, schedule_routes, NULL};

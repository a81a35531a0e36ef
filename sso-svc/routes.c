/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

#define USERS     "/api/users"
#define PROVISION "/api/provision"
#define SYNC      "/api/integrations/traffic/teacher-sync"

#define WHO_ADMIN_OR_SERVICE (WHO_SSO_ADMIN | WHO_ANY_SERVICE)
#define WHO_TELEGRAM         (WHO_SSO_ADMIN | WHO_TRAFFIC | WHO_BOT)

/* Hashing waits its turn behind others'. */
#define HASHING_MS 20000
#define BATCH_MS   30000

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/login", .handler = post_login, .deadline_ms = HASHING_MS},
    {POLY_POST, "/api/auth/refresh", .handler = post_refresh},
    {POLY_POST, "/api/auth/logout", .handler = post_logout},
    {POLY_GET, "/api/auth/me", .handler = get_me, .who = WHO_BEARER},
    {POLY_GET, "/api/auth/sessions", .handler = get_sessions, .who = WHO_BEARER},
    {POLY_DELETE, "/api/auth/sessions/{id}", .handler = delete_session, .who = WHO_BEARER},
    {POLY_POST, "/api/tokens/telegram", .handler = post_telegram_token, .who = WHO_TRAFFIC},
    {POLY_GET, "/.well-known/jwks.json", .handler = get_keys},
    {.path = NULL},
};

static const poly_route user_routes[] = {
    {POLY_GET, USERS, .handler = get_users, .who = WHO_ADMIN_OR_SERVICE},
    {POLY_POST, USERS, .handler = post_user, .who = WHO_SSO_ADMIN, .deadline_ms = HASHING_MS},
    {POLY_GET, USERS "/check-username", .handler = get_check_username, .who = WHO_ADMIN_OR_SERVICE},
    {POLY_GET, USERS "/by-telegram/{telegram_id}", .handler = get_user_by_telegram, .who = WHO_ADMIN_OR_SERVICE},
    {POLY_GET, USERS "/by-ruz-teacher/{ruz_teacher_id}", .handler = get_user_by_ruz_teacher,
     .who = WHO_ADMIN_OR_SERVICE},
    {POLY_DELETE, USERS "/by-entity/{entity_id}", .handler = delete_user_by_entity,
     .who = WHO_SSO_ADMIN | WHO_SERVICES | WHO_TRAFFIC},
    {POLY_PATCH, USERS "/{id}", .handler = patch_user, .who = WHO_SSO_ADMIN, .deadline_ms = HASHING_MS},
    {POLY_DELETE, USERS "/{id}", .handler = delete_user, .who = WHO_SSO_ADMIN},
    {POLY_POST, USERS "/{id}/telegram-link", .handler = post_telegram_link, .who = WHO_TELEGRAM},
    {POLY_DELETE, USERS "/{id}/telegram-link", .handler = delete_telegram_link, .who = WHO_TELEGRAM},
    {.path = NULL},
};

static const poly_route provision_routes[] = {
    {POLY_POST, PROVISION "/services/staff", .handler = post_provision_staff, .who = WHO_SERVICES,
     .deadline_ms = HASHING_MS},
    {POLY_POST, PROVISION "/services/executor", .handler = post_provision_executor, .who = WHO_SERVICES,
     .deadline_ms = HASHING_MS},
    {POLY_POST, PROVISION "/services/executors", .handler = post_provision_executor, .who = WHO_SERVICES,
     .deadline_ms = HASHING_MS},
    {POLY_POST, PROVISION "/traffic/teacher", .handler = post_provision_teacher, .who = WHO_TRAFFIC,
     .deadline_ms = HASHING_MS},
    {POLY_POST, PROVISION "/traffic/teachers", .handler = post_provision_teacher, .who = WHO_TRAFFIC,
     .deadline_ms = HASHING_MS},
    {POLY_POST, PROVISION "/traffic/teachers:batch", .handler = post_provision_teachers, .who = WHO_TRAFFIC,
     .deadline_ms = BATCH_MS},
    {POLY_POST, PROVISION "/traffic/teacher-link-telegram", .handler = post_teacher_link_telegram,
     .who = WHO_TRAFFIC | WHO_BOT},
    {.path = NULL},
};

static const poly_route admin_routes[] = {
    {POLY_GET, SYNC "/status", .handler = get_teacher_sync_status, .who = WHO_SSO_ADMIN},
    {POLY_POST, SYNC "/run", .handler = post_teacher_sync_run, .who = WHO_SSO_ADMIN},
    {POLY_GET, "/api/audit", .handler = get_audit, .who = WHO_SSO_ADMIN},
    {.path = NULL},
};

const poly_route *const sso_routes[] = {auth_routes, user_routes, provision_routes, admin_routes, NULL};

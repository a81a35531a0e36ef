/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

/* Two calls or three to a site of the university, each with a deadline of its own. */
#define CONVERSATION_MS 20000

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/login", .handler = post_login, .deadline_ms = CONVERSATION_MS, .secret = true},
    {POLY_GET, "/api/auth/login", .handler = get_login},
    {POLY_GET, "/api/auth/callback", .handler = get_callback},
    {POLY_GET, "/api/auth/me", .handler = get_me, .who = WHO_STUDENT},
    {POLY_POST, "/api/auth/logout", .handler = post_logout, .who = WHO_STUDENT},
    {POLY_GET, "/.well-known/jwks.json", .handler = get_keys},
    {.path = NULL},
};

static const poly_route portal_routes[] = {
    {POLY_GET, "/api/miniapps", .handler = get_miniapps},
    {POLY_GET, "/api/miniapps/launch-token", .handler = get_launch_token, .who = WHO_STUDENT},
    {POLY_GET, "/api/gradebook", .handler = get_gradebook, .who = WHO_STUDENT, .deadline_ms = CONVERSATION_MS,
     .secret = true},
    {POLY_GET, "/api/schedule/resolve-group", .handler = get_resolved_group, .who = WHO_STUDENT},
    {POLY_GET, "/api/schedule", .handler = get_schedule, .who = WHO_STUDENT},
    {.path = NULL},
};

const poly_route *const main_routes[] = {auth_routes, portal_routes, NULL};

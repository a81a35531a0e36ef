/* SPDX-License-Identifier: MIT */
#include "caller.h"
#include "handlers.h"

static const poly_route auth_routes[] = {
    {POLY_POST, "/api/auth/verify-launch", .handler = post_verify_launch},
    {.path = NULL},
};

const poly_route *const traffic_routes[] = {auth_routes, NULL};

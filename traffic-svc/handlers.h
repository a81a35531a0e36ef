/* SPDX-License-Identifier: MIT */
/*
 * The routes' handlers. Who may call each is in routes.c.
 */
#ifndef TRAFFIC_HANDLERS_H
#define TRAFFIC_HANDLERS_H

#include "poly/http.h"

/* verify_launch.c */
void post_verify_launch(poly_request *request);

extern const poly_route *const traffic_routes[];

#endif

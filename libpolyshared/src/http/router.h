/* SPDX-License-Identifier: MIT */
/*
 * From a path to a route. Built once from the route tables, read by all loops. Paths are matched segment by
 * segment, still percent-encoded, so that an encoded slash never splits one.
 */
#ifndef POLY_HTTP_ROUTER_H
#define POLY_HTTP_ROUTER_H

#include "poly/http.h"

#define HTTP_PARAM_MAX 6u

struct http_router;

struct http_param {
    const char *name;
    poly_slice value; /* percent-encoded, inside the path */
};

struct http_match {
    const poly_route *route; /* NULL: no such path, or not this method */
    size_t route_index;      /* counted over all tables, for per-route figures */
    uint32_t allowed;        /* a bit per poly_method that the path has; 0: no such path */
    struct http_param params[HTTP_PARAM_MAX];
    size_t param_count;
};

/* Asserts that no two routes collide. */
struct http_router *http_router_create(const poly_route *const *tables);
void http_router_destroy(struct http_router **router);
size_t http_router_route_count(const struct http_router *router);
const poly_route *http_router_route(const struct http_router *router, size_t index);

void http_router_match(const struct http_router *router, poly_method method, poly_slice path, struct http_match *match);

#endif

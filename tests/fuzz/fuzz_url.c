/* SPDX-License-Identifier: MIT */
/* A path and a query as they come from the request line, routed and decoded; then the fields that are negotiated. */
#include "http/negotiate.h"
#include "http/query.h"
#include "http/router.h"
#include "poly/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void handler(poly_request *request)
{
    (void)request;
}

static const poly_route routes[] = {
    {POLY_GET, "/a/{x}/b", .handler = handler},
    {POLY_GET, "/a/b", .handler = handler},
    {POLY_GET, "/a/{x}/{y}", .handler = handler},
    {POLY_GET, "/{x}", .handler = handler},
    {.path = NULL},
};

static void check_decoded(const char *text)
{
    if (text && !poly_text_is_utf8(text, strlen(text)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const poly_route *const tables[] = {routes, NULL};
    static struct http_router *router;
    char *data = malloc(size + 1);
    char *question;
    poly_arena *arena = poly_arena_create(0);
    struct query_pair *pairs;
    struct http_match match;
    poly_slice path = {data, size};
    poly_slice query = {NULL, 0};

    if (!router)
        router = http_router_create(tables);
    memcpy(data, bytes, size);
    data[size] = '\0';
    question = memchr(data, '?', size);
    if (question) {
        path.size = (size_t)(question - data);
        query = (poly_slice){question + 1, size - path.size - 1};
    }
    http_router_match(router, POLY_GET, path, &match);
    for (size_t i = 0; i < match.param_count; i++)
        check_decoded(http_percent_decode(arena, match.params[i].value, false));
    check_decoded(http_percent_decode(arena, path, false));
    if (http_query_parse(arena, query, &pairs))
        for (; pairs; pairs = pairs->next) {
            check_decoded(pairs->name);
            check_decoded(pairs->value);
        }
    (void)http_accepts_gzip(query);
    (void)http_language(query);
    (void)http_etag_matches(query, "tag");
    poly_arena_destroy(&arena);
    free(data);
    return 0;
}

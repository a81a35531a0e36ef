/* SPDX-License-Identifier: MIT */
#include "http/router.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define METHOD_COUNT (POLY_OPTIONS + 1)

struct node {
    poly_slice text; /* of the literal segment; absent for a parameter's node and the root */
    struct node *literals;
    struct node *next; /* among its parent's literals */
    struct node *parameter;
    bool is_root;
    const poly_route *routes[METHOD_COUNT];
    size_t indexes[METHOD_COUNT];
};

/* Routes through one node may call its parameter by different names, so the names belong to the route. */
struct entry {
    const poly_route *route;
    char *param_names[HTTP_PARAM_MAX];
    size_t param_count;
};

struct http_router {
    struct node *root;
    struct entry *entries;
    size_t entry_count;
};

/* The first segment of `path`, which begins with '/'; `path` moves behind it. */
static poly_slice next_segment(poly_slice *path)
{
    const char *start = path->data + 1;
    size_t left = path->size - 1;
    const char *slash = memchr(start, '/', left);
    poly_slice segment = {start, slash ? (size_t)(slash - start) : left};

    path->data = start + segment.size;
    path->size = left - segment.size;
    return segment;
}

static bool same_text(poly_slice a, poly_slice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static struct node *literal_child(const struct node *parent, poly_slice segment)
{
    struct node *child = parent->literals;

    while (child && !same_text(child->text, segment))
        child = child->next;
    return child;
}

static bool is_parameter(poly_slice segment)
{
    return segment.size > 2 && segment.data[0] == '{';
}

static struct node *add_child(struct node *parent, poly_slice segment)
{
    struct node *child;

    if (is_parameter(segment)) {
        if (!parent->parameter)
            parent->parameter = poly_alloc_zero(1, sizeof(*child));
        return parent->parameter;
    }
    child = literal_child(parent, segment);
    if (!child) {
        child = poly_alloc_zero(1, sizeof(*child));
        child->text = segment;
        child->next = parent->literals;
        parent->literals = child;
    }
    return child;
}

static void add_route(struct http_router *router, const poly_route *route)
{
    poly_slice path = poly_slice_of(route->path);
    struct node *node = router->root;
    struct entry entry = {.route = route};

    while (path.size) {
        poly_slice segment = next_segment(&path);

        node = add_child(node, segment);
        if (is_parameter(segment)) {
            assert(entry.param_count < HTTP_PARAM_MAX);
            entry.param_names[entry.param_count++] = poly_strndup(segment.data + 1, segment.size - 2);
        }
    }
    assert(!node->routes[route->method]);
    node->routes[route->method] = route;
    node->indexes[route->method] = router->entry_count;
    router->entries = poly_realloc(router->entries, router->entry_count + 1, sizeof(*router->entries));
    router->entries[router->entry_count++] = entry;
}

struct http_router *http_router_create(const poly_route *const *tables)
{
    struct http_router *router = poly_alloc_zero(1, sizeof(*router));

    router->root = poly_alloc_zero(1, sizeof(*router->root));
    router->root->is_root = true;
    for (; *tables; tables++)
        for (const poly_route *route = *tables; route->path; route++)
            add_route(router, route);
    return router;
}

static void destroy_node(struct node *node)
{
    if (!node)
        return;
    for (struct node *child = node->literals, *next; child; child = next) {
        next = child->next;
        destroy_node(child);
    }
    destroy_node(node->parameter);
    free(node);
}

void http_router_destroy(struct http_router **router)
{
    if (!*router)
        return;
    destroy_node((*router)->root);
    for (size_t i = 0; i < (*router)->entry_count; i++)
        for (size_t k = 0; k < (*router)->entries[i].param_count; k++)
            free((*router)->entries[i].param_names[k]);
    free((*router)->entries);
    free(*router);
    *router = NULL;
}

size_t http_router_route_count(const struct http_router *router)
{
    return router->entry_count;
}

const poly_route *http_router_route(const struct http_router *router, size_t index)
{
    return router->entries[index].route;
}

static bool has_routes(const struct node *node)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (node->routes[i])
            return true;
    return false;
}

/* Depth is bounded by the deepest route. A literal that leads nowhere gives way to a parameter. */
static const struct node *find(const struct node *node, poly_slice path, struct http_match *match)
{
    const struct node *found = NULL;
    const struct node *child;
    poly_slice segment;

    if (path.size == 0 || (path.size == 1 && !node->is_root))
        return has_routes(node) ? node : NULL;
    segment = next_segment(&path);
    child = literal_child(node, segment);
    if (child)
        found = find(child, path, match);
    if (!found && node->parameter && segment.size && match->param_count < HTTP_PARAM_MAX) {
        match->params[match->param_count++].value = segment;
        found = find(node->parameter, path, match);
        if (!found)
            match->param_count--;
    }
    return found;
}

void http_router_match(const struct http_router *router, poly_method method, poly_slice path, struct http_match *match)
{
    const struct node *node;

    match->route = NULL;
    match->allowed = 0;
    match->param_count = 0;
    if (path.size == 0 || path.data[0] != '/')
        return;
    node = find(router->root, path, match);
    if (!node)
        return;
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (node->routes[i])
            match->allowed |= 1u << i;
    if (match->allowed & (1u << POLY_GET))
        match->allowed |= 1u << POLY_HEAD;
    match->allowed |= 1u << POLY_OPTIONS;
    if (method == POLY_HEAD && !node->routes[POLY_HEAD])
        method = POLY_GET;
    if ((size_t)method >= METHOD_COUNT || !node->routes[method])
        return;
    match->route = node->routes[method];
    match->route_index = node->indexes[method];
    for (size_t i = 0; i < match->param_count; i++)
        match->params[i].name = router->entries[match->route_index].param_names[i];
}

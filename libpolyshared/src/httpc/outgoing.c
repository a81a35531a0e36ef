/* SPDX-License-Identifier: MIT */
#include "httpc/outgoing.h"

#include "poly/log.h"
#include "poly/trace.h"

#include <assert.h>
#include <string.h>

enum { MAX_CONTENT_TYPE = 256 };

static bool path_is_valid(const char *path)
{
    size_t size = strlen(path);

    if (size > POLY_OUTGOING_MAX || (size && *path != '/' && *path != '?'))
        return false;
    for (size_t i = 0; i < size; i++)
        if (path[i] <= ' ' || path[i] > '~' || path[i] == '#')
            return false;
    return true;
}

static bool field_is_valid(const char *field, size_t max)
{
    size_t size = strlen(field);

    if (size > max)
        return false;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)field[i] < ' ' && field[i] != '\t') || field[i] == 0x7f)
            return false;
    return true;
}

bool poly_outgoing_is_valid(const poly_httpc_request *request)
{
    bool takes_no_body = request->method == POLY_GET || request->method == POLY_HEAD;

    if (!path_is_valid(request->path) || (takes_no_body && request->body.size > 0))
        return false;
    if (request->content_type && !field_is_valid(request->content_type, MAX_CONTENT_TYPE))
        return false;
    for (const char *const *field = request->headers; field && *field; field++)
        if (!field_is_valid(*field, POLY_OUTGOING_MAX) || !strchr(*field, ':'))
            return false;
    return true;
}

bool poly_outgoing_is_idempotent(const poly_httpc_request *request)
{
    switch (request->method) {
    case POLY_POST:
    case POLY_PATCH:
        return request->idempotent;
    default:
        return true;
    }
}

static void add(struct curl_slist **list, const char *field)
{
    struct curl_slist *grown = curl_slist_append(*list, field);

    assert(grown);
    *list = grown;
}

static void add_pair(struct curl_slist **list, const char *name, const char *value)
{
    char field[MAX_CONTENT_TYPE + 64];

    snprintf(field, sizeof(field), "%s: %s", name, value);
    add(list, field);
}

static void add_trace(struct curl_slist **list)
{
    const poly_log_context *context = poly_log_get_context();
    char parent[POLY_TRACEPARENT_SIZE];
    poly_trace trace;

    poly_trace_start(&trace, poly_slice_of(context ? context->request_id : NULL), (poly_slice){0});
    if (context && context->trace_id && strlen(context->trace_id) == sizeof(trace.trace_id) - 1)
        memcpy(trace.trace_id, context->trace_id, sizeof(trace.trace_id));
    poly_trace_parent(&trace, parent);
    add_pair(list, "X-Request-ID", trace.request_id);
    add_pair(list, "traceparent", parent);
}

struct curl_slist *poly_outgoing_headers(const char *const *client_headers, const poly_httpc_request *request)
{
    struct curl_slist *list = NULL;

    for (const char *const *field = client_headers; field && *field; field++)
        add(&list, *field);
    for (const char *const *field = request->headers; field && *field; field++)
        add(&list, *field);
    add_trace(&list);
    /* Without a value libcurl leaves out what it would add by itself: a form's type, and a wait for "100 Continue". */
    add_pair(&list, "Content-Type", request->content_type ? request->content_type : "");
    add(&list, "Expect:");
    return list;
}

/* SPDX-License-Identifier: MIT */
/* Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol) from an allow-list of origins. */
#include "http/connection.h"

#include <string.h>

static const char allowed_request_fields[] =
    "Authorization, Content-Type, X-Student-Token, Idempotency-Key, X-Request-ID, If-None-Match";

const char *cors_allowed_origin(const poly_request *request)
{
    const char *const *allowed = request->connection->home->server->options.cors_allow_origins;
    poly_slice origin = request->head.known[HTTP_ORIGIN];

    if (!origin.data || !allowed)
        return NULL;
    for (; *allowed; allowed++)
        if (poly_slice_equal_nocase(origin, *allowed))
            return *allowed;
    return NULL;
}

void http_allow_text(uint32_t allowed, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (unsigned method = 0; method <= POLY_OPTIONS; method++) {
        const char *name = poly_method_name((poly_method)method);
        size_t length = strlen(name);

        if (!(allowed & (1u << method)) || used + length + 3 > size)
            continue;
        if (used) {
            memcpy(out + used, ", ", 2);
            used += 2;
        }
        memcpy(out + used, name, length + 1);
        used += length;
    }
}

void cors_answer_options(poly_request *request)
{
    char allowed[64];

    http_allow_text(request->match.allowed ? request->match.allowed : UINT32_MAX, allowed, sizeof(allowed));
    poly_respond_header(request, "Allow", allowed);
    if (cors_allowed_origin(request) && poly_request_header(request, "Access-Control-Request-Method").data) {
        poly_respond_header(request, "Access-Control-Allow-Methods", allowed);
        poly_respond_header(request, "Access-Control-Allow-Headers", allowed_request_fields);
        poly_respond_header(request, "Access-Control-Max-Age", "600");
    }
    poly_respond_empty(request, 204);
}

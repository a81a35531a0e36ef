/* SPDX-License-Identifier: MIT */
/* Who calls: what a guard finds and hands to the handler, and how callers are refused. */
#include "http/connection.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SCHEME     "Bearer "
#define REALM_MAX  160
#define MINUTE     60u
#define IN_MINUTES 120u /* from so many seconds on */

const poly_problem poly_problem_unauthenticated = {
    401,
    "unauthenticated",
    {"Требуется вход", "Not authenticated"},
    {"Войдите, чтобы продолжить.", "Sign in to continue."},
    0,
};
const poly_problem poly_problem_forbidden = {
    403,
    "forbidden",
    {"Доступ запрещён", "Forbidden"},
    {"У вас нет права на это действие.", "You are not allowed to do this."},
    0,
};
const poly_problem poly_problem_throttled = {
    429,
    "too_many_requests",
    {"Слишком много попыток", "Too many attempts"},
    {"Слишком много попыток. Повторите позже.", "There were too many attempts. Try again later."},
    0,
};

void poly_request_set_caller(poly_request *request, const void *caller)
{
    request->caller = caller;
}

const void *poly_request_caller(const poly_request *request)
{
    return request->caller;
}

/* Of two, nobody could tell which one counts. */
static poly_slice only_authorization(const poly_request *request)
{
    poly_slice found = {NULL, 0};

    for (size_t i = 0; i < request->head.field_count; i++) {
        if (!poly_slice_equal_nocase(request->head.fields[i].name, "Authorization"))
            continue;
        if (found.data)
            return (poly_slice){NULL, 0};
        found = request->head.fields[i].value;
    }
    return found;
}

poly_slice poly_request_bearer(const poly_request *request)
{
    poly_slice value = only_authorization(request);
    const size_t scheme = strlen(SCHEME);

    if (value.size <= scheme || strncasecmp(value.data, SCHEME, scheme) != 0)
        return (poly_slice){NULL, 0};
    value.data += scheme;
    value.size -= scheme;
    while (value.size && *value.data == ' ') {
        value.data++;
        value.size--;
    }
    return value.size ? value : (poly_slice){NULL, 0};
}

void poly_fail_unauthenticated(poly_request *request, bool token_was_sent)
{
    char challenge[REALM_MAX];

    snprintf(challenge, sizeof(challenge), "Bearer realm=\"%s\"%s", request->connection->home->server->options.service,
             token_was_sent ? ", error=\"invalid_token\"" : "");
    poly_respond_header(request, "WWW-Authenticate", challenge);
    poly_fail(request, &poly_problem_unauthenticated);
}

void poly_fail_throttled(poly_request *request, unsigned seconds)
{
    poly_problem problem = poly_problem_throttled;
    bool in_minutes = seconds >= IN_MINUTES;
    unsigned count = in_minutes ? (seconds + MINUTE - 1) / MINUTE : seconds;
    poly_message detail = {
        poly_arena_printf(request->arena, "Слишком много попыток. Повторите через %u %s.", count,
                          in_minutes ? "мин" : "с"),
        poly_arena_printf(request->arena, "There were too many attempts. Try again in %u %s.", count,
                          in_minutes ? "min" : "s"),
    };

    problem.retry_after = seconds;
    poly_fail_detail(request, &problem, poly_request_say(request, detail));
}

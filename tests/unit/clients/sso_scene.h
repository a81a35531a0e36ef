/* SPDX-License-Identifier: MIT */
/* An sso-svc of canned answers, a client, and what the last request looked like. */
#ifndef TESTS_CLIENTS_SSO_SCENE_H
#define TESTS_CLIENTS_SSO_SCENE_H

#include "on_fiber.h"
#include "poly/sso_client.h"
#include "upstream.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON         "application/json"
#define PROBLEM_JSON "application/problem+json; charset=utf-8"
#define SECRET       "0123456789abcdef0123456789abcdef"

#define PROBLEM_MEMBERS(code) \
    "\"type\":\"about:blank\",\"title\":\"Заголовок\",\"detail\":\"Предложение.\",\"code\":\"" code "\","
#define PROBLEM(code) "{" PROBLEM_MEMBERS(code) "\"request_id\":\"r\"}"

#define IVANOV                                                                                                        \
    "{\"id\":\"u-1\",\"username\":\"ivanov.ii\",\"full_name\":\"Иванов Иван\",\"app\":\"traffic\","         \
    "\"role\":\"teacher\",\"entity_id\":\"e-1\",\"ruz_teacher_id\":7,\"telegram_id\":1234567890123,"                  \
    "\"telegram_username\":\"ivanov\",\"telegram_linked\":true,\"is_active\":true,\"created_at\":\"2026-09-01T08:00:" \
    "00Z\"}"
#define PETROV                                                                                                        \
    "{\"id\":\"u-2\",\"username\":\"petrov\",\"full_name\":\"Петров\",\"app\":\"services\",\"role\":\"staff\"," \
    "\"entity_id\":null,\"ruz_teacher_id\":null,\"telegram_id\":null,\"telegram_username\":null,"                     \
    "\"telegram_linked\":false,\"is_active\":false,\"created_at\":\"2026-09-01T08:00:00Z\"}"

struct canned {
    const char *method;
    const char *target;
    int status;
    const char *type;
    const char *body;
};

static const struct canned *canned;
static size_t canned_count;
/* What a test serves by itself; false: it is not its own. */
static bool (*serve_special)(const upstream_exchange *exchange, bool *lives);

static upstream *server;
static poly_sso_client *client;
static poly_arena *arena;
static poly_sso_call call;
static poly_result result;
static struct {
    char method[16];
    char target[1024];
    char body[8192];
    char secret[128], language[32], type[64];
} seen;

static inline void note_request(const upstream_exchange *exchange)
{
    memset(&seen, 0, sizeof(seen));
    snprintf(seen.method, sizeof(seen.method), "%s", exchange->method);
    snprintf(seen.target, sizeof(seen.target), "%s", exchange->target);
    snprintf(seen.body, sizeof(seen.body), "%s", exchange->body_size ? exchange->body : "");
    upstream_header(exchange, "X-Service-Secret", seen.secret, sizeof(seen.secret));
    upstream_header(exchange, "Accept-Language", seen.language, sizeof(seen.language));
    upstream_header(exchange, "Content-Type", seen.type, sizeof(seen.type));
}

static inline bool serve_canned(const upstream_exchange *exchange, void *argument)
{
    bool lives;

    (void)argument;
    note_request(exchange);
    if (serve_special && serve_special(exchange, &lives))
        return lives;
    for (size_t i = 0; i < canned_count; i++)
        if (strcmp(exchange->method, canned[i].method) == 0 && strcmp(exchange->target, canned[i].target) == 0)
            return upstream_answer(exchange, canned[i].status, canned[i].type, NULL, canned[i].body,
                                   strlen(canned[i].body));
    return upstream_answer(exchange, 404, PROBLEM_JSON, NULL, PROBLEM("not_found"), strlen(PROBLEM("not_found")));
}

static inline void set_up(void)
{
    char url[64], secret[64];

    server = upstream_start(serve_canned, NULL);
    snprintf(url, sizeof(url), "%s", upstream_url(server));
    snprintf(secret, sizeof(secret), "%s", SECRET);
    client = poly_sso_client_create(url, secret);
    memset(url, 'x', sizeof(url)); /* the client has its own copies */
    memset(secret, 'x', sizeof(secret));
    arena = poly_arena_create(0);
    call = (poly_sso_call){.arena = arena};
}

static inline void tear_down(void)
{
    poly_sso_client_destroy(&client);
    poly_arena_destroy(&arena);
    if (server)
        upstream_stop(&server);
}

/* Runs `ask`, which sets `result`, on a fiber. */
static inline void expect(void (*ask)(void *argument), void *argument, poly_result expected)
{
    on_fiber(ask, argument);
    ck_assert_msg(result == expected, "it is %s, not %s", poly_result_name(result), poly_result_name(expected));
}

static inline void expect_sent(const char *method, const char *target, const char *body)
{
    ck_assert_str_eq(seen.method, method);
    ck_assert_str_eq(seen.target, target);
    ck_assert_str_eq(seen.body, body);
    ck_assert_str_eq(seen.secret, SECRET);
    ck_assert_str_eq(seen.type, *body ? JSON : "");
}

static inline void expect_ivanov(const poly_sso_user *user)
{
    ck_assert_str_eq(user->id, "u-1");
    ck_assert_str_eq(user->username, "ivanov.ii");
    ck_assert_str_eq(user->full_name, "Иванов Иван");
    ck_assert_int_eq(user->app, POLY_APP_TRAFFIC);
    ck_assert_int_eq(user->role, POLY_ROLE_TEACHER);
    ck_assert_str_eq(user->entity_id, "e-1");
    ck_assert_int_eq(user->ruz_teacher_id, 7);
    ck_assert_int_eq(user->telegram_id, 1234567890123);
    ck_assert_str_eq(user->telegram_username, "ivanov");
    ck_assert(user->is_active);
    ck_assert_str_eq(user->created_at, "2026-09-01T08:00:00Z");
}

static inline int run_cases(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

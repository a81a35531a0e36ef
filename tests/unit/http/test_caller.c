/* SPDX-License-Identifier: MIT */
#include "values_fixture.h"

#include <stdatomic.h>

enum who { ANYONE, TOKEN_HOLDER, NOBODY };

static atomic_int guarded;

/* Takes any token but "bad" for the caller's name. */
static bool guard(poly_request *request, unsigned who)
{
    poly_slice token = poly_request_bearer(request);

    atomic_fetch_add(&guarded, 1);
    if (who == ANYONE)
        return true;
    if (who == NOBODY) {
        poly_fail(request, &poly_problem_forbidden);
        return false;
    }
    if (!token.data || poly_slice_equal(token, "bad")) {
        poly_fail_unauthenticated(request, token.data != NULL);
        return false;
    }
    poly_request_set_caller(request, poly_arena_strndup(poly_request_arena(request), token.data, token.size));
    return true;
}

static void get_name(poly_request *request)
{
    const char *caller = poly_request_caller(request);

    respond_text(request, caller ? caller : "-");
}

static void get_throttled(poly_request *request)
{
    poly_fail_throttled(request, (unsigned)poly_query_int(request, "seconds", 0, 100000, 1));
}

static const poly_route routes[] = {
    {POLY_GET, "/open", .handler = get_name},
    {POLY_GET, "/mine", .handler = get_name, .who = TOKEN_HOLDER},
    {POLY_GET, "/closed", .handler = get_name, .who = NOBODY},
    {POLY_GET, "/throttled", .handler = get_throttled},
    {.path = NULL},
};

static void setup(void)
{
    setup_with(routes, (poly_server_options){.guard = guard, .service = "test-svc"});
}

static void setup_unguarded(void)
{
    setup_with(routes, (poly_server_options){.service = "test-svc"});
}

START_TEST(the_guard_decides)
{
    ck_assert_int_eq(get("/open", ""), 200);
    ck_assert_str_eq(loopback_body(answer), "-");
    ck_assert_int_eq(get("/mine", "Authorization: Bearer ivanov\r\n"), 200);
    ck_assert_str_eq(loopback_body(answer), "ivanov");
    ck_assert_int_eq(get("/closed", "Authorization: Bearer ivanov\r\n"), 403);
    ck_assert(says("\"code\":\"forbidden\"") && says("У вас нет права"));
    ck_assert_int_eq(atomic_load(&guarded), 3);
}
END_TEST

START_TEST(refusals_say_how_to_come_in)
{
    ck_assert_int_eq(get("/mine", ""), 401);
    ck_assert_str_eq(loopback_field(answer, "WWW-Authenticate"), "Bearer realm=\"test-svc\"");
    ck_assert_str_eq(loopback_field(answer, "Cache-Control"), "no-store");
    ck_assert(says("\"code\":\"unauthenticated\"") && says("Войдите"));
    ck_assert_int_eq(get("/mine", "Authorization: Bearer bad\r\nAccept-Language: en\r\n"), 401);
    ck_assert_str_eq(loopback_field(answer, "WWW-Authenticate"), "Bearer realm=\"test-svc\", error=\"invalid_token\"");
    ck_assert(says("Sign in"));
}
END_TEST

START_TEST(what_every_daemon_answers_is_open)
{
    static const char *const paths[] = {"/healthz", "/api/health", "/readyz", "/metrics"};

    for (size_t i = 0; i < POLY_LENGTH(paths); i++)
        ck_assert_int_eq(get(paths[i], ""), 200);
    ck_assert_int_eq(get("/nowhere", ""), 404);
    ck_assert_int_eq(loopback_exchange(&loopback, "OPTIONS /mine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                       answer, sizeof(answer)),
                     204);
    ck_assert_int_eq(atomic_load(&guarded), 0);
}
END_TEST

static void expect_caller(const char *fields, const char *caller)
{
    ck_assert_msg(get("/mine", fields) == (caller ? 200 : 401), "%s", fields);
    if (caller)
        ck_assert_str_eq(loopback_body(answer), caller);
    else
        ck_assert_str_eq(loopback_field(answer, "WWW-Authenticate"), "Bearer realm=\"test-svc\"");
}

START_TEST(reads_the_bearer_token)
{
    expect_caller("authorization: BEARER a.b-c_d~e+f/g==\r\n", "a.b-c_d~e+f/g==");
    expect_caller("Authorization: bearer    x  \r\n", "x");
    expect_caller("Authorization: Bearer\r\n", NULL);
    expect_caller("Authorization: Bearer \r\n", NULL);
    expect_caller("Authorization: Bearerx y\r\n", NULL);
    expect_caller("Authorization: Basic YTpi\r\n", NULL);
    expect_caller("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", NULL);
    expect_caller("Authorization:\r\n", NULL);
    expect_caller("X-Authorization: Bearer x\r\n", NULL);
}
END_TEST

START_TEST(throttled_says_until_when)
{
    ck_assert_int_eq(get("/throttled?seconds=7", ""), 429);
    ck_assert_str_eq(loopback_field(answer, "Retry-After"), "7");
    ck_assert(says("\"code\":\"too_many_requests\"") && says("Повторите через 7 с."));
    ck_assert_int_eq(get("/throttled?seconds=121", "Accept-Language: en\r\n"), 429);
    ck_assert_str_eq(loopback_field(answer, "Retry-After"), "121");
    ck_assert(says("Try again in 3 min."));
    ck_assert_int_eq(get("/throttled?seconds=119", "Accept-Language: en\r\n"), 429);
    ck_assert(says("Try again in 119 s."));
}
END_TEST

START_TEST(without_a_guard_all_is_open)
{
    ck_assert_int_eq(get("/closed", "Authorization: Bearer ivanov\r\n"), 200);
    ck_assert_str_eq(loopback_body(answer), "-");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("caller");
    TCase *tests = tcase_create("guarded");
    TCase *unguarded = tcase_create("unguarded");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_guard_decides);
    tcase_add_test(tests, refusals_say_how_to_come_in);
    tcase_add_test(tests, what_every_daemon_answers_is_open);
    tcase_add_test(tests, reads_the_bearer_token);
    tcase_add_test(tests, throttled_says_until_when);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(unguarded, setup_unguarded, teardown);
    tcase_add_test(unguarded, without_a_guard_all_is_open);
    suite_add_tcase(suite, unguarded);
    return run_tests(suite);
}

/* SPDX-License-Identifier: MIT */
/* What an answer of sso-svc comes to, and how a refusal is passed on. */
#include "sso_scene.h"

#include "loopback.h"

#include "poly/log.h"

#include <fcntl.h>
#include <unistd.h>

#define USER "/api/users/by-telegram/"
#define FAULTS                                                                                                        \
    "{" PROBLEM_MEMBERS("validation_failed") "\"errors\":[{\"field\":\"password\",\"code\":\"breached\",\"message\":" \
                                             "\"Украден.\"},{\"field\":\"username\",\"code\":\"taken\","       \
                                             "\"message\":\"Занят.\"}],\"request_id\":\"r\"}"

static const struct canned answers[] = {
    {"GET", USER "200", 200, JSON, IVANOV},
    {"GET", USER "201", 201, "application/json; charset=utf-8", IVANOV},
    {"GET", USER "400", 400, PROBLEM_JSON, PROBLEM("username_taken")},
    {"GET", USER "401", 401, PROBLEM_JSON, PROBLEM("unauthenticated")},
    {"GET", USER "403", 403, PROBLEM_JSON, PROBLEM("user_disabled")},
    {"GET", USER "404", 404, PROBLEM_JSON, PROBLEM("user_not_found")},
    {"GET", USER "409", 409, PROBLEM_JSON, PROBLEM("entity_conflict")},
    {"GET", USER "413", 413, PROBLEM_JSON, PROBLEM("content_too_large")},
    {"GET", USER "422", 422, PROBLEM_JSON, FAULTS},
    {"GET", USER "429", 429, PROBLEM_JSON, PROBLEM("too_many_requests")},
    {"GET", USER "502", 502, PROBLEM_JSON, PROBLEM("upstream_rejected")},
    /* A stranger at the address. */
    {"GET", USER "1200", 200, "text/html", IVANOV},
    {"GET", USER "1204", 204, JSON, ""},
    {"GET", USER "1302", 302, "text/html", ""},
    {"GET", USER "1404", 404, "text/html", "<h1>nginx</h1>"},
    {"GET", USER "1409", 409, JSON, PROBLEM("entity_conflict")},
    /* No problem document, for all that it says. */
    {"GET", USER "2400", 400, PROBLEM_JSON, "{\"title\":\"t\",\"detail\":\"d\"}"},
    {"GET", USER "2401", 400, PROBLEM_JSON, "{\"code\":\"c\",\"title\":\"t\",\"detail\":null}"},
    {"GET", USER "2402", 400, PROBLEM_JSON, "{\"code\":\"c\","},
    {"GET", USER "2422", 422, PROBLEM_JSON,
     "{\"code\":\"c\",\"title\":\"t\",\"detail\":\"d\",\"errors\":[{\"field\":\"f\"}]}"},
};

static poly_sso_user user;

static void ask(void *argument)
{
    result = poly_sso_user_by_telegram(client, &call, *(int64_t *)argument, &user);
}

static void expect_of(int64_t telegram_id, poly_result expected)
{
    expect(ask, &telegram_id, expected);
}

START_TEST(says_who_it_is_and_who_asks)
{
    expect_of(200, POLY_OK);
    expect_sent("GET", USER "200", "");
    ck_assert_str_eq(seen.language, "");
    expect_ivanov(&user);
    call.language = POLY_ENGLISH;
    expect_of(201, POLY_OK);
    ck_assert_str_eq(seen.language, "en");
}
END_TEST

static void expect_refusal(int64_t telegram_id, poly_result expected, int status, const char *code)
{
    expect_of(telegram_id, expected);
    ck_assert_int_eq(call.refusal.status, status);
    ck_assert_str_eq(call.refusal.code, code);
    ck_assert_str_eq(call.refusal.title, "Заголовок");
    ck_assert_str_eq(call.refusal.detail, "Предложение.");
}

START_TEST(refusals_say_why)
{
    expect_refusal(400, POLY_REJECTED, 400, "username_taken");
    expect_refusal(403, POLY_REJECTED, 403, "user_disabled");
    expect_refusal(404, POLY_NOT_FOUND, 404, "user_not_found");
    expect_refusal(409, POLY_REJECTED, 409, "entity_conflict");
    ck_assert_uint_eq(call.refusal.fault_count, 0);
    expect_refusal(422, POLY_REJECTED, 422, "validation_failed");
    ck_assert_uint_eq(call.refusal.fault_count, 2);
    ck_assert_str_eq(call.refusal.faults[1].field, "username");
    ck_assert_str_eq(call.refusal.faults[1].code, "taken");
    ck_assert_str_eq(call.refusal.faults[1].message, "Занят.");
    expect_of(200, POLY_OK);
    ck_assert_int_eq(call.refusal.status, 0);
}
END_TEST

static void expect_no_refusal(int64_t telegram_id, poly_result expected)
{
    expect_of(telegram_id, expected);
    ck_assert_int_eq(call.refusal.status, 0);
}

START_TEST(what_is_no_fault_of_the_question_is_no_refusal)
{
    expect_no_refusal(401, POLY_UNAVAILABLE);
    expect_no_refusal(429, POLY_UNAVAILABLE);
    expect_no_refusal(413, POLY_BAD_ANSWER);
    ck_assert_uint_eq(upstream_requests(server), 3);
    expect_no_refusal(502, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 6); /* with two more tries */
}
END_TEST

START_TEST(a_stranger_at_the_address_is_a_bad_answer)
{
    const int64_t strangers[] = {1200, 1204, 1302, 1404, 1409, 2400, 2401, 2402, 2422};

    for (size_t i = 0; i < POLY_LENGTH(strangers); i++)
        expect_no_refusal(strangers[i], POLY_BAD_ANSWER);
    expect_no_refusal(77, POLY_BAD_ANSWER); /* there is nothing at that path: another daemon, or another version */
}
END_TEST

START_TEST(an_absent_one_is_unavailable)
{
    upstream_stop(&server);
    expect_no_refusal(200, POLY_UNAVAILABLE);
}
END_TEST

/* --- passing on --- */

static void get_user(poly_request *request)
{
    poly_sso_call own = {.arena = poly_request_arena(request), .language = poly_request_language(request)};
    poly_result outcome =
        poly_sso_user_by_telegram(client, &own, poly_query_int_required(request, "id", 1, 10000), &user);

    if (outcome == POLY_OK)
        poly_respond_empty(request, 204);
    else if (poly_request_query(request, "as_problem"))
        poly_fail_detail(request, poly_sso_problem(&own), "Иначе.");
    else
        poly_sso_fail(request, &own, outcome);
}

static const poly_route routes[] = {{POLY_GET, "/user", .handler = get_user}, {.path = NULL}};

static struct loopback loopback;
static char answer[8192];

static int get(const char *target)
{
    char request[256];
    int fd = loopback_connect(&loopback);

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Language: en\r\n\r\n",
             target);
    loopback_send(fd, request, strlen(request));
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    close(fd);
    return loopback_status(answer);
}

static bool says(const char *text)
{
    return strstr(answer, text) != NULL;
}

START_TEST(refusals_are_passed_on)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    loopback_start(&loopback, routes, (poly_server_options){.drain_ms = 1000}, 1);
    ck_assert_int_eq(get("/user?id=409"), 409);
    ck_assert(says("\"code\":\"entity_conflict\"") && says("\"detail\":\"Предложение.\"") &&
              says("\"title\":\"Заголовок\"") && !says("\"errors\""));
    ck_assert_str_eq(seen.language, "en");
    ck_assert_int_eq(get("/user?id=404"), 404);
    ck_assert(says("\"code\":\"user_not_found\""));
    ck_assert_int_eq(get("/user?id=422"), 422);
    ck_assert(says("\"code\":\"validation_failed\"") &&
              says("{\"field\":\"password\",\"code\":\"breached\",\"message\":\"Украден.\"}") &&
              says("\"field\":\"username\""));
    ck_assert_int_eq(get("/user?id=409&as_problem=1"), 409);
    ck_assert(says("\"code\":\"entity_conflict\"") && says("\"detail\":\"Иначе.\""));
    ck_assert_int_eq(get("/user?id=401"), 503);
    ck_assert_int_eq(get("/user?id=1404"), 502);
    ck_assert_int_eq(get("/user?id=200"), 204);
    loopback_stop(&loopback);
    poly_log_stop();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        says_who_it_is_and_who_asks,
        refusals_say_why,
        what_is_no_fault_of_the_question_is_no_refusal,
        a_stranger_at_the_address_is_a_bad_answer,
        an_absent_one_is_unavailable,
        refusals_are_passed_on,
    };

    canned = answers;
    canned_count = POLY_LENGTH(answers);
    return run_cases("sso_call", tests, POLY_LENGTH(tests));
}

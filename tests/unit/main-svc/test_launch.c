/* SPDX-License-Identifier: MIT */
/* A launch token that the daemon gives is taken by services-svc and traffic-svc, as they verify, and by nobody else. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caller.h"
#include "handlers.h"
#include "loopback.h"
#include "service.h"

#define ROOM (64 * 1024)

static char directory[] = "/tmp/poly-launch-XXXXXX";
static main_config config;
static main_service *service;
static struct loopback loopback;
static poly_arena *arena;

static void set_up(void)
{
    poly_strbuf fault;

    strcpy(directory, "/tmp/poly-launch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    config = (main_config){
        .signing_keys_dir = directory,
        .student_token_seconds = 600,
        .launch_token_seconds = 300,
        .cas_server = "http://127.0.0.1:1/cas",
        .cas_service_url = "",
        .cas_validate_path = "/p3/serviceValidate",
        .cas_deadline_ms = 1000,
        .frontend_url = "",
        .record_book_url = "http://127.0.0.1:1/book",
        .record_book_deadline_ms = 1000,
        .password_keep_seconds = 60,
        .password_keep_max = 4,
        .session_store_dir = "",
        .session_store_key = "",
        .schedule_api_url = "http://127.0.0.1:1",
        .schedule_cache_seconds = 1,
        .schedule_cache_max_bytes = 65536,
        .miniapps_file = "",
        .services_url = "http://services.example",
        .traffic_url = "http://traffic.example",
        .login_attempts_per_account = 5,
        .login_attempts_per_address = 5,
    };
    poly_strbuf_init(&fault, 1024);
    service = service_start(NULL, &config, &fault);
    ck_assert_msg(service != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
    loopback_start(&loopback, main_routes[1], (poly_server_options){.context = service, .guard = caller_guard}, 1);
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    char command[64];

    poly_arena_destroy(&arena);
    loopback_stop(&loopback);
    service_release(service);
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    ck_assert_int_eq(system(command), 0);
}

/* The launch token for `query`, asked for as a student. */
static poly_slice launch_token(const char *query)
{
    static const student_profile student = {"7", "s@example", "Имя", "1/2", "3", "ИК"};
    poly_student_token claims = {
        .base.audience = {MAIN_AUDIENCE},
        .student_id = student.id,
        .email = student.email,
        .name = student.name,
        .study_group = student.study_group,
        .grade_book_number = student.grade_book_number,
        .faculty_abbr = student.faculty_abbr,
    };
    const char *token, *request, *body;
    char *answer = poly_arena_alloc(arena, ROOM);

    ck_assert_int_eq(poly_token_sign_student(&service->issuer, &claims, 60, arena, &token), POLY_OK);
    request = poly_arena_printf(arena,
                                "GET /api/miniapps/launch-token%s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n"
                                "Connection: close\r\n\r\n",
                                query, token);
    ck_assert_int_eq(loopback_exchange(&loopback, request, answer, ROOM), 200);
    body = strchr(loopback_body(answer), ':') + 2;
    return (poly_slice){body, strcspn(body, "\"")};
}

static poly_result verify(const char *audience, const char *issuer, poly_slice token, poly_launch_token *out)
{
    const char *const audiences[] = {audience, NULL};
    poly_token_verifier *verifier = poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = POLY_TOKEN_LAUNCH,
        .issuer = issuer,
        .audiences = audiences,
        .keys = poly_key_directory_keys(service->keys),
    });
    poly_result result = poly_token_verify_launch(verifier, token, arena, out, NULL);

    poly_token_verifier_destroy(&verifier);
    return result;
}

static poly_result verify_as_other_kind(poly_token_kind kind, const char *audience, poly_slice token)
{
    const char *const audiences[] = {audience, NULL};
    poly_token_verifier *verifier = poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = kind, .issuer = MAIN_ISSUER, .audiences = audiences, .keys = poly_key_directory_keys(service->keys)});
    poly_student_token student;
    poly_student_session_token session;
    poly_access_token access;
    poly_result result = POLY_OK;

    if (kind == POLY_TOKEN_STUDENT)
        result = poly_token_verify_student(verifier, token, arena, &student, NULL);
    else if (kind == POLY_TOKEN_STUDENT_SESSION)
        result = poly_token_verify_student_session(verifier, token, arena, &session, NULL);
    else
        result = poly_token_verify_access(verifier, token, arena, &access, NULL);
    poly_token_verifier_destroy(&verifier);
    return result;
}

START_TEST(for_both_apps)
{
    poly_slice token = launch_token("");
    poly_launch_token claims;

    ck_assert_int_eq(verify("services", MAIN_ISSUER, token, &claims), POLY_OK);
    ck_assert_str_eq(claims.student_id, "7");
    ck_assert_str_eq(claims.student_name, "Имя");
    ck_assert_str_eq(claims.student_email, "s@example");
    ck_assert_int_eq(claims.base.expires_at - claims.base.issued_at, 300);
    ck_assert_int_eq(verify("traffic", MAIN_ISSUER, token, &claims), POLY_OK);
}
END_TEST

START_TEST(for_nobody_else)
{
    static const char *const others[] = {"main", "sso", "schedule", "library", ""};
    poly_slice token = launch_token("");
    poly_launch_token claims;

    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        ck_assert_int_eq(verify(others[i], MAIN_ISSUER, token, &claims), POLY_REJECTED);
    ck_assert_int_eq(verify("services", "sso-svc", token, &claims), POLY_REJECTED);
    ck_assert_int_eq(verify_as_other_kind(POLY_TOKEN_STUDENT, "services", token), POLY_REJECTED);
    ck_assert_int_eq(verify_as_other_kind(POLY_TOKEN_STUDENT_SESSION, "services", token), POLY_REJECTED);
    ck_assert_int_eq(verify_as_other_kind(POLY_TOKEN_ACCESS, "services", token), POLY_REJECTED);
    ck_assert_int_eq(verify_as_other_kind(POLY_TOKEN_ACCESS, "traffic", token), POLY_REJECTED);
}
END_TEST

START_TEST(for_one_app)
{
    poly_slice token = launch_token("?app=traffic");
    poly_launch_token claims;

    ck_assert_int_eq(verify("traffic", MAIN_ISSUER, token, &claims), POLY_OK);
    ck_assert_int_eq(verify("services", MAIN_ISSUER, token, &claims), POLY_REJECTED);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("launch");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, for_both_apps);
    tcase_add_test(tcase, for_nobody_else);
    tcase_add_test(tcase, for_one_app);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

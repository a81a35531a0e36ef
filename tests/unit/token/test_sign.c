/* SPDX-License-Identifier: MIT */
#include "scene.h"

static poly_token_issuer issuer;

static void set_up(void)
{
    open_scene();
    issuer = (poly_token_issuer){.keys = directory, .name = "the-issuer"};
}

static poly_token_verifier *verifier_of(poly_token_kind kind, const char *audience)
{
    return make_verifier(kind, poly_key_directory_keys(directory), "the-issuer", audience);
}

static void check_base(const poly_token_base *made, const poly_token_base *read, int64_t life)
{
    ck_assert_str_eq(read->issuer, "the-issuer");
    ck_assert_str_eq(read->id, made->id);
    ck_assert(poly_uuid_is_valid(read->id));
    ck_assert_int_eq(read->issued_at, made->issued_at);
    ck_assert_int_le(llabs(poly_time_unix() - read->issued_at), 5);
    ck_assert_int_eq(read->expires_at, read->issued_at + life);
}

START_TEST(student_tokens_come_back)
{
    poly_student_token made = {.base.audience = {"main"},
                               .student_id = "42",
                               .email = "",
                               .name = "Ларионенко Артём",
                               .study_group = "5130904/20102",
                               .grade_book_number = "\"'\\/",
                               .faculty_abbr = "ИКНК"};
    poly_token_verifier *verifier = verifier_of(POLY_TOKEN_STUDENT, "main");
    poly_student_token read;
    const char *token;

    ck_assert_int_eq(poly_token_sign_student(&issuer, &made, 7 * 24 * HOUR, arena, &token), POLY_OK);
    for (int round = 0; round < 2; round++) { /* checked, then remembered */
        ck_assert_int_eq(poly_token_verify_student(verifier, poly_slice_of(token), arena, &read, NULL), POLY_OK);
        check_base(&made.base, &read.base, 7 * 24 * HOUR);
        ck_assert_str_eq(read.base.audience[0], "main");
        ck_assert_str_eq(read.student_id, "42");
        ck_assert_str_eq(read.email, "");
        ck_assert_str_eq(read.name, "Ларионенко Артём");
        ck_assert_str_eq(read.study_group, "5130904/20102");
        ck_assert_str_eq(read.grade_book_number, "\"'\\/");
        ck_assert_str_eq(read.faculty_abbr, "ИКНК");
        memset(&read, 0xa5, sizeof(read));
    }
    poly_token_verifier_destroy(&verifier);
}
END_TEST

START_TEST(launch_tokens_are_for_one_app_or_two)
{
    poly_launch_token both = {.base.audience = {"services", "traffic"},
                              .student_id = "42",
                              .student_name = "A",
                              .student_email = "a@example.org"};
    poly_launch_token one = {
        .base.audience = {"traffic"}, .student_id = "42", .student_name = "A", .student_email = "a@example.org"};
    poly_token_verifier *services = verifier_of(POLY_TOKEN_LAUNCH, "services");
    poly_token_verifier *traffic = verifier_of(POLY_TOKEN_LAUNCH, "traffic");
    poly_token_fault fault;
    poly_launch_token read;
    const char *token;

    ck_assert_int_eq(poly_token_sign_launch(&issuer, &both, 300, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_launch(services, poly_slice_of(token), arena, &read, &fault), POLY_OK);
    ck_assert_int_eq(poly_token_verify_launch(traffic, poly_slice_of(token), arena, &read, &fault), POLY_OK);
    check_base(&both.base, &read.base, 300);
    ck_assert_int_eq(poly_token_sign_launch(&issuer, &one, 300, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_launch(traffic, poly_slice_of(token), arena, &read, &fault), POLY_OK);
    ck_assert_int_eq(poly_token_verify_launch(services, poly_slice_of(token), arena, &read, &fault), POLY_REJECTED);
    ck_assert_int_eq(fault, POLY_TOKEN_AUDIENCE);
    poly_token_verifier_destroy(&services);
    poly_token_verifier_destroy(&traffic);
}
END_TEST

/* A launch token has the claims of a student session but for its type, and must not pass for one, nor the reverse. */
START_TEST(student_sessions_are_no_launch_tokens)
{
    poly_student_session_token made = {
        .base.audience = {"services"}, .student_id = "42", .student_name = "A", .student_email = "a@example.org"};
    poly_launch_token launch = {
        .base.audience = {"services"}, .student_id = "42", .student_name = "A", .student_email = "a@example.org"};
    poly_token_verifier *verifier = verifier_of(POLY_TOKEN_STUDENT_SESSION, "services");
    poly_student_session_token read;
    poly_token_fault fault;
    const char *token;

    ck_assert_int_eq(poly_token_sign_student_session(&issuer, &made, 12 * HOUR, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_student_session(verifier, poly_slice_of(token), arena, &read, NULL), POLY_OK);
    check_base(&made.base, &read.base, 12 * HOUR);
    ck_assert_str_eq(read.student_id, "42");
    ck_assert_int_eq(poly_token_sign_launch(&issuer, &launch, 300, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_student_session(verifier, poly_slice_of(token), arena, &read, &fault),
                     POLY_REJECTED);
    ck_assert_int_eq(fault, POLY_TOKEN_CLAIMS);
    poly_token_verifier_destroy(&verifier);
}
END_TEST

static poly_access_token access_claims(void)
{
    return (poly_access_token){.base.audience = {"traffic"},
                               .user_id = "u-1",
                               .username = "larionenko.aa",
                               .full_name = "Ларионенко Артём",
                               .app = POLY_APP_TRAFFIC,
                               .role = POLY_ROLE_TEACHER};
}

START_TEST(access_tokens_come_back)
{
    poly_token_verifier *verifier = verifier_of(POLY_TOKEN_ACCESS, "traffic");
    poly_access_token made = access_claims(), read;
    const char *token;

    ck_assert_int_eq(poly_token_sign_access(&issuer, &made, 24 * HOUR, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_access(verifier, poly_slice_of(token), arena, &read, NULL), POLY_OK);
    check_base(&made.base, &read.base, 24 * HOUR);
    ck_assert_str_eq(read.username, "larionenko.aa");
    ck_assert_int_eq(read.app, POLY_APP_TRAFFIC);
    ck_assert_int_eq(read.role, POLY_ROLE_TEACHER);
    ck_assert_int_eq(read.auth_source, POLY_AUTH_SSO);
    ck_assert_ptr_null(read.entity_id);
    ck_assert_int_eq(read.telegram_id, 0);

    made.entity_id = "e-1";
    made.auth_source = POLY_AUTH_TELEGRAM;
    made.telegram_id = (INT64_C(1) << 52) - 1;
    ck_assert_int_eq(poly_token_sign_access(&issuer, &made, HOUR, arena, &token), POLY_OK);
    for (int round = 0; round < 2; round++) {
        ck_assert_int_eq(poly_token_verify_access(verifier, poly_slice_of(token), arena, &read, NULL), POLY_OK);
        ck_assert_str_eq(read.entity_id, "e-1");
        ck_assert_int_eq(read.auth_source, POLY_AUTH_TELEGRAM);
        ck_assert_int_eq(read.telegram_id, (INT64_C(1) << 52) - 1);
    }
    poly_token_verifier_destroy(&verifier);
}
END_TEST

/* Whatever `spoil` does to good claims makes them unfit. */
static void check_unfit(void (*spoil)(poly_access_token *claims), poly_result result)
{
    poly_access_token claims = access_claims();
    const char *token;

    spoil(&claims);
    ck_assert_int_eq(poly_token_sign_access(&issuer, &claims, HOUR, arena, &token), result);
}

static void no_user(poly_access_token *claims)
{
    claims->user_id = NULL;
}
static void empty_user(poly_access_token *claims)
{
    claims->user_id = "";
}
static void no_full_name(poly_access_token *claims)
{
    claims->full_name = NULL;
}
static void empty_entity(poly_access_token *claims)
{
    claims->entity_id = "";
}
static void no_audience(poly_access_token *claims)
{
    claims->base.audience[0] = NULL;
}
static void other_audience(poly_access_token *claims)
{
    claims->base.audience[0] = "services";
}
static void no_telegram_id(poly_access_token *claims)
{
    claims->auth_source = POLY_AUTH_TELEGRAM;
}
static void stray_telegram_id(poly_access_token *claims)
{
    claims->telegram_id = 7;
}
static void bad_telegram_id(poly_access_token *claims)
{
    claims->auth_source = POLY_AUTH_TELEGRAM;
    claims->telegram_id = INT64_MAX;
}
static void no_role(poly_access_token *claims)
{
    claims->role = (poly_role)99;
}
static void long_name(poly_access_token *claims)
{
    char *name = poly_arena_alloc_zero(arena, 1, 7001);

    memset(name, 'x', 7000);
    claims->full_name = name;
}

START_TEST(unfit_claims_are_not_signed)
{
    check_unfit(no_user, POLY_INVALID);
    check_unfit(empty_user, POLY_INVALID);
    check_unfit(no_full_name, POLY_INVALID);
    check_unfit(empty_entity, POLY_INVALID);
    check_unfit(no_audience, POLY_INVALID);
    check_unfit(other_audience, POLY_INVALID);
    check_unfit(no_telegram_id, POLY_INVALID);
    check_unfit(stray_telegram_id, POLY_INVALID);
    check_unfit(bad_telegram_id, POLY_INVALID);
    check_unfit(no_role, POLY_INVALID);
    check_unfit(long_name, POLY_TOO_LARGE);
}
END_TEST

/* The user's app decides: an sso admin's token opens no other daemon. */
START_TEST(sso_tokens_are_not_for_apps)
{
    poly_token_verifier *verifier = verifier_of(POLY_TOKEN_ACCESS, "services");
    poly_access_token made = access_claims(), read;
    poly_token_fault fault;
    const char *token;

    made.app = POLY_APP_SSO;
    made.role = POLY_ROLE_ADMIN;
    made.base.audience[0] = "sso";
    ck_assert_int_eq(poly_token_sign_access(&issuer, &made, HOUR, arena, &token), POLY_OK);
    ck_assert_int_eq(poly_token_verify_access(verifier, poly_slice_of(token), arena, &read, &fault), POLY_REJECTED);
    ck_assert_int_eq(fault, POLY_TOKEN_AUDIENCE);
    poly_token_verifier_destroy(&verifier);
}
END_TEST

START_TEST(access_tokens_say_what_they_are)
{
    poly_token_verifier *verifier = verifier_of(POLY_TOKEN_ACCESS, "traffic");
    poly_access_token made = access_claims(), read;
    token_key *key = own_key();
    poly_token_fault fault;
    const char *token;
    char header[256];
    size_t size = sizeof(header);

    ck_assert_int_eq(poly_token_sign_access(&issuer, &made, HOUR, arena, &token), POLY_OK);
    ck_assert(poly_base64url_decode(token, strcspn(token, "."), header, &size));
    ck_assert_mem_eq(header, header_for("at+jwt", key->id), size);
    token = sign_with(key, header_for("JWT", key->id), "{}");
    ck_assert_int_eq(poly_token_verify_access(verifier, poly_slice_of(token), arena, &read, &fault), POLY_REJECTED);
    ck_assert_int_eq(fault, POLY_TOKEN_TYPE);
    token_key_unref(&key);
    poly_token_verifier_destroy(&verifier);
}
END_TEST

START_TEST(names_are_parsed_exactly)
{
    poly_app app;
    poly_role role;
    poly_auth_source source;

    ck_assert(poly_app_parse("traffic", &app) && app == POLY_APP_TRAFFIC);
    ck_assert(poly_role_parse("executor", &role) && role == POLY_ROLE_EXECUTOR);
    ck_assert(poly_auth_source_parse("telegram", &source) && source == POLY_AUTH_TELEGRAM);
    ck_assert(!poly_app_parse("Traffic", &app) && !poly_app_parse("", &app) && !poly_app_parse(NULL, &app));
    ck_assert(!poly_role_parse("root", &role) && !poly_auth_source_parse("cas", &source));
    ck_assert_str_eq(poly_app_name(POLY_APP_SERVICES), "services");
    ck_assert_str_eq(poly_role_name(POLY_ROLE_STAFF), "staff");
    ck_assert_str_eq(poly_auth_source_name(POLY_AUTH_SSO), "sso");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        student_tokens_come_back,
        launch_tokens_are_for_one_app_or_two,
        student_sessions_are_no_launch_tokens,
        access_tokens_come_back,
        unfit_claims_are_not_signed,
        sso_tokens_are_not_for_apps,
        access_tokens_say_what_they_are,
        names_are_parsed_exactly,
    };

    return run_cases("sign", tests, POLY_LENGTH(tests), set_up, close_scene);
}

/* SPDX-License-Identifier: MIT */
#include "sso_scene.h"

#define OF_USER "/api/users/u-1/telegram-link"
#define TEACHER "/api/provision/traffic/teacher-link-telegram"
#define TOKENS  "/api/tokens/telegram"
#define TOKEN   "{\"access_token\":\"a.b.c\",\"app\":\"traffic\",\"role\":\"teacher\",\"full_name\":\"Иванов\","

static const struct canned answers[] = {
    {"POST", OF_USER, 200, JSON, IVANOV},
    {"DELETE", OF_USER, 200, JSON, IVANOV},
    {"POST", "/api/users/%2E%2E%2Fx/telegram-link", 200, JSON, IVANOV},
    {"POST", "/api/users/..%2Fx/telegram-link", 404, PROBLEM_JSON, PROBLEM("user_not_found")},
    {"POST", TEACHER, 400, PROBLEM_JSON, PROBLEM("telegram_linked_to_other")},
};

static const poly_sso_telegram small = {.id = 1234567890123};
static const poly_sso_telegram full = {.id = 5, .username = "ivanov", .chat_id = -100};
static poly_sso_user user;

/* --- linking --- */

static void link_user(void *argument)
{
    result = poly_sso_link_telegram(client, &call, argument, &full, &user);
}

static void unlink_user(void *argument)
{
    result = poly_sso_unlink_telegram(client, &call, "u-1", argument);
}

START_TEST(links_and_unlinks)
{
    char id[] = "u-1", odd[] = "../x";

    expect(link_user, id, POLY_OK);
    expect_sent("POST", OF_USER, "{\"telegram_id\":5,\"telegram_username\":\"ivanov\",\"chat_id\":-100}");
    expect_ivanov(&user);
    expect(unlink_user, &user, POLY_OK);
    expect_sent("DELETE", OF_USER, "");
    expect(unlink_user, NULL, POLY_OK);
    expect(link_user, odd, POLY_NOT_FOUND);
}
END_TEST

static void link_by_entity(void *argument)
{
    result = poly_sso_link_teacher_telegram(client, &call, "e-1", 7, &small, argument);
}

static void link_by_ruz(void *argument)
{
    result = poly_sso_link_teacher_telegram(client, &call, NULL, 7, &small, argument);
}

START_TEST(links_teachers_by_either_id)
{
    expect(link_by_entity, &user, POLY_REJECTED);
    expect_sent("POST", TEACHER, "{\"entity_id\":\"e-1\",\"telegram_id\":1234567890123}");
    ck_assert_str_eq(call.refusal.code, "telegram_linked_to_other");
    expect(link_by_ruz, &user, POLY_REJECTED);
    expect_sent("POST", TEACHER, "{\"ruz_teacher_id\":7,\"telegram_id\":1234567890123}");
}
END_TEST

/* --- tokens --- */

static poly_sso_token token;
static struct canned token_answer;

static void ask_token(void *argument)
{
    (void)argument;
    result = poly_sso_telegram_token(client, &call, 1234567890123, &token);
}

static void expect_token(int status, const char *type, const char *body, poly_result expected)
{
    token_answer = (struct canned){"POST", TOKENS, status, type, body};
    canned = &token_answer;
    canned_count = 1;
    expect(ask_token, NULL, expected);
}

START_TEST(gets_a_token)
{
    expect_token(200, JSON, TOKEN "\"entity_id\":\"e-1\"}", POLY_OK);
    expect_sent("POST", TOKENS, "{\"telegram_id\":1234567890123}");
    ck_assert_str_eq(token.access_token, "a.b.c");
    ck_assert_int_eq(token.app, POLY_APP_TRAFFIC);
    ck_assert_int_eq(token.role, POLY_ROLE_TEACHER);
    ck_assert_str_eq(token.full_name, "Иванов");
    ck_assert_str_eq(token.entity_id, "e-1");
    expect_token(200, JSON, TOKEN "\"entity_id\":null}", POLY_OK);
    ck_assert_ptr_null(token.entity_id);
}
END_TEST

START_TEST(or_is_told_why_not)
{
    expect_token(404, PROBLEM_JSON, PROBLEM("telegram_not_linked"), POLY_NOT_FOUND);
    expect_token(403, PROBLEM_JSON, PROBLEM("user_disabled"), POLY_REJECTED);
    ck_assert_int_eq(call.refusal.status, 403);
    expect_token(200, JSON, TOKEN "\"entity_id\":1}", POLY_BAD_ANSWER);
    expect_token(200, JSON, "{\"access_token\":null}", POLY_BAD_ANSWER);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        links_and_unlinks,
        links_teachers_by_either_id,
        gets_a_token,
        or_is_told_why_not,
    };

    canned = answers;
    canned_count = POLY_LENGTH(answers);
    return run_cases("sso_telegram", tests, POLY_LENGTH(tests));
}

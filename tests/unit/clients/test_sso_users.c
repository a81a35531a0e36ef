/* SPDX-License-Identifier: MIT */
#include "sso_scene.h"

#define LIST "/api/users?app_filter=traffic&role_filter="

/* A user to whom `members` give the rest. */
#define BROKEN_USER(members)                                                                                      \
    "{\"username\":\"a\",\"full_name\":\"A\",\"entity_id\":null,\"telegram_id\":null,\"telegram_username\":null," \
    "\"created_at\":\"2026-09-01T08:00:00Z\"," members "}"

static const struct canned answers[] = {
    {"GET", LIST "teacher&search=%D0%98%D0%B2%20%26&page=2&page_size=500", 200, JSON,
     "{\"items\":[" IVANOV "," PETROV "],\"total\":502,\"page\":2,\"page_size\":500,\"total_pages\":2}"},
    {"GET", LIST "&search=&page=1&page_size=50", 200, JSON,
     "{\"items\":[],\"total\":0,\"page\":1,\"page_size\":50,\"total_pages\":0}"},
    {"GET", LIST "&search=&page=3&page_size=50", 200, JSON, "{\"items\":null,\"total\":0}"},
    {"GET", LIST "&search=&page=4&page_size=50", 200, JSON, "{\"items\":[" IVANOV "]}"},
    {"GET", LIST "&search=&page=5&page_size=50", 200, JSON, "{\"items\":[" IVANOV ",{\"id\":\"u\"}],\"total\":2}"},
    {"GET", "/api/users?app_filter=services&entity_ids=a%2F1,b", 200, JSON, "[" PETROV "]"},
    {"GET", "/api/users?app_filter=services&entity_ids=c", 200, JSON, "[" PETROV "," IVANOV "]"},
    {"GET", "/api/users/check-username?username=a%20b", 200, JSON, "{\"available\":true}"},
    {"GET", "/api/users/check-username?username=b", 200, JSON, "{\"available\":false}"},
    {"GET", "/api/users/check-username?username=c", 200, JSON, "{\"available\":\"no\"}"},
    {"GET", "/api/users/by-telegram/1234567890123", 200, JSON, IVANOV},
    {"GET", "/api/users/by-ruz-teacher/7", 200, JSON, PETROV},
    {"GET", "/api/users/by-ruz-teacher/8", 404, PROBLEM_JSON, PROBLEM("user_not_found")},
    {"GET", "/api/users/by-ruz-teacher/9", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"sso\",\"role\":\"admin\",\"ruz_teacher_id\":null,\"is_active\":true")},
    {"GET", "/api/users/by-ruz-teacher/10", 200, JSON,
     BROKEN_USER("\"id\":null,\"app\":\"sso\",\"role\":\"admin\",\"ruz_teacher_id\":null,\"is_active\":true")},
    {"GET", "/api/users/by-ruz-teacher/11", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"portal\",\"role\":\"admin\",\"ruz_teacher_id\":null,\"is_active\":true")},
    {"GET", "/api/users/by-ruz-teacher/12", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"sso\",\"role\":\"king\",\"ruz_teacher_id\":null,\"is_active\":true")},
    {"GET", "/api/users/by-ruz-teacher/13", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"sso\",\"role\":\"admin\",\"ruz_teacher_id\":\"7\",\"is_active\":true")},
    {"GET", "/api/users/by-ruz-teacher/14", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"sso\",\"role\":\"admin\",\"ruz_teacher_id\":null,\"is_active\":1")},
    {"GET", "/api/users/by-ruz-teacher/15", 200, JSON,
     BROKEN_USER("\"id\":\"u\",\"app\":\"sso\",\"role\":\"admin\",\"is_active\":true")},
};

/* --- lists --- */

static poly_sso_users users;
static poly_sso_user user;

static void list(void *argument)
{
    result = poly_sso_list_users(client, &call, argument, &users);
}

START_TEST(lists_a_page)
{
    const poly_role teacher = POLY_ROLE_TEACHER;
    poly_sso_query query = {.app = POLY_APP_TRAFFIC, .role = &teacher, .search = "Ив &", .page = 2, .page_size = 500};

    expect(list, &query, POLY_OK);
    ck_assert_uint_eq(users.count, 2);
    ck_assert_int_eq(users.total, 502);
    expect_ivanov(&users.items[0]);
    ck_assert_str_eq(users.items[1].username, "petrov");
    ck_assert_ptr_null(users.items[1].entity_id);
    ck_assert_ptr_null(users.items[1].telegram_username);
    ck_assert_int_eq(users.items[1].ruz_teacher_id, 0);
    ck_assert_int_eq(users.items[1].telegram_id, 0);
    ck_assert(!users.items[1].is_active);
}
END_TEST

START_TEST(half_a_list_is_none)
{
    poly_sso_query query = {.app = POLY_APP_TRAFFIC, .page = 1, .page_size = 50};

    expect(list, &query, POLY_OK);
    ck_assert_uint_eq(users.count, 0);
    for (query.page = 3; query.page <= 5; query.page++)
        expect(list, &query, POLY_BAD_ANSWER);
}
END_TEST

static const char *ids[1000];
static size_t id_count;

static void find(void *argument)
{
    (void)argument;
    result = poly_sso_users_by_entities(client, &call, POLY_APP_SERVICES, ids, id_count, &users);
}

static void expect_found(const char *first, const char *second, poly_result expected)
{
    ids[0] = first;
    ids[1] = second;
    id_count = second ? 2 : 1;
    expect(find, NULL, expected);
}

START_TEST(finds_those_of_some_entities)
{
    expect_found("a/1", "b", POLY_OK);
    ck_assert_uint_eq(users.count, 1);
    ck_assert_str_eq(users.items[0].id, "u-2");
    id_count = 0;
    expect(find, NULL, POLY_OK);
    ck_assert_uint_eq(users.count, 0);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(more_users_than_entities_are_a_bad_answer)
{
    expect_found("c", NULL, POLY_BAD_ANSWER);
}
END_TEST

START_TEST(an_id_with_a_comma_would_be_two)
{
    expect_found("a,b", NULL, POLY_INVALID);
    expect_found("a", "", POLY_INVALID);
    ck_assert_uint_eq(upstream_requests(server), 0);
}
END_TEST

/* Every second entity of a question has a user. The path is longer than `target` holds. */
static bool serve_entities(const upstream_exchange *exchange, bool *lives)
{
    poly_strbuf text;
    size_t count = 1;

    for (const char *at = strstr(exchange->head, "entity_ids="); *at != ' '; at++)
        count += *at == ',';
    poly_strbuf_init(&text, 1024 * 1024);
    poly_strbuf_append_char(&text, '[');
    for (size_t i = 0; i < count / 2; i++)
        poly_strbuf_printf(&text, "%s%s", i ? "," : "", PETROV);
    poly_strbuf_append_char(&text, ']');
    *lives = upstream_answer(exchange, 200, JSON, NULL, text.data, text.size);
    poly_strbuf_release(&text);
    return true;
}

START_TEST(asks_in_portions)
{
    serve_special = serve_entities;
    for (id_count = 0; id_count < POLY_LENGTH(ids); id_count++)
        ids[id_count] = "6f0e7a52-3f0c-4c0b-9b0a-5d5f6a7b8c9d";
    expect(find, NULL, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 8); /* 7 of 128 ids, and the rest */
    ck_assert_uint_eq(users.count, 500);
    ck_assert_int_eq(users.total, 500);
    for (size_t i = 0; i < users.count; i++)
        ck_assert_str_eq(users.items[i].id, "u-2");
}
END_TEST

/* --- single ones --- */

static bool available;

static void check(void *argument)
{
    result = poly_sso_check_username(client, &call, argument, &available);
}

START_TEST(asks_whether_a_name_is_free)
{
    char name[] = "a b";

    expect(check, name, POLY_OK);
    ck_assert(available);
    expect(check, (void *)(uintptr_t) "b", POLY_OK);
    ck_assert(!available);
    expect(check, (void *)(uintptr_t) "c", POLY_BAD_ANSWER);
}
END_TEST

static void by_telegram(void *argument)
{
    (void)argument;
    result = poly_sso_user_by_telegram(client, &call, 1234567890123, &user);
}

static void by_ruz_teacher(void *argument)
{
    result = poly_sso_user_by_ruz_teacher(client, &call, *(int64_t *)argument, &user);
}

START_TEST(looks_users_up)
{
    int64_t id = 7;

    expect(by_telegram, NULL, POLY_OK);
    expect_ivanov(&user);
    expect(by_ruz_teacher, &id, POLY_OK);
    ck_assert_str_eq(user.id, "u-2");
    id = 8;
    expect(by_ruz_teacher, &id, POLY_NOT_FOUND);
    ck_assert_str_eq(call.refusal.code, "user_not_found");
}
END_TEST

START_TEST(a_user_is_whole_or_none)
{
    int64_t id = 9;

    expect(by_ruz_teacher, &id, POLY_OK);
    for (id = 10; id <= 15; id++)
        expect(by_ruz_teacher, &id, POLY_BAD_ANSWER);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        lists_a_page,
        half_a_list_is_none,
        finds_those_of_some_entities,
        more_users_than_entities_are_a_bad_answer,
        an_id_with_a_comma_would_be_two,
        asks_in_portions,
        asks_whether_a_name_is_free,
        looks_users_up,
        a_user_is_whole_or_none,
    };

    canned = answers;
    canned_count = POLY_LENGTH(answers);
    return run_cases("sso_users", tests, POLY_LENGTH(tests));
}

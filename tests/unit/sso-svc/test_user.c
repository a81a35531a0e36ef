/* SPDX-License-Identifier: MIT */
#include "user.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "text_set.h"

static poly_arena *arena;

static void begin(void)
{
    arena = poly_arena_create(0);
}

static void end(void)
{
    poly_arena_destroy(&arena);
}

static const struct {
    const char *typed;
    const char *longest;
    const char *others[3];
} searches[] = {
    {"Иванов", "иванов", {NULL}}, {"  ПЁТР   иванов ", "иванов", {"петр"}},   {"иванов пётр", "иванов", {"петр"}},
    {"a bb c", "bb", {"a", "c"}}, {"larionenko.aa", "larionenko.aa", {NULL}}, {"& | :* '", ":*", {"|", "&", "'"}},
};

START_TEST(a_search_is_the_beginnings_of_words)
{
    const user_search *search = user_search_read(searches[_i].typed, arena);
    size_t count = 0;

    ck_assert_str_eq(search->longest, searches[_i].longest);
    for (; count < 3 && searches[_i].others[count]; count++)
        ck_assert_str_eq(search->others[count], searches[_i].others[count]);
    ck_assert_uint_eq(search->other_count, count);
}
END_TEST

START_TEST(a_search_knows_how_the_name_may_begin)
{
    const user_search *two = user_search_read("Пётр Иванов", arena);
    const user_search *four = user_search_read("иванов пётр ильич ivanov", arena);

    ck_assert_uint_eq(user_search_read("иванов", arena)->start_count, 0);
    ck_assert_uint_eq(two->start_count, 2);
    ck_assert_str_eq(two->starts[0], "иванов петр");
    ck_assert_str_eq(two->starts[1], "петр иванов");
    ck_assert_uint_eq(two->rest_count, 0);
    ck_assert_uint_eq(four->start_count, 6);
    ck_assert_str_eq(four->starts[0], "иванов петр ильич");
    ck_assert_uint_eq(four->rest_count, 1);
    ck_assert_str_eq(four->rest[0], "ivanov");
}
END_TEST

START_TEST(a_search_without_a_word_is_none)
{
    ck_assert_ptr_null(user_search_read("", arena));
    ck_assert_ptr_null(user_search_read("  \t ", arena));
}
END_TEST

START_TEST(users_are_sorted_by_name_and_then_username)
{
    ck_assert_str_eq(user_sort_text("Ёлкин  Пётр", "Elkin.P", arena), "елкин петр elkin.p");
}
END_TEST

START_TEST(entity_ids_are_printable)
{
    char long_id[ENTITY_ID_MAX + 2];

    memset(long_id, 'a', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    ck_assert(!entity_id_is_valid(long_id));
    ck_assert(entity_id_is_valid(long_id + 1));
    ck_assert(entity_id_is_valid("6f1c9b1e-0f3c-4a55-9d1e-0c6a5a3b7f10"));
    ck_assert(!entity_id_is_valid(""));
    ck_assert(!entity_id_is_valid("a b"));
    ck_assert(!entity_id_is_valid("a\nb"));
    ck_assert(!entity_id_is_valid("идентификатор"));
}
END_TEST

START_TEST(an_answer_has_every_member)
{
    const sso_user user = {.id = "u1",
                           .username = "ivanov.i",
                           .full_name = "Иванов \"И\"",
                           .app = POLY_APP_TRAFFIC,
                           .role = POLY_ROLE_TEACHER,
                           .telegram_id = 5,
                           .is_active = true,
                           .created_at = "2026-09-01T08:00:00Z"};
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, 4096);
    poly_json_writer_init(&writer, &out);
    user_write(&writer, NULL, &user);
    ck_assert_str_eq(
        poly_strbuf_text(&out),
        "{\"id\":\"u1\",\"username\":\"ivanov.i\",\"full_name\":\"Иванов \\\"И\\\"\",\"app\":\"traffic\","
        "\"role\":\"teacher\",\"entity_id\":null,\"ruz_teacher_id\":null,\"telegram_id\":5,\"telegram_username\":null,"
        "\"telegram_linked\":true,\"is_active\":true,\"created_at\":\"2026-09-01T08:00:00Z\"}");
    poly_strbuf_release(&out);
}
END_TEST

START_TEST(claims_name_the_telegram_account_only_when_it_is_the_source)
{
    const sso_user user = {.id = "u1", .username = "a", .full_name = "b", .app = POLY_APP_TRAFFIC, .telegram_id = 5};

    ck_assert_int_eq(user_claims(&user, POLY_AUTH_SSO).telegram_id, 0);
    ck_assert_int_eq(user_claims(&user, POLY_AUTH_TELEGRAM).telegram_id, 5);
    ck_assert_str_eq(user_claims(&user, POLY_AUTH_SSO).base.audience[0], "traffic");
}
END_TEST

START_TEST(a_set_of_texts_keeps_each_once)
{
    text_set set;

    text_set_init(&set, arena);
    ck_assert(!text_set_has(&set, "1"));
    for (int i = 0; i < 1000; i++)
        ck_assert(text_set_add(&set, poly_arena_printf(arena, "%d", i)));
    for (int i = 0; i < 1000; i++)
        ck_assert(!text_set_add(&set, poly_arena_printf(arena, "%d", i)));
    ck_assert(text_set_has(&set, "999"));
    ck_assert(!text_set_has(&set, "1000"));
    ck_assert_uint_eq(set.count, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("user");
    TCase *tests = add_case(suite, "user");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, a_search_is_the_beginnings_of_words, 0, POLY_LENGTH(searches));
    tcase_add_test(tests, a_search_knows_how_the_name_may_begin);
    tcase_add_test(tests, a_search_without_a_word_is_none);
    tcase_add_test(tests, users_are_sorted_by_name_and_then_username);
    tcase_add_test(tests, entity_ids_are_printable);
    tcase_add_test(tests, an_answer_has_every_member);
    tcase_add_test(tests, claims_name_the_telegram_account_only_when_it_is_the_source);
    tcase_add_test(tests, a_set_of_texts_keeps_each_once);
    return run_suite(suite);
}

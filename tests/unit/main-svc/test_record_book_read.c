/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "record_book.h"

static poly_arena *arena;
static record_book book;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_result read_book(const char *json)
{
    return record_book_read(poly_slice_of(json), arena, &book);
}

START_TEST(whole)
{
    ck_assert_int_eq(read_book("{\"orders_type_name\":\" Перевод  на курс \",\"marks\":[{\"discipline\":\"Физика\","
                               "\"semester\":3,\"control\":\"Экзамен\",\"mark\":\"Отлично\",\"date\":\"2025-01-17\","
                               "\"teacher\":\"И. И.\",\"hours\":144,\"credits\":4,\"more\":[]}]}"),
                     POLY_OK);
    ck_assert_str_eq(book.orders_type_name, "Перевод на курс");
    ck_assert_uint_eq(book.count, 1);
    ck_assert_str_eq(book.entries[0].discipline, "Физика");
    ck_assert_int_eq(book.entries[0].semester, 3);
    ck_assert_int_eq(book.entries[0].date.day, 17);
    ck_assert_int_eq(book.entries[0].hours, 144);
    ck_assert_int_eq(book.entries[0].credits, 4);
}
END_TEST

START_TEST(what_may_be_missing)
{
    ck_assert_int_eq(
        read_book("{\"marks\":[{\"discipline\":\"a\"},{\"discipline\":\"b\",\"semester\":null,\"date\":null,"
                  "\"mark\":null},{\"discipline\":\"c\",\"semester\":\" \",\"date\":\"\"}]}"),
        POLY_BAD_ANSWER); /* a semester of white space is none */
    ck_assert_int_eq(
        read_book("{\"marks\":[{\"discipline\":\"a\"},{\"discipline\":\"b\",\"semester\":null,\"date\":null,"
                  "\"mark\":null},{\"discipline\":\"c\",\"semester\":\"4\",\"date\":\"1.02.2025\"}]}"),
        POLY_OK);
    ck_assert_str_eq(book.orders_type_name, "");
    ck_assert_str_eq(book.entries[0].teacher, "");
    ck_assert_int_eq(book.entries[1].semester, 0);
    ck_assert_int_eq(book.entries[1].date.year, 0);
    ck_assert_int_eq(book.entries[2].semester, 4);
    ck_assert_int_eq(book.entries[2].date.month, 2);
}
END_TEST

START_TEST(what_is_none)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"marks\":null}",
        "{\"marks\":[[]]}",
        "{\"marks\":[{}]}",
        "{\"marks\":[{\"discipline\":\" \"}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"semester\":\"4x\"}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"semester\":\"-4\"}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"semester\":true}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"date\":\"31.02.2025\"}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"date\":\"2025-01-17T00:00\"}]}",
        "{\"marks\":[{\"discipline\":\"a\",\"hours\":-1}]}",
        "{\"marks\":[],\"orders_type_name\":1}",
        "<html></html>",
    };

    for (size_t i = 0; i < POLY_LENGTH(texts); i++)
        ck_assert_msg(read_book(texts[i]) == POLY_BAD_ANSWER, "%s", texts[i]);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("record_book_read");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, whole);
    tcase_add_test(tcase, what_may_be_missing);
    tcase_add_test(tcase, what_is_none);
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

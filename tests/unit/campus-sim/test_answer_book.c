/* SPDX-License-Identifier: MIT */
#include "answer_book.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/api/v1/ruz/scheduler/1"

static answer_book *book;

static void set_up(void)
{
    book = answer_book_create();
}

static void tear_down(void)
{
    answer_book_destroy(&book);
}

static poly_result put(const char *target, const char *text)
{
    return answer_book_put(book, target, 200, poly_blob_create(text, strlen(text)));
}

static int32_t monday_of(const char *text)
{
    poly_date date;

    ck_assert(poly_date_parse(text, &date));
    return poly_date_to_days(poly_date_monday(date));
}

static void check_found(const char *path, const char *search, const char *date, const char *expected)
{
    answer_key key = {path, search, date ? monday_of(date) : ANSWER_NO_WEEK};
    poly_blob *body = NULL;
    int status = 0;

    if (!expected) {
        ck_assert(!answer_book_find(book, &key, &status, &body));
        return;
    }
    ck_assert(answer_book_find(book, &key, &status, &body));
    ck_assert_int_eq(status, 200);
    ck_assert_str_eq(body->data, expected);
    poly_blob_unref(&body);
}

START_TEST(any_date_of_the_week_is_meant)
{
    ck_assert_int_eq(put(PATH "?date=2026-09-16", "week"), POLY_OK);
    check_found(PATH, NULL, "2026-09-14", "week");
    check_found(PATH, NULL, "2026-09-20", "week");
    check_found(PATH, NULL, "2026-09-21", NULL);
    check_found(PATH, NULL, NULL, NULL);
    check_found(PATH "2", NULL, "2026-09-14", NULL);
}
END_TEST

START_TEST(the_exact_answer_goes_first)
{
    ck_assert_int_eq(put(PATH "?date=2026-09-16", "week"), POLY_OK);
    ck_assert_int_eq(put(PATH, "any"), POLY_OK);
    check_found(PATH, NULL, "2026-09-14", "week");
    check_found(PATH, NULL, "2026-09-21", "any");
    ck_assert_int_eq(put(PATH "?date=2026-10-05", "later week"), POLY_OK);
    check_found(PATH, NULL, "2026-10-05", "later week");
}
END_TEST

START_TEST(searches_are_told_apart)
{
    ck_assert_int_eq(put("/search/groups?q=513", "found"), POLY_OK);
    check_found("/search/groups", "513", NULL, "found");
    check_found("/search/groups", "514", NULL, NULL);
    check_found("/search/groups", NULL, NULL, NULL);
}
END_TEST

START_TEST(later_answer_replaces_the_earlier)
{
    ck_assert_int_eq(put(PATH, "one"), POLY_OK);
    ck_assert_int_eq(put(PATH, "two"), POLY_OK);
    check_found(PATH, NULL, NULL, "two");
    answer_book_remove(book, PATH);
    check_found(PATH, NULL, NULL, NULL);
}
END_TEST

START_TEST(removes_one_or_all)
{
    ck_assert_int_eq(put("/a", "a"), POLY_OK);
    ck_assert_int_eq(put("/b", "b"), POLY_OK);
    ck_assert_int_eq(put("/c", "c"), POLY_OK);
    answer_book_remove(book, "/a");
    answer_book_remove(book, "/unknown");
    check_found("/a", NULL, NULL, NULL);
    check_found("/c", NULL, NULL, "c");
    answer_book_remove(book, NULL);
    check_found("/b", NULL, NULL, NULL);
    check_found("/c", NULL, NULL, NULL);
}
END_TEST

START_TEST(other_queries_are_refused)
{
    ck_assert_int_eq(put(PATH "?date=soon", ""), POLY_INVALID);
    ck_assert_int_eq(put(PATH "?page=1", ""), POLY_INVALID);
    check_found(PATH, NULL, NULL, NULL);
}
END_TEST

START_TEST(is_bounded)
{
    static char text[16 << 20];
    poly_result result = POLY_OK;
    int kept = 0;

    memset(text, 'a', sizeof(text) - 1);
    for (char name[] = "/a"; name[1] <= 'z' && result == POLY_OK; name[1]++, kept++)
        result = put(name, text);
    ck_assert_int_eq(result, POLY_OVERLOADED);
    ck_assert_int_eq(kept, 5); /* the fifth did not fit */
    answer_book_remove(book, "/a");
    ck_assert_int_eq(put("/z", text), POLY_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus answer book");
    TCase *tcase = tcase_create("answer_book");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, any_date_of_the_week_is_meant);
    tcase_add_test(tcase, the_exact_answer_goes_first);
    tcase_add_test(tcase, searches_are_told_apart);
    tcase_add_test(tcase, later_answer_replaces_the_earlier);
    tcase_add_test(tcase, removes_one_or_all);
    tcase_add_test(tcase, other_queries_are_refused);
    tcase_add_test(tcase, is_bounded);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

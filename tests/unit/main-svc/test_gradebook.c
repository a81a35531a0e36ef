/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "gradebook.h"

static poly_arena *arena;
static gradebook book;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static grade_entry entry(const char *discipline, int semester, int year, int month, int day)
{
    return (grade_entry){.discipline = discipline,
                         .control = "",
                         .mark = "",
                         .teacher = "",
                         .semester = semester,
                         .date = {(int16_t)year, (int8_t)month, (int8_t)day}};
}

START_TEST(pairs_newest_first)
{
    const grade_entry entries[] = {
        entry("a", 1, 2023, 12, 28), entry("b", 2, 2024, 6, 10), entry("c", 4, 2025, 6, 11), entry("d", 3, 2025, 1, 17),
        entry("e", 5, 2025, 12, 20), entry("f", 0, 2024, 11, 1), entry("g", 0, 0, 0, 0),
    };

    gradebook_group(entries, POLY_LENGTH(entries), arena, &book);
    ck_assert_uint_eq(book.count, 4);
    ck_assert_str_eq(book.years[0].label, "2025/2026 уч. год");
    ck_assert_str_eq(book.years[1].label, "2024/2025 уч. год");
    ck_assert_str_eq(book.years[2].label, "2023/2024 уч. год");
    ck_assert_str_eq(book.years[3].label, "Другое");
    ck_assert_uint_eq(book.years[1].count, 2);
    ck_assert_str_eq(book.years[1].entries[0]->discipline, "c");
    ck_assert_str_eq(book.years[1].entries[1]->discipline, "d");
    ck_assert_str_eq(book.years[3].entries[0]->discipline, "f");
    ck_assert_str_eq(book.years[3].entries[1]->discipline, "g");
}
END_TEST

START_TEST(the_academic_year_begins_in_september)
{
    static const struct {
        int year, month, day;
        const char *label;
    } cases[] = {
        {2024, 8, 31, "2023/2024 уч. год"},  {2024, 9, 1, "2024/2025 уч. год"},  {2025, 1, 1, "2024/2025 уч. год"},
        {2024, 12, 31, "2024/2025 уч. год"}, {1999, 12, 1, "1999/2000 уч. год"},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        const grade_entry one = entry("a", 1, cases[i].year, cases[i].month, cases[i].day);

        gradebook_group(&one, 1, arena, &book);
        ck_assert_str_eq(book.years[0].label, cases[i].label);
    }
}
END_TEST

/* A retake in the next September does not make it the next year. */
START_TEST(the_earliest_date_labels)
{
    const grade_entry entries[] = {
        entry("a", 2, 2025, 9, 12),
        entry("a", 2, 2025, 6, 12),
        entry("b", 1, 0, 0, 0),
        entry("c", 1, 2025, 1, 20),
    };

    gradebook_group(entries, POLY_LENGTH(entries), arena, &book);
    ck_assert_uint_eq(book.count, 1);
    ck_assert_str_eq(book.years[0].label, "2024/2025 уч. год");
    ck_assert_int_eq(book.years[0].entries[0]->date.month, 9);
    ck_assert_str_eq(book.years[0].entries[2]->discipline, "c");
    ck_assert_str_eq(book.years[0].entries[3]->discipline, "b");
}
END_TEST

START_TEST(no_dates_at_all)
{
    const grade_entry entries[] = {entry("a", 3, 0, 0, 0), entry("b", 4, 0, 0, 0), entry("c", 40, 0, 0, 0)};

    gradebook_group(entries, POLY_LENGTH(entries), arena, &book);
    ck_assert_str_eq(book.years[0].label, "20 курс");
    ck_assert_str_eq(book.years[1].label, "2 курс");
    gradebook_group(entries, 0, arena, &book);
    ck_assert_uint_eq(book.count, 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("gradebook");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, pairs_newest_first);
    tcase_add_test(tcase, the_academic_year_begins_in_september);
    tcase_add_test(tcase, the_earliest_date_labels);
    tcase_add_test(tcase, no_dates_at_all);
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

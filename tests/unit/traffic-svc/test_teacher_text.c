/* SPDX-License-Identifier: MIT */
#include "teacher_text.h"

#include "suite.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

START_TEST(sorts_by_name_and_username)
{
    ck_assert_str_eq(teacher_sort_text("Ёлкин  Пётр", "Elkin.P", arena), "елкин петр elkin.p");
    ck_assert_str_eq(teacher_sort_text("Ёлкин Пётр", NULL, arena), "елкин петр");
}
END_TEST

START_TEST(looks_for_the_longest_word_first)
{
    teacher_search search = teacher_search_read("  Ли Петров\tИв ", arena);

    ck_assert_str_eq(search.longest, "петров");
    ck_assert_uint_eq(search.other_count, 2);
    ck_assert_str_eq(search.others[0], "ли");
    ck_assert_str_eq(search.others[1], "ив");
}
END_TEST

START_TEST(blanks_are_no_search)
{
    ck_assert_ptr_null(teacher_search_read(" \t ", arena).longest);
    ck_assert_ptr_null(teacher_search_read("", arena).longest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/teacher_text");
    TCase *tests = add_case(suite, "text");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, sorts_by_name_and_username);
    tcase_add_test(tests, looks_for_the_longest_word_first);
    tcase_add_test(tests, blanks_are_no_search);
    return run_suite(suite);
}

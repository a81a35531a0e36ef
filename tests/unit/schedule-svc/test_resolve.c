/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <check.h>
#include <stdlib.h>

static const poly_faculty faculties[] = {
    {1, "Институт проб", "ИП"},
    {2, "Институт Проб", "Ип"},
    {3, "Ёлочный институт", "ЁИ"},
    {4, "Без сокращения", ""},
};
static const poly_group groups[] = {
    {.id = 11, .name = "в5000001/10001"},
    {.id = 12, .name = "В5000001/10001"},
    {.id = 13, .name = "5000001/10001 п/г 1"},
};

static int64_t faculty_id(const char *abbr)
{
    const poly_faculty *faculty = resolve_faculty(faculties, POLY_LENGTH(faculties), abbr);

    return faculty ? faculty->id : 0;
}

static int64_t group_id(const char *name)
{
    const poly_group *group = resolve_group(groups, POLY_LENGTH(groups), name);

    return group ? group->id : 0;
}

START_TEST(prefers_the_exact_match)
{
    ck_assert_int_eq(faculty_id("ИП"), 1);
    ck_assert_int_eq(faculty_id("Ип"), 2);
    ck_assert_int_eq(group_id("в5000001/10001"), 11);
    ck_assert_int_eq(group_id("В5000001/10001"), 12);
}
END_TEST

START_TEST(falls_back_to_the_folded_match)
{
    ck_assert_int_eq(faculty_id("ип"), 1);
    ck_assert_int_eq(faculty_id(" иП "), 1);
    ck_assert_int_eq(faculty_id("еи"), 3);
    ck_assert_int_eq(group_id("5000001/10001  П/Г 1"), 13);
}
END_TEST

START_TEST(finds_nothing_by_a_part)
{
    ck_assert_int_eq(faculty_id("И"), 0);
    ck_assert_int_eq(faculty_id("Институт проб"), 0);
    ck_assert_int_eq(group_id("5000001/10001"), 0);
    ck_assert_int_eq(group_id(""), 0);
    ck_assert_ptr_null(resolve_faculty(NULL, 0, "ИП"));
    ck_assert_ptr_null(resolve_group(NULL, 0, "x"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("resolve");
    TCase *names = tcase_create("names");

    tcase_add_test(names, prefers_the_exact_match);
    tcase_add_test(names, falls_back_to_the_folded_match);
    tcase_add_test(names, finds_nothing_by_a_part);
    suite_add_tcase(suite, names);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

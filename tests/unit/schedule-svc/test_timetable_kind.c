/* SPDX-License-Identifier: MIT */
#include "timetable_kind.h"

#include <check.h>
#include <stdlib.h>

START_TEST(names_and_reads_each_kind)
{
    static const char *const names[] = {"group", "teacher", "room"};
    timetable_kind kind;

    for (size_t i = 0; i < POLY_LENGTH(names); i++) {
        ck_assert_str_eq(timetable_kind_name((timetable_kind)i), names[i]);
        ck_assert(timetable_kind_parse(names[i], &kind));
        ck_assert_uint_eq(kind, i);
        ck_assert_uint_ne(TIMETABLE_EVERY_KIND & TIMETABLE_KIND_BIT(kind), 0);
    }
}
END_TEST

START_TEST(refuses_other_names)
{
    timetable_kind kind;

    ck_assert(!timetable_kind_parse("", &kind));
    ck_assert(!timetable_kind_parse("Group", &kind));
    ck_assert(!timetable_kind_parse("groups", &kind));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("timetable_kind");
    TCase *names = tcase_create("names");

    tcase_add_test(names, names_and_reads_each_kind);
    tcase_add_test(names, refuses_other_names);
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

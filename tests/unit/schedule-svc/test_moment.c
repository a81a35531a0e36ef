/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "moment.h"

static int64_t parsed(const char *text)
{
    int64_t moment = -1;

    ck_assert_msg(moment_parse(text, &moment), "%s", text);
    return moment;
}

START_TEST(times)
{
    ck_assert_int_eq(parsed("1970-01-01T00:00:00Z"), 0);
    ck_assert_int_eq(parsed("1970-01-02T03:00:00+03:00"), 86400);
    ck_assert_int_eq(parsed("1970-01-02T03:00:00 03:00"), 86400);
    ck_assert_int_eq(parsed("1970-01-01T21:00:00-03:00"), 86400);
}
END_TEST

START_TEST(days_begin_at_midnight_in_moscow)
{
    ck_assert_int_eq(parsed("1970-01-02"), 86400 - 3 * 3600);
    ck_assert_int_eq(parsed("1970-1-2"), 86400 - 3 * 3600);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const texts[] = {
        "",
        "yesterday",
        "1970-02-30",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00  3:00",
        "0",
        "1970-01-01T00:00:00.0000000000000000000000000000000000000000000000000000000000000000Z",
    };
    int64_t moment;

    for (size_t i = 0; i < POLY_LENGTH(texts); i++)
        ck_assert_msg(!moment_parse(texts[i], &moment), "%s", texts[i]);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("moment");
    TCase *tcase = tcase_create("parse");

    tcase_add_test(tcase, times);
    tcase_add_test(tcase, days_begin_at_midnight_in_moscow);
    tcase_add_test(tcase, anything_else_is_refused);
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

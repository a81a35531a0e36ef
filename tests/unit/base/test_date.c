/* SPDX-License-Identifier: MIT */
#include "poly/time.h"

#include <check.h>
#include <stdlib.h>

static poly_date date(int year, int month, int day)
{
    return (poly_date){.year = (int16_t)year, .month = (int8_t)month, .day = (int8_t)day};
}

static const char *text_of(poly_date value)
{
    static char text[POLY_DATE_SIZE];

    poly_date_format(value, text);
    return text;
}

START_TEST(reads_dates)
{
    static const struct {
        const char *text, *normal;
    } cases[] = {{"2026-09-01", "2026-09-01"}, {"2026-9-1", "2026-09-01"},   {"2026-09-1", "2026-09-01"},
                 {"2026-9-01", "2026-09-01"},  {"2024-02-29", "2024-02-29"}, {"2000-2-29", "2000-02-29"},
                 {"1970-01-01", "1970-01-01"}, {"9999-12-31", "9999-12-31"}};

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        poly_date got;

        ck_assert_msg(poly_date_parse(cases[i].text, &got), "%s", cases[i].text);
        ck_assert_str_eq(text_of(got), cases[i].normal);
    }
}
END_TEST

START_TEST(refuses_what_is_no_date)
{
    static const char *const cases[] = {"",
                                        "2026",
                                        "2026-09",
                                        "2026-09-",
                                        "2026-9-31",
                                        "2026-02-29",
                                        "2100-02-29",
                                        "2026-13-01",
                                        "2026-0-1",
                                        "2026-1-0",
                                        "2026-00-00",
                                        "1969-12-31",
                                        "0000-01-01",
                                        "26-09-01",
                                        "12026-09-01",
                                        "2026-09-01 ",
                                        " 2026-09-01",
                                        "2026-09-001",
                                        "2026-009-01",
                                        "2026.09.01",
                                        "2026-+9-01",
                                        "2026-9--1",
                                        "2026-09-01T00:00:00Z"};
    poly_date got;

    ck_assert(!poly_date_parse(NULL, &got));
    for (size_t i = 0; i < POLY_LENGTH(cases); i++)
        ck_assert_msg(!poly_date_parse(cases[i], &got), "%s", cases[i]);
}
END_TEST

/* Every day of the range, counted by the rules of the calendar alone. */
START_TEST(counts_every_day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t days = 0;
    int weekday = 4; /* 1970-01-01 was a Thursday */

    for (int year = 1970; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (leap && month == 2);

            for (int day = 1; day <= length; day++, days++, weekday = weekday % 7 + 1) {
                poly_date back = poly_date_from_days(days);

                if (poly_date_to_days(date(year, month, day)) != days || back.year != year || back.month != month ||
                    back.day != day || poly_date_weekday(back) != weekday)
                    ck_abort_msg("%04d-%02d-%02d", year, month, day);
            }
        }
    }
    ck_assert_int_eq(days, 2932897);
}
END_TEST

START_TEST(adds_days)
{
    ck_assert_str_eq(text_of(poly_date_add_days(date(2024, 2, 28), 1)), "2024-02-29");
    ck_assert_str_eq(text_of(poly_date_add_days(date(2026, 12, 31), 1)), "2027-01-01");
    ck_assert_str_eq(text_of(poly_date_add_days(date(2026, 3, 1), -1)), "2026-02-28");
    ck_assert_str_eq(text_of(poly_date_add_days(date(2026, 3, 1), 0)), "2026-03-01");
    ck_assert_str_eq(text_of(poly_date_add_days(date(9999, 12, 31), INT32_MAX)), "9999-12-31");
    ck_assert_str_eq(text_of(poly_date_add_days(date(1970, 1, 1), INT32_MIN)), "0000-01-01");
    ck_assert_str_eq(text_of(poly_date_from_days(INT32_MAX)), "9999-12-31");
}
END_TEST

START_TEST(finds_the_monday)
{
    ck_assert_str_eq(text_of(poly_date_monday(date(2026, 9, 1))), "2026-08-31");
    ck_assert_str_eq(text_of(poly_date_monday(date(2026, 8, 31))), "2026-08-31");
    ck_assert_str_eq(text_of(poly_date_monday(date(2026, 9, 6))), "2026-08-31");
    ck_assert_str_eq(text_of(poly_date_monday(date(2026, 9, 7))), "2026-09-07");
    ck_assert_str_eq(text_of(poly_date_monday(date(1970, 1, 1))), "1969-12-29");
}
END_TEST

START_TEST(orders_dates)
{
    ck_assert_int_eq(poly_date_compare(date(2026, 9, 1), date(2026, 9, 1)), 0);
    ck_assert_int_lt(poly_date_compare(date(2026, 9, 1), date(2026, 9, 2)), 0);
    ck_assert_int_gt(poly_date_compare(date(2026, 10, 1), date(2026, 9, 30)), 0);
    ck_assert_int_lt(poly_date_compare(date(2025, 12, 31), date(2026, 1, 1)), 0);
}
END_TEST

START_TEST(moscow_is_three_hours_ahead)
{
    /* 2026-08-31T20:59:59Z and a second later */
    ck_assert_str_eq(text_of(poly_date_in_moscow(1788209999)), "2026-08-31");
    ck_assert_str_eq(text_of(poly_date_in_moscow(1788210000)), "2026-09-01");
    ck_assert_str_eq(text_of(poly_date_in_moscow(-10800)), "1970-01-01");
    ck_assert_str_eq(text_of(poly_date_in_moscow(-10801)), "1969-12-31");
    ck_assert_str_eq(text_of(poly_date_in_moscow(INT64_MAX)), "9999-12-31");
    ck_assert_str_eq(text_of(poly_date_in_moscow(INT64_MIN)), "0000-01-01");
}
END_TEST

START_TEST(reads_clocks)
{
    static const char *const wrong[] = {"",       "8:00",   "08:0",  "08:000", "24:00", "23:60",   "08.00",
                                        "08:00 ", " 08:00", "-8:00", "08:-1",  "0800",  "08:00:00"};
    int minutes;

    ck_assert(poly_clock_parse("00:00", &minutes));
    ck_assert_int_eq(minutes, 0);
    ck_assert(poly_clock_parse("10:20", &minutes));
    ck_assert_int_eq(minutes, 620);
    ck_assert(poly_clock_parse("23:59", &minutes));
    ck_assert_int_eq(minutes, 1439);
    ck_assert(!poly_clock_parse(NULL, &minutes));
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!poly_clock_parse(wrong[i], &minutes), "%s", wrong[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *tests = tcase_create("date");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, reads_dates);
    tcase_add_test(tests, refuses_what_is_no_date);
    tcase_add_test(tests, counts_every_day);
    tcase_add_test(tests, adds_days);
    tcase_add_test(tests, finds_the_monday);
    tcase_add_test(tests, orders_dates);
    tcase_add_test(tests, moscow_is_three_hours_ahead);
    tcase_add_test(tests, reads_clocks);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

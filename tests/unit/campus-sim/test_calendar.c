/* SPDX-License-Identifier: MIT */
#include "calendar.h"

#include <check.h>
#include <stdlib.h>

static campus_day day_of(const char *text)
{
    poly_date date;

    ck_assert(poly_date_parse(text, &date));
    return campus_calendar_day(date, false);
}

START_TEST(parity_is_that_of_the_recordings)
{
    static const struct {
        const char *monday;
        bool is_odd;
    } recorded[] = {
        {"2022-05-16", false}, {"2022-05-23", true}, {"2022-05-30", false}, {"2022-06-06", true}, {"2025-03-17", true}};

    for (size_t i = 0; i < POLY_LENGTH(recorded); i++) {
        poly_date monday;

        ck_assert(poly_date_parse(recorded[i].monday, &monday));
        ck_assert_msg(campus_calendar_is_odd(monday) == recorded[i].is_odd, "%s", recorded[i].monday);
    }
}
END_TEST

START_TEST(year_has_its_phases)
{
    static const struct {
        const char *date;
        campus_phase phase;
    } expected[] = {
        {"2026-08-31", CAMPUS_FREE},     {"2026-09-01", CAMPUS_TEACHING}, {"2026-11-04", CAMPUS_FREE},
        {"2026-12-30", CAMPUS_TEACHING}, {"2026-12-31", CAMPUS_FREE},     {"2027-01-08", CAMPUS_FREE},
        {"2027-01-11", CAMPUS_SESSION},  {"2027-01-27", CAMPUS_SESSION},  {"2027-01-28", CAMPUS_FREE},
        {"2027-02-06", CAMPUS_FREE},     {"2027-02-08", CAMPUS_TEACHING}, {"2027-05-09", CAMPUS_FREE},
        {"2027-05-31", CAMPUS_TEACHING}, {"2027-06-07", CAMPUS_SESSION},  {"2027-06-30", CAMPUS_SESSION},
        {"2027-07-01", CAMPUS_FREE},     {"2027-08-15", CAMPUS_FREE},     {"2026-10-11", CAMPUS_FREE},
    };

    for (size_t i = 0; i < POLY_LENGTH(expected); i++)
        ck_assert_msg(day_of(expected[i].date).phase == expected[i].phase, "%s", expected[i].date);
}
END_TEST

START_TEST(weeks_are_counted_from_the_first_day_of_study)
{
    ck_assert_int_eq(day_of("2026-09-01").week, 1);
    ck_assert_int_eq(day_of("2026-09-06").phase, CAMPUS_FREE);
    ck_assert_int_eq(day_of("2026-09-07").week, 2);
    ck_assert_int_eq(day_of("2024-09-02").week, 1); /* 1 September was a Sunday */
    ck_assert_int_eq(day_of("2027-02-08").week, 1);
    ck_assert_int_eq(day_of("2027-02-15").week, 2);
    ck_assert_int_eq(day_of("2027-06-07").session_day, 0);
    ck_assert(!day_of("2026-12-16").last_chance);
    ck_assert(day_of("2026-12-17").last_chance);
}
END_TEST

/* Every day of a century: exams stay in their months, weeks in their range, and parity alternates. */
START_TEST(holds_in_every_year)
{
    poly_date first = {CAMPUS_FIRST_YEAR, 1, 1};
    poly_date last = {CAMPUS_LAST_YEAR, 12, 31};

    for (int32_t days = poly_date_to_days(first); days <= poly_date_to_days(last); days++) {
        poly_date date = poly_date_from_days(days);
        campus_day day = campus_calendar_day(date, false);
        poly_date monday = poly_date_monday(date);
        poly_date next = poly_date_add_days(monday, 7);

        if (day.phase == CAMPUS_SESSION)
            ck_assert(date.month == (day.term == CAMPUS_AUTUMN ? 1 : 6) && day.session_day < 32);
        if (day.phase == CAMPUS_TEACHING)
            ck_assert(day.week >= 1 && day.week <= 18);
        if (campus_calendar_day(next, true).week > 1 && next.month != 9 && next.month != 8)
            ck_assert(campus_calendar_is_odd(monday) != campus_calendar_is_odd(next));
    }
}
END_TEST

START_TEST(term_can_be_always)
{
    poly_date july = {2027, 7, 14};
    poly_date sunday = {2027, 7, 18};

    ck_assert_int_eq(campus_calendar_day(july, true).phase, CAMPUS_TEACHING);
    ck_assert_int_ge(campus_calendar_day(july, true).week, 1);
    ck_assert_int_eq(campus_calendar_day(sunday, true).phase, CAMPUS_FREE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus calendar");
    TCase *tcase = tcase_create("calendar");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, parity_is_that_of_the_recordings);
    tcase_add_test(tcase, year_has_its_phases);
    tcase_add_test(tcase, weeks_are_counted_from_the_first_day_of_study);
    tcase_add_test(tcase, holds_in_every_year);
    tcase_add_test(tcase, term_can_be_always);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
#include "due_date.h"

#include <stdio.h>

#include "suite.h"

static const char *const days_off[] = {"01-01", "01-02", "02-29", "2026-11-04", NULL};

static const struct {
    const char *created, *due;
    unsigned working_days;
} applications[] = {
    {"2026-09-01T08:00:00Z", "2026-09-02T20:59:59Z", 1},  /* Tuesday, Wednesday */
    {"2026-09-04T08:00:00Z", "2026-09-07T20:59:59Z", 1},  /* Friday, Monday */
    {"2026-09-05T08:00:00Z", "2026-09-07T20:59:59Z", 1},  /* Saturday, Monday */
    {"2026-09-03T20:59:59Z", "2026-09-04T20:59:59Z", 1},  /* Thursday still, in Moscow */
    {"2026-09-03T21:00:00Z", "2026-09-07T20:59:59Z", 1},  /* Friday already */
    {"2026-11-03T08:00:00Z", "2026-11-05T20:59:59Z", 1},  /* the holiday between is left out */
    {"2026-12-31T08:00:00Z", "2027-01-04T20:59:59Z", 1},  /* each year's */
    {"2026-09-01T08:00:00Z", "2026-09-15T20:59:59Z", 10}, /* two weekends */
    {"2028-02-28T08:00:00Z", "2028-03-01T20:59:59Z", 1},
};

START_TEST(counts_working_days)
{
    const char *faulty;
    holidays *days = holidays_create(days_off, &faulty);
    int64_t created;
    char due[POLY_RFC3339_SIZE];

    ck_assert_ptr_nonnull(days);
    ck_assert(poly_time_parse_rfc3339(applications[_i].created, &created));
    poly_time_format_rfc3339(due_date_of(created, applications[_i].working_days, days), due);
    ck_assert_str_eq(due, applications[_i].due);
    holidays_destroy(&days);
}
END_TEST

START_TEST(ends_where_every_day_is_off)
{
    char texts[366][12];
    const char *all[367] = {NULL}, *faulty;
    holidays *days;

    for (int i = 0; i < 366; i++) {
        poly_date date = poly_date_add_days((poly_date){2024, 1, 1}, i);

        snprintf(texts[i], sizeof(texts[i]), "%02d-%02d", date.month, date.day);
        all[i] = texts[i];
    }
    days = holidays_create(all, &faulty);
    ck_assert_ptr_nonnull(days);
    ck_assert_int_gt(due_date_of(0, 1, days), 0);
    holidays_destroy(&days);
}
END_TEST

static const char *const no_days[] = {"2026-02-30", "13-01", "1-1", "04.11", "", "2026-11-04 ", "02-30"};

START_TEST(refuses_what_is_no_day)
{
    const char *const texts[] = {"01-01", no_days[_i], NULL};
    const char *faulty = NULL;

    ck_assert_ptr_null(holidays_create(texts, &faulty));
    ck_assert_str_eq(faulty, no_days[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("due_date");
    TCase *tests = add_case(suite, "due_date");

    tcase_add_loop_test(tests, counts_working_days, 0, (int)POLY_LENGTH(applications));
    tcase_add_test(tests, ends_where_every_day_is_off);
    tcase_add_loop_test(tests, refuses_what_is_no_day, 0, (int)POLY_LENGTH(no_days));
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "poly/time.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

START_TEST(clocks_agree)
{
    uint64_t before = poly_time_monotonic();
    int64_t milliseconds = poly_time_unix_ms(), seconds = poly_time_unix();

    ck_assert_int_ge(seconds, milliseconds / 1000);
    ck_assert_int_le(seconds, milliseconds / 1000 + 60);
    ck_assert_int_ge(seconds, 1700000000);
    ck_assert_uint_ge(poly_time_monotonic(), before);
}
END_TEST

START_TEST(the_monotonic_clock_counts_microseconds)
{
    uint64_t shortest = UINT64_MAX;

    for (int i = 0; i < 10; i++) {
        uint64_t before = poly_time_monotonic(), now = before;

        while (now == before)
            now = poly_time_monotonic();
        shortest = now - before < shortest ? now - before : shortest;
    }
    ck_assert_uint_lt(shortest, 1000);
}
END_TEST

/* The C library is the oracle, over all that it and four digits of a year can say. */
START_TEST(formats_as_the_c_library_does)
{
    for (int64_t moment = -62167219200; moment <= 253402300799; moment += 8123467) {
        char expected[64], got[POLY_RFC3339_SIZE], http[POLY_HTTP_DATE_SIZE];
        time_t seconds = moment;
        struct tm parts;

        ck_assert_ptr_nonnull(gmtime_r(&seconds, &parts));
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
        poly_time_format_rfc3339(moment, got);
        ck_assert_str_eq(got, expected);
        strftime(expected, sizeof(expected), "%a, %d %b ", &parts);
        snprintf(expected + 12, sizeof(expected) - 12, "%04d %02d:%02d:%02d GMT", parts.tm_year + 1900, parts.tm_hour,
                 parts.tm_min, parts.tm_sec);
        poly_time_format_http(moment, http);
        ck_assert_str_eq(http, expected);
    }
}
END_TEST

START_TEST(formats_the_edges)
{
    char text[POLY_RFC3339_SIZE], http[POLY_HTTP_DATE_SIZE];

    poly_time_format_rfc3339(0, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00Z");
    poly_time_format_rfc3339(-1, text);
    ck_assert_str_eq(text, "1969-12-31T23:59:59Z");
    poly_time_format_rfc3339(INT64_MAX, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
    poly_time_format_rfc3339(253402300800, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
    poly_time_format_rfc3339(-62167219201, text);
    ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
    poly_time_format_rfc3339(INT64_MIN, text);
    ck_assert_str_eq(text, "0000-01-01T00:00:00Z");
    poly_time_format_http(1788249600, http);
    ck_assert_str_eq(http, "Tue, 01 Sep 2026 08:00:00 GMT");
}
END_TEST

START_TEST(reads_what_it_wrote)
{
    for (int64_t moment = -62167219200; moment <= 253402300799; moment += 81234671) {
        char text[POLY_RFC3339_SIZE];
        int64_t back;

        poly_time_format_rfc3339(moment, text);
        ck_assert(poly_time_parse_rfc3339(text, &back));
        ck_assert_int_eq(back, moment);
    }
}
END_TEST

START_TEST(reads_what_rfc_3339_allows)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"2026-09-01T08:00:00Z", 1788249600},        {"2026-09-01t08:00:00z", 1788249600},
        {"2026-09-01 08:00:00Z", 1788249600},        {"2026-09-01T11:00:00+03:00", 1788249600},
        {"2026-09-01T07:30:00-00:30", 1788249600},   {"2026-09-01T08:00:00.999Z", 1788249600},
        {"2026-09-01T08:00:00.1+00:00", 1788249600}, {"2026-09-01T08:00:00-00:00", 1788249600},
        {"1985-04-12T23:20:50.52Z", 482196050},      {"1990-12-31T23:59:60Z", 662688000},
        {"1990-12-31T15:59:60-08:00", 662688000},    {"2024-02-29T00:00:00Z", 1709164800},
        {"2000-02-29T00:00:00Z", 951782400},         {"0000-01-01T00:00:00Z", -62167219200},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        int64_t seconds = 0;

        ck_assert_msg(poly_time_parse_rfc3339(cases[i].text, &seconds), "%s", cases[i].text);
        ck_assert_int_eq(seconds, cases[i].seconds);
    }
}
END_TEST

START_TEST(refuses_everything_else)
{
    static const char *const cases[] = {
        "",
        "2026",
        "2026-09-01",
        "2026-09-01T08:00Z",
        "2026-09-01T08:00:00",
        "2026-09-01T08:00:00.Z",
        "2026-09-01T08:00:00,5Z",
        "2026-09-01T08:00:00Z ",
        " 2026-09-01T08:00:00Z",
        "2026-09-01T08:00:00ZZ",
        "2026-09-01T08:00:00+3",
        "2026-09-01T08:00:00+03",
        "2026-09-01T08:00:00+0300",
        "2026-09-01T08:00:00+24:00",
        "2026-09-01T08:00:00+03:60",
        "2026-09-01T24:00:00Z",
        "2026-09-01T08:60:00Z",
        "2026-09-01T08:00:61Z",
        "2026-09-01T08:00:60Z",
        "2026-13-01T08:00:00Z",
        "2026-00-01T08:00:00Z",
        "2026-02-29T08:00:00Z",
        "1900-02-29T08:00:00Z",
        "2026-04-31T08:00:00Z",
        "2026-09-00T08:00:00Z",
        "26-09-01T08:00:00Z",
        "12026-09-01T08:00:00Z",
        "+026-09-01T08:00:00Z",
        "2026-9-1T08:00:00Z",
        "2026-09-01T8:00:00Z",
        "2026-09-01X08:00:00Z",
        "2026/09/01T08:00:00Z",
        "2026-09-01T08.00.00Z",
        "2026-09-01T-8:00:00Z",
    };
    int64_t seconds;

    ck_assert(!poly_time_parse_rfc3339(NULL, &seconds));
    for (size_t i = 0; i < POLY_LENGTH(cases); i++)
        ck_assert_msg(!poly_time_parse_rfc3339(cases[i], &seconds), "%s", cases[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time");
    TCase *tests = tcase_create("time");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, clocks_agree);
    tcase_add_test(tests, the_monotonic_clock_counts_microseconds);
    tcase_add_test(tests, formats_as_the_c_library_does);
    tcase_add_test(tests, formats_the_edges);
    tcase_add_test(tests, reads_what_it_wrote);
    tcase_add_test(tests, reads_what_rfc_3339_allows);
    tcase_add_test(tests, refuses_everything_else);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

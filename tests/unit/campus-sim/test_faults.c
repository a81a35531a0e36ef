/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static fault_table *table;

static void set_up(void)
{
    table = fault_table_create(2026);
}

static void tear_down(void)
{
    fault_table_destroy(&table);
}

static struct fault fault_of(const char *path_prefix, fault_mode mode)
{
    struct fault fault = {.mode = mode, .probability = 1, .count = -1};

    snprintf(fault.path_prefix, sizeof(fault.path_prefix), "%s", path_prefix);
    return fault;
}

static void set(struct fault fault)
{
    ck_assert_int_eq(fault_table_set(table, &fault), POLY_OK);
}

/* The mode that hits `path`; -1 when nothing does. */
static int mode_for(const char *path)
{
    struct fault hit;

    return fault_table_take(table, path, &hit) ? (int)hit.mode : -1;
}

START_TEST(longest_prefix_strikes)
{
    set(fault_of("/api", FAULT_HTML));
    set(fault_of("/api/scheduler/1", FAULT_RESET));
    ck_assert_int_eq(mode_for("/api/scheduler/1"), FAULT_RESET);
    ck_assert_int_eq(mode_for("/api/scheduler/2"), FAULT_HTML);
    ck_assert_int_eq(mode_for("/other"), -1);
}
END_TEST

START_TEST(count_runs_out)
{
    struct fault fault = fault_of("/a", FAULT_HUGE);

    fault.count = 2;
    set(fault);
    ck_assert_int_eq(mode_for("/a"), FAULT_HUGE);
    ck_assert_int_eq(mode_for("/a"), FAULT_HUGE);
    ck_assert_int_eq(mode_for("/a"), -1);
}
END_TEST

START_TEST(probability_is_met_and_repeats)
{
    struct fault fault = fault_of("/a", FAULT_HTML);
    char first[1001] = {0}, second[1001] = {0};
    unsigned hits = 0;

    fault.probability = 0.3;
    set(fault);
    for (int i = 0; i < 1000; i++) {
        first[i] = mode_for("/a") == FAULT_HTML ? '1' : '0';
        hits += first[i] == '1';
    }
    ck_assert_uint_ge(hits, 250);
    ck_assert_uint_le(hits, 350);
    set(fault);
    for (int i = 0; i < 1000; i++)
        second[i] = mode_for("/a") == FAULT_HTML ? '1' : '0';
    ck_assert_str_eq(first, second);
    fault.probability = 0;
    set(fault);
    ck_assert_int_eq(mode_for("/a"), -1);
}
END_TEST

START_TEST(same_prefix_replaces)
{
    set(fault_of("/a", FAULT_HTML));
    set(fault_of("/a", FAULT_DRIP));
    ck_assert_int_eq(mode_for("/a"), FAULT_DRIP);
    fault_table_clear(table, "/a");
    ck_assert_int_eq(mode_for("/a"), -1);
}
END_TEST

START_TEST(clears_one_or_all)
{
    set(fault_of("/a", FAULT_HTML));
    set(fault_of("/b", FAULT_HTML));
    set(fault_of("/c", FAULT_HTML));
    fault_table_clear(table, "/a");
    fault_table_clear(table, "/unknown");
    ck_assert_int_eq(mode_for("/a"), -1);
    ck_assert_int_eq(mode_for("/c"), FAULT_HTML);
    fault_table_clear(table, NULL);
    ck_assert_int_eq(mode_for("/b"), -1);
    ck_assert_int_eq(mode_for("/c"), -1);
}
END_TEST

START_TEST(is_bounded)
{
    struct fault more = fault_of("/more", FAULT_HTML);

    for (int i = 0; i < 64; i++) {
        char prefix[16];

        snprintf(prefix, sizeof(prefix), "/%d/", i);
        set(fault_of(prefix, FAULT_HTML));
    }
    ck_assert_int_eq(fault_table_set(table, &more), POLY_OVERLOADED);
}
END_TEST

START_TEST(modes_have_the_documented_names)
{
    const char *at = FAULT_MODES;
    int expected = 0;

    while (at) {
        const char *end = strchr(at, '|');
        char *name = end ? poly_strndup(at, (size_t)(end - at)) : poly_strdup(at);
        fault_mode mode = FAULT_NONE;

        ck_assert_msg(fault_mode_parse(name, &mode), "%s", name);
        ck_assert_int_eq(mode, expected++);
        free(name);
        at = end ? end + 1 : NULL;
    }
    ck_assert_int_eq(expected, FAULT_COOKIES + 1);
    ck_assert(!fault_mode_parse("hug", &(fault_mode){FAULT_NONE}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus faults");
    TCase *tcase = tcase_create("faults");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, longest_prefix_strikes);
    tcase_add_test(tcase, count_runs_out);
    tcase_add_test(tcase, probability_is_met_and_repeats);
    tcase_add_test(tcase, same_prefix_replaces);
    tcase_add_test(tcase, clears_one_or_all);
    tcase_add_test(tcase, is_bounded);
    tcase_add_test(tcase, modes_have_the_documented_names);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

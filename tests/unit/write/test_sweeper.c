/* SPDX-License-Identifier: MIT */
/* What is over goes, portion by portion, and nothing else. */
#include "poly/sweeper.h"

#include "poly/log.h"
#include "postgres.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static char url[256];
static poly_runtime *runtime;
static poly_pg *pool;

static const poly_statement sweep_things = {
    .name = "sweep_things",
    .sql = "DELETE FROM things WHERE id IN (SELECT id FROM things WHERE age > $1 LIMIT 10)",
    .types = {POLY_PG_INT},
};
static const poly_statement sweep_others = {
    .name = "sweep_others",
    .sql = "DELETE FROM others WHERE id IN (SELECT id FROM others WHERE is_over LIMIT 10)",
};

static void set_up(void)
{
    snprintf(url, sizeof(url), "%s", postgres_new_database());
    postgres_run(url, "CREATE TABLE things AS SELECT i AS id, i AS age FROM generate_series(1, 100) i;"
                      "CREATE TABLE others AS SELECT i AS id, i % 2 = 0 AS is_over FROM generate_series(1, 100) i;"
                      "CREATE TABLE idempotency_keys AS SELECT 's' AS scope, 'k' || i AS key,"
                      " now() - i * interval '1 hour' AS created_at FROM generate_series(1, 5000) i;"
                      "CREATE TABLE audit AS SELECT i AS id, now() - i * interval '1 day' AS at"
                      " FROM generate_series(0, 4999) i");
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});
    poly_runtime_start(runtime);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
}

static void tear_down(void)
{
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
    poly_pg_destroy(&pool);
    poly_log_stop();
}

static void sweep(int64_t audit_days)
{
    const poly_sweep sweeps[] = {
        {.statement = &sweep_things, .argument = 33},
        {.statement = &sweep_others},
    };

    poly_sweeper_start(poly_runtime_loop(runtime, 0), &(poly_sweeper_options){
                                                          .pg = pool,
                                                          .sweeps = sweeps,
                                                          .count = POLY_LENGTH(sweeps),
                                                          .audit_days = audit_days,
                                                      });
}

START_TEST(all_that_is_over_goes)
{
    sweep(10);
    postgres_await(url, "SELECT concat_ws(' ', count(*), max(id)) FROM audit", "10 9");
    ck_assert_str_eq(postgres_run(url, "SELECT concat_ws(' ', count(*), max(id)) FROM things"), "33 33");
    ck_assert_str_eq(postgres_run(url, "SELECT concat_ws(' ', count(*), bool_or(is_over)) FROM others"), "50 f");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM idempotency_keys"), "47");
}
END_TEST

START_TEST(audit_records_may_stay_for_ever)
{
    sweep(0);
    postgres_await(url, "SELECT count(*) FROM idempotency_keys", "47");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM audit"), "5000");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sweeper");
    TCase *cases = tcase_create("sweeper");
    SRunner *runner;
    int failed;

    postgres_begin();
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, all_that_is_over_goes);
    tcase_add_test(cases, audit_records_may_stay_for_ever);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

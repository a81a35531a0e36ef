/* SPDX-License-Identifier: MIT */
/* `migrate`, and what `serve` thinks of the schema that it finds. */
#include "command.h"

#include "poly/time.h"
#include "postgres.h"

#include <signal.h>
#include <stddef.h>

struct config {
    poly_common_config common;
    const char *database_url;
};

static struct config config;
static const poly_config_variable variables[] = {
    {.name = "DATABASE_URL",
     .type = POLY_CONFIG_DATABASE,
     .offset = offsetof(struct config, database_url),
     .help = "the database"},
    {.name = NULL},
};
static const poly_route *const routes[] = {NULL};

static void *start(poly_runtime *runtime, const void *configuration, poly_strbuf *fault)
{
    (void)runtime;
    (void)fault;
    return (void *)(uintptr_t)configuration;
}

static const poly_migration items[] = {
    {1, "users", "CREATE TABLE users (id integer)"},
    {2, "names", "ALTER TABLE users ADD COLUMN name text"},
    {3, "broken", "ALTER TABLE nobody ADD COLUMN name text"},
};
static const poly_migration renamed[] = {
    {1, "people", "CREATE TABLE users (id integer)"},
    {2, "names", "ALTER TABLE users ADD COLUMN name text"},
};
static poly_migrations migrations;

static const poly_daemon register_svc = {
    .name = "register",
    .summary = "has a database",
    .default_listen = "127.0.0.1:0",
    .variables = variables,
    .config = &config,
    .routes = routes,
    .start = start,
    .migrations = &migrations,
    .database_url = &config.database_url,
};

static const char *url;

static void begin(void)
{
    url = postgres_new_database();
    setenv("DATABASE_URL", url, 1);
    migrations = (poly_migrations){items, 2};
}

static void begin_without_database(void)
{
    /* Nobody listens on port 1. */
    setenv("DATABASE_URL", "postgresql://poly:hunter2@127.0.0.1:1/register", 1);
    migrations = (poly_migrations){items, 2};
}

static int migrate(size_t count)
{
    migrations.count = count;
    return run_words(&register_svc, "migrate");
}

START_TEST(migrates)
{
    ck_assert_int_eq(migrate(1), 0);
    ck_assert_str_eq(run.out_text, "applied 0001_users\nthe schema of register is up to date, at 0001\n");
    ck_assert_int_eq(migrate(2), 0);
    ck_assert_str_eq(run.out_text, "applied 0002_names\nthe schema of register is up to date, at 0002\n");
    ck_assert_int_eq(migrate(2), 0);
    ck_assert_str_eq(run.out_text, "the schema of register is up to date, at 0002\n");
    ck_assert_str_eq(run.err_text, "");
    ck_assert_int_eq(migrate(3), 1);
    ck_assert_str_eq(run.out_text, "");
    ck_assert_ptr_nonnull(strstr(run.err_text, "migration 0003_broken failed and was undone"));
    ck_assert_int_eq(run_words(&register_svc, "--help"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\n  migrate "));
}
END_TEST

START_TEST(serves_with_its_own_schema_only)
{
    static const struct {
        size_t count;
        const poly_migration *items;
        const char *fault;
    } wrong[] = {
        {3, items, "migration 0003_broken has not been applied to the database: run migrate\""},
        {1, items, "migration 0002_names has been applied to the database and is unknown here"},
        {2, renamed, "migration 0001_users has been applied to the database and has another name here"},
    };

    ck_assert_int_eq(migrate(2), 0);
    start_process(&register_svc, "serve");
    wait_until_serving();
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert_int_eq(WEXITSTATUS(run.status), 0);
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        uint64_t began = poly_time_monotonic();

        migrations = (poly_migrations){wrong[i].items, wrong[i].count};
        ck_assert_int_eq(run_words(&register_svc, "serve"), 1);
        ck_assert_ptr_nonnull(strstr(run.out_text, "\"cannot start\""));
        ck_assert_msg(strstr(run.out_text, wrong[i].fault) != NULL, "%s", run.out_text);
        ck_assert_ptr_null(strstr(run.out_text, "\"serving\""));
        ck_assert_uint_lt(poly_time_monotonic() - began, POLY_SECONDS(5)); /* at once, as machines go */
    }
}
END_TEST

START_TEST(serve_waits_for_a_database_that_comes)
{
    ck_assert_int_eq(migrate(2), 0);
    postgres_crash();
    start_process(&register_svc, "serve");
    wait_for_output("\"the database cannot be reached yet, trying again\"");
    postgres_restart();
    wait_until_serving();
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert_int_eq(WEXITSTATUS(run.status), 0);
}
END_TEST

START_TEST(both_give_up_on_a_database_that_does_not_come)
{
    uint64_t began = poly_time_monotonic();
    struct run server;

    start_process(&register_svc, "serve");
    server = run;
    ck_assert_int_eq(run_words(&register_svc, "migrate"), 1);
    ck_assert_uint_gt(poly_time_monotonic() - began, POLY_SECONDS(5));
    ck_assert_ptr_nonnull(strstr(run.err_text, "\ntrying again\ncannot connect to the database: "));
    ck_assert_ptr_null(strstr(run.err_text, "hunter2"));
    run = server;
    finish_process();
    ck_assert_int_eq(WEXITSTATUS(run.status), 1);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"error\":\"for 10 s: cannot connect to the database: "));
    ck_assert_ptr_null(strstr(run.out_text, "hunter2"));
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
    uint64_t began = poly_time_monotonic();

    start_process(&register_svc, "serve");
    wait_for_output("\"the database cannot be reached yet, trying again\"");
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert(WIFEXITED(run.status));
    ck_assert_int_eq(WEXITSTATUS(run.status), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"SIGTERM\""));
    ck_assert_ptr_null(strstr(run.out_text, "cannot start"));
    ck_assert_uint_lt(poly_time_monotonic() - began, POLY_SECONDS(8));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *with = tcase_create("with a database");
    TCase *without = tcase_create("without");
    SRunner *runner;
    int failed;

    postgres_begin();
    runner = srunner_create(suite);
    tcase_add_checked_fixture(with, begin, NULL);
    tcase_set_timeout(with, 60);
    tcase_add_test(with, migrates);
    tcase_add_test(with, serves_with_its_own_schema_only);
    tcase_add_test(with, serve_waits_for_a_database_that_comes);
    suite_add_tcase(suite, with);
    tcase_add_checked_fixture(without, begin_without_database, NULL);
    tcase_set_timeout(without, 60);
    tcase_add_test(without, both_give_up_on_a_database_that_does_not_come);
    tcase_add_test(without, a_signal_ends_the_wait);
    suite_add_tcase(suite, without);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

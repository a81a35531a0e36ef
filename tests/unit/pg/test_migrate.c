/* SPDX-License-Identifier: MIT */
/* Applying, refusing on drift, and two processes at once. */
#include <sys/wait.h>
#include <unistd.h>

#include "poly/pg_migrate.h"
#include "scene.h"

#define FIRST                                                                                    \
    {                                                                                            \
        1, "initial", "CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE log (line text)" \
    }
#define SECOND                                                                   \
    {                                                                            \
        2, "names", "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT ''" \
    }
#define THIRD                                         \
    {                                                 \
        3, "more", "INSERT INTO log VALUES ('third')" \
    }

static const poly_migration three[] = {FIRST, SECOND, THIRD};
static poly_strbuf said;

static poly_result migrate(const poly_migration *items, size_t count)
{
    poly_strbuf_clear(&said);
    return poly_pg_migrate(url, &(poly_migrations){items, count}, &said);
}

static poly_result check(const poly_migration *items, size_t count)
{
    poly_strbuf_clear(&said);
    return poly_pg_schema_check(url, &(poly_migrations){items, count}, &said);
}

static void begin(void)
{
    begin_scene();
    poly_strbuf_init(&said, 4096);
}

static void end(void)
{
    poly_strbuf_release(&said);
}

static void expect_said(const char *text)
{
    ck_assert_msg(strstr(poly_strbuf_text(&said), text), "'%s' does not say '%s'", poly_strbuf_text(&said), text);
}

static const char *applied(void)
{
    return postgres_run(url, "SELECT string_agg(version || name, ' ' ORDER BY version) FROM schema_migrations");
}

START_TEST(applies_what_is_missing)
{
    expect(check(three, 3), POLY_CONFLICT);
    expect_said("0001_initial");
    expect(migrate(three, 2), POLY_OK);
    ck_assert_str_eq(poly_strbuf_text(&said), "applied 0001_initial\napplied 0002_names\n");
    ck_assert_str_eq(applied(), "1initial 2names");
    expect(check(three, 2), POLY_OK);
    expect(check(three, 3), POLY_CONFLICT);
    expect_said("migration 0003_more has not been applied");
    expect(migrate(three, 3), POLY_OK);
    ck_assert_str_eq(poly_strbuf_text(&said), "applied 0003_more\n");
    expect(migrate(three, 3), POLY_OK);
    ck_assert_str_eq(poly_strbuf_text(&said), "");
    expect(check(three, 3), POLY_OK);
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM log"), "1");
    ck_assert_str_eq(postgres_run(url, "SELECT bool_and(length(checksum) = 64 AND applied_at <= now())"
                                       " FROM schema_migrations"),
                     "t");
}
END_TEST

START_TEST(a_failing_migration_is_undone)
{
    const poly_migration bad[] = {FIRST, {2, "bad", "INSERT INTO log VALUES ('bad'); SELECT nonsense"}};

    expect(migrate(bad, 2), POLY_REJECTED);
    expect_said("applied 0001_initial\n");
    expect_said("migration 0002_bad failed and was undone");
    expect_said("nonsense");
    ck_assert_str_eq(applied(), "1initial");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM log"), "0");
    expect(migrate(three, 3), POLY_OK);
    ck_assert_str_eq(applied(), "1initial 2names 3more");
}
END_TEST

START_TEST(a_migration_must_not_end_its_transaction)
{
    const poly_migration bad[] = {{1, "bad", "COMMIT"}};

    expect(migrate(bad, 1), POLY_REJECTED);
    expect_said("0001_bad ends its transaction itself");
}
END_TEST

START_TEST(a_changed_migration_is_refused)
{
    const poly_migration changed[] = {FIRST, {2, "names", "ALTER TABLE users ADD COLUMN name text"}, THIRD};

    expect(migrate(three, 2), POLY_OK);
    expect(migrate(changed, 3), POLY_CONFLICT);
    expect_said("migration 0002_names was changed");
    expect(check(changed, 3), POLY_CONFLICT);
    expect_said("migration 0002_names was changed");
    ck_assert_str_eq(applied(), "1initial 2names");
}
END_TEST

START_TEST(a_renamed_migration_is_refused)
{
    const poly_migration renamed[] = {FIRST,
                                      {2, "renamed", "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT ''"}};

    expect(migrate(three, 2), POLY_OK);
    expect(migrate(renamed, 2), POLY_CONFLICT);
    expect_said("migration 0002_names");
}
END_TEST

START_TEST(a_newer_schema_is_refused)
{
    expect(migrate(three, 3), POLY_OK);
    expect(migrate(three, 2), POLY_CONFLICT);
    expect_said("migration 0003_more has been applied to the database and is unknown here");
    expect(check(three, 2), POLY_CONFLICT);
    expect_said("migration 0003_more");
}
END_TEST

START_TEST(a_migration_that_was_passed_over_is_refused)
{
    expect(migrate(three, 3), POLY_OK);
    postgres_run(url, "DELETE FROM schema_migrations WHERE version = 2");
    expect(migrate(three, 3), POLY_CONFLICT);
    expect_said("migration 0002_names was never applied");
    expect(check(three, 3), POLY_CONFLICT);
}
END_TEST

START_TEST(a_gap_in_the_numbers_is_refused)
{
    const poly_migration gap[] = {FIRST, THIRD};

    expect(migrate(gap, 2), POLY_INVALID);
    expect_said("0003_more");
    expect(check(gap, 2), POLY_INVALID);
}
END_TEST

START_TEST(no_server_is_unavailable)
{
    poly_strbuf_clear(&said);
    expect(poly_pg_migrate("postgresql://poly:verysecret@127.0.0.1:1/none", &(poly_migrations){three, 3}, &said),
           POLY_UNAVAILABLE);
    expect_said("cannot connect");
    ck_assert_ptr_null(strstr(poly_strbuf_text(&said), "verysecret"));
    expect(poly_pg_schema_check("postgresql://poly@127.0.0.1:1/none", &(poly_migrations){three, 3}, &said),
           POLY_UNAVAILABLE);
}
END_TEST

/* Each migration takes long enough for the processes to meet. */
START_TEST(of_two_processes_one_migrates)
{
    const poly_migration slow[] = {
        {1, "initial", "SELECT pg_sleep(0.2); CREATE TABLE log (line text)"},
        {2, "one", "SELECT pg_sleep(0.2); INSERT INTO log VALUES ('one')"},
        {3, "two", "SELECT pg_sleep(0.2); INSERT INTO log VALUES ('two')"},
    };
    pid_t children[3];

    for (size_t i = 0; i < POLY_LENGTH(children); i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(migrate(slow, 3) == POLY_OK ? 0 : 1);
    }
    for (size_t i = 0; i < POLY_LENGTH(children); i++) {
        int status = -1;

        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM log"), "2");
    ck_assert_str_eq(applied(), "1initial 2one 3two");
}
END_TEST

static void add_migration_case(Suite *suite, const char *name, const TTest *test)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("pg migrate");

    postgres_begin();
    add_migration_case(suite, "apply", applies_what_is_missing);
    add_migration_case(suite, "failure", a_failing_migration_is_undone);
    add_migration_case(suite, "commit", a_migration_must_not_end_its_transaction);
    add_migration_case(suite, "changed", a_changed_migration_is_refused);
    add_migration_case(suite, "renamed", a_renamed_migration_is_refused);
    add_migration_case(suite, "newer", a_newer_schema_is_refused);
    add_migration_case(suite, "passed over", a_migration_that_was_passed_over_is_refused);
    add_migration_case(suite, "gap", a_gap_in_the_numbers_is_refused);
    add_migration_case(suite, "no server", no_server_is_unavailable);
    add_migration_case(suite, "concurrent", of_two_processes_one_migrates);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    poly_common_config common;
    const char *url;
};

static const poly_config_variable variables[] = {
    {.name = "T_URL", .type = POLY_CONFIG_DATABASE, .offset = offsetof(struct config, url), .help = "the database"},
    {.name = NULL},
};

static struct config config;
static poly_strbuf faults;
static poly_strbuf printed;
static char path[64];

static void make_file(void)
{
    int file;

    snprintf(path, sizeof(path), "/tmp/poly-test-url-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void remove_file(void)
{
    unlink(path);
}

static void begin(void)
{
    unsetenv("T_URL");
    unsetenv("T_URL_FILE");
    poly_strbuf_init(&faults, 10000);
    poly_strbuf_init(&printed, 100000);
}

static void end(void)
{
    poly_strbuf_release(&faults);
    poly_strbuf_release(&printed);
}

static bool load(const char *url)
{
    if (url)
        setenv("T_URL", url, 1);
    poly_strbuf_clear(&faults);
    return poly_config_load(variables, ":0", &config, &faults);
}

static const char *print(void)
{
    poly_strbuf_clear(&printed);
    poly_config_print(variables, ":0", &printed);
    return strstr(poly_strbuf_text(&printed), "\nT_URL");
}

static const char *const good[] = {
    "postgresql://poly:pa%40ss@db/sso",
    "postgres://poly@db",
    "postgresql://poly:x@db1:5432,db2:5433/sso?target_session_attrs=read-write&sslmode=verify-full",
    "postgresql://poly:x@db1,db2:5433/sso",
    "postgresql://[2001:db8::1]:5432/sso",
    "postgresql:///sso?host=/run/postgresql",
};

START_TEST(takes_uris)
{
    for (size_t i = 0; i < POLY_LENGTH(good); i++) {
        ck_assert_msg(load(good[i]), "%s: %s", good[i], poly_strbuf_text(&faults));
        ck_assert_str_eq(config.url, good[i]);
    }
}
END_TEST

static const struct {
    const char *url, *fault;
} bad[] = {
    {"host=db dbname=sso password=hunter2", "does not begin with"},
    {"http://poly:hunter2@db/sso", "does not begin with"},
    {"postgresql:poly:hunter2@db", "does not begin with"},
    {"postgresql://poly:hun ter2@db/sso", "has a space"},
    {"postgresql://poly:hunter2@db/sso\r", "has a space"},
    {"postgresql://poly:hunter2/@db/sso", "has a port that is no number"}, /* of the host "poly" */
    {"postgresql://poly:hunter2@db:0/sso", "has a port that is no number"},
    {"postgresql://poly:hunter2@db:65536/sso", "has a port that is no number"},
    {"postgresql://poly:hunter2@db:5432,db2:x/sso", "has a port that is no number"},
    {"postgresql://poly:hunter2@hunter2@db/sso", "has more than one @"},
    {"postgresql://poly:12/34hunter2@x@db/sso", "has more than one @"},
    {"postgresql://poly:hunter2%zz@db/sso", "has parts that libpq does not understand"},
    {"postgresql://poly:hunter2@db/sso?colour=red", "has parts that libpq does not understand"},
    {"postgresql://poly:hunter2@[db/sso", "has parts that libpq does not understand"},
};

START_TEST(refuses_what_is_no_uri_without_showing_it)
{
    for (size_t i = 0; i < POLY_LENGTH(bad); i++) {
        ck_assert_msg(!load(bad[i].url), "%s", bad[i].url);
        ck_assert_msg(strstr(faults.data, bad[i].fault) != NULL, "%s: %s", bad[i].url, faults.data);
        ck_assert_int_eq(strncmp(faults.data, "T_URL ", 6), 0);
        ck_assert_ptr_null(strstr(faults.data, "hunter2"));
        ck_assert_str_eq(config.url, "");
        ck_assert_ptr_null(strstr(print(), "hunter2"));
        ck_assert_ptr_nonnull(strstr(print(), "now \"***\"\n"));
    }
}
END_TEST

static const struct {
    const char *url, *shown;
} shows[] = {
    {"postgresql://poly:hunter2@db/sso", "\"postgresql://poly:***@db/sso\""},
    {"postgres://poly@db1,db2:5433/sso", "\"postgres://poly@db1,db2:5433/sso\""},
    {"postgresql://poly:hunter2?x#y@db/sso?sslmode=require", "\"postgresql://poly:***@db/sso?sslmode=require\""},
    {"postgresql://poly:hunter2:hunter2@db/sso", "\"postgresql://poly:***@db/sso\""},
    {"postgresql://:hunter2@db/sso", "\"postgresql://:***@db/sso\""},
    {"postgresql://db/sso?user=poly&password=hunter2&connect_timeout=3",
     "\"postgresql://db/sso?user=poly&password=***&connect_timeout=3\""},
    {"postgresql://db/sso?pass%77ord=hunter2", "\"postgresql://db/sso?pass%77ord=***\""},
    {"postgresql://db/sso?sslpassword=hunter2", "\"postgresql://db/sso?sslpassword=***\""},
};

START_TEST(shows_all_but_passwords)
{
    for (size_t i = 0; i < POLY_LENGTH(shows); i++) {
        ck_assert_msg(load(shows[i].url), "%s: %s", shows[i].url, poly_strbuf_text(&faults));
        ck_assert_ptr_nonnull(strstr(print(), "PostgreSQL URI; required; now "));
        ck_assert_msg(strstr(print(), shows[i].shown) != NULL, "%s: %s", shows[i].url, print());
        ck_assert_ptr_null(strstr(print(), "hunter2"));
    }
}
END_TEST

START_TEST(reads_a_file)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs("postgresql://poly:hunter2@db/sso\n", file);
    fclose(file);
    setenv("T_URL_FILE", path, 1);
    ck_assert_msg(load(NULL), "%s", poly_strbuf_text(&faults));
    ck_assert_str_eq(config.url, "postgresql://poly:hunter2@db/sso");
    ck_assert_ptr_nonnull(strstr(print(), "T_URL, or a file's name in its _FILE form\n"));
    ck_assert_ptr_nonnull(strstr(print(), "now \"postgresql://poly:***@db/sso\", from its file\n"));
    ck_assert(!load("postgresql://db"));
    ck_assert_str_eq(faults.data, "T_URL and T_URL_FILE are both set; keep one\n");
}
END_TEST

START_TEST(is_required)
{
    ck_assert(!load(NULL));
    ck_assert_str_eq(faults.data, "T_URL is required: the database\n");
    ck_assert(!load(""));
    ck_assert_ptr_nonnull(strstr(print(), "required; now empty\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("database");
    TCase *tests = tcase_create("database");
    SRunner *runner;
    int failed;

    tcase_add_unchecked_fixture(tests, make_file, remove_file);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, takes_uris);
    tcase_add_test(tests, refuses_what_is_no_uri_without_showing_it);
    tcase_add_test(tests, shows_all_but_passwords);
    tcase_add_test(tests, reads_a_file);
    tcase_add_test(tests, is_required);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "miniapps.h"

static char path[] = "/tmp/poly-miniapps-XXXXXX";
static poly_strbuf fault;

static void set_up(void)
{
    int file;

    strcpy(path, "/tmp/poly-miniapps-XXXXXX");
    file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    poly_strbuf_init(&fault, 1024);
}

static void tear_down(void)
{
    unlink(path);
    poly_strbuf_release(&fault);
}

static miniapps *load(const char *text)
{
    FILE *file = fopen(path, "w");

    fputs(text, file);
    fclose(file);
    poly_strbuf_clear(&fault);
    return miniapps_load(path, "", "", &fault);
}

START_TEST(by_addresses)
{
    miniapps *apps = miniapps_load("", "http://s", "", &fault);

    ck_assert_ptr_nonnull(apps);
    ck_assert_str_eq(miniapps_find(apps, "services"), "services");
    ck_assert_ptr_null(miniapps_find(apps, "traffic"));
    ck_assert_ptr_nonnull(strstr(miniapps_json(apps)->data, "\"url\":\"http://s\""));
    miniapps_destroy(&apps);
    ck_assert_ptr_null(apps);
    apps = miniapps_load("", "", "", &fault);
    ck_assert_str_eq(miniapps_json(apps)->data, "[]");
    miniapps_destroy(&apps);
}
END_TEST

START_TEST(by_a_file)
{
    miniapps *apps = load("[{\"id\":\"a-1_b\",\"name\":\"Имя\",\"url\":\"https://a\",\"color\":\"#A0b1C2\"}]");

    ck_assert_msg(apps != NULL, "%s", poly_strbuf_text(&fault));
    ck_assert_str_eq(poly_strbuf_text(&fault), "");
    ck_assert_str_eq(miniapps_find(apps, "a-1_b"), "a-1_b");
    ck_assert_uint_eq(strlen(miniapps_etag(apps)), 32);
    miniapps_destroy(&apps);
}
END_TEST

START_TEST(files_that_are_wrong)
{
    static const char *const texts[] = {
        "",
        "{}",
        "[1]",
        "[{\"id\":\"a\",\"name\":\"n\",\"url\":\"ftp://a\"}]",
        "[{\"id\":\"a\",\"url\":\"https://a\"}]",
        "[{\"id\":\"sso\",\"name\":\"n\",\"url\":\"https://a\"}]",
        "[{\"id\":\"a\",\"name\":\"n\",\"url\":\"https://a\",\"color\":\"#12345\"}]",
    };

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        ck_assert_msg(load(texts[i]) == NULL, "%s", texts[i]);
        ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), path));
    }
    poly_strbuf_clear(&fault);
    ck_assert_ptr_null(miniapps_load("/nonexistent", "", "", &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "No such file"));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("miniapps");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, by_addresses);
    tcase_add_test(tcase, by_a_file);
    tcase_add_test(tcase, files_that_are_wrong);
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

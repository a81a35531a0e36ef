/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define GOOD_SECRET "0f5c9d1b7e3a8642c0d9e1f2a3b4c5d6"

static const poly_config_variable variables[] = {
    {.name = "T_TEXT", .type = POLY_CONFIG_TEXT, .fallback = "", .help = "a text"},
    {.name = "T_NUMBER", .type = POLY_CONFIG_INT, .fallback = "5", .min = 1, .max = 9, .help = "a number"},
    {.name = "T_URL", .type = POLY_CONFIG_URL, .help = "a URL"},
    {.name = "T_SECRET", .type = POLY_CONFIG_SECRET, .help = "a secret"},
    {.name = NULL},
};

static poly_strbuf out;

static const char *print(void)
{
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 100000);
    poly_config_print(variables, "127.0.0.1:8005", &out);
    return poly_strbuf_text(&out);
}

START_TEST(prints_every_variable)
{
    static const char *const names[] = {"LISTEN\n",
                                        "\nWORKERS\n",
                                        "\nLOG_LEVEL\n",
                                        "\nENVIRONMENT\n",
                                        "\nCORS_ALLOW_ORIGINS\n",
                                        "\nTRUSTED_PROXIES\n",
                                        "\nDRAIN_SECONDS\n",
                                        "\nMAX_CONNECTIONS\n",
                                        "\nT_TEXT\n",
                                        "\nT_NUMBER\n",
                                        "\nT_URL\n",
                                        "\nT_SECRET, "};

    print();
    for (size_t i = 0; i < POLY_LENGTH(names); i++)
        ck_assert_msg(strstr(out.data, names[i]) != NULL, "%s", names[i]);
    ck_assert_ptr_nonnull(strstr(out.data, "address; default 127.0.0.1:8005; now unset\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "one of debug|info|warning|error; default info; now unset\n"));
}
END_TEST

START_TEST(prints_meaning_default_and_present_value)
{
    setenv("T_TEXT", "a\tb", 1);
    setenv("T_NUMBER", "17", 1);
    print();
    ck_assert_ptr_nonnull(strstr(out.data, "T_TEXT\n    a text\n    text; default none; now \"a?b\"\n"));
    ck_assert_ptr_nonnull(
        strstr(out.data, "T_NUMBER\n    a number\n    whole number from 1 to 9; default 5; now \"17\"\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "T_URL\n    a URL\n    URL; required; now unset\n"));
    setenv("T_TEXT", "", 1);
    ck_assert_ptr_nonnull(strstr(print(), "default none; now empty\n"));
}
END_TEST

START_TEST(masks_secrets)
{
    setenv("T_SECRET", GOOD_SECRET, 1);
    ck_assert_ptr_null(strstr(print(), GOOD_SECRET));
    ck_assert_ptr_nonnull(strstr(out.data, "secret, at least 32 bytes; required; now ***\n"));
    setenv("T_SECRET_FILE", "/nonexistent/secret", 1);
    ck_assert_ptr_nonnull(strstr(print(), "required; now unusable\n"));
    unsetenv("T_SECRET");
    setenv("T_SECRET_FILE", "/dev/null", 1);
    ck_assert_ptr_nonnull(strstr(print(), "required; now empty\n"));
    setenv("T_TEXT", "postgresql://poly:hunter2@db/x", 1);
    ck_assert_ptr_null(strstr(print(), "hunter2"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("print");
    TCase *tests = tcase_create("print");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, prints_every_variable);
    tcase_add_test(tests, prints_meaning_default_and_present_value);
    tcase_add_test(tests, masks_secrets);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

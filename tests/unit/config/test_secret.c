/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD_SECRET "0f5c9d1b7e3a8642c0d9e1f2a3b4c5d6"

struct config {
    poly_common_config common;
    const char *secret;
    const char *password;
    const char *text;
};

static const poly_config_variable variables[] = {
    {.name = "T_SECRET", .type = POLY_CONFIG_SECRET, .offset = offsetof(struct config, secret), .help = "a secret"},
    {.name = "T_PASSWORD",
     .type = POLY_CONFIG_SECRET,
     .offset = offsetof(struct config, password),
     .fallback = "",
     .min = 8,
     .help = "what a person types"},
    {.name = "T_TEXT",
     .type = POLY_CONFIG_TEXT,
     .offset = offsetof(struct config, text),
     .fallback = "plain",
     .help = "a text"},
    {.name = NULL},
};

static struct config config;
static poly_strbuf faults;
static char path[64];

/* Outside of the tests' own processes, so that a failed test leaves no file behind. */
static void make_file(void)
{
    int file;

    snprintf(path, sizeof(path), "/tmp/poly-test-secret-XXXXXX");
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
    unsetenv("ENVIRONMENT");
    unsetenv("T_SECRET");
    unsetenv("T_SECRET_FILE");
    unsetenv("T_PASSWORD");
    poly_strbuf_init(&faults, 10000);
}

static void end(void)
{
    poly_strbuf_release(&faults);
}

static bool load(void)
{
    poly_strbuf_clear(&faults);
    return poly_config_load(variables, ":0", &config, &faults);
}

static bool load_secret(const char *secret)
{
    setenv("T_SECRET", secret, 1);
    return load();
}

static bool load_file(const char *bytes, size_t size)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    setenv("T_SECRET_FILE", path, 1);
    return load();
}

START_TEST(wants_32_bytes)
{
    ck_assert(load_secret(GOOD_SECRET));
    ck_assert(!load_secret("0f5c9d1b7e3a8642c0d9e1f2a3b4c5d"));
    ck_assert_str_eq(poly_strbuf_text(&faults), "T_SECRET is shorter than 32 bytes\n");
}
END_TEST

START_TEST(a_variable_may_be_shorter)
{
    setenv("T_PASSWORD", "8 bytes!", 1);
    ck_assert(load_secret(GOOD_SECRET));
    ck_assert_str_eq(config.password, "8 bytes!");
    setenv("T_PASSWORD", "7 bytes", 1);
    ck_assert(!load_secret(GOOD_SECRET));
    ck_assert_str_eq(poly_strbuf_text(&faults), "T_PASSWORD is shorter than 8 bytes\n");
}
END_TEST

static const char *const placeholders[] = {
    "changeme-changeme-changeme-changeme",   "please-Change-Me-0123456789012345678",
    "change_me_0123456789012345678901234",   "my-very-SECRET-0123456789012345678901",
    "placeholder0123456789012345678901",     "an-Example-012345678901234567890123",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "00000000000000000000000000000000",
};

START_TEST(refuses_placeholders)
{
    for (size_t i = 0; i < POLY_LENGTH(placeholders); i++) {
        ck_assert_msg(!load_secret(placeholders[i]), "%s", placeholders[i]);
        ck_assert_ptr_nonnull(strstr(faults.data, "T_SECRET is a placeholder"));
        ck_assert_ptr_null(strstr(faults.data, placeholders[i]));
    }
}
END_TEST

START_TEST(development_relaxes_placeholders_only)
{
    setenv("ENVIRONMENT", "development", 1);
    for (size_t i = 0; i < POLY_LENGTH(placeholders); i++)
        ck_assert_msg(load_secret(placeholders[i]), "%s", poly_strbuf_text(&faults));
    ck_assert(!load_secret("changeme"));
    ck_assert(!load_secret(""));
    setenv("ENVIRONMENT", "Development", 1);
    ck_assert(!load_secret(placeholders[0]));
    ck_assert_ptr_nonnull(strstr(faults.data, "T_SECRET is a placeholder"));
}
END_TEST

START_TEST(reads_a_file)
{
    ck_assert_msg(load_file(GOOD_SECRET, 32), "%s", poly_strbuf_text(&faults));
    ck_assert_str_eq(config.secret, GOOD_SECRET);
    ck_assert(load_file(GOOD_SECRET "\n", 33));
    ck_assert_str_eq(config.secret, GOOD_SECRET);
    ck_assert(load_file(GOOD_SECRET "\n\n", 34));
    ck_assert_str_eq(config.secret, GOOD_SECRET "\n");
}
END_TEST

START_TEST(checks_what_a_file_holds)
{
    char large[4098];

    ck_assert(!load_file("short\n", 6));
    ck_assert_str_eq(poly_strbuf_text(&faults), "T_SECRET is shorter than 32 bytes\n");
    ck_assert(!load_file("", 0));
    ck_assert(!load_file("\n", 1));
    ck_assert(!load_file(GOOD_SECRET "\0x", 34));
    ck_assert_ptr_nonnull(strstr(faults.data, "cannot be read: not text"));
    memset(large, 'a', sizeof(large));
    large[0] = 'b';
    large[4096] = '\n';
    ck_assert(load_file(large, 4097));
    ck_assert_uint_eq(strlen(config.secret), 4096);
    ck_assert(!load_file(large, 4098));
    ck_assert_ptr_nonnull(strstr(faults.data, "cannot be read: larger"));
}
END_TEST

START_TEST(tells_of_a_file_that_cannot_be_read)
{
    setenv("T_SECRET_FILE", "/nonexistent/secret", 1);
    ck_assert(!load());
    ck_assert_str_eq(poly_strbuf_text(&faults),
                     "T_SECRET_FILE \"/nonexistent/secret\" cannot be read: No such file or directory\n");
    setenv("T_SECRET_FILE", "/tmp", 1);
    ck_assert(!load());
    ck_assert_ptr_nonnull(strstr(faults.data, "Is a directory"));
}
END_TEST

START_TEST(refuses_both_ways_at_once)
{
    setenv("T_SECRET", GOOD_SECRET, 1);
    ck_assert(!load_file(GOOD_SECRET, 32));
    ck_assert_str_eq(poly_strbuf_text(&faults), "T_SECRET and T_SECRET_FILE are both set; keep one\n");
    setenv("T_SECRET", "", 1);
    ck_assert(load());
    setenv("T_SECRET", GOOD_SECRET, 1);
    setenv("T_SECRET_FILE", "", 1);
    ck_assert(load());
}
END_TEST

START_TEST(files_are_for_secrets_only)
{
    setenv("T_TEXT_FILE", path, 1);
    ck_assert(load_secret(GOOD_SECRET));
    ck_assert_str_eq(config.text, "plain");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("secret");
    TCase *tests = tcase_create("secret");
    SRunner *runner;
    int failed;

    tcase_add_unchecked_fixture(tests, make_file, remove_file);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, wants_32_bytes);
    tcase_add_test(tests, a_variable_may_be_shorter);
    tcase_add_test(tests, refuses_placeholders);
    tcase_add_test(tests, development_relaxes_placeholders_only);
    tcase_add_test(tests, reads_a_file);
    tcase_add_test(tests, checks_what_a_file_holds);
    tcase_add_test(tests, tells_of_a_file_that_cannot_be_read);
    tcase_add_test(tests, refuses_both_ways_at_once);
    tcase_add_test(tests, files_are_for_secrets_only);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

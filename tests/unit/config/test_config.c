/* SPDX-License-Identifier: MIT */
#include "poly/config.h"

#include <check.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define GOOD_SECRET "0f5c9d1b7e3a8642c0d9e1f2a3b4c5d6"

struct config {
    poly_common_config common;
    const char *text;
    int64_t number;
    bool flag;
    const char *url;
    const char *const *list;
    const char *secret;
    const char *optional_secret;
    const char *choice;
};

static const poly_config_variable variables[] = {
    {.name = "T_TEXT",
     .type = POLY_CONFIG_TEXT,
     .offset = offsetof(struct config, text),
     .fallback = "otherwise",
     .help = "a text"},
    {.name = "T_NUMBER",
     .type = POLY_CONFIG_INT,
     .offset = offsetof(struct config, number),
     .fallback = "5",
     .min = -10,
     .max = 100,
     .help = "a number"},
    {.name = "T_FLAG",
     .type = POLY_CONFIG_BOOL,
     .offset = offsetof(struct config, flag),
     .fallback = "true",
     .help = "a flag"},
    {.name = "T_URL", .type = POLY_CONFIG_URL, .offset = offsetof(struct config, url), .help = "a URL"},
    {.name = "T_LIST",
     .type = POLY_CONFIG_LIST,
     .offset = offsetof(struct config, list),
     .fallback = "a,b",
     .help = "a list"},
    {.name = "T_SECRET", .type = POLY_CONFIG_SECRET, .offset = offsetof(struct config, secret), .help = "a secret"},
    {.name = "T_OPTIONAL",
     .type = POLY_CONFIG_SECRET,
     .offset = offsetof(struct config, optional_secret),
     .fallback = "",
     .help = "a secret that need not be"},
    {.name = "T_CHOICE",
     .type = POLY_CONFIG_CHOICE,
     .offset = offsetof(struct config, choice),
     .fallback = "one",
     .choices = "one|two|three",
     .help = "a choice"},
    {.name = NULL},
};

static struct config config;
static poly_strbuf faults;

/* Each test runs in a process of its own; what is not set here is what a good environment needs. */
static void begin(void)
{
    static const char *const names[] = {
        "LISTEN",          "WORKERS",       "LOG_LEVEL",      "ENVIRONMENT", "CORS_ALLOW_ORIGINS",
        "TRUSTED_PROXIES", "DRAIN_SECONDS", "MAX_CONNECTIONS"};

    for (size_t i = 0; i < POLY_LENGTH(names); i++)
        unsetenv(names[i]);
    setenv("T_URL", "https://example.org", 1);
    setenv("T_SECRET", GOOD_SECRET, 1);
    poly_strbuf_init(&faults, 10000);
}

static void end(void)
{
    poly_strbuf_release(&faults);
}

static bool load(void)
{
    poly_strbuf_clear(&faults);
    memset(&config, 0xff, sizeof(config));
    return poly_config_load(variables, "127.0.0.1:8005", &config, &faults);
}

/* The environment with `name` set to `value` must have exactly one fault, whose line begins with `name`. */
static void check_refused(const char *name, const char *value)
{
    setenv(name, value, 1);
    ck_assert_msg(!load(), "%s=%s", name, value);
    ck_assert_msg(strncmp(faults.data, name, strlen(name)) == 0, "%s", faults.data);
    ck_assert_ptr_eq(strchr(faults.data, '\n'), faults.data + faults.size - 1);
    unsetenv(name);
}

static void check_accepted(const char *name, const char *value)
{
    setenv(name, value, 1);
    ck_assert_msg(load(), "%s=%s: %s", name, value, poly_strbuf_text(&faults));
}

START_TEST(takes_the_defaults)
{
    cpu_set_t cores;

    ck_assert(load());
    ck_assert_uint_eq(faults.size, 0);
    ck_assert_str_eq(config.common.listen, "127.0.0.1:8005");
    ck_assert_int_eq(sched_getaffinity(0, sizeof(cores), &cores), 0);
    ck_assert_int_eq(config.common.workers, CPU_COUNT(&cores) < 64 ? CPU_COUNT(&cores) : 64);
    ck_assert_str_eq(config.common.log_level, "info");
    ck_assert_str_eq(config.common.environment, "production");
    ck_assert_ptr_null(config.common.cors_allow_origins[0]);
    ck_assert_int_eq(config.common.drain_seconds, 10);
    ck_assert_int_eq(config.common.max_connections, 20000);
    ck_assert_str_eq(config.text, "otherwise");
    ck_assert_int_eq(config.number, 5);
    ck_assert(config.flag);
    ck_assert_str_eq(config.list[0], "a");
    ck_assert_str_eq(config.list[1], "b");
    ck_assert_ptr_null(config.list[2]);
    ck_assert_str_eq(config.secret, GOOD_SECRET);
    ck_assert_str_eq(config.optional_secret, "");
    ck_assert_str_eq(config.choice, "one");
}
END_TEST

START_TEST(takes_what_is_set)
{
    setenv("LISTEN", "[::1]:0", 1);
    setenv("WORKERS", "3", 1);
    setenv("LOG_LEVEL", "debug", 1);
    setenv("T_TEXT", "Политех", 1);
    setenv("T_NUMBER", "-10", 1);
    setenv("T_FLAG", "off", 1);
    setenv("T_LIST", " x , ,y z,", 1);
    setenv("T_CHOICE", "three", 1);
    ck_assert_msg(load(), "%s", poly_strbuf_text(&faults));
    ck_assert_str_eq(config.common.listen, "[::1]:0");
    ck_assert_int_eq(config.common.workers, 3);
    ck_assert_str_eq(config.common.log_level, "debug");
    ck_assert_str_eq(config.text, "Политех");
    ck_assert_int_eq(config.number, -10);
    ck_assert(!config.flag);
    ck_assert_str_eq(config.list[0], "x");
    ck_assert_str_eq(config.list[1], "y z");
    ck_assert_ptr_null(config.list[2]);
    ck_assert_str_eq(config.choice, "three");
}
END_TEST

START_TEST(what_it_read_outlives_the_environment)
{
    char *text = strdup("T_TEXT=kept");

    putenv(text);
    ck_assert(load());
    unsetenv("T_TEXT");
    memset(text, '#', strlen(text));
    ck_assert_str_eq(config.text, "kept");
    free(text);
}
END_TEST

START_TEST(empty_means_none_for_text_and_list_and_unset_for_the_rest)
{
    setenv("T_TEXT", "", 1);
    setenv("T_LIST", "", 1);
    setenv("T_NUMBER", "", 1);
    setenv("T_FLAG", "", 1);
    setenv("T_CHOICE", "", 1);
    setenv("T_OPTIONAL", "", 1);
    setenv("LISTEN", "", 1);
    ck_assert(load());
    ck_assert_str_eq(config.text, "");
    ck_assert_ptr_null(config.list[0]);
    ck_assert_int_eq(config.number, 5);
    ck_assert(config.flag);
    ck_assert_str_eq(config.choice, "one");
    ck_assert_str_eq(config.common.listen, "127.0.0.1:8005");
    check_refused("T_URL", "");
}
END_TEST

START_TEST(tells_every_fault_at_once)
{
    int lines = 0;

    unsetenv("T_URL");
    unsetenv("T_SECRET");
    setenv("T_NUMBER", "many", 1);
    setenv("WORKERS", "65", 1);
    setenv("CORS_ALLOW_ORIGINS", "*,https://ok.example", 1);
    ck_assert(!load());
    for (size_t i = 0; i < faults.size; i++)
        lines += faults.data[i] == '\n';
    ck_assert_int_eq(lines, 5);
    ck_assert_ptr_nonnull(strstr(faults.data, "T_URL is required: a URL\n"));
    ck_assert_ptr_nonnull(strstr(faults.data, "T_SECRET is required: a secret\n"));
    ck_assert_ptr_nonnull(strstr(faults.data, "T_NUMBER \"many\" is not a whole number from -10 to 100\n"));
    ck_assert_ptr_nonnull(strstr(faults.data, "WORKERS \"65\" is not a whole number from 0 to 64\n"));
    ck_assert_ptr_nonnull(strstr(faults.data, "CORS_ALLOW_ORIGINS has \"*\""));
}
END_TEST

START_TEST(leaves_no_wild_pointer_behind_a_fault)
{
    unsetenv("T_URL");
    unsetenv("T_SECRET");
    setenv("T_CHOICE", "four", 1);
    setenv("T_FLAG", "perhaps", 1);
    setenv("T_NUMBER", "x", 1);
    ck_assert(!load());
    ck_assert_str_eq(config.url, "");
    ck_assert_str_eq(config.secret, "");
    ck_assert_str_eq(config.choice, "");
    ck_assert(!config.flag);
    ck_assert_int_eq(config.number, 0);
}
END_TEST

START_TEST(keeps_faults_that_were_there)
{
    poly_strbuf earlier;

    poly_strbuf_init(&earlier, 1000);
    poly_strbuf_append_text(&earlier, "before\n");
    ck_assert(poly_config_load(variables, ":1", &config, &earlier));
    ck_assert_str_eq(poly_strbuf_text(&earlier), "before\n");
    poly_strbuf_release(&earlier);
}
END_TEST

START_TEST(numbers)
{
    static const char *const wrong[] = {"101", "-11", "1.0", "1 ",  " 1",  "+1",
                                        "0x1", "--1", "-",   "1e1", "one", "99999999999999999999"};

    check_accepted("T_NUMBER", "100");
    check_accepted("T_NUMBER", "007");
    ck_assert_int_eq(config.number, 7);
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        check_refused("T_NUMBER", wrong[i]);
    check_refused("DRAIN_SECONDS", "-1");
    check_refused("MAX_CONNECTIONS", "0");
}
END_TEST

START_TEST(flags)
{
    static const char *const yes[] = {"true", "TRUE", "1", "yes", "on"}, *const no[] = {"false", "0", "no", "Off"},
                             *const wrong[] = {"y", "2", "enabled", "true "};

    for (size_t i = 0; i < POLY_LENGTH(yes); i++) {
        check_accepted("T_FLAG", yes[i]);
        ck_assert(config.flag);
    }
    for (size_t i = 0; i < POLY_LENGTH(no); i++) {
        check_accepted("T_FLAG", no[i]);
        ck_assert(!config.flag);
    }
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        check_refused("T_FLAG", wrong[i]);
}
END_TEST

START_TEST(urls)
{
    static const char *const wrong[] = {"example.org",
                                        "ftp://example.org",
                                        "http://",
                                        "http:///x",
                                        "http://a b",
                                        "http://example.org:0",
                                        "http://example.org:65536",
                                        "http://example.org:",
                                        "http://example.org:8x",
                                        "http://user:pass@example.org",
                                        "http://[::1",
                                        "http://[::1]x",
                                        "http://example.org/#top",
                                        "http://example.org/\"",
                                        "http://example.org\n",
                                        "//example.org"};

    check_accepted("T_URL", "https://ruz.spbstu.ru/api/v1/ruz///");
    ck_assert_str_eq(config.url, "https://ruz.spbstu.ru/api/v1/ruz");
    check_accepted("T_URL", "HTTP://[::1]:65535/");
    ck_assert_str_eq(config.url, "HTTP://[::1]:65535");
    check_accepted("T_URL", "http://127.0.0.1:8090");
    check_accepted("T_URL", "http://campus-sim:8090?x=1");
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        setenv("T_URL", wrong[i], 1);
        ck_assert_msg(!load(), "%s", wrong[i]);
    }
}
END_TEST

START_TEST(addresses)
{
    static const char *const good[] = {":0", ":8005", "0.0.0.0:8005", "[::]:8005", "localhost:65535", "fd:3", "fd:0"};
    static const char *const wrong[] = {"8005",   "host",     "host:",    "host:65536", "host:-1", "::1:80",
                                        "[::1]",  "[::1]80",  "[]:80",    "fd:",        "fd:x",    "fd:-1",
                                        "a b:80", "host:80 ", "host:8 0", "http://a:80"};

    for (size_t i = 0; i < POLY_LENGTH(good); i++) {
        check_accepted("LISTEN", good[i]);
        ck_assert_str_eq(config.common.listen, good[i]);
    }
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        check_refused("LISTEN", wrong[i]);
}
END_TEST

START_TEST(choices_match_whole)
{
    check_accepted("T_CHOICE", "two");
    check_refused("T_CHOICE", "tw");
    check_refused("T_CHOICE", "one|two");
    check_refused("T_CHOICE", "Two");
    check_refused("LOG_LEVEL", "verbose");
    check_refused("ENVIRONMENT", "test");
}
END_TEST

START_TEST(origins)
{
    static const char *const wrong[] = {"*",           "null",         "example.org",      "https://",
                                        "https://a/",  "https://a/b",  "https://A.org",    "https://*.a.org",
                                        "https://a:0", "https://a:",   "https://a:123456", "https://a:8b",
                                        "https://u@a", "https://[::1", "https://[",        "://a",
                                        "ht tp://a"};

    check_accepted("CORS_ALLOW_ORIGINS", "https://mini.spbstu.ru, http://localhost:5173,http://[::1]:3000");
    ck_assert_str_eq(config.common.cors_allow_origins[2], "http://[::1]:3000");
    ck_assert_ptr_null(config.common.cors_allow_origins[3]);
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        check_refused("CORS_ALLOW_ORIGINS", wrong[i]);
}
END_TEST

START_TEST(proxies)
{
    static const char *const wrong[] = {"localhost", "10.0.0.0/33", "10.0.0.1/8", "*", "[::1]", "10.0.0.1:80"};

    check_accepted("TRUSTED_PROXIES", "10.0.0.0/8, ::1,fd00::/8 , 192.0.2.7");
    ck_assert_str_eq(config.common.trusted_proxies[3], "192.0.2.7");
    ck_assert_ptr_null(config.common.trusted_proxies[4]);
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        check_refused("TRUSTED_PROXIES", wrong[i]);
}
END_TEST

START_TEST(a_fault_is_one_printable_line_without_passwords)
{
    char value[1000];

    setenv("T_NUMBER", "1\n2\x7f\xff", 1);
    ck_assert(!load());
    ck_assert_str_eq(poly_strbuf_text(&faults), "T_NUMBER \"1?2??\" is not a whole number from -10 to 100\n");
    setenv("T_NUMBER", "postgresql://poly:hunter2@db/x", 1);
    ck_assert(!load());
    ck_assert_ptr_null(strstr(faults.data, "hunter2"));
    ck_assert_ptr_nonnull(strstr(faults.data, "postgresql://poly:***@db/x"));
    memset(value, '7', sizeof(value));
    value[999] = '\0';
    setenv("T_NUMBER", value, 1);
    ck_assert(!load());
    ck_assert_uint_lt(faults.size, 300);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *tests = tcase_create("config");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, takes_the_defaults);
    tcase_add_test(tests, takes_what_is_set);
    tcase_add_test(tests, what_it_read_outlives_the_environment);
    tcase_add_test(tests, empty_means_none_for_text_and_list_and_unset_for_the_rest);
    tcase_add_test(tests, tells_every_fault_at_once);
    tcase_add_test(tests, leaves_no_wild_pointer_behind_a_fault);
    tcase_add_test(tests, keeps_faults_that_were_there);
    tcase_add_test(tests, numbers);
    tcase_add_test(tests, flags);
    tcase_add_test(tests, urls);
    tcase_add_test(tests, addresses);
    tcase_add_test(tests, choices_match_whole);
    tcase_add_test(tests, origins);
    tcase_add_test(tests, proxies);
    tcase_add_test(tests, a_fault_is_one_printable_line_without_passwords);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

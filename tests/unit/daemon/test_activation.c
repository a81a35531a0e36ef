/* SPDX-License-Identifier: MIT */
#include "daemon/activation.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static poly_strbuf fault;

static const char *listen_on(long pid, const char *count)
{
    char text[32];

    snprintf(text, sizeof(text), "%ld", pid);
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_FDNAMES", "svc.socket", 1);
    poly_strbuf_init(&fault, 1000);
    return daemon_listen_on("127.0.0.1:1", &fault);
}

static void check_taken_out(void)
{
    ck_assert_ptr_null(getenv("LISTEN_PID"));
    ck_assert_ptr_null(getenv("LISTEN_FDS"));
    ck_assert_ptr_null(getenv("LISTEN_FDNAMES"));
    poly_strbuf_release(&fault);
}

START_TEST(takes_the_socket_that_was_passed)
{
    ck_assert_str_eq(listen_on(getpid(), "1"), "fd:3");
    check_taken_out();
}
END_TEST

START_TEST(leaves_what_was_meant_for_another_process)
{
    ck_assert_str_eq(listen_on(getppid(), "1"), "127.0.0.1:1");
    check_taken_out();
}
END_TEST

START_TEST(listens_as_configured_without_a_socket)
{
    const char *const counts[] = {"0", "-1", "", "one", "1x"};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        ck_assert_str_eq(listen_on(getpid(), counts[i]), "127.0.0.1:1");
        check_taken_out();
    }
    poly_strbuf_init(&fault, 1000);
    ck_assert_str_eq(daemon_listen_on("127.0.0.1:1", &fault), "127.0.0.1:1");
    poly_strbuf_release(&fault);
}
END_TEST

START_TEST(refuses_more_than_one)
{
    ck_assert_ptr_null(listen_on(getpid(), "2"));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "passes 2 sockets"));
    check_taken_out();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("activation");
    TCase *cases = tcase_create("activation");
    SRunner *runner;
    int failed;

    tcase_add_test(cases, takes_the_socket_that_was_passed);
    tcase_add_test(cases, leaves_what_was_meant_for_another_process);
    tcase_add_test(cases, listens_as_configured_without_a_socket);
    tcase_add_test(cases, refuses_more_than_one);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

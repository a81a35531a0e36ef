/* SPDX-License-Identifier: MIT */
/* Connections whose server lets one log in and then does not behave. */
#include "pg/session.h"

#include "poly/time.h"

#include <arpa/inet.h>
#include <check.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a server says to whom it lets in: of version 15, no standby. */
#define PARAMETER(size, name, value) "S\0\0\0" size name "\0" value "\0"
static const char welcome[] = "R\0\0\0\x08\0\0\0\0" PARAMETER("\x18", "server_version", "15.0")
    PARAMETER("\x17", "in_hot_standby", "off") PARAMETER("\x26", "default_transaction_read_only", "off") "Z\0\0\0\5I";

static struct peer {
    int listener;
    const char *answer; /* to the first query; NULL: silence until the other side goes */
    size_t answer_size;
    pthread_t thread;
} peer;
static char url[128];
static char fault[POLY_PG_FAULT_SIZE];

static void *be_server(void *argument)
{
    char bytes[4096];
    int connection = accept(peer.listener, NULL, NULL);

    (void)argument;
    (void)!read(connection, bytes, sizeof(bytes));
    (void)!write(connection, welcome, sizeof(welcome) - 1);
    (void)!read(connection, bytes, sizeof(bytes));
    if (peer.answer)
        (void)!write(connection, peer.answer, peer.answer_size);
    else
        while (read(connection, bytes, sizeof(bytes)) > 0)
            ;
    close(connection);
    return NULL;
}

static void start_server(const char *answer, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_size = sizeof(address);

    peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer.answer = answer;
    peer.answer_size = size;
    ck_assert_int_eq(bind(peer.listener, (struct sockaddr *)&address, address_size), 0);
    ck_assert_int_eq(listen(peer.listener, 1), 0);
    ck_assert_int_eq(getsockname(peer.listener, (struct sockaddr *)&address, &address_size), 0);
    snprintf(url, sizeof(url), "postgresql://poly@127.0.0.1:%u/poly?sslmode=disable",
             (unsigned)ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(&peer.thread, NULL, be_server, NULL), 0);
}

static void stop_server(void)
{
    pthread_join(peer.thread, NULL);
    close(peer.listener);
}

static bool opens(void)
{
    const poly_session_options options = {
        .url = url, .connect_timeout_s = 10, .statement_timeout_ms = 1000, .idle_transaction_ms = 1000};
    PGconn *native = poly_session_open(&options, fault);

    PQfinish(native);
    return native != NULL;
}

/* Each command's "C" with its name, and "Z". */
#define DONE "C\0\0\0\x08SET\0"

START_TEST(one_that_answers_is_taken)
{
    static const char answer[] = DONE DONE "Z\0\0\0\5I";

    start_server(answer, sizeof(answer) - 1);
    ck_assert_msg(opens(), "%s", fault);
    stop_server();
}
END_TEST

START_TEST(one_that_freezes_after_the_login_is_given_up)
{
    uint64_t before = poly_time_monotonic();

    start_server(NULL, 0);
    ck_assert(!opens());
    ck_assert_str_eq(fault, "the server did not answer in time");
    ck_assert_uint_ge(poly_time_monotonic() - before, POLY_MILLISECONDS(4990));
    ck_assert_uint_lt(poly_time_monotonic() - before, POLY_SECONDS(60));
    stop_server();
}
END_TEST

START_TEST(one_that_closes_after_the_login_is_told_of)
{
    start_server("", 0);
    ck_assert(!opens());
    ck_assert_msg(strstr(fault, "closed the connection"), "%s", fault);
    stop_server();
}
END_TEST

START_TEST(one_that_dies_in_the_middle_is_told_of)
{
    static const char answer[] = DONE;

    start_server(answer, sizeof(answer) - 1);
    ck_assert(!opens());
    ck_assert_msg(strstr(fault, "closed the connection"), "%s", fault);
    stop_server();
}
END_TEST

START_TEST(one_that_refuses_a_setting_is_not_taken)
{
    static const char answer[] = DONE "E\0\0\0\x25SERROR\0C42704\0Munknown setting\n\0\0"
                                      "Z\0\0\0\5I";

    start_server(answer, sizeof(answer) - 1);
    ck_assert(!opens());
    ck_assert_msg(strstr(fault, "unknown setting"), "%s", fault);
    stop_server();
}
END_TEST

/* --- what is said of it --- */

START_TEST(a_fault_is_one_line)
{
    poly_session_fault("one\ntwo\t three  four \n\n", fault);
    ck_assert_str_eq(fault, "one two three four");
    poly_session_fault("\n \t", fault);
    ck_assert_str_eq(fault, "");
    poly_session_fault(NULL, fault);
    ck_assert_str_eq(fault, "");
}
END_TEST

START_TEST(a_fault_is_bounded)
{
    char text[4 * POLY_PG_FAULT_SIZE];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    poly_session_fault(text, fault);
    ck_assert_uint_eq(strlen(fault), POLY_PG_FAULT_SIZE - 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        one_that_answers_is_taken,
        one_that_freezes_after_the_login_is_given_up,
        one_that_closes_after_the_login_is_told_of,
        one_that_dies_in_the_middle_is_told_of,
        one_that_refuses_a_setting_is_not_taken,
        a_fault_is_one_line,
        a_fault_is_bounded,
    };
    Suite *suite = suite_create("session");
    TCase *cases = tcase_create("session");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 60);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include "http/address.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static poly_strbuf fault;

static void setup(void)
{
    poly_strbuf_init(&fault, 1024);
}

static void teardown(void)
{
    poly_strbuf_release(&fault);
}

START_TEST(listens_where_it_is_told)
{
    static const char *const addresses[] = {"127.0.0.1:0", "localhost:0", "[::1]:0", ":0"};
    unsigned port = 0;
    int fd;

    if (_i >= 2 && access("/proc/net/if_inet6", R_OK) != 0)
        return; /* no IPv6 here */
    fd = http_listen(addresses[_i], &port, &fault);
    ck_assert_msg(fd >= 0, "%s", poly_strbuf_text(&fault));
    ck_assert_uint_gt(port, 0);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    close(fd);
}
END_TEST

START_TEST(a_taken_port_is_said)
{
    unsigned port;
    unsigned again;
    char text[32];
    int fd = http_listen("127.0.0.1:0", &port, &fault);

    snprintf(text, sizeof(text), "127.0.0.1:%u", port);
    ck_assert_int_eq(http_listen(text, &again, &fault), -1);
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "Address already in use"));
    close(fd);
}
END_TEST

START_TEST(takes_over_a_listening_descriptor)
{
    unsigned port;
    unsigned same;
    char text[32];
    int fd = http_listen("127.0.0.1:0", &port, &fault);

    snprintf(text, sizeof(text), "fd:%d", fd);
    ck_assert_int_eq(http_listen(text, &same, &fault), fd);
    ck_assert_uint_eq(same, port);
    close(fd);
}
END_TEST

START_TEST(refuses_what_is_no_address)
{
    static const char *const addresses[] = {"8005", "127.0.0.1:x", "fd:", "fd:0x", "fd:999", "no-such-host.invalid:1"};
    unsigned port;

    ck_assert_int_eq(http_listen(addresses[_i], &port, &fault), -1);
    ck_assert_uint_gt(fault.size, 0);
}
END_TEST

START_TEST(writes_addresses_as_text)
{
    struct sockaddr_storage address = {.ss_family = AF_INET6};
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    char text[INET6_ADDRSTRLEN];

    ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:192.0.2.1", &v6->sin6_addr), 1);
    http_address_text(&address, text, sizeof(text));
    ck_assert_str_eq(text, "192.0.2.1");
    ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", &v6->sin6_addr), 1);
    http_address_text(&address, text, sizeof(text));
    ck_assert_str_eq(text, "2001:db8::1");
    address.ss_family = AF_UNIX;
    http_address_text(&address, text, sizeof(text));
    ck_assert_str_eq(text, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http address");
    TCase *tests = tcase_create("addresses");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, listens_where_it_is_told, 0, 4);
    tcase_add_test(tests, a_taken_port_is_said);
    tcase_add_test(tests, takes_over_a_listening_descriptor);
    tcase_add_loop_test(tests, refuses_what_is_no_address, 0, 6);
    tcase_add_test(tests, writes_addresses_as_text);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

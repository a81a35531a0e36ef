/* SPDX-License-Identifier: MIT */
#include "daemon/healthcheck.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "poly/time.h"

static poly_strbuf fault;
static char listen_at[64];

/* A peer that takes one connection, reads the request and says `answer`; NULL keeps silent until it is closed. */
struct peer {
    int listener;
    const char *answer;
    char request[512];
    pthread_t thread;
};

static void *be_peer(void *argument)
{
    struct peer *peer = argument;
    int connection = accept(peer->listener, NULL, NULL);
    size_t size = 0;
    ssize_t got;

    if (connection < 0)
        return NULL;
    while (size < sizeof(peer->request) - 1 && !strstr(peer->request, "\r\n\r\n") &&
           (got = read(connection, peer->request + size, sizeof(peer->request) - 1 - size)) > 0)
        size += (size_t)got;
    if (peer->answer)
        (void)!write(connection, peer->answer, strlen(peer->answer));
    else
        (void)!read(connection, peer->request, 1); /* until the other side gives up */
    close(connection);
    return NULL;
}

static void open_peer(struct peer *peer, const char *host)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    memset(peer, 0, sizeof(*peer));
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(peer->listener, 0);
    ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(peer->listener, 1), 0);
    ck_assert_int_eq(getsockname(peer->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(listen_at, sizeof(listen_at), "%s:%u", host, (unsigned)ntohs(address.sin_port));
    poly_strbuf_release(&fault);
    poly_strbuf_init(&fault, 1000);
}

static bool is_healthy_at(const char *host, const char *answer, char request[512])
{
    struct peer peer;
    bool healthy;

    open_peer(&peer, host);
    peer.answer = answer;
    ck_assert_int_eq(pthread_create(&peer.thread, NULL, be_peer, &peer), 0);
    healthy = daemon_is_healthy(listen_at, &fault);
    shutdown(peer.listener, SHUT_RDWR);
    pthread_join(peer.thread, NULL);
    close(peer.listener);
    if (request)
        memcpy(request, peer.request, sizeof(peer.request));
    return healthy;
}

START_TEST(asks_for_healthz_and_takes_200)
{
    char request[512];

    ck_assert(is_healthy_at("127.0.0.1", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", request));
    ck_assert_str_eq(request, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ck_assert_uint_eq(fault.size, 0);
}
END_TEST

START_TEST(finds_the_loopback_of_every_address)
{
    ck_assert(is_healthy_at("", "HTTP/1.1 200 OK\r\n\r\n", NULL));
    ck_assert(is_healthy_at("0.0.0.0", "HTTP/1.1 200 OK\r\n\r\n", NULL));
    ck_assert(is_healthy_at("[127.0.0.1]", "HTTP/1.0 200 OK\r\n\r\n", NULL));
    ck_assert(is_healthy_at("localhost", "HTTP/1.1 200 OK\r\n\r\n", NULL));
}
END_TEST

/* Passes where there is no IPv6. */
START_TEST(finds_the_loopback_of_ipv6)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t size = sizeof(address);
    struct peer peer = {.listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0),
                        .answer = "HTTP/1.1 200 OK\r\n\r\n"};

    if (peer.listener < 0 || bind(peer.listener, (struct sockaddr *)&address, size) != 0)
        return;
    ck_assert_int_eq(listen(peer.listener, 1), 0);
    ck_assert_int_eq(getsockname(peer.listener, (struct sockaddr *)&address, &size), 0);
    snprintf(listen_at, sizeof(listen_at), "[::]:%u", (unsigned)ntohs(address.sin6_port));
    ck_assert_int_eq(pthread_create(&peer.thread, NULL, be_peer, &peer), 0);
    poly_strbuf_init(&fault, 1000);
    ck_assert_msg(daemon_is_healthy(listen_at, &fault), "%s", poly_strbuf_text(&fault));
    pthread_join(peer.thread, NULL);
    close(peer.listener);
    poly_strbuf_release(&fault);
}
END_TEST

START_TEST(takes_nothing_else)
{
    static const char *const answers[] = {"HTTP/1.1 503 Service Unavailable\r\n\r\n",
                                          "HTTP/1.1 404 Not Found\r\n\r\n",
                                          "HTTP/1.1 2000\r\n",
                                          "SSH-2.0-OpenSSH_9.2p1\r\n",
                                          "HTTP/1.1 20",
                                          ""};

    for (size_t i = 0; i < 3; i++) {
        ck_assert(!is_healthy_at("127.0.0.1", answers[i], NULL));
        ck_assert_str_eq(poly_strbuf_text(&fault), "the answer is not 200");
    }
    for (size_t i = 3; i < POLY_LENGTH(answers); i++)
        ck_assert(!is_healthy_at("127.0.0.1", answers[i], NULL));
}
END_TEST

START_TEST(waits_two_seconds_for_a_silent_one)
{
    uint64_t before = poly_time_monotonic();

    ck_assert(!is_healthy_at("127.0.0.1", NULL, NULL));
    ck_assert_uint_ge(poly_time_monotonic() - before, POLY_MILLISECONDS(1990));
    ck_assert_uint_lt(poly_time_monotonic() - before, POLY_SECONDS(20));
    ck_assert_ptr_nonnull(strstr(fault.data, "timed out"));
}
END_TEST

START_TEST(tells_of_a_closed_port)
{
    struct peer peer;

    open_peer(&peer, "127.0.0.1");
    close(peer.listener);
    ck_assert(!daemon_is_healthy(listen_at, &fault));
    ck_assert_ptr_nonnull(strstr(fault.data, "refused"));
}
END_TEST

START_TEST(tells_of_an_address_that_is_none)
{
    poly_strbuf_init(&fault, 1000);
    ck_assert(!daemon_is_healthy("127.0.0.1:http-alt-or-so", &fault));
    ck_assert_uint_gt(fault.size, 0);
    poly_strbuf_release(&fault);
}
END_TEST

START_TEST(cannot_know_an_inherited_socket)
{
    poly_strbuf_init(&fault, 1000);
    ck_assert(!daemon_is_healthy("fd:3", &fault));
    ck_assert_ptr_nonnull(strstr(fault.data, "inherited"));
    poly_strbuf_release(&fault);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("healthcheck");
    TCase *tests = tcase_create("healthcheck");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, asks_for_healthz_and_takes_200);
    tcase_add_test(tests, finds_the_loopback_of_every_address);
    tcase_add_test(tests, finds_the_loopback_of_ipv6);
    tcase_add_test(tests, takes_nothing_else);
    tcase_add_test(tests, waits_two_seconds_for_a_silent_one);
    tcase_add_test(tests, tells_of_a_closed_port);
    tcase_add_test(tests, tells_of_an_address_that_is_none);
    tcase_add_test(tests, cannot_know_an_inherited_socket);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* The server under many clients, clients that leave or dawdle, and at its beginning and end. */
#include "server_fixture.h"

#include "http/address.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void await_latch(poly_latch *latch)
{
    while (!poly_latch_is_open(latch))
        usleep(1000);
}

START_TEST(a_client_that_leaves_cancels_its_handler)
{
    static const char request[] = "GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = loopback_connect(&loopback);

    atomic_store(&cancelled, 0);
    loopback_send(fd, request, sizeof(request) - 1);
    await_latch(started_latch);
    close(fd);
    await_latch(finished_latch);
    ck_assert_int_eq(atomic_load(&cancelled), 1);
}
END_TEST

START_TEST(too_many_active_requests_are_shed)
{
    static const char request[] = "GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n";
    int fds[40];
    int shed = 0;

    for (size_t i = 0; i < POLY_LENGTH(fds); i++) {
        fds[i] = loopback_connect(&loopback);
        loopback_send(fds[i], request, sizeof(request) - 1);
    }
    for (size_t i = 0; i < POLY_LENGTH(fds); i++) {
        struct timeval brief = {.tv_usec = 200 * 1000};

        setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof(brief));
        if (recv(fds[i], answer, 1, MSG_PEEK) == 1) {
            loopback_read_answer(fds[i], answer, sizeof(answer));
            ck_assert_int_eq(loopback_status(answer), 503);
            ck_assert_str_eq(loopback_field(answer, "Retry-After"), "1");
            shed++;
        }
        close(fds[i]);
    }
    ck_assert_int_ge(shed, 24); /* 8 of each of the two loops are let in */
}
END_TEST

#define CROWD 40 /* more than the two loops have places for, which is 16 */

static void close_all(const int fds[CROWD])
{
    for (size_t i = 0; i < CROWD; i++)
        close(fds[i]);
}

/* A request whose handler waits for the body: "100 Continue" says that it does. */
static int post_without_body(void)
{
    static const char request[] =
        "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int fd = loopback_connect(&loopback);

    loopback_send(fd, request, sizeof(request) - 1);
    ck_assert_int_eq(recv(fd, answer, sizeof(interim) - 1, MSG_WAITALL), sizeof(interim) - 1);
    answer[sizeof(interim) - 1] = '\0';
    ck_assert_str_eq(answer, interim);
    return fd;
}

START_TEST(bodies_that_do_not_come_take_no_places)
{
    int fds[CROWD];

    for (size_t i = 0; i < CROWD; i++)
        fds[i] = post_without_body();
    for (size_t i = 0; i < CROWD; i++)
        ck_assert_int_eq(get("/echo/1", ""), 200);
    for (size_t i = 0; i < CROWD; i++) {
        loopback_send(fds[i], "abc", 3);
        loopback_read_answer(fds[i], answer, sizeof(answer));
        ck_assert_int_eq(loopback_status(answer), 200);
    }
    close_all(fds);
}
END_TEST

/* Well before any deadline of the server's. */
static void await_events(const int *fds, nfds_t fd_count, short events, int least)
{
    uint64_t ends = poly_time_monotonic() + POLY_SECONDS(8);
    int count = 0;

    while (count < least) {
        struct pollfd waits[CROWD];

        for (size_t i = 0; i < fd_count; i++)
            waits[i] = (struct pollfd){.fd = fds[i], .events = events & POLLIN};
        ck_assert_int_ge(poll(waits, fd_count, 10), 0);
        ck_assert_msg(poly_time_monotonic() < ends, "there are %d", count);
        count = 0;
        for (size_t i = 0; i < fd_count; i++)
            count += (waits[i].revents & events) != 0;
    }
}

START_TEST(a_body_that_comes_when_all_places_are_taken)
{
    static const char request[] = "GET /sleep HTTP/1.1\r\nHost: a\r\n\r\n";
    int late = post_without_body();
    int fds[CROWD];

    for (size_t i = 0; i < CROWD; i++) {
        fds[i] = loopback_connect(&loopback);
        loopback_send(fds[i], request, sizeof(request) - 1);
    }
    await_events(fds, CROWD, POLLIN, CROWD - 16); /* they were shed */
    loopback_send(late, "abc", 3);
    loopback_read_answer(late, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 503);
    ck_assert_str_eq(loopback_field(answer, "Retry-After"), "1");
    close(late);
    close_all(fds);
}
END_TEST

/* Few, with even fewer places: each has megabytes made, which takes sanitized programs seconds. */
enum { DAWDLERS = 6, PLACES = 2 };

START_TEST(clients_that_do_not_read_are_few)
{
    static const char request[] = "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n"
                                  "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char last[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    int size = 4096;
    struct loopback own;
    int fds[DAWDLERS];

    loopback_start(&own, routes, (poly_server_options){.max_active = PLACES, .drain_ms = 3000}, 1);
    for (size_t i = 0; i < DAWDLERS; i++) {
        fds[i] = loopback_connect(&own);
        ck_assert_int_eq(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
        loopback_send(fds[i], request, sizeof(request) - 1);
    }
    await_events(fds, DAWDLERS, POLLHUP | POLLERR, DAWDLERS - PLACES); /* those that came first were reset */
    ck_assert_int_eq(loopback_exchange(&own, last, answer, sizeof(answer)), 200);
    for (size_t i = 0; i < DAWDLERS; i++)
        close(fds[i]);
    loopback_stop(&own);
}
END_TEST

START_TEST(connections_beyond_the_limit_are_told_and_closed)
{
    static const char request[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct loopback own;
    int fds[3];

    loopback_start(&own, routes, (poly_server_options){.max_connections = 2, .drain_ms = 3000}, 1);
    for (size_t i = 0; i < 2; i++) {
        fds[i] = loopback_connect(&own);
        loopback_send(fds[i], request, sizeof(request) - 1);
        loopback_read_answer(fds[i], answer, sizeof(answer));
        ck_assert_int_eq(loopback_status(answer), 200);
    }
    fds[2] = loopback_connect(&own);
    ck_assert_int_gt(loopback_read_all(fds[2], answer, sizeof(answer)), 0);
    ck_assert_int_eq(loopback_status(answer), 503);
    ck_assert_str_eq(loopback_field(answer, "Retry-After"), "1");
    ck_assert_uint_eq(strlen(loopback_body(answer)), strtoul(loopback_field(answer, "Content-Length"), NULL, 10));
    loopback_send(fds[1], request, sizeof(request) - 1); /* those who are in are served */
    loopback_read_answer(fds[1], answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 200);
    for (size_t i = 0; i < POLY_LENGTH(fds); i++)
        close(fds[i]);
    loopback_stop(&own);
}
END_TEST

static void limit_descriptors(rlim_t limit)
{
    struct rlimit present;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &present), 0);
    present.rlim_cur = limit ? limit : present.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &present), 0);
}

START_TEST(out_of_descriptors_it_serves_whom_it_has_and_goes_on_later)
{
    static const char request[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct pollfd late = {.events = POLLIN};
    int early;

    /* valgrind accepts beyond the limit, and closes what it accepted. */
    if (getenv("POLY_WRAPPER"))
        return;
    early = loopback_connect(&loopback);
    loopback_send(early, request, sizeof(request) - 1);
    loopback_read_answer(early, answer, sizeof(answer));
    late.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    close(late.fd);
    limit_descriptors((rlim_t)late.fd + 1);
    late.fd = loopback_connect(&loopback); /* the last one that there is */
    loopback_send(late.fd, request, sizeof(request) - 1);
    for (int i = 0; i < 20; i++) {
        loopback_send(early, request, sizeof(request) - 1);
        loopback_read_answer(early, answer, sizeof(answer));
        ck_assert_int_eq(loopback_status(answer), 200);
    }
    ck_assert_int_eq(poll(&late, 1, 50), 0);
    limit_descriptors(0);
    loopback_read_answer(late.fd, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 200);
    close(late.fd);
    close(early);
}
END_TEST

#define FLOOD_TARGET "GET /flood HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static int ask_for_flood(void)
{
    int fd = loopback_connect(&loopback);

    loopback_send(fd, FLOOD_TARGET, sizeof(FLOOD_TARGET) - 1);
    await_latch(started_latch);
    return fd;
}

/* More than sockets hold, so that the handler waits for the client. */
START_TEST(a_stream_waits_for_its_reader)
{
    int fd = ask_for_flood();
    int came = 0;
    ssize_t got;

    ck_assert(!poly_latch_is_open(finished_latch));
    while ((got = recv(fd, answer, sizeof(answer), 0)) > 0)
        for (ssize_t i = 0; i < got; i++)
            came += answer[i] == '~';
    await_latch(finished_latch);
    ck_assert_int_eq(atomic_load(&flood_result), POLY_OK);
    ck_assert_int_eq(came, FLOOD_SIZE);
    close(fd);
}
END_TEST

START_TEST(a_stream_ends_with_its_reader)
{
    close(ask_for_flood());
    await_latch(finished_latch);
    ck_assert_int_eq(atomic_load(&flood_result), POLY_CANCELLED);
}
END_TEST

#define EARLY_CLIENTS 100

/* They wait in the queue, so that the first loop to accept has connections for loops that have only just begun. */
START_TEST(clients_may_come_before_the_start)
{
    static const char request[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    struct loopback own = {.server = NULL};
    int clients[EARLY_CLIENTS];
    char listen[24];
    poly_strbuf fault;
    int listener;

    poly_strbuf_init(&fault, 1024);
    listener = http_listen("127.0.0.1:0", &own.port, &fault);
    ck_assert_int_ge(listener, 0);
    snprintf(listen, sizeof(listen), "fd:%d", listener);
    for (int i = 0; i < EARLY_CLIENTS; i++) {
        clients[i] = loopback_connect(&own);
        loopback_send(clients[i], request, sizeof(request) - 1);
    }
    loopback_start(&own, routes, (poly_server_options){.listen = listen}, 8);
    for (int i = 0; i < EARLY_CLIENTS; i++) {
        ck_assert_int_gt(loopback_read_all(clients[i], answer, sizeof(answer)), 0);
        ck_assert_int_eq(loopback_status(answer), 200);
        close(clients[i]);
    }
    loopback_stop(&own);
    poly_strbuf_release(&fault);
}
END_TEST

START_TEST(drain_answers_what_is_under_way)
{
    static const char first[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct loopback own;
    static const char request[] = "GET /slowly HTTP/1.1\r\nHost: a\r\n\r\n";
    int busy;
    int idle;

    loopback_start(&own, routes, (poly_server_options){.drain_ms = 3000}, 1);
    idle = loopback_connect(&own);
    busy = loopback_connect(&own);
    loopback_send(busy, first, sizeof(first) - 1);
    loopback_read_answer(busy, answer, sizeof(answer));
    loopback_send(busy, request, sizeof(request) - 1);
    loopback_stop(&own);
    ck_assert_int_gt(loopback_read_all(busy, answer, sizeof(answer)), 0);
    ck_assert_int_eq(loopback_status(answer), 204);
    ck_assert_str_eq(loopback_field(answer, "Connection"), "close");
    ck_assert_int_eq(loopback_read_all(idle, answer, sizeof(answer)), 0);
    close(busy);
    close(idle);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http server, crowds");
    TCase *tests = tcase_create("sockets");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_client_that_leaves_cancels_its_handler);
    tcase_add_test(tests, too_many_active_requests_are_shed);
    tcase_add_test(tests, bodies_that_do_not_come_take_no_places);
    tcase_add_test(tests, a_body_that_comes_when_all_places_are_taken);
    tcase_add_test(tests, clients_that_do_not_read_are_few);
    tcase_add_test(tests, connections_beyond_the_limit_are_told_and_closed);
    tcase_add_test(tests, out_of_descriptors_it_serves_whom_it_has_and_goes_on_later);
    tcase_add_test(tests, a_stream_waits_for_its_reader);
    tcase_add_test(tests, a_stream_ends_with_its_reader);
    tcase_add_loop_test(tests, clients_may_come_before_the_start, 0, 8);
    tcase_add_test(tests, drain_answers_what_is_under_way);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

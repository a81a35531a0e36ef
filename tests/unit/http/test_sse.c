/* SPDX-License-Identifier: MIT */
#include "sse_fixture.h"

static struct client one, other;

static void setup(void)
{
    setup_hub((poly_sse_hub_options){0}, 2);
}

static void setup_hasty(void)
{
    setup_hub((poly_sse_hub_options){.heartbeat_ms = 100, .max_queued = 20000, .retry_ms = 1000}, 2);
}

/* --- streams --- */

START_TEST(events_reach_those_of_their_topic)
{
    client_subscribe(&one, "/events/a");
    client_subscribe(&other, "/events/b");
    poly_sse_publish(hub, "a", &(poly_sse_event){"17", "tablet", poly_slice_of("to a"), 0});
    publish("b", "to b");
    publish("nobody", "to nobody");
    publish("all", "to all");
    client_await(&one, "data: to all\n\n");
    client_await(&other, "data: to all\n\n");
    ck_assert_ptr_nonnull(strstr(one.text, "id: 17\nevent: tablet\ndata: to a\n\n"));
    ck_assert_ptr_nonnull(strstr(other.text, "data: to b\n\n"));
    ck_assert_ptr_null(strstr(one.text, "to b"));
    ck_assert_ptr_null(strstr(other.text, "to a\n"));
    ck_assert_ptr_null(strstr(one.text, "nobody"));
    close(one.fd);
    close(other.fd);
}
END_TEST

START_TEST(the_answer_is_a_stream_of_events)
{
    client_subscribe(&one, "/events/a");
    ck_assert_int_eq(loopback_status(one.text), 200);
    ck_assert_str_eq(loopback_field(one.text, "Content-Type"), "text/event-stream");
    ck_assert_str_eq(loopback_field(one.text, "Transfer-Encoding"), "chunked");
    ck_assert_str_eq(loopback_field(one.text, "Cache-Control"), "no-store");
    ck_assert_str_eq(loopback_field(one.text, "X-Accel-Buffering"), "no");
    ck_assert_str_eq(loopback_field(one.text, "Connection"), "close");
    client_await(&one, "\nretry: ");
    ck_assert_ptr_nonnull(strstr(one.text, "\r\n\r\n18\r\nevent: hello\ndata: new\n\n\r\n"));
    close(one.fd);
}
END_TEST

START_TEST(http_1_0_gets_no_chunks)
{
    client_ask(&one, "GET /events/a HTTP/1.0\r\n\r\n");
    client_await(&one, "retry: ");
    publish("a", "x");
    client_await(&one, "data: x\n\n");
    ck_assert_ptr_null(loopback_field(one.text, "Transfer-Encoding"));
    ck_assert_int_eq(strncmp(loopback_body(one.text), "event: hello\ndata: new\n\nretry: ", 31), 0);
    poly_sse_end(hub, "a");
    client_await_end(&one);
    ck_assert_str_eq(one.text + one.size - 9, "data: x\n\n");
    close(one.fd);
}
END_TEST

START_TEST(the_last_id_can_be_read)
{
    client_ask(&one, "GET /events/a HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n");
    client_await(&one, "data: 41\n");
    close(one.fd);
    client_ask(&one, "GET /events/a HTTP/1.1\r\nHost: a\r\nLast-Event-ID: \xff\r\n\r\n");
    client_await(&one, "data: new\n");
    close(one.fd);
}
END_TEST

START_TEST(head_is_no_subscriber)
{
    client_ask(&one, "HEAD /events/a HTTP/1.1\r\nHost: a\r\n\r\n");
    client_await_end(&one);
    ck_assert_int_eq(loopback_status(one.text), 200);
    ck_assert_str_eq(loopback_field(one.text, "Content-Type"), "text/event-stream");
    ck_assert_str_eq(loopback_body(one.text), "");
    await_count(0);
    ck_assert_int_eq(atomic_load(&gone_count), 0);
    close(one.fd);
}
END_TEST

START_TEST(what_a_client_sends_behind_is_dropped)
{
    static char junk[100000];

    client_ask(&one, "GET /events/a HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    client_await(&one, "retry: ");
    memset(junk, 'x', sizeof(junk));
    loopback_send(one.fd, junk, sizeof(junk));
    publish("a", "still here");
    client_await(&one, "data: still here\n\n");
    ck_assert_ptr_null(strstr(one.text, " 204 "));
    close(one.fd);
}
END_TEST

/* --- beginnings --- */

static void ask_slowly(struct client *client, const char *query)
{
    char request[200];
    int before = atomic_load(&handlers_waiting);

    snprintf(request, sizeof(request), "GET /slowly%s HTTP/1.1\r\nHost: a\r\n\r\n", query);
    client_ask(client, request);
    await_value(&handlers_waiting, before + 1);
}

START_TEST(nothing_is_missed_between_join_and_start)
{
    ask_slowly(&one, "");
    publish("slow", "first");
    publish("slow", "second");
    poly_latch_open(go_on);
    client_await(&one, "data: second\n\n");
    ck_assert(strstr(one.text, "data: state\n") < strstr(one.text, "data: first\n"));
    ck_assert(strstr(one.text, "data: first\n") < strstr(one.text, "data: second\n"));
    close(one.fd);
}
END_TEST

START_TEST(what_the_state_covers_is_left_out)
{
    ask_slowly(&one, "?covered=7");
    for (uint64_t i = 5; i < 10; i++) {
        char data[16];

        snprintf(data, sizeof(data), "early %d", (int)i);
        poly_sse_publish(hub, "slow", &(poly_sse_event){.data = poly_slice_of(data), .sequence = i});
    }
    poly_latch_open(go_on);
    client_await(&one, "data: early 9\n\n");
    poly_sse_publish(hub, "slow", &(poly_sse_event){.data = poly_slice_of("late 7"), .sequence = 7});
    poly_sse_publish(hub, "slow", &(poly_sse_event){.data = poly_slice_of("late 8"), .sequence = 8});
    publish("slow", "without");
    client_await(&one, "data: without\n\n");
    ck_assert(strstr(one.text, "data: state\n") < strstr(one.text, "data: early 8\n"));
    ck_assert_ptr_null(strstr(one.text, "early 5"));
    ck_assert_ptr_null(strstr(one.text, "early 7"));
    ck_assert_ptr_null(strstr(one.text, "late 7"));
    ck_assert_ptr_nonnull(strstr(one.text, "late 8"));
    close(one.fd);
}
END_TEST

START_TEST(who_is_refused_was_no_subscriber)
{
    ask_slowly(&one, "?refuse=1");
    publish("slow", "lost");
    ck_assert_uint_eq(poly_sse_hub_count(hub), 1);
    poly_latch_open(go_on);
    client_await(&one, "upstream_unavailable");
    ck_assert_int_eq(loopback_status(one.text), 503);
    await_count(0);
    ck_assert_int_eq(atomic_load(&gone_count), 0);
    close(one.fd);
}
END_TEST

START_TEST(a_client_that_leaves_while_the_handler_waits)
{
    ask_slowly(&one, "");
    close(one.fd);
    await_count(0);
    ck_assert_int_eq(atomic_load(&gone_count), 0);
}
END_TEST

START_TEST(too_much_before_the_start)
{
    static char data[15000];

    memset(data, 'x', sizeof(data) - 1);
    atomic_store(&slow_started, 2);
    ask_slowly(&one, "");
    publish("slow", data);
    publish("slow", data);
    poly_latch_open(go_on);
    client_await(&one, "\"code\":\"overloaded\"");
    ck_assert_int_eq(loopback_status(one.text), 503);
    ck_assert_int_eq(atomic_load(&slow_started), false);
    await_count(0);
    ck_assert_int_eq(atomic_load(&gone_count), 0);
    close(one.fd);
}
END_TEST

/* --- ends --- */

START_TEST(a_client_that_leaves_is_gone)
{
    client_subscribe(&one, "/events/a");
    client_subscribe(&other, "/events/a");
    ck_assert_uint_eq(poly_sse_hub_count(hub), 2);
    close(one.fd);
    await_value(&gone_count, 1);
    await_count(1);
    shutdown(other.fd, SHUT_WR);
    await_value(&gone_count, 2);
    await_count(0);
    close(other.fd);
    publish("a", "to nobody");
}
END_TEST

START_TEST(a_topic_can_be_ended)
{
    client_subscribe(&one, "/events/a");
    client_subscribe(&other, "/events/b");
    publish("a", "last");
    poly_sse_end(hub, "a");
    publish("all", "afterwards");
    client_await_end(&one);
    ck_assert_ptr_nonnull(strstr(one.text, "data: last\n\n\r\n0\r\n\r\n"));
    ck_assert_ptr_null(strstr(one.text, "afterwards"));
    await_value(&gone_count, 1);
    client_await(&other, "data: afterwards\n\n");
    close(one.fd);
    close(other.fd);
}
END_TEST

START_TEST(a_topic_can_end_before_the_start)
{
    ask_slowly(&one, "");
    poly_sse_end(hub, "slow");
    usleep(20000);
    poly_latch_open(go_on);
    client_await_end(&one);
    ck_assert_ptr_nonnull(strstr(one.text, "data: state\n\n"));
    ck_assert_str_eq(one.text + one.size - 5, "0\r\n\r\n");
    await_value(&gone_count, 1);
    close(one.fd);
}
END_TEST

START_TEST(a_lifetime_ends_it)
{
    client_subscribe(&one, "/events/a?lifetime=50");
    client_subscribe(&other, "/events/a");
    client_await_end(&one);
    ck_assert_str_eq(one.text + one.size - 5, "0\r\n\r\n");
    await_value(&gone_count, 1);
    publish("a", "afterwards");
    client_await(&other, "data: afterwards\n\n");
    close(one.fd);
    close(other.fd);
}
END_TEST

START_TEST(the_end_of_the_server_is_a_clean_one)
{
    client_subscribe(&one, "/events/a");
    publish("a", "last words");
    poly_server_drain(loopback.server);
    client_await_end(&one);
    ck_assert_ptr_nonnull(strstr(one.text, "data: last words\n\n"));
    ck_assert_str_eq(one.text + one.size - 5, "0\r\n\r\n");
    ck_assert_int_eq(atomic_load(&gone_count), 1);
    close(one.fd);
    stop_without_drain();
}
END_TEST

/* --- time, and who does not read --- */

START_TEST(silence_is_broken_by_heartbeats)
{
    client_subscribe(&one, "/events/a");
    client_await(&one, "\r\n3\r\n:\n\n\r\n3\r\n:\n\n\r\n");
    close(one.fd);
}
END_TEST

static void fill_socket(struct client *client)
{
    int size = 4096;
    char request[] = "GET /events/a HTTP/1.1\r\nHost: a\r\n\r\n";

    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    close(client->fd);
    client->fd = loopback_connect(&loopback);
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    loopback_send(client->fd, request, sizeof(request) - 1);
    await_count(2);
}

/* The other subscriber gets everything meanwhile. */
START_TEST(who_does_not_read_is_dropped)
{
    static char data[10000];
    static char expected[32];

    client_subscribe(&other, "/events/a");
    fill_socket(&one);
    memset(data, 'x', sizeof(data) - 1);
    for (int i = 0; i < 2000 && atomic_load(&gone_count) == 0; i++) {
        snprintf(expected, sizeof(expected), "data: %06d", i);
        memcpy(data, expected + 6, 6);
        publish("a", data);
        other.size = 0;
        other.text[0] = '\0';
        client_await(&other, expected);
        client_await(&other, "xxx\n\n");
    }
    ck_assert_int_eq(atomic_load(&gone_count), 1);
    await_count(1);
    close(one.fd);
    close(other.fd);
}
END_TEST

START_TEST(an_event_that_is_too_large_reaches_nobody)
{
    static char data[30000];

    memset(data, 'x', sizeof(data) - 1);
    client_subscribe(&one, "/events/a");
    publish("a", data);
    publish("a", "small");
    client_await(&one, "data: small\n\n");
    ck_assert_ptr_null(strstr(one.text, "xxx"));
    close(one.fd);
}
END_TEST

START_TEST(the_end_comes_behind_what_a_slow_reader_has_not_read)
{
    static char data[10000];
    size_t size = 0;
    long got;

    client_subscribe(&other, "/events/b");
    fill_socket(&one);
    memset(data, 'x', sizeof(data) - 1);
    for (int i = 0; i < 5; i++)
        publish("a", data);
    poly_sse_end(hub, "a");
    usleep(50000);
    while ((got = recv(one.fd, one.text, sizeof(one.text), 0)) > 0)
        size += (size_t)got;
    ck_assert_int_eq(got, 0);
    ck_assert_uint_gt(size, 5 * sizeof(data));
    close(one.fd);
    close(other.fd);
}
END_TEST

/* One reads, one is stuck. */
START_TEST(draining_waits_for_nobody_who_does_not_read)
{
    static char data[10000];
    uint64_t began;

    client_subscribe(&other, "/events/b");
    fill_socket(&one);
    memset(data, 'x', sizeof(data) - 1);
    for (int i = 0; i < 2000; i++) {
        publish("a", data);
        if (i % 5 == 0)
            usleep(100); /* so that it is not dropped before its socket is full */
    }
    began = poly_time_monotonic();
    poly_server_drain(loopback.server);
    ck_assert_uint_lt(poly_time_monotonic() - began, POLY_SECONDS(3));
    client_await_end(&other);
    ck_assert_str_eq(other.text + other.size - 5, "0\r\n\r\n");
    ck_assert_int_eq(atomic_load(&gone_count), 2);
    close(one.fd);
    close(other.fd);
    stop_without_drain();
}
END_TEST

START_TEST(it_is_counted)
{
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    client_subscribe(&one, "/events/a");
    publish("a", "x");
    client_await(&one, "data: x\n\n");
    ck_assert_int_eq(loopback_exchange(&loopback, request, other.text, sizeof(other.text)), 200);
    ck_assert_ptr_nonnull(strstr(other.text, "\npoly_sse_subscribers{hub=\"test\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(other.text, "\npoly_sse_events_total{hub=\"test\"} 1\n"));
    ck_assert_ptr_nonnull(strstr(other.text, "\npoly_sse_dropped_total{hub=\"test\"} 0\n"));
    ck_assert_ptr_nonnull(
        strstr(other.text, "http_requests_total{method=\"GET\",route=\"/events/{topic}\",status=\"200\"} 1\n"));
    close(one.fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse");
    TCase *tests = tcase_create("calm");
    TCase *hasty = tcase_create("hasty");
    TCase *end = tcase_create("end");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown_hub);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, events_reach_those_of_their_topic);
    tcase_add_test(tests, the_answer_is_a_stream_of_events);
    tcase_add_test(tests, http_1_0_gets_no_chunks);
    tcase_add_test(tests, the_last_id_can_be_read);
    tcase_add_test(tests, head_is_no_subscriber);
    tcase_add_test(tests, what_a_client_sends_behind_is_dropped);
    tcase_add_test(tests, nothing_is_missed_between_join_and_start);
    tcase_add_test(tests, what_the_state_covers_is_left_out);
    tcase_add_test(tests, who_is_refused_was_no_subscriber);
    tcase_add_test(tests, a_client_that_leaves_while_the_handler_waits);
    tcase_add_test(tests, a_client_that_leaves_is_gone);
    tcase_add_test(tests, a_topic_can_be_ended);
    tcase_add_test(tests, a_topic_can_end_before_the_start);
    tcase_add_test(tests, the_end_comes_behind_what_a_slow_reader_has_not_read);
    tcase_add_test(tests, it_is_counted);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(hasty, setup_hasty, teardown_hub);
    tcase_set_timeout(hasty, 60);
    tcase_add_test(hasty, a_lifetime_ends_it);
    tcase_add_test(hasty, silence_is_broken_by_heartbeats);
    tcase_add_test(hasty, who_does_not_read_is_dropped);
    tcase_add_test(hasty, an_event_that_is_too_large_reaches_nobody);
    tcase_add_test(hasty, too_much_before_the_start);
    suite_add_tcase(suite, hasty);
    tcase_add_checked_fixture(end, setup, NULL);
    tcase_set_timeout(end, 60);
    tcase_add_test(end, the_end_of_the_server_is_a_clean_one);
    tcase_add_test(end, draining_waits_for_nobody_who_does_not_read);
    suite_add_tcase(suite, end);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

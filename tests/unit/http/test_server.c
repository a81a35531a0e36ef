/* SPDX-License-Identifier: MIT */
/* The server through real sockets: what it understands and how it answers. */
#include "server_fixture.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(decodes_path_and_query)
{
    ck_assert_int_eq(get("/echo/%D0%98%20%2F?q=a+b%2B&q=second", ""), 200);
    ck_assert_str_eq(loopback_body(answer), "И /|a b+|/echo/И /");
    ck_assert_int_eq(get("/echo/x/?z", ""), 200);
    ck_assert_str_eq(loopback_body(answer), "x|-|/echo/x/");
    ck_assert_int_eq(get("/echo/%ff", ""), 400);
    ck_assert_int_eq(get("/echo/%00", ""), 400);
    ck_assert_int_eq(get("/echo/%4", ""), 400);
    ck_assert_int_eq(get("/echo/a?q=%C3%28", ""), 400);
}
END_TEST

START_TEST(errors_are_problems_in_two_languages)
{
    ck_assert_int_eq(get("/none", ""), 404);
    ck_assert_str_eq(loopback_field(answer, "Content-Type"), "application/problem+json");
    ck_assert_ptr_nonnull(strstr(answer, "\"detail\":\"По этому адресу ничего нет.\""));
    ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"not_found\""));
    ck_assert_int_eq(get("/none", "Accept-Language: en\r\n"), 404);
    ck_assert_ptr_nonnull(strstr(answer, "There is nothing at this address."));
    ck_assert_int_eq(loopback_exchange(&loopback, "DELETE /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                       answer, sizeof(answer)),
                     405);
    ck_assert_str_eq(loopback_field(answer, "Allow"), "GET, HEAD, OPTIONS");
    ck_assert_int_eq(get("/nothing", ""), 500);
    ck_assert_ptr_nonnull(strstr(answer, "internal_error"));
}
END_TEST

START_TEST(faults_are_reported_together)
{
    ck_assert_int_eq(get("/values?id=5", ""), 200);
    ck_assert_str_eq(loopback_body(answer), "5 2026-09-01");
    ck_assert_int_eq(get("/values?id=101&date=2026-02-30", ""), 422);
    ck_assert_ptr_nonnull(strstr(answer, "вместо «101» нужно целое число от 1 до 100"));
    ck_assert_ptr_nonnull(strstr(answer, "«2026-02-30» — не дата"));
    ck_assert_ptr_nonnull(strstr(answer, "\"errors\":[{\"field\":\"id\",\"code\":\"integer\""));
    ck_assert_int_eq(get("/values", "Accept-Language: en\r\n"), 422);
    ck_assert_ptr_nonnull(strstr(answer, "The parameter \\\"id\\\" is required."));
}
END_TEST

START_TEST(request_id_is_taken_or_made)
{
    get("/kept", "X-Request-ID: abc.DEF-1_2\r\n");
    ck_assert_str_eq(loopback_field(answer, "X-Request-ID"), "abc.DEF-1_2");
    get("/kept", "X-Request-ID: bad id\r\n");
    ck_assert_uint_ge(strlen(loopback_field(answer, "X-Request-ID")), 16);
    get("/kept", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
    ck_assert_ptr_nonnull(strstr(loopback_field(answer, "traceparent"), "4bf92f3577b34da6a3ce929d0e0e4736"));
    ck_assert_ptr_null(strstr(loopback_field(answer, "traceparent"), "00f067aa0ba902b7"));
}
END_TEST

START_TEST(representation_negotiates)
{
    ck_assert_int_eq(get("/kept", ""), 200);
    ck_assert_str_eq(loopback_field(answer, "ETag"), "\"tag1\"");
    ck_assert_str_eq(loopback_field(answer, "Vary"), "Accept-Encoding, Origin");
    ck_assert_str_eq(loopback_field(answer, "Cache-Control"), "public, max-age=60");
    ck_assert_int_eq(get("/kept", "If-None-Match: \"tag1\"\r\n"), 304);
    ck_assert_ptr_null(loopback_field(answer, "Content-Length"));
    ck_assert_str_eq(loopback_body(answer), "");
    ck_assert_int_eq(get("/kept", "Accept-Encoding: gzip\r\n"), 200);
    ck_assert_str_eq(loopback_field(answer, "Content-Encoding"), "gzip");
    ck_assert_str_eq(loopback_field(answer, "ETag"), "\"tag1-gz\"");
    ck_assert_int_eq((unsigned char)loopback_body(answer)[0], 0x1f);
    ck_assert_int_eq(get("/kept", "If-None-Match: W/\"tag1-gz\"\r\n"), 304);
}
END_TEST

START_TEST(head_has_the_fields_without_the_body)
{
    ck_assert_int_eq(loopback_exchange(&loopback, "HEAD /kept HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer,
                                       sizeof(answer)),
                     200);
    ck_assert_str_eq(loopback_field(answer, "Content-Length"), "42");
    ck_assert_str_eq(loopback_body(answer), "");
}
END_TEST

START_TEST(http_1_0_is_served)
{
    ck_assert_int_eq(loopback_exchange(&loopback, "GET /kept HTTP/1.0\r\n\r\n", answer, sizeof(answer)), 200);
    ck_assert_str_eq(loopback_field(answer, "Connection"), "close");
    ck_assert_int_eq(
        loopback_exchange(&loopback, "GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", answer, sizeof(answer)),
        200);
    ck_assert_str_eq(loopback_field(answer, "Connection"), "keep-alive");
    ck_assert_int_eq(loopback_exchange(&loopback, "GET /stream HTTP/1.0\r\n\r\n", answer, sizeof(answer)), 200);
    ck_assert_str_eq(loopback_body(answer), "abcdefg");
}
END_TEST

START_TEST(streams_are_chunked_or_sized)
{
    get("/stream", "");
    ck_assert_str_eq(loopback_body(answer), "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    get("/stream?length=7", "");
    ck_assert_str_eq(loopback_body(answer), "abcdefg");
    get("/stream?length=9", "");
    ck_assert_str_eq(loopback_field(answer, "Content-Length"), "9");
    ck_assert_str_eq(loopback_body(answer), "abcdefg");
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
    static const char requests[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "GET /slowly HTTP/1.1\r\nHost: a\r\n\r\n"
                                   "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                                   "GET /echo/2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    int fd = loopback_connect(&loopback);

    loopback_send(fd, requests, sizeof(requests) - 1);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_str_eq(loopback_body(answer), "1|-|/echo/1");
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 204);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_str_eq(loopback_body(answer), "5");
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    ck_assert_str_eq(loopback_body(answer), "2|-|/echo/2");
    close(fd);
}
END_TEST

/* The input buffer once a body has made it grow: what src/http/input.c takes. */
#define GROWN_BUFFER (16 * 1024 + 8192)

/* Pipelined requests fill the buffer so that the last one's head ends `_i` - 2 bytes from its end. */
START_TEST(a_head_at_the_end_of_the_buffer_has_room_for_its_body)
{
    static const char post_head[] = "POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
    static const char get_head[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\nX-Padding: ";
    static const char slow[] = "GET /slowly HTTP/1.1\r\nHost: a\r\n\r\n";
    static char requests[GROWN_BUFFER + 64];
    size_t post_size = sizeof(post_head) - 1, size = 0, padding;
    int fd = loopback_connect(&loopback);

    loopback_send(fd, post_head, post_size);
    memcpy(requests, "hello", 5);
    memcpy(requests + 5, slow, sizeof(slow) - 1);
    size = 5 + sizeof(slow) - 1;
    padding = GROWN_BUFFER - 2 + (size_t)_i - 2 * post_size - size - 2 * (sizeof(get_head) + 3);
    for (size_t left = 2; left > 0; left--) {
        size_t part = left == 2 ? padding / 2 : padding - padding / 2;

        memcpy(requests + size, get_head, sizeof(get_head) - 1);
        memset(requests + size + sizeof(get_head) - 1, 'x', part);
        size += sizeof(get_head) - 1 + part;
        memcpy(requests + size, "\r\n\r\n", 4);
        size += 4;
    }
    memcpy(requests + size, post_head, post_size);
    loopback_send(fd, requests, size + post_size);
    for (size_t i = 0; i < 4; i++)
        loopback_read_answer(fd, answer, sizeof(answer));
    loopback_send(fd, "hello", 5);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 200);
    ck_assert_str_eq(loopback_body(answer), "5");
    close(fd);
}
END_TEST

START_TEST(more_requests_than_a_turn_serves)
{
    static const char request[] = "GET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n";
    static char requests[100 * (sizeof(request) - 1)];
    int fd = loopback_connect(&loopback);

    for (size_t i = 0; i < 100; i++)
        memcpy(requests + i * (sizeof(request) - 1), request, sizeof(request) - 1);
    loopback_send(fd, requests, sizeof(requests));
    for (size_t i = 0; i < 100; i++) {
        loopback_read_answer(fd, answer, sizeof(answer));
        ck_assert_str_eq(loopback_body(answer), "1|-|/echo/1");
    }
    close(fd);
}
END_TEST

/* The body is under way when the answer is given; a reset would take the answer with it. */
START_TEST(a_close_that_was_asked_for_waits_for_the_body)
{
    static const char head[] =
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n";
    static char body[300000];
    struct pollfd readable = {.events = POLLIN};
    int fd = loopback_connect(&loopback);

    loopback_send(fd, head, sizeof(head) - 1);
    readable.fd = fd;
    ck_assert_int_eq(poll(&readable, 1, 20000), 1); /* the answer is there */
    loopback_send(fd, body, sizeof(body));
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    ck_assert_int_eq(loopback_status(answer), 404);
    close(fd);
}
END_TEST

START_TEST(request_in_single_bytes)
{
    static const char request[] = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                                  "Connection: close\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n";
    int fd = loopback_connect(&loopback);

    for (size_t i = 0; i < sizeof(request) - 1; i++)
        loopback_send(fd, request + i, 1);
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    ck_assert_str_eq(loopback_body(answer), "8");
    close(fd);
}
END_TEST

static int post(const char *path, const char *fields, const char *body, size_t size)
{
    char head[1024];
    int fd = loopback_connect(&loopback);

    snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n",
             path, size, fields);
    loopback_send(fd, head, strlen(head));
    loopback_send(fd, body, size);
    answer[0] = '\0';
    loopback_read_all(fd, answer, sizeof(answer));
    close(fd);
    return loopback_status(answer);
}

START_TEST(bodies_are_bounded)
{
    static char body[100001];

    memset(body, 'x', sizeof(body));
    ck_assert_int_eq(post("/length", "", body, 100000), 200);
    ck_assert_str_eq(loopback_body(answer), "100000");
    ck_assert_int_eq(post("/length", "", body, 100001), 413);
    ck_assert_str_eq(loopback_field(answer, "Connection"), "close");
    ck_assert_int_eq(post("/length", "Expect: 100-continue\r\n", body, 10), 100);
    ck_assert_ptr_nonnull(strstr(answer, "HTTP/1.1 200 OK"));
}
END_TEST

START_TEST(json_bodies)
{
    static const char *const type = "Content-Type: application/json; charset=utf-8\r\n";

    ck_assert_int_eq(post("/json", type, "{\"a\":1}", 7), 204);
    ck_assert_int_eq(post("/json", type, "{\"a\":1,}", 8), 400);
    ck_assert_ptr_nonnull(strstr(answer, "не JSON"));
    ck_assert_int_eq(post("/json", "Content-Type: text/plain\r\n", "{}", 2), 415);
    ck_assert_int_eq(post("/json", "", "{}", 2), 415);
}
END_TEST

START_TEST(bad_chunk_is_400_and_close)
{
    static const char request[] = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "0x5\r\nhello\r\n0\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n\r\n";

    ck_assert_int_eq(loopback_exchange(&loopback, request, answer, sizeof(answer)), 400);
    ck_assert_ptr_null(strstr(answer, "/echo/1"));
}
END_TEST

START_TEST(large_answer_to_a_slow_reader)
{
    int fd = loopback_connect(&loopback);
    static const char request[] = "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /echo/1 HTTP/1.1\r\nHost: a\r\n"
                                  "Connection: close\r\n\r\n";
    int size = 65536;

    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
    loopback_send(fd, request, sizeof(request) - 1);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_uint_eq(strlen(loopback_body(answer)), 2000000);
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    ck_assert_str_eq(loopback_body(answer), "1|-|/echo/1");
    close(fd);
}
END_TEST

START_TEST(cross_origin)
{
    get("/kept", "Origin: https://campus.example\r\n");
    ck_assert_str_eq(loopback_field(answer, "Access-Control-Allow-Origin"), "https://campus.example");
    get("/kept", "Origin: https://evil.example\r\n");
    ck_assert_ptr_null(loopback_field(answer, "Access-Control-Allow-Origin"));
    ck_assert_int_eq(loopback_exchange(&loopback,
                                       "OPTIONS /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                                       "Origin: https://campus.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
                                       answer, sizeof(answer)),
                     204);
    ck_assert_str_eq(loopback_field(answer, "Access-Control-Allow-Methods"), "POST, OPTIONS");
    ck_assert_ptr_nonnull(strstr(loopback_field(answer, "Access-Control-Allow-Headers"), "X-Student-Token"));
}
END_TEST

START_TEST(health_and_metrics)
{
    ck_assert_int_eq(get("/healthz", ""), 200);
    ck_assert_str_eq(loopback_body(answer), "{\"status\":\"ok\"}");
    ck_assert_int_eq(get("/api/health/", ""), 200);
    ck_assert_int_eq(get("/readyz", ""), 200);
    ck_assert_int_eq(get("/metrics", ""), 200);
    ck_assert_ptr_nonnull(strstr(answer, "http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http server");
    TCase *tests = tcase_create("sockets");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, decodes_path_and_query);
    tcase_add_test(tests, errors_are_problems_in_two_languages);
    tcase_add_test(tests, faults_are_reported_together);
    tcase_add_test(tests, request_id_is_taken_or_made);
    tcase_add_test(tests, representation_negotiates);
    tcase_add_test(tests, head_has_the_fields_without_the_body);
    tcase_add_test(tests, http_1_0_is_served);
    tcase_add_test(tests, streams_are_chunked_or_sized);
    tcase_add_test(tests, pipelined_requests_are_answered_in_order);
    tcase_add_loop_test(tests, a_head_at_the_end_of_the_buffer_has_room_for_its_body, 0, 4);
    tcase_add_test(tests, more_requests_than_a_turn_serves);
    tcase_add_test(tests, a_close_that_was_asked_for_waits_for_the_body);
    tcase_add_test(tests, request_in_single_bytes);
    tcase_add_test(tests, bodies_are_bounded);
    tcase_add_test(tests, json_bodies);
    tcase_add_test(tests, bad_chunk_is_400_and_close);
    tcase_add_test(tests, large_answer_to_a_slow_reader);
    tcase_add_test(tests, cross_origin);
    tcase_add_test(tests, health_and_metrics);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

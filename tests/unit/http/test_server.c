/* SPDX-License-Identifier: MIT */
/* The server through real sockets. */
#include "loopback.h"

#include "http/address.h"
#include "poly/log.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loopback loopback;
static char answer[4 * 1024 * 1024];
static atomic_int cancelled;
static poly_latch *started_latch;
static poly_latch *finished_latch;

static void get_echo(poly_request *request)
{
    const char *q = poly_request_query(request, "q");
    poly_strbuf body;

    poly_strbuf_init(&body, 4096);
    poly_strbuf_printf(&body, "%s|%s|%s", poly_request_param(request, "name"), q ? q : "-", poly_request_path(request));
    poly_respond_strbuf(request, 200, "text/plain; charset=utf-8", &body);
}

static void post_length(poly_request *request)
{
    poly_slice body;
    poly_strbuf out;

    if (poly_request_body(request, 100000, &body) != POLY_OK)
        return;
    poly_strbuf_init(&out, 64);
    poly_strbuf_printf(&out, "%zu", body.size);
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void post_json(poly_request *request)
{
    const poly_json *document;

    if (poly_request_json(request, &document) == POLY_OK)
        poly_respond_empty(request, 204);
}

static void get_large(poly_request *request)
{
    char piece[20000];
    poly_strbuf out;

    memset(piece, 'x', sizeof(piece));
    poly_strbuf_init(&out, 3 * 1024 * 1024);
    for (int i = 0; i < 100; i++)
        poly_strbuf_append(&out, piece, sizeof(piece));
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void get_values(poly_request *request)
{
    int64_t id = poly_query_int_required(request, "id", 1, 100);
    poly_date date = poly_query_date(request, "date", (poly_date){2026, 9, 1});
    poly_strbuf out;
    char text[POLY_DATE_SIZE];

    if (poly_request_refused(request))
        return;
    poly_date_format(date, text);
    poly_strbuf_init(&out, 64);
    poly_strbuf_printf(&out, "%lld %s", (long long)id, text);
    poly_respond_strbuf(request, 200, "text/plain", &out);
}

static void get_sleep(poly_request *request)
{
    poly_latch_open(started_latch);
    if (poly_fiber_sleep(POLY_SECONDS(60)) == POLY_CANCELLED)
        atomic_store(&cancelled, 1);
    poly_latch_open(finished_latch);
    poly_fail_dependency(request, POLY_CANCELLED, "nobody");
}

static void get_slowly(poly_request *request)
{
    if (poly_fiber_sleep(POLY_MILLISECONDS(100)) == POLY_OK)
        poly_respond_empty(request, 204);
}

static void get_stream(poly_request *request)
{
    int64_t length = poly_query_int(request, "length", -1, 100, -1);

    if (poly_stream_begin(request, 200, "text/plain", length) == POLY_OK &&
        poly_stream_write(request, "abc", 3) == POLY_OK && poly_stream_write(request, "defg", 4) == POLY_OK)
        poly_stream_end(request);
}

static void get_kept(poly_request *request)
{
    static const char text[] = "a representation that has been made before";
    poly_blob *identity = poly_blob_create(text, sizeof(text) - 1);
    poly_blob *gzip = poly_blob_gzip(identity, 6);
    poly_representation representation = {identity, gzip, "tag1", "text/plain", "public, max-age=60"};

    poly_respond_representation(request, &representation);
    poly_blob_unref(&identity);
    poly_blob_unref(&gzip);
}

static void get_nothing(poly_request *request)
{
    (void)request;
}

static const poly_route routes[] = {
    {POLY_GET, "/echo/{name}", .handler = get_echo},
    {POLY_POST, "/length", .handler = post_length},
    {POLY_POST, "/json", .handler = post_json},
    {POLY_GET, "/large", .handler = get_large},
    {POLY_GET, "/values", .handler = get_values},
    {POLY_GET, "/sleep", .handler = get_sleep},
    {POLY_GET, "/slowly", .handler = get_slowly},
    {POLY_GET, "/stream", .handler = get_stream},
    {POLY_GET, "/kept", .handler = get_kept},
    {POLY_GET, "/nothing", .handler = get_nothing},
    {.path = NULL},
};

static const char *const origins[] = {"https://campus.example", NULL};

static void setup(void)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    started_latch = poly_latch_create();
    finished_latch = poly_latch_create();
    loopback_start(&loopback, routes,
                   (poly_server_options){.cors_allow_origins = origins, .drain_ms = 3000, .max_active = 8}, 2);
}

static void teardown(void)
{
    loopback_stop(&loopback);
    poly_latch_unref(&started_latch);
    poly_latch_unref(&finished_latch);
    poly_log_stop();
}

static int get(const char *target, const char *fields)
{
    char request[4096];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", target, fields);
    return loopback_exchange(&loopback, request, answer, sizeof(answer));
}

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
static void await_events(const int fds[CROWD], short events, int least)
{
    uint64_t ends = poly_time_monotonic() + POLY_SECONDS(8);
    int count = 0;

    while (count < least) {
        struct pollfd waits[CROWD];

        for (size_t i = 0; i < CROWD; i++)
            waits[i] = (struct pollfd){.fd = fds[i], .events = events & POLLIN};
        ck_assert_int_ge(poll(waits, CROWD, 10), 0);
        ck_assert_uint_lt(poly_time_monotonic(), ends);
        count = 0;
        for (size_t i = 0; i < CROWD; i++)
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
    await_events(fds, POLLIN, CROWD - 16); /* they were shed */
    loopback_send(late, "abc", 3);
    loopback_read_answer(late, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 503);
    ck_assert_str_eq(loopback_field(answer, "Retry-After"), "1");
    close(late);
    close_all(fds);
}
END_TEST

START_TEST(clients_that_do_not_read_are_few)
{
    static const char request[] = "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n\r\n"
                                  "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    int size = 4096;
    int fds[CROWD];

    for (size_t i = 0; i < CROWD; i++) {
        fds[i] = loopback_connect(&loopback);
        ck_assert_int_eq(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
        loopback_send(fds[i], request, sizeof(request) - 1);
    }
    await_events(fds, POLLHUP | POLLERR, CROWD - 16); /* those that came first were reset */
    ck_assert_int_eq(get("/echo/1", ""), 200);
    close_all(fds);
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
    tcase_add_test(tests, a_client_that_leaves_cancels_its_handler);
    tcase_add_test(tests, too_many_active_requests_are_shed);
    tcase_add_test(tests, bodies_that_do_not_come_take_no_places);
    tcase_add_test(tests, a_body_that_comes_when_all_places_are_taken);
    tcase_add_test(tests, clients_that_do_not_read_are_few);
    tcase_add_test(tests, cross_origin);
    tcase_add_test(tests, health_and_metrics);
    tcase_add_loop_test(tests, clients_may_come_before_the_start, 0, 8);
    tcase_add_test(tests, drain_answers_what_is_under_way);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

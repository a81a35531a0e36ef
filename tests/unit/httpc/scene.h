/* SPDX-License-Identifier: MIT */
/*
 * What the client's tests share: one upstream that answers as its path tells it to, one client, and calls made on
 * fibers. Included by the test programs, each of which has a copy.
 */
#ifndef POLY_TEST_HTTPC_SCENE_H
#define POLY_TEST_HTTPC_SCENE_H

#include "on_fiber.h"
#include "poly/httpc.h"
#include "poly/time.h"
#include "upstream.h"

#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BODY (4u * 1024 * 1024)

static upstream *server;
static poly_httpc *client;
static poly_arena *arena;
static atomic_uint failures_left; /* of /flaky and /stuck */
static atomic_uint inside, most_inside;
static atomic_bool saw_close; /* the peer of a hanging answer went away */

/* --- ways to answer --- */

static bool answer_text(const upstream_exchange *exchange, int status, const char *type, const char *text)
{
    return upstream_answer(exchange, status, type, NULL, text, strlen(text));
}

static bool do_ok(const upstream_exchange *exchange)
{
    return answer_text(exchange, 200, "application/json", "{\"ok\":true}");
}

static bool do_echo(const upstream_exchange *exchange)
{
    char all[8192];

    snprintf(all, sizeof(all), "%s%s", exchange->head, exchange->body);

    return answer_text(exchange, 200, "text/plain", strcmp(exchange->method, "HEAD") ? all : "");
}

static bool do_status(const upstream_exchange *exchange)
{
    return answer_text(exchange, (int)strtol(exchange->target + strlen("/status/"), NULL, 10), "text/plain", "words");
}

static bool do_busy(const upstream_exchange *exchange)
{
    return upstream_answer(exchange, 503, "text/plain", "Retry-After: 7\r\n", "", 0);
}

static bool do_hang(const upstream_exchange *exchange)
{
    if (upstream_await_close(exchange, -1))
        atomic_store(&saw_close, true);
    return false;
}

static bool do_half(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly");
    return do_hang(exchange);
}

static bool do_drip(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    do
        upstream_send_text(exchange, ".");
    while (!upstream_await_close(exchange, 5));
    atomic_store(&saw_close, true);
    return false;
}

static bool do_think(const upstream_exchange *exchange)
{
    upstream_await_close(exchange, 200);
    return do_ok(exchange);
}

static bool do_reset(const upstream_exchange *exchange)
{
    upstream_reset(exchange);
    return false;
}

static bool do_close(const upstream_exchange *exchange)
{
    (void)exchange;
    return false;
}

static bool do_ok_close(const upstream_exchange *exchange)
{
    do_ok(exchange);
    return false;
}

static bool do_cut(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    return false;
}

static bool do_cut_chunked(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this");
    return false;
}

static bool do_garbage(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "<html><body>no HTTP here</body></html>\r\n\r\n");
    return false;
}

static bool do_html(const upstream_exchange *exchange)
{
    return answer_text(exchange, 200, "text/html; charset=utf-8", "<h1>maintenance</h1>");
}

static bool do_long(const upstream_exchange *exchange)
{
    char *bytes = calloc(1, LONG_BODY);
    bool whole =
        upstream_answer(exchange, 200, "text/plain", NULL, bytes, strcmp(exchange->method, "HEAD") ? LONG_BODY : 0);

    free(bytes);
    return whole;
}

static bool do_head_long(const upstream_exchange *exchange)
{
    return upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
}

static bool do_endless(const upstream_exchange *exchange)
{
    static const char chunk[] = "10\r\n0123456789abcdef\r\n";

    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (upstream_send_text(exchange, chunk))
        ;
    return false;
}

static bool do_flood(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\n");
    while (upstream_send_text(exchange, "X-More: and more, and more, and more, and more, and more\r\n"))
        ;
    return false;
}

static bool send_gzip(const upstream_exchange *exchange, const void *bytes, size_t size)
{
    poly_blob *plain = poly_blob_create(bytes, size);
    poly_blob *packed = poly_blob_gzip(plain, 6);
    bool sent = upstream_answer(exchange, 200, "text/plain", "Content-Encoding: gzip\r\n", packed->data, packed->size);

    poly_blob_unref(&packed);
    poly_blob_unref(&plain);
    return sent;
}

static bool do_gzip(const upstream_exchange *exchange)
{
    static const char text[] = "the same text, the same text, the same text";

    return send_gzip(exchange, text, sizeof(text) - 1);
}

static bool do_bomb(const upstream_exchange *exchange)
{
    char *zeros = calloc(1, LONG_BODY);
    bool sent = send_gzip(exchange, zeros, LONG_BODY);

    free(zeros);
    return sent;
}

static bool do_bad_gzip(const upstream_exchange *exchange)
{
    return upstream_answer(exchange, 200, "text/plain", "Content-Encoding: gzip\r\n", "this is no gzip", 15);
}

static bool do_redirect(const upstream_exchange *exchange)
{
    return upstream_answer(exchange, 302, "text/plain", "Location: /ok\r\n", "", 0);
}

/* An interim answer, fields of one name in several cases, one that is folded, and a trailer behind the body. */
static bool do_fields(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n"
                                 "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nX-Empty:\r\nset-cookie:\tb=2 \r\n"
                                 "X-Folded: one\r\n  two\r\nSET-COOKIE: c=3\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2\r\nok\r\n0\r\nX-Late: yes\r\n\r\n");
    return true;
}

/* A header of about as many bytes as the query says. */
static bool do_large_head(const upstream_exchange *exchange)
{
    long left = strtol(strchr(exchange->target, '?') + 1, NULL, 10);
    static const char line[] = "X-Line: 0123456789012345678901234567890123456789012345\r\n";

    upstream_send_text(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    for (; left > 0; left -= (long)sizeof(line) - 1)
        upstream_send_text(exchange, line);
    return upstream_send_text(exchange, "X-Last: yes\r\n\r\n");
}

static bool do_continue(const upstream_exchange *exchange)
{
    upstream_send_text(exchange, "HTTP/1.1 100 Continue\r\n\r\n");
    return do_ok(exchange);
}

static bool take_failure(void)
{
    unsigned left = atomic_load(&failures_left);

    while (left > 0 && !atomic_compare_exchange_weak(&failures_left, &left, left - 1))
        ;
    return left > 0;
}

static bool do_flaky(const upstream_exchange *exchange)
{
    return take_failure() ? answer_text(exchange, 503, "text/plain", "") : do_ok(exchange);
}

static bool do_stuck(const upstream_exchange *exchange)
{
    return take_failure() ? do_hang(exchange) : do_ok(exchange);
}

/* Stays inside for a while, and notes how many are. */
static bool do_crowd(const upstream_exchange *exchange)
{
    unsigned now_inside = atomic_fetch_add(&inside, 1) + 1;
    unsigned most = atomic_load(&most_inside);

    while (most < now_inside && !atomic_compare_exchange_weak(&most_inside, &most, now_inside))
        ;
    upstream_await_close(exchange, 20);
    atomic_fetch_sub(&inside, 1);
    return do_ok(exchange);
}

static bool misbehave(const upstream_exchange *exchange, void *argument)
{
    static const struct {
        const char *path;
        bool (*act)(const upstream_exchange *exchange);
    } ways[] = {
        {"/ok", do_ok},
        {"/echo", do_echo},
        {"/status/", do_status},
        {"/busy", do_busy},
        {"/hang", do_hang},
        {"/half", do_half},
        {"/drip", do_drip},
        {"/think", do_think},
        {"/reset", do_reset},
        {"/close", do_close},
        {"/ok-close", do_ok_close},
        {"/cut", do_cut},
        {"/cut-chunked", do_cut_chunked},
        {"/garbage", do_garbage},
        {"/html", do_html},
        {"/long", do_long},
        {"/head-long", do_head_long},
        {"/endless", do_endless},
        {"/flood", do_flood},
        {"/gzip", do_gzip},
        {"/bomb", do_bomb},
        {"/bad-gzip", do_bad_gzip},
        {"/redirect", do_redirect},
        {"/continue", do_continue},
        {"/fields", do_fields},
        {"/large-head", do_large_head},
        {"/flaky", do_flaky},
        {"/stuck", do_stuck},
        {"/crowd", do_crowd},
    };
    size_t size = strcspn(exchange->target, "?");

    (void)argument;
    for (size_t i = 0; i < POLY_LENGTH(ways); i++) {
        size_t length = strlen(ways[i].path);
        bool prefix = ways[i].path[length - 1] == '/';

        if (strncmp(exchange->target, ways[i].path, length) == 0 && (prefix || size == length))
            return ways[i].act(exchange);
    }
    return answer_text(exchange, 404, "text/plain", "");
}

/* --- calls --- */

struct shot {
    poly_httpc_request request;
    uint64_t deadline; /* of the fiber, from now; 0: none */
    poly_result result;
    poly_httpc_response response;
    uint64_t took;
};

struct salvo {
    struct shot *shots;
    size_t count;
};

static void shoot(struct shot *shot)
{
    uint64_t start = poly_time_monotonic();

    poly_fiber_set_deadline(shot->deadline ? start + shot->deadline : POLY_NO_DEADLINE);
    shot->result = poly_httpc_call(client, &shot->request, arena, &shot->response);
    shot->took = poly_time_monotonic() - start;
}

static void shoot_all(void *argument)
{
    struct salvo *salvo = argument;

    for (size_t i = 0; i < salvo->count; i++)
        shoot(&salvo->shots[i]);
}

/* One after the other, on one fiber. */
static inline void fire(struct shot *shots, size_t count)
{
    on_fiber(shoot_all, &(struct salvo){.shots = shots, .count = count});
}

static inline struct shot get(const char *path)
{
    struct shot shot = {.request = {.method = POLY_GET, .path = path}};

    fire(&shot, 1);
    return shot;
}

static inline void use(poly_httpc_options options)
{
    options.name = options.name ? options.name : "test";
    options.base_url = options.base_url ? options.base_url : upstream_url(server);
    client = poly_httpc_create(&options);
}

static void open_scene(void)
{
    arena = poly_arena_create(0);
    server = upstream_start(misbehave, NULL);
}

static void close_scene(void)
{
    if (server)
        upstream_stop(&server);
    poly_httpc_destroy(&client);
    poly_arena_destroy(&arena);
}

static int run_cases(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, open_scene, close_scene);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

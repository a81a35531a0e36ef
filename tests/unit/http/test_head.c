/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct http_head head;
static struct http_refusal refusal;
static size_t head_size;

static enum http_head_status parse_bytes(const char *text, size_t size)
{
    size_t scanned = 0;

    return http_head_parse(text, size, &scanned, &head, &head_size, &refusal);
}

static enum http_head_status parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void assert_slice(poly_slice slice, const char *expected)
{
    ck_assert_msg(poly_slice_equal(slice, expected), "\"%.*s\" is not \"%s\"", (int)slice.size, slice.data, expected);
}

START_TEST(plain_request)
{
    const char *text = "GET /api/x?date=2026-09-01&y HTTP/1.1\r\nHost: a:80\r\nX-Any:  two words \r\n\r\nrest";

    ck_assert_int_eq(parse(text), HTTP_HEAD_DONE);
    ck_assert_int_eq(head.method, POLY_GET);
    assert_slice(head.path, "/api/x");
    assert_slice(head.query, "date=2026-09-01&y");
    assert_slice(head.known[HTTP_HOST], "a:80");
    assert_slice(head.fields[1].value, "two words");
    ck_assert_uint_eq(head.field_count, 2);
    ck_assert(head.keep_alive && !head.chunked && head.content_length == 0);
    ck_assert_uint_eq(head_size, strlen(text) - 4);
}
END_TEST

START_TEST(head_in_pieces)
{
    const char *text = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n";
    size_t scanned = 0;

    for (size_t size = 0; size < strlen(text); size++)
        ck_assert_int_eq(http_head_parse(text, size, &scanned, &head, &head_size, &refusal), HTTP_HEAD_PARTIAL);
    ck_assert_int_eq(http_head_parse(text, strlen(text), &scanned, &head, &head_size, &refusal), HTTP_HEAD_DONE);
    ck_assert_int_eq(head.content_length, 12);
}
END_TEST

START_TEST(connection_rules)
{
    ck_assert_int_eq(parse("GET / HTTP/1.0\r\n\r\n"), HTTP_HEAD_DONE);
    ck_assert(!head.keep_alive);
    ck_assert_int_eq(parse("GET / HTTP/1.0\r\nConnection: foo, Keep-Alive\r\n\r\n"), HTTP_HEAD_DONE);
    ck_assert(head.keep_alive);
    ck_assert_int_eq(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: te,close\r\n\r\n"), HTTP_HEAD_DONE);
    ck_assert(!head.keep_alive);
    ck_assert_int_eq(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"),
                     HTTP_HEAD_DONE);
    ck_assert(!head.keep_alive);
}
END_TEST

START_TEST(target_forms)
{
    ck_assert_int_eq(parse("\r\nGET http://h.example/a?b HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_HEAD_DONE);
    assert_slice(head.path, "/a");
    assert_slice(head.query, "b");
    ck_assert_int_eq(parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_HEAD_DONE);
    ck_assert_int_eq(parse("GET /search?q=Иванов HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_HEAD_DONE);
    assert_slice(head.query, "q=Иванов");
    ck_assert_int_eq(parse("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"), HTTP_HEAD_DONE);
    ck_assert_int_eq(head.method, HTTP_METHOD_OTHER);
}
END_TEST

/* The corpus of ways to make two servers disagree, each refused with 400 unless another status is named. */
static const struct {
    const char *name;
    const char *text;
    int status;
} refused[] = {
    {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"bare LF in fields", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"LF only", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"lone CR", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400},
    {"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"no name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400},
    {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n", 400},
    {"folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400},
    {"field before any", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"TE and CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"two CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
    {"CL list", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400},
    {"signed CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400},
    {"negative CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400},
    {"hex CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400},
    {"empty CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400},
    {"huge CL", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999\r\n\r\n", 413},
    {"TE twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"TE other", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
    {"TE identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400},
    {"TE obscured", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400},
    {"TE in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET with body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400},
    {"HEAD with body", "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"control in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
    {"control in the target", "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tab for a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
    {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"absolute with a query before the path", "GET http://a?b/c HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"absolute without a path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"method no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"Expect other", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417},
    {"TLS hello", "\x16\x03\x01\x02\r\n\r\n", 400},
};

START_TEST(refuses)
{
    ck_assert_msg(parse(refused[_i].text) == HTTP_HEAD_REFUSED, "accepted: %s", refused[_i].name);
    ck_assert_msg(refusal.status == refused[_i].status, "%s: %d", refused[_i].name, refusal.status);
}
END_TEST

START_TEST(refuses_nul)
{
    static const char in_value[] = "GET / HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n";
    static const char in_name[] = "GET / HTTP/1.1\r\nHost: a\r\nX\0: b\r\n\r\n";

    ck_assert_int_eq(parse_bytes(in_value, sizeof(in_value) - 1), HTTP_HEAD_REFUSED);
    ck_assert_int_eq(parse_bytes(in_name, sizeof(in_name) - 1), HTTP_HEAD_REFUSED);
}
END_TEST

START_TEST(limits)
{
    char text[20 * 1024];
    size_t size = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");

    for (int i = 0; i < 63; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "X-%d: y\r\n", i);
    memcpy(text + size, "\r\n", 3);
    ck_assert_int_eq(parse(text), HTTP_HEAD_DONE);
    memcpy(text + size, "Z: 1\r\n\r\n", 9);
    ck_assert_int_eq(parse(text), HTTP_HEAD_REFUSED);
    ck_assert_int_eq(refusal.status, 431);
    memset(text, 'a', sizeof(text));
    memcpy(text, "GET /", 5);
    ck_assert_int_eq(parse_bytes(text, HTTP_HEAD_MAX_SIZE), HTTP_HEAD_PARTIAL);
    ck_assert_int_eq(parse_bytes(text, HTTP_HEAD_MAX_SIZE + 1), HTTP_HEAD_REFUSED);
    ck_assert_int_eq(refusal.status, 431);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http head");
    TCase *accepted = tcase_create("accepted");
    TCase *strict = tcase_create("refused");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(accepted, plain_request);
    tcase_add_test(accepted, head_in_pieces);
    tcase_add_test(accepted, connection_rules);
    tcase_add_test(accepted, target_forms);
    tcase_add_loop_test(strict, refuses, 0, (int)POLY_LENGTH(refused));
    tcase_add_test(strict, refuses_nul);
    tcase_add_test(strict, limits);
    suite_add_tcase(suite, accepted);
    suite_add_tcase(suite, strict);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

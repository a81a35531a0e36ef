/* SPDX-License-Identifier: MIT */
#include "http/multipart_parser.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX 200u

static struct multipart_parser parser;
static char header[HEADER_MAX];
static poly_strbuf transcript;

static void begin(void)
{
    poly_strbuf_init(&transcript, 1 << 20);
}

static void end(void)
{
    poly_strbuf_release(&transcript);
}

static void start(void)
{
    multipart_parser_init(&parser, poly_slice_of("b-1"), header, sizeof(header));
    poly_strbuf_clear(&transcript);
}

/* Notes events until the input is used up: "[header]data|", "!" for a fault. */
static void feed(poly_slice input)
{
    enum multipart_event event;

    do {
        poly_slice data;
        size_t taken = multipart_parser_take(&parser, input, &event, &data);

        input.data += taken;
        input.size -= taken;
        if (event == MULTIPART_HEADER) {
            poly_strbuf_append_char(&transcript, '[');
            poly_strbuf_append(&transcript, parser.header, parser.header_size);
            poly_strbuf_append_char(&transcript, ']');
        } else if (event == MULTIPART_DATA) {
            ck_assert_uint_gt(data.size, 0);
            poly_strbuf_append(&transcript, data.data, data.size);
        } else if (event == MULTIPART_PART_END) {
            poly_strbuf_append_char(&transcript, '|');
        } else if (event == MULTIPART_FAULT) {
            poly_strbuf_append_char(&transcript, '!');
        }
    } while (event != MULTIPART_MORE && event != MULTIPART_FAULT);
    ck_assert(event == MULTIPART_FAULT || input.size == 0);
}

/* Copied, so that a sanitizer sees a step over either end. */
static void feed_copy(const char *text, size_t size)
{
    char *copy = malloc(size ? size : 1);

    memcpy(copy, text, size);
    feed((poly_slice){copy, size});
    free(copy);
}

static void close_transcript(void)
{
    poly_strbuf_append_text(&transcript, multipart_parser_is_complete(&parser) ? "." : "…");
}

/* Whole, at every place in two, and byte by byte. */
static void expect(const char *body, const char *expected)
{
    size_t size = strlen(body);

    for (size_t cut = 0; cut <= size; cut++) {
        start();
        feed_copy(body, cut);
        if (parser.state != MULTIPART_BROKEN)
            feed_copy(body + cut, size - cut);
        close_transcript();
        ck_assert_msg(strcmp(transcript.data, expected) == 0, "cut at %zu of %s: %s", cut, body, transcript.data);
    }
    start();
    for (size_t i = 0; i < size && parser.state != MULTIPART_BROKEN; i++)
        feed_copy(body + i, 1);
    close_transcript();
    ck_assert_msg(strcmp(transcript.data, expected) == 0, "byte by byte %s: %s", body, transcript.data);
}

START_TEST(parts)
{
    expect("--b-1\r\nA: 1\r\nB: 2\r\n\r\nhello\r\n--b-1--\r\n", "[A: 1\r\nB: 2\r\n]hello|.");
    expect("--b-1\r\nA: 1\r\n\r\none\r\n--b-1\r\nA: 2\r\n\r\ntwo\r\n--b-1--", "[A: 1\r\n]one|[A: 2\r\n]two|.");
    expect("--b-1--\r\n", ".");
    expect("--b-1--", ".");
}
END_TEST

START_TEST(empty_parts)
{
    expect("--b-1\r\nA: 1\r\n\r\n\r\n--b-1--\r\n", "[A: 1\r\n]|.");
    expect("--b-1\r\nA: 1\r\n\r\n--b-1--\r\n", "[A: 1\r\n]|.");
    expect("--b-1\r\n\r\nx\r\n--b-1--\r\n", "[]x|.");
}
END_TEST

START_TEST(what_looks_like_a_boundary)
{
    expect("--b-1\r\nA:\r\n\r\n\r\r\n\r\n-\r\n--\r\n--b\r\n--b-\r\n--b-2\r\n\r\n--b-1--",
           "[A:\r\n]\r\r\n\r\n-\r\n--\r\n--b\r\n--b-\r\n--b-2\r\n|.");
    expect("--b-1\r\nA:\r\n\r\n--b-2 --b-1\n--b-1\r--b-1\r\n--b-1--", "[A:\r\n]--b-2 --b-1\n--b-1\r--b-1|.");
    expect("--b-1\r\nA:\r\n\r\n--\r\n--b-1--", "[A:\r\n]--|.");
    expect("--b-1\r\nA:\r\n\r\n-\r\n--b-1--", "[A:\r\n]-|.");
    expect("--b-1\r\nA:\r\n\r\n\r\n\r\n--b-1--", "[A:\r\n]\r\n|.");
}
END_TEST

START_TEST(what_is_cut_short)
{
    expect("", "…");
    expect("--b-1", "…");
    expect("--b-1\r\n", "…");
    expect("--b-1\r\nA: 1\r\n\r\nhello", "[A: 1\r\n]hello…");
    expect("--b-1\r\nA: 1\r\n\r\nhello\r\n--b-1", "[A: 1\r\n]hello|…");
    expect("--b-1\r\nA: 1\r\n\r\nhello\r\n--b-1-", "[A: 1\r\n]hello|…");
    expect("--b-1--\r", "…");
}
END_TEST

START_TEST(what_is_refused)
{
    expect("hello", "!…");
    expect("\r\n--b-1--", "!…");
    expect("preamble\r\n--b-1--", "!…");
    expect("--b-2\r\n", "!…");
    expect("--b-1 \r\n", "!…");
    expect("--b-1\n", "!…");
    expect("--b-1\rx", "!…");
    expect("--b-1-x", "!…");
    expect("--b-1--x", "!…");
    expect("--b-1--\r\n\r\n", "!…");
    expect("--b-1--\r\nepilogue", "!…");
    expect("--b-1\r\nA: 1\n", "!…");
    expect("--b-1\r\n\n", "!…");
    expect("--b-1\r\nA: 1\r\n\r\nx\r\n--b-1x", "[A: 1\r\n]x|!…");
    expect("--b-1\r\nA: 1\r\n\r\n--b-1x", "[A: 1\r\n]|!…");
}
END_TEST

/* The limit is on all lines and the empty one behind them. */
START_TEST(a_header_is_bounded)
{
    char body[400] = "--b-1\r\nA: ";
    size_t padding = HEADER_MAX - strlen("A: \r\n\r\n");

    for (size_t more = 0; more < 2; more++) {
        size_t size = strlen("--b-1\r\nA: ");

        memset(body + size, 'x', padding + more);
        memcpy(body + size + padding + more, "\r\n\r\n", 5);
        start();
        feed_copy(body, strlen(body));
        ck_assert_int_eq(parser.state == MULTIPART_BROKEN, more == 1);
        start();
        for (size_t i = 0; i < strlen(body) && parser.state != MULTIPART_BROKEN; i++)
            feed_copy(body + i, 1);
        ck_assert_int_eq(parser.state == MULTIPART_BROKEN, more == 1);
    }
    ck_assert_str_eq(parser.fault.en, "a part's header is too long");
    memset(body + 7, 'x', 300);
    start();
    feed_copy(body, 307);
    ck_assert_int_eq(parser.state, MULTIPART_BROKEN);
}
END_TEST

START_TEST(a_fault_stays)
{
    start();
    feed_copy("x", 1);
    feed_copy("--b-1--", 7);
    ck_assert_str_eq(transcript.data, "!!");
}
END_TEST

/* Pieces of data are as large as the input lets them be. */
START_TEST(large_data_comes_in_few_pieces)
{
    static char body[100000];
    size_t head = strlen("--b-1\r\nA:\r\n\r\n");
    enum multipart_event event;
    poly_slice input, data;
    size_t pieces = 0;

    memcpy(body, "--b-1\r\nA:\r\n\r\n", head);
    for (size_t i = head; i < sizeof(body); i++)
        body[i] = "\r\n-x"[i % 4];
    start();
    input = (poly_slice){body, sizeof(body)};
    do {
        size_t taken = multipart_parser_take(&parser, input, &event, &data);

        input.data += taken;
        input.size -= taken;
        pieces += event == MULTIPART_DATA;
    } while (event != MULTIPART_MORE);
    ck_assert_uint_le(pieces, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multipart parser");
    TCase *tests = tcase_create("multipart parser");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, parts);
    tcase_add_test(tests, empty_parts);
    tcase_add_test(tests, what_looks_like_a_boundary);
    tcase_add_test(tests, what_is_cut_short);
    tcase_add_test(tests, what_is_refused);
    tcase_add_test(tests, a_header_is_bounded);
    tcase_add_test(tests, a_fault_stays);
    tcase_add_test(tests, large_data_comes_in_few_pieces);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

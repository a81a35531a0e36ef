/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Feeds `text` in pieces of `step` bytes; what came out is in `out`, what was not consumed is counted in `left`. */
static enum http_body_state feed(struct http_body *body, const char *text, size_t size, size_t step, char *out,
                                 size_t *left)
{
    size_t at = 0;
    size_t out_size = 0;

    while (at < size && body->state != HTTP_BODY_END && body->state != HTTP_BODY_BAD) {
        size_t piece = size - at < step ? size - at : step;
        poly_slice data;
        size_t taken = http_body_take(body, (poly_slice){text + at, piece}, &data);

        memcpy(out + out_size, data.data, data.size);
        out_size += data.size;
        at += taken;
        ck_assert_uint_gt(taken, 0);
    }
    out[out_size] = '\0';
    *left = size - at;
    return body->state;
}

START_TEST(sized_body_ends_at_its_length)
{
    struct http_body body;
    char out[64];
    size_t left;

    http_body_init(&body, false, 5);
    ck_assert_int_eq(feed(&body, "helloGET", 8, 3, out, &left), HTTP_BODY_END);
    ck_assert_str_eq(out, "hello");
    ck_assert_uint_eq(left, 3);
    http_body_init(&body, false, 0);
    ck_assert_int_eq(body.state, HTTP_BODY_END);
}
END_TEST

START_TEST(chunked_body_in_any_pieces)
{
    static const char text[] = "5\r\nhello\r\n1;a=\"b\"\r\n \r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\nnext";

    for (size_t step = 1; step < sizeof(text); step++) {
        struct http_body body;
        char out[64];
        size_t left;

        http_body_init(&body, true, 0);
        ck_assert_int_eq(feed(&body, text, sizeof(text) - 1, step, out, &left), HTTP_BODY_END);
        ck_assert_str_eq(out, "hello 0123456789");
        ck_assert_uint_eq(left, 4);
    }
}
END_TEST

static const char *const bad_chunks[] = {
    "0x5\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    " 5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\r\nhelloX\r\n0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "\r\nhello\r\n",
    "100000000\r\n",
    "g\r\n",
    "5;a\nb\r\nhello\r\n",
    "0\r\nX: y\n\r\n",
    "0\r\n\rX",
    "-1\r\n",
    ";a\r\n",
};

START_TEST(bad_chunks_are_refused)
{
    struct http_body body;
    char out[64];
    size_t left;

    http_body_init(&body, true, 0);
    ck_assert_msg(feed(&body, bad_chunks[_i], strlen(bad_chunks[_i]), 64, out, &left) == HTTP_BODY_BAD, "%s",
                  bad_chunks[_i]);
}
END_TEST

START_TEST(extensions_and_trailers_are_bounded)
{
    struct http_body body;
    char text[5000];
    poly_slice data;

    memset(text, 'x', sizeof(text));
    memcpy(text, "5;", 2);
    http_body_init(&body, true, 0);
    http_body_take(&body, (poly_slice){text, sizeof(text)}, &data);
    ck_assert_int_eq(body.state, HTTP_BODY_BAD);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http body");
    TCase *tests = tcase_create("framing");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, sized_body_ends_at_its_length);
    tcase_add_test(tests, chunked_body_in_any_pieces);
    tcase_add_loop_test(tests, bad_chunks_are_refused, 0, (int)POLY_LENGTH(bad_chunks));
    tcase_add_test(tests, extensions_and_trailers_are_bounded);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include "http/sse_frame.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void expect_bytes(const poly_blob *frame, bool chunked, const char *expected)
{
    poly_slice bytes = sse_frame_bytes(frame, chunked);

    ck_assert_msg(poly_slice_equal(bytes, expected), "\"%.*s\" is not \"%s\"", (int)bytes.size, bytes.data, expected);
}

static void expect_event(const poly_sse_event *event, const char *expected)
{
    poly_blob *frame = sse_frame_of_event(event);
    char chunk[1000];

    snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(expected), expected);
    expect_bytes(frame, false, expected);
    expect_bytes(frame, true, chunk);
    poly_blob_unref(&frame);
}

static void expect_data(const char *data, const char *expected)
{
    expect_event(&(poly_sse_event){.data = poly_slice_of(data)}, expected);
}

START_TEST(names_and_data)
{
    expect_data("{\"a\":1}", "data: {\"a\":1}\n\n");
    expect_event(&(poly_sse_event){.id = "17", .name = "tablet", .data = poly_slice_of("x")},
                 "id: 17\nevent: tablet\ndata: x\n\n");
    expect_event(&(poly_sse_event){.id = "", .data = poly_slice_of("x")}, "id: \ndata: x\n\n");
    expect_event(&(poly_sse_event){.name = "ping"}, "event: ping\ndata: \n\n");
}
END_TEST

START_TEST(every_line_end_begins_a_line)
{
    expect_data("a\nb", "data: a\ndata: b\n\n");
    expect_data("a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n");
    expect_data("a\n", "data: a\ndata: \n\n");
    expect_data("\n\n", "data: \ndata: \ndata: \n\n");
    expect_data("\r", "data: \ndata: \n\n");
    expect_data("a\n\rb", "data: a\ndata: \ndata: b\n\n");
    expect_data("event: forged\nid: 3", "data: event: forged\ndata: id: 3\n\n");
}
END_TEST

START_TEST(large_data)
{
    static char data[100000];
    poly_blob *frame;

    memset(data, '\n', sizeof(data));
    frame = sse_frame_of_event(&(poly_sse_event){.data = {data, sizeof(data)}});
    ck_assert_uint_eq(sse_frame_bytes(frame, false).size, (sizeof(data) + 1) * strlen("data: \n") + 1);
    poly_blob_unref(&frame);
}
END_TEST

START_TEST(texts)
{
    poly_blob *frame = sse_frame_of_text(":\n\n");

    expect_bytes(frame, true, "3\r\n:\n\n\r\n");
    expect_bytes(frame, false, ":\n\n");
    poly_blob_unref(&frame);
    frame = sse_frame_of_text("");
    expect_bytes(frame, true, "0\r\n\r\n");
    expect_bytes(frame, false, "");
    poly_blob_unref(&frame);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse frame");
    TCase *tests = tcase_create("sse frame");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, names_and_data);
    tcase_add_test(tests, every_line_end_begins_a_line);
    tcase_add_test(tests, large_data);
    tcase_add_test(tests, texts);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include "poly/trace.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_ID "4bf92f3577b34da6a3ce929d0e0e4736"
#define PARENT   "00-" TRACE_ID "-00f067aa0ba902b7-01"

static const poly_slice absent = {.data = NULL};

static bool is_hex(const char *text, size_t size)
{
    return strlen(text) == size && strspn(text, "0123456789abcdef") == size && strspn(text, "0") != size;
}

/* Whether the caller's trace was taken over. */
static bool continues(const char *traceparent)
{
    poly_trace trace;

    poly_trace_start(&trace, absent, poly_slice_of(traceparent));
    ck_assert(is_hex(trace.trace_id, 32));
    ck_assert(is_hex(trace.span_id, 16));
    return strcmp(trace.trace_id, TRACE_ID) == 0;
}

START_TEST(makes_what_was_not_sent)
{
    poly_trace a, b;

    poly_trace_start(&a, absent, absent);
    poly_trace_start(&b, absent, absent);
    ck_assert(is_hex(a.trace_id, 32));
    ck_assert(is_hex(a.span_id, 16));
    ck_assert(is_hex(a.request_id, 32));
    ck_assert(poly_request_id_is_valid(poly_slice_of(a.request_id)));
    ck_assert_str_ne(a.trace_id, b.trace_id);
    ck_assert_str_ne(a.span_id, b.span_id);
    ck_assert_str_ne(a.request_id, b.request_id);
    ck_assert_str_ne(a.request_id, a.trace_id);
    ck_assert(a.sampled);
}
END_TEST

START_TEST(takes_over_what_was_sent)
{
    poly_trace trace;
    char parent[POLY_TRACEPARENT_SIZE], expected[POLY_TRACEPARENT_SIZE] = "00-" TRACE_ID "-";

    poly_trace_start(&trace, poly_slice_of("Client.id_7-x"), poly_slice_of(PARENT));
    ck_assert_str_eq(trace.request_id, "Client.id_7-x");
    ck_assert_str_eq(trace.trace_id, TRACE_ID);
    ck_assert_str_ne(trace.span_id, "00f067aa0ba902b7");
    ck_assert(trace.sampled);
    poly_trace_parent(&trace, parent);
    memcpy(expected + 36, trace.span_id, 16);
    memcpy(expected + 52, "-01", 4);
    ck_assert_str_eq(parent, expected);
}
END_TEST

START_TEST(passes_on_what_is_not_sampled)
{
    poly_trace trace;
    char parent[POLY_TRACEPARENT_SIZE];

    poly_trace_start(&trace, absent, poly_slice_of("00-" TRACE_ID "-00f067aa0ba902b7-02"));
    ck_assert(!trace.sampled);
    poly_trace_parent(&trace, parent);
    ck_assert_str_eq(parent + 52, "-00");
    ck_assert_uint_eq(strlen(parent), POLY_TRACEPARENT_SIZE - 1);
}
END_TEST

START_TEST(knows_traceparents)
{
    static const char *const wrong[] = {
        "",
        "00",
        "00-" TRACE_ID "-00f067aa0ba902b7-0",
        "00-" TRACE_ID "-00f067aa0ba902b7-01-",
        "00-" TRACE_ID "-00f067aa0ba902b7-01-x",
        "00-" TRACE_ID "-00f067aa0ba902b7-0g",
        "00-" TRACE_ID "-00f067aa0ba902bg-01",
        "00-" TRACE_ID "-0000000000000000-01",
        "00-" TRACE_ID "-00F067AA0BA902B7-01",
        "0g-" TRACE_ID "-00f067aa0ba902b7-01",
        "ff-" TRACE_ID "-00f067aa0ba902b7-01",
        "00_" TRACE_ID "-00f067aa0ba902b7-01",
        "00-" TRACE_ID "_00f067aa0ba902b7-01",
        "00-" TRACE_ID "-00f067aa0ba902b7_01",
        "01-" TRACE_ID "-00f067aa0ba902b7-01x",
        " 00-" TRACE_ID "-00f067aa0ba902b7-01",
    };

    ck_assert(continues(PARENT));
    ck_assert(continues("01-" TRACE_ID "-00f067aa0ba902b7-01"));
    ck_assert(continues("cc-" TRACE_ID "-00f067aa0ba902b7-01-what-the-future-will-be"));
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!continues(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(refuses_a_trace_of_zeros_or_capitals)
{
    poly_trace trace;

    poly_trace_start(&trace, absent, poly_slice_of("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
    ck_assert(is_hex(trace.trace_id, 32));
    poly_trace_start(&trace, absent, poly_slice_of("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
    ck_assert(is_hex(trace.trace_id, 32));
}
END_TEST

START_TEST(knows_request_ids)
{
    static const char *const wrong[] = {"", "a b", "a\n", "a/b", "a\"", "идент", "a,b", "a:b"};
    char longest[130];

    memset(longest, 'a', sizeof(longest));
    ck_assert(poly_request_id_is_valid((poly_slice){.data = longest, .size = 128}));
    ck_assert(!poly_request_id_is_valid((poly_slice){.data = longest, .size = 129}));
    ck_assert(poly_request_id_is_valid(poly_slice_of("AZaz09._-")));
    ck_assert(!poly_request_id_is_valid(absent));
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!poly_request_id_is_valid(poly_slice_of(wrong[i])), "%s", wrong[i]);
    ck_assert(!poly_request_id_is_valid((poly_slice){.data = "a\0b", .size = 3}));
}
END_TEST

START_TEST(a_bad_request_id_is_replaced)
{
    char longest[130];
    poly_trace trace;

    memset(longest, 'a', sizeof(longest));
    poly_trace_start(&trace, (poly_slice){.data = longest, .size = 128}, absent);
    ck_assert_uint_eq(strlen(trace.request_id), 128);
    poly_trace_start(&trace, (poly_slice){.data = longest, .size = 129}, absent);
    ck_assert_uint_eq(strlen(trace.request_id), 32);
    poly_trace_start(&trace, poly_slice_of("a\r\nSet-Cookie: x"), absent);
    ck_assert_uint_eq(strlen(trace.request_id), 32);
}
END_TEST

static void *make_one(void *argument)
{
    poly_trace_start(argument, absent, absent);
    return NULL;
}

START_TEST(threads_make_different_ids)
{
    poly_trace traces[4];
    pthread_t threads[4];

    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_one, &traces[i]), 0);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++) {
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(traces[i].trace_id, traces[j].trace_id);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, makes_what_was_not_sent);
    tcase_add_test(tests, takes_over_what_was_sent);
    tcase_add_test(tests, passes_on_what_is_not_sampled);
    tcase_add_test(tests, knows_traceparents);
    tcase_add_test(tests, refuses_a_trace_of_zeros_or_capitals);
    tcase_add_test(tests, knows_request_ids);
    tcase_add_test(tests, a_bad_request_id_is_replaced);
    tcase_add_test(tests, threads_make_different_ids);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

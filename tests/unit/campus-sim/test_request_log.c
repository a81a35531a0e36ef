/* SPDX-License-Identifier: MIT */
#include "request_log.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static request_log *requests;

static void set_up(void)
{
    requests = request_log_create();
}

static void tear_down(void)
{
    request_log_destroy(&requests);
}

static void check_listing(const char *prefix, const char *expected)
{
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, 1 << 20);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    request_log_write(requests, prefix, &writer);
    poly_json_end_object(&writer);
    ck_assert_str_eq(poly_strbuf_text(&out), expected);
    poly_strbuf_release(&out);
}

START_TEST(counts_by_target)
{
    request_log_leave(requests, request_log_enter(requests, "/a"));
    request_log_leave(requests, request_log_enter(requests, "/a"));
    request_log_leave(requests, request_log_enter(requests, "/b"));
    check_listing("/a", "{\"paths\":{\"/a\":2},\"total\":2,\"in_flight\":0,\"max_in_flight\":1}");
    check_listing("/b", "{\"paths\":{\"/b\":1},\"total\":1,\"in_flight\":0,\"max_in_flight\":1}");
    check_listing("/c", "{\"paths\":{},\"total\":0,\"in_flight\":0,\"max_in_flight\":0}");
}
END_TEST

START_TEST(knows_how_many_are_in_flight)
{
    request_mark one = request_log_enter(requests, "/a");
    request_mark other = request_log_enter(requests, "/a");

    check_listing("/", "{\"paths\":{\"/a\":2},\"total\":2,\"in_flight\":2,\"max_in_flight\":2}");
    request_log_leave(requests, one);
    check_listing("/", "{\"paths\":{\"/a\":2},\"total\":2,\"in_flight\":1,\"max_in_flight\":2}");
    request_log_leave(requests, other);
}
END_TEST

START_TEST(reset_forgets_those_in_flight)
{
    request_mark old = request_log_enter(requests, "/a");
    request_mark fresh;

    request_log_reset(requests);
    check_listing("", "{\"paths\":{},\"total\":0,\"in_flight\":0,\"max_in_flight\":0}");
    fresh = request_log_enter(requests, "/a");
    request_log_leave(requests, old);
    check_listing("", "{\"paths\":{\"/a\":1},\"total\":1,\"in_flight\":1,\"max_in_flight\":1}");
    request_log_leave(requests, fresh);
}
END_TEST

START_TEST(is_bounded)
{
    for (int i = 0; i < 10000; i++) {
        char target[32];

        snprintf(target, sizeof(target), "/%d", i);
        request_log_leave(requests, request_log_enter(requests, target));
    }
    check_listing("other", "{\"paths\":{\"other\":1808},\"total\":1808,\"in_flight\":0,\"max_in_flight\":1}");
    check_listing("/8191", "{\"paths\":{\"/8191\":1},\"total\":1,\"in_flight\":0,\"max_in_flight\":1}");
    check_listing("/8192", "{\"paths\":{},\"total\":0,\"in_flight\":0,\"max_in_flight\":0}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus request log");
    TCase *tcase = tcase_create("request_log");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, counts_by_target);
    tcase_add_test(tcase, knows_how_many_are_in_flight);
    tcase_add_test(tcase, reset_forgets_those_in_flight);
    tcase_add_test(tcase, is_bounded);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
#include "httpc/fields.h"
#include "poly/httpc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static poly_strbuf fields;

static void begin(void)
{
    poly_strbuf_init(&fields, 1000);
}

static void end(void)
{
    poly_strbuf_release(&fields);
}

static void take(const char *line)
{
    httpc_fields_take(&fields, line, strlen(line));
}

static const char *find(const char *name, size_t index)
{
    const poly_httpc_response response = {.fields = {fields.data, fields.size}};

    return poly_httpc_header(&response, name, index);
}

START_TEST(finds_by_name_and_index)
{
    take("HTTP/1.1 200 OK\r\n");
    take("A: 1\r\n");
    take("b:2\r\n");
    take("a:\t 3 \r\n");
    take("\r\n");
    ck_assert_str_eq(find("A", 0), "1");
    ck_assert_str_eq(find("a", 1), "3");
    ck_assert_ptr_null(find("A", 2));
    ck_assert_str_eq(find("B", 0), "2");
    ck_assert_ptr_null(find("B", 1));
    ck_assert_ptr_null(find("1", 0)); /* a value is no name */
    ck_assert_ptr_null(find("", 0));
}
END_TEST

START_TEST(a_status_line_begins_anew)
{
    take("HTTP/1.1 100 Continue\r\n");
    take("A: 1\r\n");
    take("HTTP/1.1 200 OK: fine\r\n");
    ck_assert_ptr_null(find("A", 0));
    take("A: 2\r\n");
    ck_assert_str_eq(find("A", 0), "2");
}
END_TEST

START_TEST(odd_lines)
{
    take(" folded before anything\r\n");
    take("no colon\r\n");
    httpc_fields_take(&fields, "N: a\0b\r\n", 8);
    httpc_fields_take(&fields, "", 0);
    ck_assert_uint_eq(fields.size, 0);
    take("A:\r\n");
    take("\tfolded: 1 \r\n");
    take("  \r\n");
    take("B: 2");
    ck_assert_str_eq(find("A", 0), " folded: 1");
    ck_assert_str_eq(find("B", 0), "2");
    ck_assert_ptr_null(find("folded", 0));
}
END_TEST

START_TEST(takes_no_more_room_than_the_lines)
{
    static const char *const lines[] = {":\n", "a:\n", "a:b\n", " c\n", "long-name: long value\r\n", "\tx"};
    size_t size = 0;

    for (size_t i = 0; i < POLY_LENGTH(lines); i++) {
        take(lines[i]);
        size += strlen(lines[i]);
        ck_assert_uint_le(fields.size, size);
    }
}
END_TEST

START_TEST(there_may_be_none)
{
    ck_assert_ptr_null(find("A", 0));
    ck_assert_ptr_null(poly_httpc_header(&(poly_httpc_response){0}, "A", 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fields");
    TCase *tests = tcase_create("fields");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, finds_by_name_and_index);
    tcase_add_test(tests, a_status_line_begins_anew);
    tcase_add_test(tests, odd_lines);
    tcase_add_test(tests, takes_no_more_room_than_the_lines);
    tcase_add_test(tests, there_may_be_none);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

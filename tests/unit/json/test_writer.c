/* SPDX-License-Identifier: MIT */
#include "poly/json.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static poly_strbuf out;
static poly_json_writer writer;

static void begin(void)
{
    poly_strbuf_init(&out, 1 << 20);
    poly_json_writer_init(&writer, &out);
}

static void end(void)
{
    poly_strbuf_release(&out);
}

START_TEST(puts_commas_and_names)
{
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "a", 1);
    poly_json_begin_array(&writer, "b");
    poly_json_put_int(&writer, NULL, INT64_MIN);
    poly_json_begin_object(&writer, NULL);
    poly_json_end_object(&writer);
    poly_json_begin_array(&writer, NULL);
    poly_json_end_array(&writer);
    poly_json_put_null(&writer, NULL);
    poly_json_end_array(&writer);
    poly_json_put_bool(&writer, "c", true);
    poly_json_begin_object(&writer, "d");
    poly_json_put_bool(&writer, "e", false);
    poly_json_put_text(&writer, "f\"", NULL);
    poly_json_put_slice(&writer, "g", (poly_slice){.data = "xyz", .size = 2});
    poly_json_put_slice(&writer, "h", (poly_slice){.data = NULL});
    poly_json_put_slice(&writer, "i", (poly_slice){.data = "", .size = 0});
    poly_json_end_object(&writer);
    poly_json_put_raw(&writer, "j", poly_slice_of("[1,{}]"));
    poly_json_end_object(&writer);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"a\":1,\"b\":[-9223372036854775808,{},[],null],\"c\":true,"
                                             "\"d\":{\"e\":false,\"f\\\"\":null,\"g\":\"xy\",\"h\":null,\"i\":\"\"},"
                                             "\"j\":[1,{}]}");
}
END_TEST

static const struct {
    poly_slice text;
    const char *json;
} texts[] = {
    {{"", 0}, "\"\""},
    {{"plain", 5}, "\"plain\""},
    {{"\xd0\x9f\xd0\xbe\xd0\xbb\xd0\xb8\xd1\x82\xd0\xb5\xd1\x85 \xf0\x9f\x98\x80", 19},
     "\"\xd0\x9f\xd0\xbe\xd0\xbb\xd0\xb8\xd1\x82\xd0\xb5\xd1\x85 \xf0\x9f\x98\x80\""},
    {{"a\"b\\c/", 6}, "\"a\\\"b\\\\c/\""},
    {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
    {{"\0\x01\x1f\x7f", 4}, "\"\\u0000\\u0001\\u001f\x7f\""},
    {{"long enough to be a run\nand another", 35}, "\"long enough to be a run\\nand another\""},
    {{"a\xff\xd0", 3}, "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
    {{"\xed\xa0\x80z", 4}, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
};

START_TEST(escapes_text)
{
    poly_json_put_slice(&writer, NULL, texts[_i].text);
    ck_assert_str_eq(poly_strbuf_text(&out), texts[_i].json);
}
END_TEST

static const struct {
    double value;
    const char *json;
} numbers[] = {
    {0, "0"},
    {-0.0, "-0"},
    {0.1, "0.1"},
    {-2.5, "-2.5"},
    {1e15, "1000000000000000"},
    {9007199254740991.0, "9007199254740991"},
    {-9007199254740991.0, "-9007199254740991"},
    {1e21, "1e+21"},
    {1.0 / 3, "0.3333333333333333"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {5e-324, "4.94065645841247e-324"},
};

START_TEST(writes_numbers_that_read_back)
{
    poly_json *document;
    double value = 0;

    poly_json_put_number(&writer, NULL, numbers[_i].value);
    ck_assert_str_eq(poly_strbuf_text(&out), numbers[_i].json);
    ck_assert_int_eq(poly_json_parse(out.data, out.size, NULL, &document, NULL), POLY_OK);
    ck_assert(poly_json_number(document, &value));
    ck_assert(value == numbers[_i].value);
    poly_json_destroy(&document);
}
END_TEST

START_TEST(writes_a_parsed_value_again)
{
    static const char text[] = "{\"a\":[1,2,{\"b\":[]},[[]],{}],\"c\":\"\\n\\\"\xd0\x9f\",\"d\":null,\"e\":true,"
                               "\"f\":{\"g\":{\"h\":{}}},\"i\":[[1],[[2]],false],\"j\":-1.5e+100}";
    poly_json *document;

    ck_assert_int_eq(poly_json_parse(text, sizeof(text) - 1, NULL, &document, NULL), POLY_OK);
    poly_json_put_value(&writer, NULL, document);
    ck_assert_str_eq(poly_strbuf_text(&out), text);
    poly_json_destroy(&document);
}
END_TEST

/* A value from within a document brings neither its name nor what stands behind it. */
START_TEST(writes_a_part_of_a_document)
{
    static const char text[] = "{\"a\":{\"b\":[1,[2]]},\"c\":3}";
    poly_json *document;

    ck_assert_int_eq(poly_json_parse(text, sizeof(text) - 1, NULL, &document, NULL), POLY_OK);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_value(&writer, "x", poly_json_get(document, "a"));
    poly_json_put_value(&writer, "y", poly_json_get(poly_json_get(document, "a"), "b"));
    poly_json_put_value(&writer, "z", poly_json_get(document, "none"));
    poly_json_end_object(&writer);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"x\":{\"b\":[1,[2]]},\"y\":[1,[2]],\"z\":null}");
    poly_json_destroy(&document);
}
END_TEST

START_TEST(nests_64_deep)
{
    for (int i = 0; i < 64; i++)
        poly_json_begin_array(&writer, NULL);
    poly_json_put_int(&writer, NULL, 1);
    poly_json_put_int(&writer, NULL, 2);
    for (int i = 0; i < 64; i++)
        poly_json_end_array(&writer);
    ck_assert_uint_eq(out.size, 64 + 3 + 64);
    ck_assert_uint_eq(writer.depth, 0);
}
END_TEST

START_TEST(stays_within_the_buffer)
{
    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 16);
    poly_json_begin_array(&writer, NULL);
    poly_json_put_text(&writer, NULL, "0123456789\n0123456789");
    poly_json_put_text(&writer, NULL, "0123456789");
    poly_json_end_array(&writer);
    ck_assert(out.overflowed);
    ck_assert_uint_le(out.size, 16);
}
END_TEST

/* --- misuse is an assertion --- */

static void name_in_array(void)
{
    poly_json_begin_array(&writer, NULL);
    poly_json_put_int(&writer, "a", 1);
}

static void no_name_in_object(void)
{
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, NULL, 1);
}

static void name_at_top(void)
{
    poly_json_put_int(&writer, "a", 1);
}

static void wrong_end(void)
{
    poly_json_begin_object(&writer, NULL);
    poly_json_end_array(&writer);
}

static void one_end_too_many(void)
{
    poly_json_end_array(&writer);
}

static void too_deep(void)
{
    for (int i = 0; i < 65; i++)
        poly_json_begin_array(&writer, NULL);
}

static void not_finite(void)
{
    poly_json_put_number(&writer, NULL, (double)INFINITY);
}

static void (*const misuses[])(void) = {name_in_array,    no_name_in_object, name_at_top, wrong_end,
                                        one_end_too_many, too_deep,          not_finite};

START_TEST(misuse_aborts)
{
    misuses[_i]();
}
END_TEST

static Suite *writer_suite(void)
{
    Suite *suite = suite_create("json writer");
    TCase *writing = tcase_create("writing");
    TCase *misuse = tcase_create("misuse");

    tcase_add_checked_fixture(writing, begin, end);
    tcase_add_test(writing, puts_commas_and_names);
    tcase_add_loop_test(writing, escapes_text, 0, (int)POLY_LENGTH(texts));
    tcase_add_loop_test(writing, writes_numbers_that_read_back, 0, (int)POLY_LENGTH(numbers));
    tcase_add_test(writing, writes_a_parsed_value_again);
    tcase_add_test(writing, writes_a_part_of_a_document);
    tcase_add_test(writing, nests_64_deep);
    tcase_add_test(writing, stays_within_the_buffer);
    tcase_add_checked_fixture(misuse, begin, end);
    tcase_add_loop_test_raise_signal(misuse, misuse_aborts, SIGABRT, 0, (int)POLY_LENGTH(misuses));
    suite_add_tcase(suite, writing);
    suite_add_tcase(suite, misuse);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(writer_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

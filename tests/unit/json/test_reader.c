/* SPDX-License-Identifier: MIT */
#include "poly/json.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Parses a copy that ends at an unreadable page, so that reading past the end is a crash. */
static poly_result parse_at_guard(const char *text, size_t size, poly_json **document, poly_json_error *error)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (size / page + 1) * page;
    char *memory = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    poly_result result;

    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(mprotect(memory + room, page, PROT_NONE), 0);
    if (size > 0)
        memcpy(memory + room - size, text, size);
    result = poly_json_parse(memory + room - size, size, NULL, document, error);
    ck_assert_int_eq(munmap(memory, room + page), 0);
    return result;
}

static poly_json *parsed(const char *text)
{
    poly_json_error error = {.reason = "none"};
    poly_json *document = NULL;
    poly_result result = parse_at_guard(text, strlen(text), &document, &error);

    ck_assert_msg(result == POLY_OK, "%s: %s at %zu", text, error.reason, error.offset);
    ck_assert_ptr_nonnull(document);
    return document;
}

/* --- what is JSON --- */

static const char *const valid[] = {
    "null",
    "true",
    "false",
    "0",
    "-0",
    "12.5",
    "1e5",
    "1E+5",
    "-1.25e-7",
    "1e308",
    "1e-400",
    "9223372036854775808",
    "100000000000000000000000000000000000000000000000000000000000000",
    "\"\"",
    "\"a\"",
    "\"\xd0\x9f\xd0\xbe\xd0\xbb\xd0\xb8\xd1\x82\xd0\xb5\xd1\x85\"",
    "\"\xf0\x9f\x98\x80\xef\xbf\xbf\xee\x80\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\ude00\"",
    "\"\x7f\"",
    "[]",
    "{}",
    " \t\r\n[ 1 , 2 ] \n",
    "[[],[[]],{}]",
    "{\"\":1,\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
    "{\"a\":1,\"A\":2}",
};

START_TEST(takes_what_is_json)
{
    poly_json *document = parsed(valid[_i]);

    poly_json_destroy(&document);
    ck_assert_ptr_null(document);
}
END_TEST

static const struct {
    const char *text;
    const char *reason;
    size_t offset;
} invalid[] = {
    {"", "unexpected end", 0},
    {"  ", "unexpected end", 2},
    {"[", "unexpected end", 1},
    {"{\"a\"", "colon expected", 4},
    {"{\"a\":", "unexpected end", 5},
    {"{\"a\":1", "unexpected end", 6},
    {"[1,", "unexpected end", 3},
    {"[1,]", "value expected", 3},
    {"[,1]", "value expected", 1},
    {"{,}", "name expected", 1},
    {"{\"a\":1,}", "name expected", 7},
    {"{a:1}", "name expected", 1},
    {"{'a':1}", "name expected", 1},
    {"{\"a\" 1}", "colon expected", 5},
    {"{\"a\":}", "value expected", 5},
    {"[1 2]", "comma or end expected", 3},
    {"[1}", "comma or end expected", 2},
    {"{\"a\":1]", "comma or end expected", 6},
    {"]", "value expected", 0},
    {"1 2", "text behind the document", 2},
    {"{}x", "text behind the document", 2},
    {"[]]", "text behind the document", 2},
    {"nul", "value expected", 0},
    {"nulL", "value expected", 0},
    {"True", "value expected", 0},
    {"truefalse", "text behind the document", 4},
    {"NaN", "value expected", 0},
    {"[Infinity]", "value expected", 1},
    {"-Infinity", "invalid number", 0},
    {"/* c */ 1", "value expected", 0},
    {"\xef\xbb\xbf{}", "value expected", 0},
    {"\x0c[]", "value expected", 0},
    {"+1", "value expected", 0},
    {".5", "value expected", 0},
    {"-", "invalid number", 0},
    {"[-]", "invalid number", 1},
    {"1.", "invalid number", 0},
    {"1.e5", "invalid number", 0},
    {"1e", "invalid number", 0},
    {"1e+", "invalid number", 0},
    {"1e+-5", "invalid number", 0},
    {"01", "text behind the document", 1},
    {"[-01]", "comma or end expected", 3},
    {"0x10", "text behind the document", 1},
    {"1e309", "number out of range", 0},
    {"[-1e309]", "number out of range", 1},
    {"17.9769313486231590000000000000e307", "number out of range", 0},
    {"1000000000000000000000000000000000000000000000000000000000000000", "number too long", 0},
    {"\"", "unexpected end", 1},
    {"\"a", "unexpected end", 2},
    {"\"\\", "invalid escape", 1},
    {"\"\\\"", "unexpected end", 3},
    {"\"\\x41\"", "invalid escape", 1},
    {"\"\\u12\"", "invalid escape", 1},
    {"\"\\u", "invalid escape", 1},
    {"\"\\u00g0\"", "invalid escape", 1},
    {"\"\\u0000\"", "NUL in a string", 1},
    {"{\"a\\u0000b\":1}", "NUL in a string", 3},
    {"\"\\ud800\"", "lone surrogate", 1},
    {"\"\\ud800x\"", "lone surrogate", 1},
    {"\"\\ud800\\n\"", "lone surrogate", 1},
    {"\"\\ud800\\u0041\"", "lone surrogate", 1},
    {"\"\\ud800\\ud800\"", "lone surrogate", 1},
    {"\"\\ud83d\\ude0", "lone surrogate", 1},
    {"\"\\udc00\"", "lone surrogate", 1},
    {"\"\\udc00\\udc00\"", "lone surrogate", 1},
    {"\"a\tb\"", "control character in a string", 2},
    {"\"a\nb\"", "control character in a string", 2},
    {"\"\xff\"", "invalid UTF-8", 1},
    {"\"\x80\"", "invalid UTF-8", 1},
    {"\"\xc3\"", "invalid UTF-8", 1},
    {"\"\xc3", "invalid UTF-8", 1},
    {"\"\xc0\xaf\"", "invalid UTF-8", 1},
    {"\"\xe0\x80\xaf\"", "invalid UTF-8", 1},
    {"\"\xed\xa0\x80\"", "invalid UTF-8", 1},
    {"\"\xf0\x80\x80\xaf\"", "invalid UTF-8", 1},
    {"\"\xf4\x90\x80\x80\"", "invalid UTF-8", 1},
    {"\"\xf5\x80\x80\x80\"", "invalid UTF-8", 1},
    {"{\"a\":1,\"a\":2}", "duplicate name", 7},
    {"{\"a\":1,\"b\":2,\"\\u0061\":3}", "duplicate name", 13},
    {"[{\"x\":{\"y\":1,\"z\":2}},{\"b\":{\"c\":1},\"d\":{\"c\":1,\"e\":1,\"c\":2}}]", "duplicate name", 51},
    {"{\"\":1,\"\":1}", "duplicate name", 6},
};

START_TEST(refuses_what_is_not)
{
    poly_json_error error = {.reason = "none"};
    poly_json *document = (poly_json *)&error;

    ck_assert_int_eq(parse_at_guard(invalid[_i].text, strlen(invalid[_i].text), &document, &error), POLY_INVALID);
    ck_assert_ptr_null(document);
    ck_assert_str_eq(error.reason, invalid[_i].reason);
    ck_assert_uint_eq(error.offset, invalid[_i].offset);
    ck_assert_int_eq(poly_json_parse(invalid[_i].text, strlen(invalid[_i].text), NULL, &document, NULL), POLY_INVALID);
}
END_TEST

START_TEST(refuses_a_raw_nul)
{
    static const char *const texts[] = {"\"a\0b\"", "[1]\0", "\0[1]"};
    static const size_t sizes[] = {5, 4, 4};

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        poly_json *document;

        ck_assert_int_eq(poly_json_parse(texts[i], sizes[i], NULL, &document, NULL), POLY_INVALID);
    }
}
END_TEST

/* Each beginning of a document that is longer than it is refused, and nothing is read behind it. */
START_TEST(refuses_every_truncation)
{
    static const char text[] = "{\"a\":[1,-2.5e+3,true,null,\"\xd0\x9f\\u0041\\ud83d\\ude00\"],\"b\":{\"c\":\"\"}}";

    for (size_t size = 0; size < sizeof(text) - 1; size++) {
        poly_json *document;

        ck_assert_int_eq(parse_at_guard(text, size, &document, NULL), POLY_INVALID);
    }
}
END_TEST

/* --- limits --- */

START_TEST(keeps_the_size_limit)
{
    poly_json_limits limits = {.max_size = 4};
    poly_json *document;

    ck_assert_int_eq(poly_json_parse("[12]", 4, &limits, &document, NULL), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse("[12] ", 5, &limits, &document, NULL), POLY_TOO_LARGE);
    ck_assert_ptr_null(document);
}
END_TEST

START_TEST(keeps_the_depth_limit)
{
    poly_json_limits limits = {.max_depth = 3};
    poly_json_error error;
    poly_json *document;

    ck_assert_int_eq(poly_json_parse("[{\"a\":[]},[[]]]", 15, &limits, &document, NULL), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse("[[[[]]]]", 8, &limits, &document, &error), POLY_INVALID);
    ck_assert_str_eq(error.reason, "nested too deeply");
    ck_assert_uint_eq(error.offset, 3);
}
END_TEST

START_TEST(takes_32_levels_by_default)
{
    char text[66];
    poly_json *document;

    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    ck_assert_int_eq(poly_json_parse(text + 1, 64, NULL, &document, NULL), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse(text, 66, NULL, &document, NULL), POLY_INVALID);
}
END_TEST

START_TEST(keeps_the_value_limit)
{
    poly_json_limits limits = {.max_values = 4};
    poly_json_error error;
    poly_json *document;

    ck_assert_int_eq(poly_json_parse("[1,[2]]", 7, &limits, &document, NULL), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse("[1,[2],3]", 9, &limits, &document, &error), POLY_TOO_LARGE);
    ck_assert_str_eq(error.reason, "too many values");
    ck_assert_uint_eq(error.offset, 7);
}
END_TEST

/* An array of `count` zeros. */
static poly_result parse_zeros(size_t count, size_t max_size)
{
    poly_json_limits limits = {.max_size = max_size};
    size_t size = 2 * count + 1;
    char *text = malloc(size);
    poly_json *document = NULL;
    poly_result result;

    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 == 1 ? '0' : ',';
    text[0] = '[';
    text[size - 1] = ']';
    result = poly_json_parse(text, size, &limits, &document, NULL);
    poly_json_destroy(&document);
    free(text);
    return result;
}

START_TEST(takes_a_value_per_8_bytes_by_default)
{
    ck_assert_int_eq(parse_zeros(9999, 20000), POLY_OK);
    ck_assert_int_eq(parse_zeros(10000, 30000), POLY_TOO_LARGE);
    ck_assert_int_eq(parse_zeros(19999, 160000), POLY_OK);
    ck_assert_int_eq(parse_zeros(20000, 160000), POLY_TOO_LARGE);
}
END_TEST

/* --- values --- */

START_TEST(answers_what_is_in_it)
{
    poly_json *document = parsed(
        "{\"t\":\"a\\u00e9\\n\\ud83d\\ude00\",\"n\":-12.5,\"i\":7,\"y\":true,\"z\":null,\"l\":[1,[],{}],\"o\":{}}");
    double number = 0;
    int64_t whole = 0;
    bool truth = false;

    ck_assert_int_eq(poly_json_type_of(document), POLY_JSON_OBJECT);
    ck_assert_uint_eq(poly_json_count(document), 7);
    ck_assert_str_eq(poly_json_text(poly_json_get(document, "t"), ""), "a\xc3\xa9\n\xf0\x9f\x98\x80");
    ck_assert(poly_json_number(poly_json_get(document, "n"), &number) && number == -12.5);
    ck_assert(poly_json_int(poly_json_get(document, "i"), 0, 10, &whole) && whole == 7);
    ck_assert(poly_json_bool(poly_json_get(document, "y"), &truth) && truth);
    ck_assert_int_eq(poly_json_type_of(poly_json_get(document, "z")), POLY_JSON_NULL);
    ck_assert_int_eq(poly_json_type_of(poly_json_get(document, "l")), POLY_JSON_ARRAY);
    ck_assert_int_eq(poly_json_type_of(poly_json_get(document, "o")), POLY_JSON_OBJECT);
    ck_assert_ptr_null(poly_json_get(document, "T"));
    ck_assert_ptr_null(poly_json_first(poly_json_get(document, "o")));
    poly_json_destroy(&document);
}
END_TEST

START_TEST(walks_in_order)
{
    poly_json *document = parsed("{\"a\":1,\"b\":[10,20,30]}");
    const poly_json *member = poly_json_first(document);
    int64_t sum = 0;

    ck_assert_str_eq(poly_json_name(member), "a");
    member = poly_json_next(member);
    ck_assert_str_eq(poly_json_name(member), "b");
    ck_assert_ptr_null(poly_json_next(member));
    for (const poly_json *value = poly_json_first(member); value; value = poly_json_next(value)) {
        int64_t number = 0;

        ck_assert_ptr_null(poly_json_name(value));
        ck_assert(poly_json_int(value, 0, 100, &number));
        sum = sum * 100 + number;
    }
    ck_assert_int_eq(sum, 102030);
    poly_json_destroy(&document);
}
END_TEST

START_TEST(takes_another_type_as_absent)
{
    poly_json *document = parsed("[\"1\",1,true,null]");
    const poly_json *text = poly_json_first(document);
    const poly_json *number = poly_json_next(text);
    int64_t whole = -5;
    double fraction = -5;
    bool truth = false;

    ck_assert_ptr_null(poly_json_get(document, "a"));
    ck_assert_ptr_null(poly_json_get(NULL, "a"));
    ck_assert_str_eq(poly_json_text(number, "x"), "x");
    ck_assert_str_eq(poly_json_text(NULL, "x"), "x");
    ck_assert(!poly_json_int(text, 0, 10, &whole));
    ck_assert(!poly_json_int(NULL, 0, 10, &whole));
    ck_assert(!poly_json_number(text, &fraction));
    ck_assert(!poly_json_bool(number, &truth));
    ck_assert_uint_eq(poly_json_count(number), 0);
    ck_assert_uint_eq(poly_json_count(NULL), 0);
    ck_assert_ptr_null(poly_json_first(text));
    ck_assert_ptr_null(poly_json_next(NULL));
    ck_assert_ptr_null(poly_json_name(NULL));
    ck_assert_int_eq(poly_json_type_of(NULL), POLY_JSON_ABSENT);
    ck_assert_int_eq(whole, -5);
    poly_json_destroy(&document);
    poly_json_destroy(NULL);
}
END_TEST

static const struct {
    const char *text;
    int64_t min, max;
    bool fits;
    int64_t value;
} integers[] = {
    {"5", 0, 5, true, 5},
    {"6", 0, 5, false, 0},
    {"-1", 0, 5, false, 0},
    {"1.5", 0, 5, false, 0},
    {"2.0", 0, 5, true, 2},
    {"1e3", 0, 1000, true, 1000},
    {"-0", 0, 5, true, 0},
    {"9007199254740991", 0, 9007199254740991, true, 9007199254740991},
    {"9007199254740992", 0, 9007199254740991, false, 0},
    {"9007199254740993", 0, 9007199254740991, false, 0},
    {"9223372036854775808", -9007199254740991, 9007199254740991, false, 0},
    {"-9007199254740991", -9007199254740991, 0, true, -9007199254740991},
    {"1e300", -9007199254740991, 9007199254740991, false, 0},
};

START_TEST(wiping_ends_it_too)
{
    poly_json *wiped = NULL;

    poly_json_wipe(&wiped);
    ck_assert_int_eq(poly_json_parse("{\"a\":[1,2,3]}", 13, NULL, &wiped, NULL), POLY_OK);
    poly_json_wipe(&wiped);
    ck_assert_ptr_null(wiped);
}
END_TEST

START_TEST(takes_only_whole_numbers_in_range)
{
    poly_json *document = parsed(integers[_i].text);
    int64_t value = 0;

    ck_assert_int_eq(poly_json_int(document, integers[_i].min, integers[_i].max, &value), integers[_i].fits);
    ck_assert_int_eq(value, integers[_i].value);
    poly_json_destroy(&document);
}
END_TEST

static Suite *reader_suite(void)
{
    Suite *suite = suite_create("json reader");
    TCase *grammar = tcase_create("grammar");
    TCase *limits = tcase_create("limits");
    TCase *values = tcase_create("values");

    tcase_add_loop_test(grammar, takes_what_is_json, 0, (int)POLY_LENGTH(valid));
    tcase_add_loop_test(grammar, refuses_what_is_not, 0, (int)POLY_LENGTH(invalid));
    tcase_add_test(grammar, refuses_a_raw_nul);
    tcase_add_test(grammar, refuses_every_truncation);
    tcase_add_test(limits, keeps_the_size_limit);
    tcase_add_test(limits, keeps_the_depth_limit);
    tcase_add_test(limits, takes_32_levels_by_default);
    tcase_add_test(limits, keeps_the_value_limit);
    tcase_add_test(limits, takes_a_value_per_8_bytes_by_default);
    tcase_add_test(values, answers_what_is_in_it);
    tcase_add_test(values, walks_in_order);
    tcase_add_test(values, takes_another_type_as_absent);
    tcase_add_test(values, wiping_ends_it_too);
    tcase_add_loop_test(values, takes_only_whole_numbers_in_range, 0, (int)POLY_LENGTH(integers));
    suite_add_tcase(suite, grammar);
    suite_add_tcase(suite, limits);
    suite_add_tcase(suite, values);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(reader_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
#include "base/log_line.h"

#include <cJSON.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "poly/time.h"

static char line[LOG_LINE_SIZE + 1];

/* A line is one JSON object and one newline at its end. */
static cJSON *parse(size_t size)
{
    cJSON *object;

    ck_assert_uint_le(size, LOG_LINE_SIZE);
    ck_assert_int_eq(line[size - 1], '\n');
    ck_assert_ptr_eq(memchr(line, '\n', size), line + size - 1);
    line[size] = '\0';
    for (size_t i = 0; i < size - 1; i++) {
        if ((unsigned char)line[i] < 0x20)
            ck_abort_msg("a bare 0x%02x", (unsigned)line[i]);
    }
    object = cJSON_ParseWithOpts(line, NULL, 1);
    ck_assert_msg(object != NULL, "%s", line);
    return object;
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* The value that a text field comes out as. */
static char *written(const char *text)
{
    const poly_field fields[] = {poly_text_field("x", text), {.kind = POLY_FIELD_END}};
    cJSON *object = parse(log_line_format(line, POLY_LOG_INFO, NULL, "m", fields));
    char *copy = poly_strdup(text_of(object, "x"));

    cJSON_Delete(object);
    return copy;
}

static void check_written(const char *text, const char *expected)
{
    char *got = written(text);

    ck_assert_str_eq(got, expected);
    free(got);
}

START_TEST(has_its_parts_in_order)
{
    const poly_log_context context = {.request_id = "r-1", .trace_id = "t"};
    const poly_field fields[] = {poly_int_field("n", -5),         poly_bool_field("yes", true),
                                 poly_bool_field("no", false),    poly_text_field("none", NULL),
                                 poly_text_field("text", "a\"b"), {.kind = POLY_FIELD_END}};
    size_t size;

    poly_log_set_context(&context);
    size = log_line_format(line, POLY_LOG_WARNING, "schedule-svc", "snapshot saved", fields);
    poly_log_set_context(NULL);
    cJSON_Delete(parse(size));
    memset(line + 9, '#', 24); /* the time */
    ck_assert_str_eq(line, "{\"time\":\"########################\",\"level\":\"warning\",\"service\":\"schedule-svc\","
                           "\"message\":\"snapshot saved\",\"request_id\":\"r-1\",\"trace_id\":\"t\",\"n\":-5,"
                           "\"yes\":true,\"no\":false,\"none\":null,\"text\":\"a\\\"b\"}\n");
}
END_TEST

START_TEST(leaves_out_what_is_not_known)
{
    const poly_field none[] = {{.kind = POLY_FIELD_END}};
    cJSON *object = parse(log_line_format(line, POLY_LOG_ERROR, NULL, "m", none));

    ck_assert_int_eq(cJSON_GetArraySize(object), 3);
    ck_assert_str_eq(text_of(object, "level"), "error");
    cJSON_Delete(object);
}
END_TEST

START_TEST(tells_the_time_of_now)
{
    const poly_field none[] = {{.kind = POLY_FIELD_END}};
    int64_t start = poly_time_unix(), then = 0;

    while (then <= start) { /* over the edge of a second, whose text is kept */
        int64_t before = poly_time_unix();
        cJSON *object = parse(log_line_format(line, POLY_LOG_DEBUG, NULL, "m", none));
        const char *text = text_of(object, "time");

        ck_assert_uint_eq(strlen(text), 24);
        ck_assert_int_eq(text[19], '.');
        ck_assert_uint_eq(strspn(text + 20, "0123456789"), 3);
        ck_assert(poly_time_parse_rfc3339(text, &then));
        ck_assert_int_ge(then, before);
        ck_assert_int_le(then, poly_time_unix());
        cJSON_Delete(object);
    }
}
END_TEST

START_TEST(writes_every_integer)
{
    const poly_field fields[] = {poly_int_field("a", INT64_MIN),
                                 poly_int_field("b", INT64_MAX),
                                 poly_int_field("c", 0),
                                 {.kind = POLY_FIELD_END}};

    cJSON_Delete(parse(log_line_format(line, POLY_LOG_INFO, NULL, "m", fields)));
    ck_assert_ptr_nonnull(strstr(line, "\"a\":-9223372036854775808,\"b\":9223372036854775807,\"c\":0}"));
}
END_TEST

/* Every byte of ASCII at every place of a word of eight, against an independent reader. */
START_TEST(escapes_every_ascii_byte_at_every_place)
{
    for (int byte = 1; byte < 0x80; byte++) {
        for (size_t place = 0; place < 17; place++) {
            char text[] = "abcdefghijklmnopq";

            text[place] = (char)byte;
            check_written(text, text);
        }
    }
}
END_TEST

START_TEST(keeps_valid_utf8_and_replaces_the_rest)
{
    check_written("Политех — € 😀", "Политех — € 😀");
    check_written("\xd0", "\xef\xbf\xbd");
    check_written("a\xff"
                  "b",
                  "a\xef\xbf\xbd"
                  "b");
    check_written("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    check_written("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_written("\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd");
    check_written("\xf0\x9f\x98", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(cuts_texts_at_512_bytes_between_characters)
{
    char text[600];

    memset(text, 'a', sizeof(text));
    text[512] = '\0';
    check_written(text, text);
    text[512] = 'a';
    text[599] = '\0';
    for (size_t shift = 0; shift < 4; shift++) {
        char expected[513];

        memset(text, 'a', 512);
        memcpy(text + 509 + shift, "\xf0\x9f\x98\x80", 4); /* only shift 0 would fit one byte more */
        memcpy(expected, text, 509 + shift);
        expected[509 + shift] = '\0';
        check_written(text, expected);
    }
}
END_TEST

START_TEST(a_full_line_says_that_it_was_cut)
{
    poly_field fields[12];
    char text[513];
    cJSON *object;

    memset(text, 1, 512); /* six bytes each when written */
    text[512] = '\0';
    for (size_t i = 0; i < 11; i++)
        fields[i] = poly_text_field("x", text);
    fields[10] = poly_int_field("last", 1);
    fields[11] = (poly_field){.kind = POLY_FIELD_END};
    object = parse(log_line_format(line, POLY_LOG_INFO, "s", "m", fields));
    ck_assert(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "cut")));
    ck_assert_int_eq(cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, "last")) == 1.0, 1);
    ck_assert_str_eq(text_of(object, "x"), text);
    cJSON_Delete(object);
}
END_TEST

START_TEST(no_combination_outgrows_the_line)
{
    poly_field fields[10];
    char text[513];

    memset(text, 1, 512);
    text[512] = '\0';
    for (int a = 0; a <= 512; a += 7) {
        for (size_t i = 0; i < 9; i++)
            fields[i] = poly_text_field("name", text + (a * (int)(i + 1)) % 513);
        fields[9] = (poly_field){.kind = POLY_FIELD_END};
        cJSON_Delete(parse(log_line_format(line, POLY_LOG_INFO, "s", text + a, fields)));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_line");
    TCase *tests = tcase_create("log_line");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, has_its_parts_in_order);
    tcase_add_test(tests, leaves_out_what_is_not_known);
    tcase_add_test(tests, tells_the_time_of_now);
    tcase_add_test(tests, writes_every_integer);
    tcase_add_test(tests, escapes_every_ascii_byte_at_every_place);
    tcase_add_test(tests, keeps_valid_utf8_and_replaces_the_rest);
    tcase_add_test(tests, cuts_texts_at_512_bytes_between_characters);
    tcase_add_test(tests, a_full_line_says_that_it_was_cut);
    tcase_add_test(tests, no_combination_outgrows_the_line);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

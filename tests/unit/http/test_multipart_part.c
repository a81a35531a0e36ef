/* SPDX-License-Identifier: MIT */
#include "http/multipart_part.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static poly_arena *arena;
static poly_multipart_part part;
static poly_message fault;

static void begin(void)
{
    arena = poly_arena_create(0);
}

static void end(void)
{
    poly_arena_destroy(&arena);
}

static const char *boundary_of(const char *content_type)
{
    poly_slice boundary = multipart_boundary(poly_slice_of(content_type), arena);

    return boundary.data ? poly_arena_strndup(arena, boundary.data, boundary.size) : "none";
}

START_TEST(media_types)
{
    ck_assert(multipart_is_form_data(poly_slice_of("multipart/form-data")));
    ck_assert(multipart_is_form_data(poly_slice_of("Multipart/Form-Data ; boundary=x")));
    ck_assert(!multipart_is_form_data(poly_slice_of("multipart/mixed; boundary=x")));
    ck_assert(!multipart_is_form_data(poly_slice_of("multipart/form-datax")));
    ck_assert(!multipart_is_form_data(poly_slice_of("application/json")));
    ck_assert(!multipart_is_form_data(poly_slice_of("")));
    ck_assert(!multipart_is_form_data((poly_slice){NULL, 0}));
}
END_TEST

START_TEST(boundaries)
{
    char longest[200] = "multipart/form-data; boundary=";

    ck_assert_str_eq(boundary_of("multipart/form-data; boundary=----WebKitFormBoundary7MA4"),
                     "----WebKitFormBoundary7MA4");
    ck_assert_str_eq(boundary_of("multipart/form-data;boundary=\"a b:c\" ; charset=utf-8"), "a b:c");
    ck_assert_str_eq(boundary_of("multipart/form-data; charset=utf-8; BOUNDARY=x"), "x");
    memset(longest + strlen(longest), 'y', 70);
    ck_assert_uint_eq(strlen(boundary_of(longest)), 70);
    longest[strlen(longest)] = 'y';
    ck_assert_str_eq(boundary_of(longest), "none");
}
END_TEST

START_TEST(no_boundaries)
{
    static const char *const wrong[] = {
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"x",
        "multipart/form-data; boundary=\"x \"",
        "multipart/form-data; boundary=a b",
        "multipart/form-data; boundary=a:b",
        "multipart/form-data; boundary=\"a\xc3\xa9\"",
        "multipart/form-data; boundary=\"a\tb\"",
        "multipart/form-data; boundary=x; boundary=y",
        "multipart/form-data; boundary=x; boundary=x",
        "multipart/form-data; boundary=x y=z",
        "multipart/form-data boundary=x",
        "multipart/form-data; =x; boundary=y",
    };

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(strcmp(boundary_of(wrong[i]), "none") == 0, "%s", wrong[i]);
}
END_TEST

static bool parse(const char *header)
{
    return multipart_part_parse(poly_slice_of(header), arena, &part, &fault);
}

static void expect(const char *header, const char *name, const char *file_name, const char *type)
{
    ck_assert_msg(parse(header), "%s: %s", header, fault.en);
    ck_assert_str_eq(part.name, name);
    ck_assert_pstr_eq(part.file_name, file_name);
    ck_assert_str_eq(part.content_type, type);
}

START_TEST(fields_and_files)
{
    expect("Content-Disposition: form-data; name=\"a\"\r\n", "a", NULL, "");
    expect("content-disposition:form-data;name=a\r\nX-Other: y\r\n", "a", NULL, "");
    expect("Content-Disposition: Form-Data ; filename=\"f.pdf\" ; name=\"files\"\r\nContent-Type: application/pdf\r\n",
           "files", "f.pdf", "application/pdf");
    expect(
        "Content-Disposition: form-data; name=\"files\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n",
        "files", "", "application/octet-stream");
    expect("Content-Disposition: form-data; name=\"a\"; size=12\r\nContent-Transfer-Encoding: Binary\r\n", "a", NULL,
           "");
}
END_TEST

START_TEST(names_as_clients_write_them)
{
    expect("Content-Disposition: form-data; name=\"поле\"; filename=\"Заявление №1.pdf\"\r\n", "поле",
           "Заявление №1.pdf", "");
    expect("Content-Disposition: form-data; name=\"f\"; filename=\"a\\\"b\\\\c.txt\"\r\n", "f", "a\"b\\\\c.txt", "");
    expect("Content-Disposition: form-data; name=\"f\"; filename=\"a%22b%20c.txt\"\r\n", "f", "a\"b%20c.txt", "");
    expect("Content-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\a.txt\"\r\n", "f", "C:\\dir\\a.txt", "");
    expect("Content-Disposition: form-data; name=\"f\"; filename=\"../../etc/passwd\"\r\n", "f", "../../etc/passwd",
           "");
    expect("Content-Disposition: form-data; name=\"f\"; filename=\"a;b=c\"\r\n", "f", "a;b=c", "");
}
END_TEST

START_TEST(what_is_no_part)
{
    static const struct {
        const char *header, *fault;
    } wrong[] = {
        {"", "has no Content-Disposition"},
        {"Content-Type: text/plain\r\n", "has no Content-Disposition"},
        {"Content-Disposition: attachment; name=\"a\"\r\n", "is not form-data"},
        {"Content-Disposition: form-data\r\n", "has no name"},
        {"Content-Disposition: form-data; name=\"\"\r\n", "has no name"},
        {"Content-Disposition: form-data; filename=\"x\"\r\n", "has no name"},
        {"Content-Disposition: form-data; name=\"a\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name=\"a\" filename=\"b\"\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name=\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name=a b\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name=\"a\";\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition: form-data; name=\"a\"; name=\"b\"\r\n", "name is repeated"},
        {"Content-Disposition: form-data; name=\"a\"; filename=\"b\"; filename=\"c\"\r\n", "name is repeated"},
        {"Content-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n", "filename* is not allowed"},
        {"Content-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n",
         "has two Content-Dispositions"},
        {"Content-Disposition: form-data; name=\"a\"\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n",
         "has two Content-Types"},
        {"Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n",
         "Content-Transfer-Encoding is not allowed"},
        {"Content-Disposition: form-data; name=\"\xff\"\r\n", "header is malformed"},
        {"Content-Disposition: form-data; name=\"a\x01\"\r\n", "header is malformed"},
        {"Content-Disposition: form-data;\r\n name=\"a\"\r\n", "Content-Disposition is malformed"},
        {"Content-Disposition : form-data; name=\"a\"\r\n", "header is malformed"},
        {" Content-Disposition: form-data; name=\"a\"\r\n", "header is malformed"},
        {"nonsense\r\n", "header is malformed"},
        {": form-data\r\n", "header is malformed"},
        {"Content-Disposition: form-data; name=\"a\rb\"\r\n", "header is malformed"},
    };

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        ck_assert_msg(!parse(wrong[i].header), "%s", wrong[i].header);
        ck_assert_msg(strstr(fault.en, wrong[i].fault) != NULL, "%s: %s", wrong[i].header, fault.en);
        ck_assert_ptr_nonnull(fault.ru);
    }
}
END_TEST

START_TEST(nul_and_number_of_fields)
{
    static const char nul[] = "Content-Disposition: form-data; name=\"a\0b\"\r\n";
    char many[1000] = "Content-Disposition: form-data; name=\"a\"\r\n";

    ck_assert(!multipart_part_parse((poly_slice){nul, sizeof(nul) - 1}, arena, &part, &fault));
    for (int i = 0; i < 15; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "X-%d: y\r\n", i);
    ck_assert(parse(many));
    snprintf(many + strlen(many), sizeof(many) - strlen(many), "X: y\r\n");
    ck_assert(!parse(many));
    ck_assert_str_eq(fault.en, "a part's header has too many fields");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multipart part");
    TCase *tests = tcase_create("multipart part");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, media_types);
    tcase_add_test(tests, boundaries);
    tcase_add_test(tests, no_boundaries);
    tcase_add_test(tests, fields_and_files);
    tcase_add_test(tests, names_as_clients_write_them);
    tcase_add_test(tests, what_is_no_part);
    tcase_add_test(tests, nul_and_number_of_fields);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

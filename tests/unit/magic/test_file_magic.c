/* SPDX-License-Identifier: MIT */
#include "poly/file_magic.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static poly_file_magic *magic;

static void set_up(void)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    magic = poly_file_magic_open(&fault);
    ck_assert_msg(magic != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
}

static void tear_down(void)
{
    poly_file_magic_close(&magic);
    poly_file_magic_close(&magic);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
    const char *bytes;
    size_t size;
    const char *media_type, *charset;
} files[] = {
    {BYTES("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj"), "application/pdf", NULL},
    {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\6\0\0\0"), "image/png", "binary"},
    {BYTES("\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"), "image/jpeg", "binary"},
    {BYTES("\x7f"
           "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0"),
     "application/x-sharedlib", "binary"},
    {BYTES("MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0"), NULL, "binary"},
    {BYTES("просто текст\n"), "text/plain", "utf-8"},
    {BYTES("plain text\n"), "text/plain", "us-ascii"},
    {BYTES("5"), "text/plain", "us-ascii"},
    {BYTES("\n"), "text/plain", "us-ascii"},
    {BYTES("\1"), "application/octet-stream", "binary"},
    {BYTES("<!DOCTYPE html><html><script>"), "text/html", "us-ascii"},
    {BYTES("\1\2\3\4\0\0\5"), "application/octet-stream", "binary"},
};

START_TEST(knows_a_file_by_its_beginning)
{
    poly_file_type type;

    ck_assert_int_eq(poly_file_magic_look(magic, files[_i].bytes, files[_i].size, &type), POLY_OK);
    if (files[_i].media_type)
        ck_assert_str_eq(type.media_type, files[_i].media_type);
    if (files[_i].charset)
        ck_assert_str_eq(type.charset, files[_i].charset);
}
END_TEST

START_TEST(a_database_that_cannot_be_loaded_is_named_as_the_fault)
{
    poly_file_magic *opened;
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    setenv("MAGIC", "/nonexistent/magic", 1);
    opened = poly_file_magic_open(&fault);
    ck_assert_ptr_null(opened);
    ck_assert_msg(strstr(poly_strbuf_text(&fault), "libmagic's database: "), "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file_magic");
    TCase *tests = tcase_create("file_magic");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, knows_a_file_by_its_beginning, 0, (int)POLY_LENGTH(files));
    tcase_add_test(tests, a_database_that_cannot_be_loaded_is_named_as_the_fault);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

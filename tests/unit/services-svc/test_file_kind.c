/* SPDX-License-Identifier: MIT */
#include "file_kind.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

static const char *const allowed[] = {".pdf", ".jpg", ".PNG", ".doc", ".docx", ".txt", NULL};

static const struct {
    const char *name, *extension;
} names[] = {
    {"a.pdf", ".pdf"}, {"A.PDF", ".pdf"},   {"a.b.Jpg", ".jpg"},
    {"a.png", ".png"}, {"a.docx", ".docx"}, {"invoice.pdf.exe", NULL},
    {"a.pdf ", NULL},  {"a.pdf.", NULL},    {"pdf", NULL},
    {"", NULL},        {"a.jpeg", NULL},    {"archive.zip.txt", ".txt"},
    {"42.zip", NULL},  {".pdf", ".pdf"},    {"a.pdf\n", NULL},
};

START_TEST(endings_must_be_allowed)
{
    const file_kind *kind = file_kind_of_name(names[_i].name, allowed);

    if (names[_i].extension)
        ck_assert_str_eq(kind->extension, names[_i].extension);
    else
        ck_assert_ptr_null(kind);
}
END_TEST

START_TEST(unknown_endings_are_told)
{
    ck_assert_ptr_null(file_kind_unknown(allowed));
    ck_assert_str_eq(file_kind_unknown((const char *const[]){".pdf", ".exe", NULL}), ".exe");
    ck_assert_str_eq(file_kind_unknown((const char *const[]){"pdf", NULL}), "pdf");
}
END_TEST

static const struct {
    const char *name, *media_type, *charset;
    bool agrees;
} contents[] = {
    {"a.pdf", "application/pdf", "binary", true},
    {"a.pdf", "application/pdf", "us-ascii", true},
    {"a.pdf", "text/html", "us-ascii", false},
    {"a.pdf", "application/x-dosexec", "binary", false},
    {"a.jpg", "image/jpeg", "binary", true},
    {"a.jpg", "image/png", "binary", false},
    {"a.doc", "application/msword", "binary", true},
    {"a.doc", "application/CDFV2", "binary", true},
    {"a.docx", "application/msword", "binary", false},
    {"a.docx", "application/zip", "binary", false},
    {"a.txt", "text/plain", "utf-8", true},
    {"a.txt", "text/plain", "unknown-8bit", true},
    {"a.txt", "text/x-c", "us-ascii", true},
    {"a.txt", "text/plain", "binary", false},
    {"a.txt", "application/octet-stream", "binary", false},
    {"a.txt", "application/json", "utf-8", true},
};

START_TEST(contents_must_be_what_the_ending_says)
{
    const file_kind *kind = file_kind_of_name(contents[_i].name, allowed);
    poly_file_type type;

    snprintf(type.media_type, sizeof(type.media_type), "%s", contents[_i].media_type);
    snprintf(type.charset, sizeof(type.charset), "%s", contents[_i].charset);
    ck_assert_int_eq(file_kind_agrees(kind, &type), contents[_i].agrees);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file_kind");
    TCase *tests = add_case(suite, "file_kind");

    tcase_add_loop_test(tests, endings_must_be_allowed, 0, (int)POLY_LENGTH(names));
    tcase_add_test(tests, unknown_endings_are_told);
    tcase_add_loop_test(tests, contents_must_be_what_the_ending_says, 0, (int)POLY_LENGTH(contents));
    return run_suite(suite);
}

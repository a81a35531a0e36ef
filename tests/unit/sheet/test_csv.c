/* SPDX-License-Identifier: MIT */
#include "poly/sheet.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static poly_strbuf out;

static void set_up(void)
{
    poly_strbuf_init(&out, 1024);
}

static void tear_down(void)
{
    poly_strbuf_release(&out);
}

static const struct {
    const char *cell, *written;
} cells[] = {
    {"Иванов Иван", "Иванов Иван"},
    {"", ""},
    {NULL, ""},
    {"a,b", "\"a,b\""},
    {"a;b", "\"a;b\""},
    {"he \"said\"", "\"he \"\"said\"\"\""},
    {"\"", "\"\"\"\""},
    {"two\r\nlines", "\"two\r\nlines\""},
    {"a=1", "a=1"},
    {"Римский-Корсаков", "Римский-Корсаков"},
    {" =1", " =1"},
    /* what a spreadsheet would reckon */
    {"=1+1", "\"'=1+1\""},
    {"+7 921", "\"'+7 921\""},
    {"-1", "\"'-1\""},
    {"@SUM(A1)", "\"'@SUM(A1)\""},
    {"\t=1", "\"'\t'=1\""},
    {"\r=1", "\"'\r=1\""},
    {"\n=1", "\"'\n'=1\""},
    /* and would where semicolons part the cells, as in Russia, whatever is quoted */
    {"a;=1+1", "\"a;'=1+1\""},
    {"a;\"=1", "\"a;'\"\"=1\""},
    {"a\t-1;b\n@x", "\"a\t'-1;b\n'@x\""},
    {"=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""},
};

START_TEST(cells_are_quoted_and_inert)
{
    const char *const row[] = {"1", cells[_i].cell, "2"};
    char expected[128];

    poly_csv_append_row(&out, row, 3);
    snprintf(expected, sizeof(expected), "1,%s,2\r\n", cells[_i].written);
    ck_assert_str_eq(poly_strbuf_text(&out), expected);
}
END_TEST

START_TEST(a_sheet_begins_with_the_mark)
{
    const char *const columns[] = {"Имя", "N"};
    const char *const rows[] = {"Анна", "1", "Пётр", "2"};

    ck_assert_int_eq(
        poly_sheet_csv(&(poly_sheet){.columns = columns, .column_count = 2, .cells = rows, .row_count = 2}, &out),
        POLY_OK);
    ck_assert_str_eq(poly_strbuf_text(&out), "\xEF\xBB\xBFИмя,N\r\nАнна,1\r\nПётр,2\r\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/csv");
    TCase *tests = tcase_create("csv");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, cells_are_quoted_and_inert, 0, POLY_LENGTH(cells));
    tcase_add_test(tests, a_sheet_begins_with_the_mark);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

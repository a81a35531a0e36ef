/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "html_scan.h"

static poly_arena *arena;
static html_scan scan;
static html_tag tag;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static void begin(const char *page)
{
    html_scan_init(&scan, poly_slice_of(page));
}

START_TEST(tags_in_order)
{
    begin("text<A href=x>a &lt; b</a><br/>< b><1><input  NAME = 'n' disabled>");
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "a"));
    ck_assert_str_eq(html_attribute(&tag, "HREF", arena), "x");
    ck_assert(html_scan_next(&scan, &tag) && tag.closes && !html_tag_is(&tag, "a"));
    ck_assert(poly_slice_equal_nocase(tag.name, "a"));
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "br"));
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "input"));
    ck_assert_str_eq(html_attribute(&tag, "name", arena), "n");
    ck_assert_str_eq(html_attribute(&tag, "disabled", arena), "");
    ck_assert_ptr_null(html_attribute(&tag, "value", arena));
    ck_assert(!html_scan_next(&scan, &tag));
}
END_TEST

START_TEST(what_is_no_tag)
{
    begin("<!DOCTYPE html><!-- <a> --><?xml <b> ?><script>if (a<b) '</scrip'; '<c>'</script><d>");
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "script"));
    ck_assert(poly_slice_equal(tag.inside, "if (a<b) '</scrip'; '<c>'"));
    ck_assert(html_scan_next(&scan, &tag) && tag.closes);
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "d"));
}
END_TEST

START_TEST(quotes_hide_the_end)
{
    begin("<a title='x>y' value=\"it's\"><b don't><c>");
    ck_assert(html_scan_next(&scan, &tag));
    ck_assert_str_eq(html_attribute(&tag, "title", arena), "x>y");
    ck_assert_str_eq(html_attribute(&tag, "value", arena), "it's");
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "b"));
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "c"));
}
END_TEST

START_TEST(references)
{
    begin("<a v='&amp;&lt;&gt;&quot;&apos;&#39;&#x416;&amp;lt;&nbsp;&#0;&#xD800;&#12345678901;&#;&'>");
    ck_assert(html_scan_next(&scan, &tag));
    ck_assert_str_eq(html_attribute(&tag, "v", arena), "&<>\"''Ж&lt;&nbsp;&#0;&#xD800;&#12345678901;&#;&");
}
END_TEST

START_TEST(pages_that_break_off)
{
    static const char *const pages[] = {"", "<", "<a", "</", "</a", "<!--", "<!", "<a b='", "<a b=\"x>", "<a b"};

    for (size_t i = 0; i < POLY_LENGTH(pages); i++) {
        begin(pages[i]);
        ck_assert_msg(!html_scan_next(&scan, &tag), "%s", pages[i]);
    }
    begin("<script>never closed <a>");
    ck_assert(html_scan_next(&scan, &tag) && html_tag_is(&tag, "script"));
    ck_assert(poly_slice_equal(tag.inside, "never closed <a>"));
    ck_assert(!html_scan_next(&scan, &tag));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("html_scan");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, tags_in_order);
    tcase_add_test(tcase, what_is_no_tag);
    tcase_add_test(tcase, quotes_hide_the_end);
    tcase_add_test(tcase, references);
    tcase_add_test(tcase, pages_that_break_off);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

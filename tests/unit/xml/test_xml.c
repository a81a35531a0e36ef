/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "poly/strbuf.h"
#include "poly/xml.h"

static poly_arena *arena;
static const poly_xml_element *root;
static poly_xml_error error;

static void set_up(void)
{
    arena = poly_arena_create(0);
    error = (poly_xml_error){.reason = ""};
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_result parse(const char *text)
{
    return poly_xml_parse(poly_slice_of(text), NULL, arena, &root, &error);
}

START_TEST(elements_attributes_and_text)
{
    const poly_xml_element *child;

    ck_assert_int_eq(parse("<a x='1' y='&lt;&#x41;'>one<b>two</b>three<c/><b>four</b><![CDATA[<5>]]></a>"), POLY_OK);
    ck_assert_str_eq(root->name, "a");
    ck_assert_str_eq(root->space, "");
    ck_assert_str_eq(root->text, "onethree<5>");
    ck_assert_str_eq(poly_xml_attribute_value(root, "x"), "1");
    ck_assert_str_eq(poly_xml_attribute_value(root, "y"), "<A");
    ck_assert_ptr_null(poly_xml_attribute_value(root, "z"));
    child = poly_xml_child(root, "", "b");
    ck_assert_str_eq(child->text, "two");
    ck_assert_str_eq(poly_xml_next_of_name(child)->text, "four");
    ck_assert_ptr_null(poly_xml_next_of_name(poly_xml_next_of_name(child)));
    ck_assert_str_eq(poly_xml_child(root, "", "c")->text, "");
    ck_assert_ptr_null(poly_xml_child(root, "", "d"));
    ck_assert_ptr_null(poly_xml_child(NULL, "", "d"));
}
END_TEST

START_TEST(namespaces_decide_and_prefixes_do_not)
{
    ck_assert_int_eq(parse("<p:a xmlns:p='urn:one' xmlns='urn:two'><b p:k='v' k='w'/><p:b/></p:a>"), POLY_OK);
    ck_assert_str_eq(root->space, "urn:one");
    ck_assert_ptr_nonnull(poly_xml_child(root, "urn:two", "b"));
    ck_assert_ptr_nonnull(poly_xml_child(root, "urn:one", "b"));
    ck_assert_ptr_null(poly_xml_child(root, "", "b"));
    ck_assert_str_eq(poly_xml_attribute_value(poly_xml_child(root, "urn:two", "b"), "k"), "w");
}
END_TEST

START_TEST(what_is_not_well_formed)
{
    static const char *const texts[] = {
        "",       "text",        "<a>",         "<a></b>",     "<a/><b/>", "<a x=1/>", "<a x='1' x='2'/>",
        "<p:a/>", "<a>&no;</a>", "<a>\xff</a>", "<a>&#0;</a>", "<a",       "<a/>x",    "<a>\x01</a>",
    };

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        ck_assert_msg(parse(texts[i]) == POLY_INVALID, "%s", texts[i]);
        ck_assert_ptr_null(root);
        ck_assert_str_ne(error.reason, "");
    }
}
END_TEST

START_TEST(no_document_type_declaration)
{
    static const char *const texts[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'><!ENTITY y '&x;&x;&x;&x;'>]><a>&y;</a>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]><a/>",
    };

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        ck_assert_int_eq(parse(texts[i]), POLY_INVALID);
        ck_assert_str_eq(error.reason, "document type declaration");
    }
}
END_TEST

/* <a>, `depth` deep. */
static char *nested(size_t depth)
{
    poly_strbuf text;
    char *copy;

    poly_strbuf_init(&text, 1 << 20);
    for (size_t i = 0; i < depth; i++)
        poly_strbuf_append_text(&text, "<a>");
    for (size_t i = 0; i < depth; i++)
        poly_strbuf_append_text(&text, "</a>");
    copy = poly_strdup(poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return copy;
}

START_TEST(bounds)
{
    const poly_xml_limits limits = {.max_size = 1000, .max_depth = 5, .max_elements = 6};
    char *deep = nested(6), *fits = nested(5);
    char large[1100];

    ck_assert_int_eq(poly_xml_parse(poly_slice_of(fits), &limits, arena, &root, &error), POLY_OK);
    ck_assert_int_eq(poly_xml_parse(poly_slice_of(deep), &limits, arena, &root, NULL), POLY_TOO_LARGE);
    ck_assert_int_eq(poly_xml_parse(poly_slice_of("<a><b/><b/><b/><b/><b/></a>"), &limits, arena, &root, &error),
                     POLY_OK);
    ck_assert_int_eq(poly_xml_parse(poly_slice_of("<a><b/><b/><b/><b/><b/><b/></a>"), &limits, arena, &root, &error),
                     POLY_TOO_LARGE);
    ck_assert_str_eq(error.reason, "too many elements");
    ck_assert_int_eq(poly_xml_parse(poly_slice_of("<a a='' b='' c='' d='' e='' f=''/>"), &limits, arena, &root, &error),
                     POLY_TOO_LARGE);
    memset(large, ' ', sizeof(large));
    ck_assert_int_eq(poly_xml_parse((poly_slice){large, sizeof(large)}, &limits, arena, &root, &error), POLY_TOO_LARGE);
    free(deep);
    free(fits);
    deep = nested(100000);
    ck_assert_int_eq(parse(deep), POLY_TOO_LARGE);
    free(deep);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("xml");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, elements_attributes_and_text);
    tcase_add_test(tcase, namespaces_decide_and_prefixes_do_not);
    tcase_add_test(tcase, what_is_not_well_formed);
    tcase_add_test(tcase, no_document_type_declaration);
    tcase_add_test(tcase, bounds);
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

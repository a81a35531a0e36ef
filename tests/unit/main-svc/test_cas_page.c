/* SPDX-License-Identifier: MIT */
/* CAS's pages, and the form that is filled in. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cas_page.h"

static poly_arena *arena;
static login_form form;
static student_profile student;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

#define INPUTS "<input name='username'><input name='password' type='password'>"
#define TOKEN  "<input type='hidden' name='execution' value='e1&amp;s1'>"

static bool find(const char *page)
{
    return cas_page_find_form(poly_slice_of(page), arena, &form);
}

START_TEST(the_login_form)
{
    ck_assert(find("<form action='/search'><input name='q'></form>"
                   "<form method=post action='login?service=http%3A%2F%2Fa&amp;x=1'>"
                   "<input type='text' name='username'><INPUT TYPE=PASSWORD NAME=password>" TOKEN
                   "<input type='hidden' name='_eventId' value='submit'/><input type=hidden name=geolocation>"
                   "<input type='checkbox' name='rememberMe'><input type='submit' name='go'></form>"));
    ck_assert_str_eq(form.action, "login?service=http%3A%2F%2Fa&x=1");
    ck_assert_str_eq(form.username_name, "username");
    ck_assert_str_eq(form.password_name, "password");
    ck_assert_uint_eq(form.hidden_count, 3);
    ck_assert_str_eq(login_form_hidden(&form, "execution"), "e1&s1");
    ck_assert_str_eq(login_form_hidden(&form, "geolocation"), "");
    ck_assert_ptr_null(login_form_hidden(&form, "username"));
}
END_TEST

START_TEST(a_form_that_is_not_closed)
{
    ck_assert(find("<form>" INPUTS TOKEN));
    ck_assert_str_eq(form.action, "");
}
END_TEST

START_TEST(what_is_no_login_form)
{
    static const char *const pages[] = {
        "",
        INPUTS TOKEN,
        "<form>" INPUTS "</form>",
        "<form>" TOKEN "</form>",
        "<form><input name='password' type='password'>" TOKEN "</form>",
        "<form><input name='username'>" TOKEN "</form><form><input name='password' type='password'></form>",
        "<form>" INPUTS "<input type='hidden' name='execution' value=''></form>",
        "<!-- <form>" INPUTS TOKEN "</form> -->",
        "<textarea><form>" INPUTS TOKEN "</form></textarea>",
    };

    for (size_t i = 0; i < POLY_LENGTH(pages); i++)
        ck_assert_msg(!find(pages[i]), "%s", pages[i]);
}
END_TEST

START_TEST(too_many_hidden_fields)
{
    char page[4096] = "<form>" INPUTS TOKEN;

    for (int i = 0; i < LOGIN_FORM_FIELDS; i++)
        strcat(page, "<input type=hidden name=x>");
    ck_assert(!find(page));
}
END_TEST

START_TEST(filling_in)
{
    poly_slice filled;

    ck_assert(find("<form>" INPUTS TOKEN "<input type='hidden' name='&#x44F;' value='a b'></form>"));
    filled = login_form_fill(&form, "иван&x=1", "p+/=%\n ~", arena);
    ck_assert_str_eq(filled.data, "username=%D0%B8%D0%B2%D0%B0%D0%BD%26x%3D1&password=p%2B%2F%3D%25%0A+%7E"
                                  "&execution=e1%26s1&%D1%8F=a+b");
    ck_assert_uint_eq(filled.size, strlen(filled.data));
}
END_TEST

static bool read_profile(const char *page)
{
    return cas_page_read_profile(poly_slice_of(page), arena, &student);
}

#define SCRIPT(json) "<p><script type='application/json'>" json "</script>"

START_TEST(the_profile)
{
    ck_assert(read_profile("<script>var a = {\"student_id\":\"0\"}</script>" SCRIPT("{\"theme\":\"dark\"}")
                               SCRIPT("{\"student_id\":17,\"name\":\"И\\u003c\",\"mail\":\"a@b\",\"group\":\"1/"
                                      "2\",\"facultyAbbr\":\"ИК\",\"more\":{}}")));
    ck_assert_str_eq(student.id, "17");
    ck_assert_str_eq(student.name, "И<");
    ck_assert_str_eq(student.email, "a@b");
    ck_assert_str_eq(student.study_group, "1/2");
    ck_assert_str_eq(student.faculty_abbr, "ИК");
    ck_assert_str_eq(student.grade_book_number, "");
}
END_TEST

START_TEST(our_names_go_first)
{
    ck_assert(read_profile(SCRIPT("{\"id\":\"1\",\"student_id\":\"2\",\"uid\":\"3\"}")));
    ck_assert_str_eq(student.id, "2");
}
END_TEST

START_TEST(what_is_no_profile)
{
    static const char *const pages[] = {
        "",
        "<script>{\"student_id\":\"1\"}</script>",
        SCRIPT(""),
        SCRIPT("[]"),
        SCRIPT("{\"student_id\":\"\"}"),
        SCRIPT("{\"student_id\":true}"),
        SCRIPT("{\"student_id\":1.5}"),
        SCRIPT("{\"student_id\":-1}"),
        SCRIPT("{\"student_id\":\"1\"} x"),
        SCRIPT("{\"student_id\":\"1\",\"student_id\":\"2\"}"),
        SCRIPT("{\"student_id\":\"1\\u0007\"}"),
        "<!-- " SCRIPT("{\"student_id\":\"1\"}") " -->",
    };

    for (size_t i = 0; i < POLY_LENGTH(pages); i++)
        ck_assert_msg(!read_profile(pages[i]), "%s", pages[i]);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cas_page");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_login_form);
    tcase_add_test(tcase, a_form_that_is_not_closed);
    tcase_add_test(tcase, what_is_no_login_form);
    tcase_add_test(tcase, too_many_hidden_fields);
    tcase_add_test(tcase, filling_in);
    tcase_add_test(tcase, the_profile);
    tcase_add_test(tcase, our_names_go_first);
    tcase_add_test(tcase, what_is_no_profile);
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

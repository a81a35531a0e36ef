/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookie_jar.h"

static poly_arena *arena;
static cookie_jar jar;

static void set_up(void)
{
    arena = poly_arena_create(0);
    jar = (cookie_jar){.count = 0};
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static bool take(const char *field)
{
    return cookie_jar_take(&jar, field, arena);
}

START_TEST(kept_replaced_and_removed)
{
    ck_assert_ptr_null(cookie_jar_field(&jar, arena));
    ck_assert(take("a=1; Path=/cas; HttpOnly"));
    ck_assert(take("b = two=2 ;Secure"));
    ck_assert_str_eq(cookie_jar_field(&jar, arena), "Cookie: a=1; b=two=2");
    ck_assert(take("a=3"));
    ck_assert_str_eq(cookie_jar_get(&jar, "a"), "3");
    ck_assert(take("a=4; max-age=0"));
    ck_assert(take("b=; Path=/"));
    ck_assert_ptr_null(cookie_jar_get(&jar, "a"));
    ck_assert_ptr_null(cookie_jar_field(&jar, arena));
    ck_assert(take("c=1; Max-Age=60; X=max-age=0"));
    ck_assert_str_eq(cookie_jar_get(&jar, "c"), "1");
}
END_TEST

START_TEST(what_is_no_cookie_is_passed_over)
{
    static const char *const fields[] = {"", "a", "=1", "; a=1", "a b=1", "a=x y", "a=\x01", "a=\xd0\x96", "a=1,b=2"};

    for (size_t i = 0; i < POLY_LENGTH(fields); i++)
        ck_assert_msg(take(fields[i]), "%s", fields[i]);
    ck_assert_uint_eq(jar.count, 0);
}
END_TEST

START_TEST(bounds)
{
    char field[COOKIE_JAR_BYTES + 16];

    for (int i = 0; i < COOKIE_JAR_COOKIES; i++) {
        snprintf(field, sizeof(field), "c%d=1", i);
        ck_assert(take(field));
    }
    ck_assert(!take("one_more=1"));
    jar.count = 0;
    memset(field, 'x', sizeof(field));
    field[1] = '=';
    field[COOKIE_JAR_BYTES + 8] = '\0';
    ck_assert(!take(field));
    field[COOKIE_JAR_BYTES / 2] = '\0';
    ck_assert(take(field));
    field[0] = 'y';
    ck_assert(!take(field));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cookie_jar");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, kept_replaced_and_removed);
    tcase_add_test(tcase, what_is_no_cookie_is_passed_over);
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

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "site_path.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

START_TEST(splitting)
{
    static const struct {
        const char *url, *origin, *path;
    } cases[] = {
        {"https://cas.example/cas", "https://cas.example", "/cas"},
        {"http://[::1]:8080", "http://[::1]:8080", ""},
        {"http://a/b/c", "http://a", "/b/c"},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        const char *origin, *path;

        site_path_split(cases[i].url, arena, &origin, &path);
        ck_assert_str_eq(origin, cases[i].origin);
        ck_assert_str_eq(path, cases[i].path);
    }
}
END_TEST

/* The references of RFC 3986 section 5.4, as far as they stay on the site. */
START_TEST(within_the_site)
{
    static const struct {
        const char *reference, *path;
    } cases[] = {
        {"login", "/cas/login"},
        {"", "/cas/page?x=1"},
        {"#top", "/cas/page?x=1"},
        {"?service=a%2Fb", "/cas/page?service=a%2Fb"},
        {"/record-book/", "/record-book/"},
        {"/a/./b/../c?d=/../e", "/a/c?d=/../e"},
        {"../../../x", "/x"},
        {"..", "/"},
        {".", "/cas/"},
        {"./g/.", "/cas/g/"},
        {"g;x=1/../y", "/cas/y"},
        {"https://cas.example:8443/cas/login#x", "/cas/login"},
        {"HTTPS://CAS.example:8443/", "/"},
        {"https://cas.example:8443", "/"},
        {"https://cas.example:8443?a", "/?a"},
        {"//cas.example:8443/z", "/z"},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        const char *path = site_path_resolve("https://cas.example:8443", "/cas/page?x=1", cases[i].reference, arena);

        ck_assert_msg(path != NULL, "%s", cases[i].reference);
        ck_assert_str_eq(path, cases[i].path);
    }
}
END_TEST

START_TEST(elsewhere)
{
    static const char *const references[] = {
        "http://cas.example:8443/",
        "https://cas.example/",
        "https://cas.example:8443.evil.example/",
        "https://cas.example:84430/",
        "https://cas.example:8443@evil.example/",
        "//evil.example/cas",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b",
        "log in",
        "/\x01",
        "/%0d%0a\r\nX: y",
        "/\xd0\x96",
    };
    char large[5000];

    for (size_t i = 0; i < POLY_LENGTH(references); i++)
        ck_assert_msg(!site_path_resolve("https://cas.example:8443", "/cas/page", references[i], arena), "%s",
                      references[i]);
    memset(large, 'a', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    ck_assert_ptr_null(site_path_resolve("https://cas.example:8443", "/cas/page", large, arena));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("site_path");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, splitting);
    tcase_add_test(tcase, within_the_site);
    tcase_add_test(tcase, elsewhere);
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

/* SPDX-License-Identifier: MIT */
#include "redirect.h"

#include "suite.h"

static const char *const origins[] = {"https://admin.example.org", "http://localhost:5173", NULL};
static const sso_config config = {
    .common.cors_allow_origins = origins,
    .frontend_url = "https://portal.example.org",
    .services_url = "https://services.example.org/app",
    .traffic_url = "",
};

static const char *const good[] = {
    "https://portal.example.org",   "https://portal.example.org/",     "https://portal.example.org/a/b?c=d#e",
    "https://PORTAL.example.org/x", "https://portal.example.org:443/", "https://services.example.org/other",
    "https://admin.example.org?x",  "http://localhost:5173/callback",
};

START_TEST(known_origins_are_allowed)
{
    ck_assert_msg(redirect_is_allowed(&config, good[_i]), "%s", good[_i]);
}
END_TEST

static const char *const bad[] = {
    "",
    "/",
    "//portal.example.org/",
    "portal.example.org",
    "javascript:alert(1)",
    "https:///portal.example.org",
    "https:portal.example.org",
    "http://portal.example.org/",
    "https://portal.example.org:8443/",
    "https://portal.example.org.evil.example/",
    "https://portal.example.org@evil.example/",
    "https://evil.example/https://portal.example.org",
    "https://user@portal.example.org/",
    "https://evil.example\\@portal.example.org/",
    "https://portal.example.org\\.evil.example/",
    "https://portal.example.org\t.evil.example/",
    "https://evil.example#https://portal.example.org",
    " https://portal.example.org/",
    "https://portal.example.org/\r\nX: y",
    "https://portal.example.or",
    "https://xportal.example.org/",
    "http://localhost:51730/",
    "http://localhost/",
    "ftp://portal.example.org/",
    "https://",
};

START_TEST(everything_else_is_not)
{
    ck_assert_msg(!redirect_is_allowed(&config, bad[_i]), "%s", bad[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("redirect");
    TCase *tests = add_case(suite, "redirect");

    tcase_add_loop_test(tests, known_origins_are_allowed, 0, POLY_LENGTH(good));
    tcase_add_loop_test(tests, everything_else_is_not, 0, POLY_LENGTH(bad));
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "login_state.h"

#define NOW INT64_C(1800000000)

static poly_arena *arena;
static char state[LOGIN_STATE_SIZE];

static void set_up(void)
{
    arena = poly_arena_create(0);
    login_state_make(NOW, state);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

START_TEST(holds_for_some_minutes)
{
    ck_assert(login_state_holds(state, state, NOW));
    ck_assert(login_state_holds(state, state, NOW + LOGIN_STATE_SECONDS - 1));
    ck_assert(!login_state_holds(state, state, NOW + LOGIN_STATE_SECONDS));
    ck_assert(login_state_holds(state, state, NOW - 30));
    ck_assert(!login_state_holds(state, state, NOW - 31));
}
END_TEST

START_TEST(both_must_be_the_same)
{
    char other[LOGIN_STATE_SIZE];

    login_state_make(NOW, other);
    ck_assert_str_ne(state, other);
    ck_assert(!login_state_holds(state, other, NOW));
    ck_assert(!login_state_holds(NULL, state, NOW));
    ck_assert(!login_state_holds(state, NULL, NOW));
    ck_assert(!login_state_holds("", "", NOW));
    ck_assert(!login_state_holds("x.1", "x.1", NOW));
    state[strlen(state) - 1] = 'z';
    ck_assert(!login_state_holds(state, state, NOW));
}
END_TEST

START_TEST(the_cookie)
{
    const char *field = login_state_set_cookie(state, true, arena);

    ck_assert_int_eq(strncmp(field, "__Host-login_state=", 19), 0);
    ck_assert_ptr_nonnull(strstr(field, "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"));
    ck_assert_ptr_nonnull(strstr(login_state_set_cookie(NULL, false, arena), "login_state=; Path=/; Max-Age=0;"));
    field = poly_arena_printf(arena, "a=1; xlogin_state=no; login_state=%s; b=2", state);
    ck_assert_str_eq(login_state_from_cookies(poly_slice_of(field), false, arena), state);
    ck_assert_ptr_null(login_state_from_cookies(poly_slice_of(field), true, arena));
    ck_assert_ptr_null(login_state_from_cookies((poly_slice){NULL, 0}, false, arena));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("login_state");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, holds_for_some_minutes);
    tcase_add_test(tcase, both_must_be_the_same);
    tcase_add_test(tcase, the_cookie);
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

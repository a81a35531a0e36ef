/* SPDX-License-Identifier: MIT */
#include "upload_turns.h"

#include <stdio.h>

#include "on_fiber.h"
#include "poly/time.h"

#include "suite.h"

enum { ALL = 128, OWN = 8 };

static poly_result results[2 * ALL];

static poly_result enter(upload_turns *turns, const char *caller)
{
    return upload_turns_enter(turns, caller, poly_time_monotonic());
}

static void take_too_many(void *argument)
{
    upload_turns *turns = upload_turns_create(OWN);

    (void)argument;
    for (size_t i = 0; i <= OWN; i++)
        results[i] = enter(turns, "student:1");
    results[OWN + 1] = enter(turns, "student:2");
    upload_turns_leave(turns, "student:1");
    results[OWN + 2] = enter(turns, "student:1");
    for (size_t i = 0; i < OWN; i++)
        upload_turns_leave(turns, "student:1");
    upload_turns_leave(turns, "student:2");
    upload_turns_destroy(&turns);
}

START_TEST(a_caller_has_only_some_of_the_turns)
{
    on_fiber(take_too_many, NULL);
    for (size_t i = 0; i < OWN; i++)
        ck_assert_int_eq(results[i], POLY_OK);
    ck_assert_int_eq(results[OWN], POLY_REJECTED);
    ck_assert_int_eq(results[OWN + 1], POLY_OK);
    ck_assert_int_eq(results[OWN + 2], POLY_OK);
}
END_TEST

static void take_all(void *argument)
{
    upload_turns *turns = upload_turns_create(1);
    char caller[24];

    (void)argument;
    for (int i = 0; i < ALL; i++) {
        snprintf(caller, sizeof(caller), "student:%d", i);
        results[i] = enter(turns, caller);
    }
    /* Whoever waits in vain keeps no place. */
    for (int i = ALL; i < 2 * ALL; i++)
        results[i] = enter(turns, "late");
    for (int i = 0; i < ALL; i++) {
        snprintf(caller, sizeof(caller), "student:%d", i);
        upload_turns_leave(turns, caller);
    }
    upload_turns_destroy(&turns);
}

START_TEST(who_comes_when_all_are_taken_waits)
{
    on_fiber(take_all, NULL);
    for (int i = 0; i < ALL; i++)
        ck_assert_int_eq(results[i], POLY_OK);
    for (int i = ALL; i < 2 * ALL; i++)
        ck_assert_int_eq(results[i], POLY_TIMEOUT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("upload_turns");
    TCase *tests = add_case(suite, "upload_turns");

    tcase_add_test(tests, a_caller_has_only_some_of_the_turns);
    tcase_add_test(tests, who_comes_when_all_are_taken_waits);
    return run_suite(suite);
}

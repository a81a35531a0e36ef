/* SPDX-License-Identifier: MIT */
#include "telegram_link.h"

#include <stdio.h>

#include "poly/random.h"

#include "suite.h"

#define NOW POLY_SECONDS(1000)

static const char anna[] = "11111111-1111-4111-8111-111111111111";
static telegram_links *links;

static void set_up(void)
{
    links = telegram_links_create();
}

static void tear_down(void)
{
    telegram_links_destroy(&links);
}

START_TEST(a_link_is_good_for_a_minute)
{
    ck_assert(!telegram_links_has(links, anna, 5, NOW));
    telegram_links_put(links, anna, 5, NOW);
    ck_assert(telegram_links_has(links, anna, 5, NOW));
    ck_assert(telegram_links_has(links, anna, 5, NOW + POLY_SECONDS(60) - 1));
    ck_assert(!telegram_links_has(links, anna, 5, NOW + POLY_SECONDS(60)));
}
END_TEST

START_TEST(of_this_user_and_this_account_alone)
{
    telegram_links_put(links, anna, 5, NOW);
    ck_assert(!telegram_links_has(links, anna, 6, NOW));
    ck_assert(!telegram_links_has(links, "11111111-1111-4111-8111-111111111112", 5, NOW));
    telegram_links_put(links, anna, 6, NOW);
    ck_assert(telegram_links_has(links, anna, 6, NOW));
    ck_assert(!telegram_links_has(links, anna, 5, NOW));
}
END_TEST

START_TEST(an_id_of_another_form_is_not_kept)
{
    const char *longer = "11111111-1111-4111-8111-1111111111111";

    telegram_links_put(links, longer, 5, NOW);
    ck_assert(!telegram_links_has(links, longer, 5, NOW));
}
END_TEST

START_TEST(many_users_find_room)
{
    char id[POLY_UUID_SIZE];
    int found = 0;

    for (int i = 0; i < 100000; i++) {
        poly_uuid_make(id);
        telegram_links_put(links, id, i + 1, NOW);
        found += telegram_links_has(links, id, i + 1, NOW);
    }
    ck_assert_int_eq(found, 100000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/telegram_links");
    TCase *tests = add_case(suite, "links");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_link_is_good_for_a_minute);
    tcase_add_test(tests, of_this_user_and_this_account_alone);
    tcase_add_test(tests, an_id_of_another_form_is_not_kept);
    tcase_add_test(tests, many_users_find_room);
    return run_suite(suite);
}

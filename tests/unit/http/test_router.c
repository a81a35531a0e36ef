/* SPDX-License-Identifier: MIT */
#include "http/router.h"

#include <check.h>
#include <stdlib.h>

static void handler(poly_request *request)
{
    (void)request;
}

static const poly_route first_table[] = {
    {POLY_GET, "/groups/resolve", .handler = handler},
    {POLY_GET, "/groups/{group_id}", .handler = handler},
    {POLY_GET, "/groups/{group_id}/week", .handler = handler},
    {POLY_DELETE, "/groups/{id}", .handler = handler},
    {.path = NULL},
};
static const poly_route second_table[] = {
    {POLY_POST, "/buildings/{building_id}/rooms/{room_id}/scheduler", .handler = handler},
    {POLY_GET, "/groups/{id}/resolve", .handler = handler},
    {.path = NULL},
};
static const poly_route *const tables[] = {first_table, second_table, NULL};

static struct http_router *router;
static struct http_match match;

static const poly_route *find(poly_method method, const char *path)
{
    http_router_match(router, method, poly_slice_of(path), &match);
    return match.route;
}

static void setup(void)
{
    router = http_router_create(tables);
}

static void teardown(void)
{
    http_router_destroy(&router);
}

START_TEST(literals_win_over_parameters)
{
    ck_assert_ptr_eq(find(POLY_GET, "/groups/resolve"), &first_table[0]);
    ck_assert_uint_eq(match.param_count, 0);
    ck_assert_ptr_eq(find(POLY_GET, "/groups/17"), &first_table[1]);
    ck_assert_ptr_eq(find(POLY_GET, "/groups/resolve/week"), &first_table[2]);
    ck_assert(poly_slice_equal(match.params[0].value, "resolve"));
    ck_assert_ptr_eq(find(POLY_GET, "/groups/resolve/resolve"), &second_table[1]);
}
END_TEST

START_TEST(parameters_are_named_and_ordered)
{
    ck_assert_ptr_eq(find(POLY_POST, "/buildings/11/rooms/a%2Fb/scheduler"), &second_table[0]);
    ck_assert_uint_eq(match.param_count, 2);
    ck_assert_str_eq(match.params[0].name, "building_id");
    ck_assert(poly_slice_equal(match.params[0].value, "11"));
    ck_assert_str_eq(match.params[1].name, "room_id");
    ck_assert(poly_slice_equal(match.params[1].value, "a%2Fb"));
    ck_assert_ptr_eq(find(POLY_GET, "/groups/17"), &first_table[1]);
    ck_assert_str_eq(match.params[0].name, "group_id");
    ck_assert_ptr_eq(find(POLY_DELETE, "/groups/17"), &first_table[3]);
    ck_assert_str_eq(match.params[0].name, "id");
}
END_TEST

START_TEST(trailing_slash_is_optional)
{
    ck_assert_ptr_eq(find(POLY_GET, "/groups/17/"), &first_table[1]);
    ck_assert_ptr_eq(find(POLY_GET, "/groups/resolve/"), &first_table[0]);
    ck_assert_ptr_null(find(POLY_GET, "/groups/17//"));
    ck_assert_ptr_null(find(POLY_GET, "/groups//week"));
    ck_assert_ptr_null(find(POLY_GET, "//groups/17"));
}
END_TEST

START_TEST(unknown_path_and_wrong_method_differ)
{
    ck_assert_ptr_null(find(POLY_GET, "/nothing"));
    ck_assert_uint_eq(match.allowed, 0);
    ck_assert_ptr_null(find(POLY_GET, "/"));
    ck_assert_ptr_null(find(POLY_GET, "/groups"));
    ck_assert_uint_eq(match.allowed, 0);
    ck_assert_ptr_null(find(POLY_POST, "/groups/17"));
    ck_assert_uint_eq(match.allowed, 1u << POLY_GET | 1u << POLY_HEAD | 1u << POLY_DELETE | 1u << POLY_OPTIONS);
}
END_TEST

START_TEST(get_serves_head)
{
    ck_assert_ptr_eq(find(POLY_HEAD, "/groups/17"), &first_table[1]);
    ck_assert_uint_eq(match.route_index, 1);
    ck_assert_ptr_null(find(POLY_HEAD, "/buildings/1/rooms/2/scheduler"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("http router");
    TCase *tests = tcase_create("matching");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, literals_win_over_parameters);
    tcase_add_test(tests, parameters_are_named_and_ordered);
    tcase_add_test(tests, trailing_slash_is_optional);
    tcase_add_test(tests, unknown_path_and_wrong_method_differ);
    tcase_add_test(tests, get_serves_head);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

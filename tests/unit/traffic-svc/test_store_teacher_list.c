/* SPDX-License-Identifier: MIT */
/* Teachers page by page, as administrators see them. */
#include "kiosk_scene.h"

#include "store.h"

#include <semaphore.h>

static const poly_route no_routes[] = {{.path = NULL}};
static poly_arena *arena;
static sem_t done;

static void set_up(void)
{
    make_database();
    begin_scene(no_routes);
    arena = poly_arena_create(0);
    sem_init(&done, 0, 0);
    postgres_run(url,
                 "INSERT INTO teachers (id, full_name, username, origin, sort_text, deleted_at) SELECT"
                 " ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Teacher ' || n, 'u' || n, 'manual',"
                 " 'teacher ' || lpad(n::text, 3, '0') || ' u' || n, CASE WHEN n = 30 THEN now() END"
                 " FROM generate_series(1, 30) n");
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    end_scene();
    poly_arena_destroy(&arena);
    sem_destroy(&done);
}

static struct asked {
    const char *typed;
    int64_t limit, offset;
    const char *id;
    poly_result result;
    teacher_page page;
    teacher one;
} asked;

static void list_it(void *argument)
{
    (void)argument;
    asked.result = store_list_teachers(pool, arena, asked.typed, asked.limit, asked.offset, &asked.page);
    sem_post(&done);
}

static void find_it(void *argument)
{
    (void)argument;
    asked.result = store_find_teacher(pool, arena, asked.id, &asked.one);
    sem_post(&done);
}

static void run_on_fiber(void (*work)(void *argument))
{
    poly_fiber_start(poly_runtime_loop(loopback.runtime, 0), "test", work, NULL);
    while (sem_wait(&done) != 0)
        ;
}

static void list(const char *typed, int64_t limit, int64_t offset)
{
    asked = (struct asked){.typed = typed, .limit = limit, .offset = offset};
    run_on_fiber(list_it);
}

static void expect_page(size_t count, int64_t total)
{
    ck_assert_msg(asked.result == POLY_OK, "%s", poly_result_name(asked.result));
    ck_assert_uint_eq(asked.page.count, count);
    ck_assert_int_eq(asked.page.total, total);
}

START_TEST(pages_are_in_order_and_know_how_many_there_are)
{
    list(NULL, 10, 0);
    expect_page(10, 29);
    ck_assert_str_eq(asked.page.items[0].full_name, "Teacher 1");
    list(NULL, 10, 20);
    expect_page(9, 29);
    ck_assert_str_eq(asked.page.items[8].full_name, "Teacher 29");
}
END_TEST

START_TEST(a_page_behind_the_last_is_empty_and_knows_it_too)
{
    list(NULL, 10, 30);
    expect_page(0, 29);
    list("", 10, 1000);
    expect_page(0, 29);
}
END_TEST

START_TEST(a_search_counts_what_it_means)
{
    list("TEACHER u7", 10, 0);
    expect_page(1, 1);
    list("teach", 10, 20);
    expect_page(9, 29);
    list("teach", 10, 40);
    expect_page(0, 29);
    list("u30", 10, 0); /* who is deleted */
    expect_page(0, 0);
}
END_TEST

START_TEST(who_is_deleted_is_not_found)
{
    asked = (struct asked){.id = kiosk(29)};
    run_on_fiber(find_it);
    ck_assert_int_eq(asked.result, POLY_OK);
    ck_assert_str_eq(asked.one.full_name, "Teacher 29");
    asked = (struct asked){.id = kiosk(30)};
    run_on_fiber(find_it);
    ck_assert_int_eq(asked.result, POLY_NOT_FOUND);
}
END_TEST

START_TEST(a_database_that_refuses_is_an_error)
{
    postgres_run(url, "ALTER TABLE teachers RENAME TO elsewhere");
    list(NULL, 10, 0);
    ck_assert_int_eq(asked.result, POLY_REJECTED);
    asked = (struct asked){.id = kiosk(29)};
    run_on_fiber(find_it);
    ck_assert_int_eq(asked.result, POLY_REJECTED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_teacher_list");
    TCase *tests = add_case(suite, "store_teacher_list");

    postgres_begin();
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, pages_are_in_order_and_know_how_many_there_are);
    tcase_add_test(tests, a_page_behind_the_last_is_empty_and_knows_it_too);
    tcase_add_test(tests, a_search_counts_what_it_means);
    tcase_add_test(tests, who_is_deleted_is_not_found);
    tcase_add_test(tests, a_database_that_refuses_is_an_error);
    return run_suite(suite);
}

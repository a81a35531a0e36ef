/* SPDX-License-Identifier: MIT */
#include "sync_plan.h"

#include <string.h>

#include "suite.h"

#define NOW ((int64_t)1800000000)
#define DAY ((int64_t)86400)

static poly_arena *arena;
static const sync_rules usual = {.now = NOW, .max_removal_percent = 10, .grace_days = 7};

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

/* Twenty teachers with the ids 1 to 20, all of them active. */
enum { CROWD = 20 };

static known_teacher *crowd(void)
{
    known_teacher *known = poly_arena_alloc_zero(arena, CROWD, sizeof(*known));

    for (int i = 0; i < CROWD; i++)
        known[i] = (known_teacher){
            .id = poly_arena_printf(arena, "id-%d", i + 1),
            .ruz_id = i + 1,
            .full_name = poly_arena_printf(arena, "Иванов %c", 'A' + i),
            .is_active = true,
        };
    return known;
}

/* The same people as the source lists them, but the first `absent`. */
static teacher_list listing(const known_teacher *known, size_t absent)
{
    listed_teacher *items = poly_arena_alloc_zero(arena, CROWD, sizeof(*items));

    for (size_t i = absent; i < CROWD; i++)
        items[i - absent] = (listed_teacher){known[i].ruz_id, known[i].full_name};
    return (teacher_list){.items = items, .count = CROWD - absent, .fetched = CROWD - absent};
}

static void check_nothing(const sync_plan *plan)
{
    ck_assert_uint_eq(plan->created_count, 0);
    ck_assert_uint_eq(plan->updated_count, 0);
    ck_assert_uint_eq(plan->found_count, 0);
    ck_assert_uint_eq(plan->missing_count, 0);
    ck_assert_uint_eq(plan->removed_count, 0);
}

START_TEST(everybody_is_new_at_first)
{
    const listed_teacher items[] = {{1, "Иванов А"}, {5, "Петров Б"}};
    const teacher_list list = {.items = items, .count = 2};
    sync_plan plan = sync_plan_make(&list, NULL, 0, &usual, arena);

    ck_assert_int_eq(plan.verdict, SYNC_GOES_ON);
    ck_assert_uint_eq(plan.created_count, 2);
    ck_assert_int_eq(plan.created[1]->ruz_id, 5);
}
END_TEST

START_TEST(nothing_changes_when_nothing_has_changed)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan = sync_plan_make(&list, known, CROWD, &usual, arena);

    ck_assert_int_eq(plan.verdict, SYNC_GOES_ON);
    ck_assert_uint_eq(plan.active, CROWD);
    check_nothing(&plan);
}
END_TEST

START_TEST(new_ones_are_found_anywhere)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan = sync_plan_make(&list, known + 1, CROWD - 2, &usual, arena);

    ck_assert_uint_eq(plan.created_count, 2);
    ck_assert_int_eq(plan.created[0]->ruz_id, 1);
    ck_assert_int_eq(plan.created[1]->ruz_id, CROWD);
}
END_TEST

START_TEST(a_new_name_is_taken_over)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan;

    known[3].full_name = "Прежняя Фамилия";
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.updated_count, 1);
    ck_assert_ptr_eq(plan.updated[0], &known[3]);
    ck_assert_str_eq(plan.updated_names[0], "Иванов D");
}
END_TEST

START_TEST(the_missing_are_marked_and_not_disabled)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 2);
    sync_plan plan = sync_plan_make(&list, known, CROWD, &usual, arena);

    ck_assert_int_eq(plan.verdict, SYNC_GOES_ON);
    ck_assert_uint_eq(plan.missing_count, 2);
    ck_assert_str_eq(plan.missing[0], "id-1");
    ck_assert_uint_eq(plan.removed_count, 0);
}
END_TEST

START_TEST(the_grace_is_whole_days)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 2);
    sync_plan plan;

    known[0].missing_since = NOW - 7 * DAY;
    known[1].missing_since = NOW - 7 * DAY + 1;
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.missing_count, 0);
    ck_assert_uint_eq(plan.removed_count, 1);
    ck_assert_str_eq(plan.removed[0], "id-1");
}
END_TEST

START_TEST(without_grace_they_go_at_once)
{
    const sync_rules rules = {.now = NOW, .max_removal_percent = 10, .grace_days = 0};
    known_teacher *known = crowd();
    teacher_list list = listing(known, 1);
    sync_plan plan = sync_plan_make(&list, known, CROWD, &rules, arena);

    ck_assert_uint_eq(plan.missing_count, 1);
    ck_assert_uint_eq(plan.removed_count, 1);
}
END_TEST

START_TEST(a_mark_from_the_future_waits)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 1);

    known[0].missing_since = NOW + 3600;
    ck_assert_uint_eq(sync_plan_make(&list, known, CROWD, &usual, arena).removed_count, 0);
}
END_TEST

START_TEST(one_who_comes_back_in_time_is_found)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan;

    known[4].missing_since = NOW - 3 * DAY;
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.found_count, 1);
    ck_assert_str_eq(plan.found[0], "id-5");
    ck_assert_uint_eq(plan.updated_count, 0);
}
END_TEST

START_TEST(one_who_comes_back_late_is_active_again)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan;

    known[4].missing_since = NOW - 300 * DAY;
    known[4].is_active = false;
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.active, CROWD - 1);
    ck_assert_uint_eq(plan.found_count, 1);
    ck_assert_uint_eq(plan.updated_count, 1);
    ck_assert_ptr_eq(plan.updated[0], &known[4]);
}
END_TEST

START_TEST(one_who_stays_away_is_left_alone)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 1);
    sync_plan plan;

    known[0].missing_since = NOW - 300 * DAY;
    known[0].is_active = false;
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.gone, 0);
    check_nothing(&plan);
}
END_TEST

START_TEST(one_who_was_deleted_comes_back_when_that_is_done)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 0);
    sync_plan plan;

    known[0].is_active = known[1].is_active = false;
    known[1].is_leaving = true;
    known[1].missing_since = NOW - DAY;
    plan = sync_plan_make(&list, known, CROWD, &usual, arena);
    ck_assert_uint_eq(plan.updated_count, 1);
    ck_assert_ptr_eq(plan.updated[0], &known[0]);
    ck_assert_uint_eq(plan.found_count, 0);
    ck_assert_uint_eq(plan.created_count, 0);
}
END_TEST

START_TEST(an_empty_source_is_not_believed)
{
    const sync_rules rules = {.now = NOW, .max_removal_percent = 100, .grace_days = 0};
    known_teacher *known = crowd();
    const teacher_list list = {.count = 0, .fetched = 3, .skipped = 3};

    ck_assert_int_eq(sync_plan_make(&list, known, CROWD, &rules, arena).verdict, SYNC_SOURCE_EMPTY);
    ck_assert_int_eq(sync_plan_make(&list, NULL, 0, &rules, arena).verdict, SYNC_SOURCE_EMPTY);
}
END_TEST

START_TEST(a_short_source_is_not_believed)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 3); /* 15 % */
    sync_plan plan = sync_plan_make(&list, known, CROWD, &usual, arena);

    ck_assert_int_eq(plan.verdict, SYNC_TOO_MANY_GONE);
    ck_assert_uint_eq(plan.gone, 3);
    ck_assert_uint_eq(plan.active, CROWD);
}
END_TEST

/* Else a source that loses a few a day would have lost everybody in a month. */
START_TEST(those_already_marked_count_too)
{
    known_teacher *known = crowd();
    teacher_list list = listing(known, 3);

    known[0].missing_since = NOW - DAY;
    known[1].missing_since = NOW - DAY;
    ck_assert_int_eq(sync_plan_make(&list, known, CROWD, &usual, arena).verdict, SYNC_TOO_MANY_GONE);
}
END_TEST

START_TEST(another_bound_may_be_set)
{
    const sync_rules rules = {.now = NOW, .max_removal_percent = 15, .grace_days = 7};
    const sync_rules none = {.now = NOW, .max_removal_percent = 0, .grace_days = 7};
    known_teacher *known = crowd();
    teacher_list list = listing(known, 3), one_less = listing(known, 1);

    ck_assert_int_eq(sync_plan_make(&list, known, CROWD, &rules, arena).verdict, SYNC_GOES_ON);
    ck_assert_int_eq(sync_plan_make(&one_less, known, CROWD, &none, arena).verdict, SYNC_TOO_MANY_GONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/sync_plan");
    TCase *tests = add_case(suite, "plans");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, everybody_is_new_at_first);
    tcase_add_test(tests, nothing_changes_when_nothing_has_changed);
    tcase_add_test(tests, new_ones_are_found_anywhere);
    tcase_add_test(tests, a_new_name_is_taken_over);
    tcase_add_test(tests, the_missing_are_marked_and_not_disabled);
    tcase_add_test(tests, the_grace_is_whole_days);
    tcase_add_test(tests, without_grace_they_go_at_once);
    tcase_add_test(tests, a_mark_from_the_future_waits);
    tcase_add_test(tests, one_who_comes_back_in_time_is_found);
    tcase_add_test(tests, one_who_comes_back_late_is_active_again);
    tcase_add_test(tests, one_who_stays_away_is_left_alone);
    tcase_add_test(tests, one_who_was_deleted_comes_back_when_that_is_done);
    tcase_add_test(tests, an_empty_source_is_not_believed);
    tcase_add_test(tests, a_short_source_is_not_believed);
    tcase_add_test(tests, those_already_marked_count_too);
    tcase_add_test(tests, another_bound_may_be_set);
    return run_suite(suite);
}

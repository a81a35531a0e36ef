/* SPDX-License-Identifier: MIT */
#include "lesson_choice.h"
#include "suite.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

/* Namesakes: one name, two ids. The second one's other identifier is the first one's id. */
static poly_teacher first = {.id = 71, .oid = 9001, .full_name = "Иванов Иван Иванович"};
static poly_teacher namesake = {.id = 72, .oid = 71, .full_name = "Иванов Иван Иванович"};

START_TEST(lessons_are_matched_by_id_alone)
{
    poly_teacher both[] = {namesake, first};
    poly_lesson lessons[] = {
        {.subject = "а", .teachers = &first, .teacher_count = 1},
        {.subject = "б", .teachers = &namesake, .teacher_count = 1},
        {.subject = "в"},
        {.subject = "г", .teachers = both, .teacher_count = 2},
    };
    poly_day day = {.lessons = lessons, .lesson_count = POLY_LENGTH(lessons)};
    size_t count;
    const poly_lesson *const *chosen = lesson_choice(&day, 71, arena, &count);

    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(chosen[0]->subject, "а");
    ck_assert_str_eq(chosen[1]->subject, "г");
    chosen = lesson_choice(&day, 72, arena, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(chosen[0]->subject, "б");
    lesson_choice(&day, 9001, arena, &count);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(a_day_without_lessons_has_none)
{
    poly_day day = {0};
    size_t count = 1;

    lesson_choice(&day, 71, arena, &count);
    ck_assert_uint_eq(count, 0);
    count = 1;
    lesson_choice(NULL, 71, arena, &count);
    ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lesson_choice");
    TCase *tests = add_case(suite, "lessons");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, lessons_are_matched_by_id_alone);
    tcase_add_test(tests, a_day_without_lessons_has_none);
    return run_suite(suite);
}

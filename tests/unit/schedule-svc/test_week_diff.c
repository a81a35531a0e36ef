/* SPDX-License-Identifier: MIT */
#include "week_diff.h"
#include "week_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MONDAY    DATE(2026, 9, 7)
#define WEDNESDAY DATE(2026, 9, 9)
#define FRIDAY    DATE(2026, 9, 11)

static poly_arena *arena;
static poly_week before, after;
static poly_lesson physics; /* Physics at 10:00 with teacher 1 for group 501 in room 31 */
static week_change *changes;
static size_t count;

static void set_up(void)
{
    arena = poly_arena_create(0);
    before = week_from(arena, MONDAY);
    after = week_from(arena, MONDAY);
    physics = lesson_of("Физика", CLOCK(10, 0), CLOCK(11, 40));
    add_teacher(arena, &physics, 1, "Пробкина О. И.");
    add_group(arena, &physics, 501, "5000001/10001");
    add_room(arena, &physics, 31, "101", "Корпус");
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static void compare(void)
{
    ck_assert_int_eq(week_diff(&before, &after, MONDAY, arena, &changes, &count), POLY_OK);
}

static poly_lesson at(poly_lesson lesson, int hour)
{
    lesson.time_end += CLOCK(hour, 0) - lesson.time_start;
    lesson.time_start = CLOCK(hour, 0);
    return lesson;
}

START_TEST(sees_no_change_in_the_same)
{
    poly_lesson renamed = physics;

    renamed.teachers = NULL;
    renamed.teacher_count = 0;
    add_teacher(arena, &renamed, 1, "Новикова О. И.");
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &after, MONDAY, renamed);
    compare();
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(sees_one_added_and_one_cancelled)
{
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &after, WEDNESDAY, lesson_of("Химия", CLOCK(12, 0), CLOCK(13, 40)));
    compare();
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(changes[0].kind, CHANGE_CANCELLED);
    ck_assert_ptr_eq(changes[0].before, &before.days[0].lessons[0]);
    ck_assert_ptr_null(changes[0].after);
    ck_assert_uint_eq(changes[0].fields, 0);
    ck_assert_int_eq(poly_date_compare(changes[0].before_date, MONDAY), 0);
    ck_assert_int_eq(changes[1].kind, CHANGE_ADDED);
    ck_assert_ptr_null(changes[1].before);
    ck_assert_ptr_eq(changes[1].after, &after.days[0].lessons[0]);
    ck_assert_int_eq(poly_date_compare(changes[1].after_date, WEDNESDAY), 0);
}
END_TEST

/* What to do to the lesson, and what that is called. */
static const struct {
    bool other_day, other_hour, other_end, other_rooms, more_rooms, other_teacher, other_groups, other_type, other_info,
        other_link;
    change_kind kind;
    unsigned fields;
} edits[] = {
    {.other_day = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME},
    {.other_hour = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME},
    {.other_end = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME},
    {.other_rooms = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_ROOMS},
    {.more_rooms = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_ROOMS},
    {.other_day = true, .other_rooms = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME | CHANGE_OF_ROOMS},
    {.other_hour = true, .other_teacher = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME | CHANGE_OF_TEACHERS},
    {.other_hour = true, .other_groups = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_TIME | CHANGE_OF_GROUPS},
    {.other_rooms = true, .other_teacher = true, .kind = CHANGE_MOVED, .fields = CHANGE_OF_ROOMS | CHANGE_OF_TEACHERS},
    {.other_teacher = true, .kind = CHANGE_CHANGED, .fields = CHANGE_OF_TEACHERS},
    {.other_groups = true, .kind = CHANGE_CHANGED, .fields = CHANGE_OF_GROUPS},
    {.other_teacher = true,
     .other_groups = true,
     .kind = CHANGE_CHANGED,
     .fields = CHANGE_OF_TEACHERS | CHANGE_OF_GROUPS},
    {.other_type = true, .kind = CHANGE_CHANGED, .fields = CHANGE_OF_TYPE},
    {.other_info = true, .kind = CHANGE_CHANGED, .fields = CHANGE_OF_INFO},
    {.other_link = true, .kind = CHANGE_CHANGED, .fields = CHANGE_OF_LINKS},
};

START_TEST(tells_what_became_of_a_lesson)
{
    poly_lesson edited = physics;

    if (edits[_i].other_hour)
        edited = at(edited, 16);
    if (edits[_i].other_end)
        edited.time_end = CLOCK(13, 20);
    if (edits[_i].other_rooms)
        edited.room_count = 0;
    if (edits[_i].other_rooms || edits[_i].more_rooms)
        add_room(arena, &edited, 32, "102", "Корпус");
    if (edits[_i].other_teacher)
        edited.teacher_count = 0;
    if (edits[_i].other_groups)
        add_group(arena, &edited, 502, "5000001/10002");
    if (edits[_i].other_type)
        edited.type_id = 26;
    if (edits[_i].other_info)
        edited.additional_info = "Поток";
    if (edits[_i].other_link)
        edited.lms_url = "https://l.example";
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &after, edits[_i].other_day ? FRIDAY : MONDAY, edited);
    compare();
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(changes[0].kind, edits[_i].kind);
    ck_assert_uint_eq(changes[0].fields, edits[_i].fields);
    ck_assert_ptr_eq(changes[0].before, &before.days[0].lessons[0]);
    ck_assert_ptr_eq(changes[0].after, &after.days[0].lessons[0]);
    ck_assert_int_eq(poly_date_compare(changes[0].before_date, MONDAY), 0);
    ck_assert_int_eq(poly_date_compare(changes[0].after_date, edits[_i].other_day ? FRIDAY : MONDAY), 0);
}
END_TEST

START_TEST(does_not_confuse_lessons)
{
    poly_lesson lecture = at(physics, 14), other = at(physics, 14);

    lecture.type_id = 14;
    other.teacher_count = other.group_count = 0;
    add_teacher(arena, &other, 2, "x");
    add_group(arena, &other, 502, "y");
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &after, MONDAY, lecture);
    compare();
    ck_assert_uint_eq(count, 2);
    after.day_count = 0;
    add_lesson(arena, &after, MONDAY, other);
    compare();
    ck_assert_uint_eq(count, 2);
}
END_TEST

/* Monday 10 and 12 become 12 and 14: one stays, one moves. */
START_TEST(keeps_what_stayed_where_it_was)
{
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &before, MONDAY, at(physics, 12));
    add_lesson(arena, &after, MONDAY, at(physics, 12));
    add_lesson(arena, &after, MONDAY, at(physics, 14));
    compare();
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(changes[0].kind, CHANGE_MOVED);
    ck_assert_int_eq(changes[0].before->time_start, CLOCK(10, 0));
    ck_assert_int_eq(changes[0].after->time_start, CLOCK(14, 0));
}
END_TEST

/* Of two alike in one slot, in rooms 31 and 32, the first goes to 33. */
START_TEST(keeps_what_stayed_in_its_room)
{
    poly_lesson second = physics, third = physics;

    second.room_count = third.room_count = 0;
    add_room(arena, &second, 32, "102", "Корпус");
    add_room(arena, &third, 33, "103", "Корпус");
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &before, MONDAY, second);
    add_lesson(arena, &after, MONDAY, second);
    add_lesson(arena, &after, MONDAY, third);
    compare();
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(changes[0].before->rooms[0].id, 31);
    ck_assert_int_eq(changes[0].after->rooms[0].id, 33);
}
END_TEST

START_TEST(takes_the_nearest_candidate)
{
    add_lesson(arena, &before, WEDNESDAY, physics);
    add_lesson(arena, &after, MONDAY, physics);
    add_lesson(arena, &after, WEDNESDAY, at(physics, 14));
    add_lesson(arena, &after, FRIDAY, physics);
    compare();
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(changes[0].kind, CHANGE_ADDED);
    ck_assert_int_eq(changes[1].kind, CHANGE_MOVED);
    ck_assert_int_eq(changes[1].after->time_start, CLOCK(14, 0));
    ck_assert_int_eq(changes[2].kind, CHANGE_ADDED);
}
END_TEST

/* Two at once in one slot, only one of which is touched. */
START_TEST(tells_parallel_lessons_apart_by_their_teachers)
{
    poly_lesson second = physics, moved;

    second.teacher_count = 0;
    add_teacher(arena, &second, 2, "x");
    moved = second;
    moved.room_count = 0;
    add_room(arena, &moved, 33, "103", "Корпус");
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &before, MONDAY, second);
    add_lesson(arena, &after, MONDAY, moved);
    add_lesson(arena, &after, MONDAY, physics);
    compare();
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(changes[0].kind, CHANGE_MOVED);
    ck_assert_int_eq(changes[0].before->teachers[0].id, 2);
    ck_assert_int_eq(changes[0].after->rooms[0].id, 33);
}
END_TEST

START_TEST(compares_types_by_name_when_an_id_is_unknown)
{
    poly_lesson named = physics;

    named.type_id = 0;
    add_lesson(arena, &before, MONDAY, named);
    add_lesson(arena, &after, MONDAY, physics);
    compare();
    ck_assert_uint_eq(count, 0);
    after.days[0].lessons[0].type_name = "Лекции";
    compare();
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(changes[0].fields, CHANGE_OF_TYPE);
}
END_TEST

START_TEST(leaves_the_past_alone)
{
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &before, WEDNESDAY, lesson_of("Химия", CLOCK(10, 0), CLOCK(11, 40)));
    add_lesson(arena, &before, WEDNESDAY, lesson_of("Черчение", CLOCK(12, 0), CLOCK(13, 40)));
    add_lesson(arena, &after, MONDAY, lesson_of("Черчение", CLOCK(12, 0), CLOCK(13, 40)));
    add_lesson(arena, &after, MONDAY, lesson_of("История", CLOCK(14, 0), CLOCK(15, 40)));
    ck_assert_int_eq(week_diff(&before, &after, WEDNESDAY, arena, &changes, &count), POLY_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(changes[0].kind, CHANGE_MOVED); /* into the past, but from where somebody would go */
    ck_assert_str_eq(changes[0].before->subject, "Черчение");
    ck_assert_int_eq(changes[1].kind, CHANGE_CANCELLED);
    ck_assert_str_eq(changes[1].before->subject, "Химия");
    ck_assert_int_eq(week_diff(&before, &after, FRIDAY, arena, &changes, &count), POLY_OK);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(orders_by_the_newer_time)
{
    add_lesson(arena, &before, MONDAY, physics);
    add_lesson(arena, &before, WEDNESDAY, lesson_of("Химия", CLOCK(10, 0), CLOCK(11, 40)));
    add_lesson(arena, &after, MONDAY, lesson_of("История", CLOCK(14, 0), CLOCK(15, 40)));
    add_lesson(arena, &after, FRIDAY, physics);
    compare();
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(changes[0].kind, CHANGE_ADDED);
    ck_assert_int_eq(changes[1].kind, CHANGE_CANCELLED);
    ck_assert_int_eq(changes[2].kind, CHANGE_MOVED);
}
END_TEST

START_TEST(refuses_different_weeks)
{
    after = week_from(arena, DATE(2026, 9, 14));
    ck_assert_int_eq(week_diff(&before, &after, MONDAY, arena, &changes, &count), POLY_INVALID);
}
END_TEST

START_TEST(names_and_reads_each_kind)
{
    static const char *const names[] = {"added", "moved", "cancelled", "changed"};
    change_kind kind;

    for (size_t i = 0; i < POLY_LENGTH(names); i++) {
        ck_assert_str_eq(change_kind_name((change_kind)i), names[i]);
        ck_assert(change_kind_parse(names[i], &kind));
        ck_assert_uint_eq(kind, i);
    }
    ck_assert(!change_kind_parse("Added", &kind));
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("week_diff");
    TCase *weeks = tcase_create("weeks");

    tcase_add_checked_fixture(weeks, set_up, tear_down);
    tcase_add_test(weeks, sees_no_change_in_the_same);
    tcase_add_test(weeks, sees_one_added_and_one_cancelled);
    tcase_add_loop_test(weeks, tells_what_became_of_a_lesson, 0, POLY_LENGTH(edits));
    tcase_add_test(weeks, does_not_confuse_lessons);
    tcase_add_test(weeks, keeps_what_stayed_where_it_was);
    tcase_add_test(weeks, keeps_what_stayed_in_its_room);
    tcase_add_test(weeks, takes_the_nearest_candidate);
    tcase_add_test(weeks, tells_parallel_lessons_apart_by_their_teachers);
    tcase_add_test(weeks, compares_types_by_name_when_an_id_is_unknown);
    tcase_add_test(weeks, leaves_the_past_alone);
    tcase_add_test(weeks, orders_by_the_newer_time);
    tcase_add_test(weeks, refuses_different_weeks);
    tcase_add_test(weeks, names_and_reads_each_kind);
    suite_add_tcase(suite, weeks);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

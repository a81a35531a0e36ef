/* SPDX-License-Identifier: MIT */
#include "lessons.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct campus *campus;
static poly_arena *arena;

/* An ordinary week, one of the other parity, the last of a term, two of exams. */
static const poly_date weeks[] = {{2026, 10, 5}, {2026, 10, 14}, {2026, 12, 21}, {2027, 1, 18}, {2027, 6, 21}};

static void set_up(void)
{
    campus = campus_create(2026, false);
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
    campus_destroy(&campus);
}

static campus_week week_of(campus_view view, uint16_t index, poly_date date)
{
    campus_week week;

    poly_arena_reset(arena);
    campus_week_make(campus, view, index, date, arena, &week);
    return week;
}

static bool overlap(const campus_occurrence *a, const campus_occurrence *b)
{
    return a->day == b->day && a->lesson->start < b->lesson->end && b->lesson->start < a->lesson->end;
}

static void check_no_overlap(campus_view view, uint32_t entities)
{
    for (size_t w = 0; w < POLY_LENGTH(weeks); w++) {
        for (uint32_t i = 0; i < entities; i++) {
            campus_week week = week_of(view, (uint16_t)i, weeks[w]);

            for (size_t n = 1; n < week.count; n++)
                ck_assert_msg(!overlap(&week.lessons[n - 1], &week.lessons[n]), "%u in week %zu", i, w);
        }
    }
}

START_TEST(no_group_is_in_two_places)
{
    check_no_overlap(CAMPUS_BY_GROUP, CAMPUS_GROUPS);
}
END_TEST

START_TEST(no_teacher_is_in_two_places)
{
    check_no_overlap(CAMPUS_BY_TEACHER, CAMPUS_TEACHERS);
}
END_TEST

START_TEST(rooms_are_sometimes_taken_twice)
{
    unsigned twice = 0;
    unsigned lessons = 0;

    for (uint16_t i = 0; i < CAMPUS_ROOMS; i++) {
        campus_week week = week_of(CAMPUS_BY_ROOM, i, weeks[0]);

        if (campus_buildings[campus->rooms[i].building].place != CAMPUS_PLACE_REAL)
            continue;
        lessons += (unsigned)week.count;
        for (size_t n = 1; n < week.count; n++)
            twice += overlap(&week.lessons[n - 1], &week.lessons[n]);
    }
    ck_assert_uint_ge(twice, lessons / 1000);
    ck_assert_uint_le(twice, lessons / 25);
}
END_TEST

static const campus_occurrence *find(const campus_week *week, const campus_occurrence *wanted)
{
    for (size_t i = 0; i < week->count; i++)
        if (week->lessons[i].key == wanted->key && week->lessons[i].day == wanted->day)
            return &week->lessons[i];
    return NULL;
}

static void check_seen_alike(campus_view view, uint16_t index, poly_date date, const campus_occurrence *wanted)
{
    campus_week week;
    const campus_occurrence *found;

    campus_week_make(campus, view, index, date, arena, &week);
    found = find(&week, wanted);
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(found->type, wanted->type);
    ck_assert_int_eq(found->teacher, wanted->teacher);
    ck_assert_int_eq(found->room_count, wanted->room_count);
    ck_assert_mem_eq(found->rooms, wanted->rooms, wanted->room_count * sizeof(*found->rooms));
}

/* Every lesson of every group is the same lesson in its teacher's and its rooms' weeks. */
START_TEST(teachers_and_rooms_see_what_groups_see)
{
    for (uint16_t group = 0; group < CAMPUS_GROUPS; group++) {
        poly_date date = weeks[group % POLY_LENGTH(weeks)];
        campus_week week = week_of(CAMPUS_BY_GROUP, group, date);

        for (size_t i = 0; i < week.count; i++) {
            const campus_occurrence *occurrence = &week.lessons[i];

            if (occurrence->teacher != CAMPUS_NONE)
                check_seen_alike(CAMPUS_BY_TEACHER, occurrence->teacher, date, occurrence);
            for (uint8_t room = 0; room < occurrence->room_count; room++)
                check_seen_alike(CAMPUS_BY_ROOM, occurrence->rooms[room], date, occurrence);
        }
    }
}
END_TEST

START_TEST(groups_see_what_teachers_see)
{
    size_t seen = 0;

    for (uint16_t teacher = 0; teacher < CAMPUS_TEACHERS; teacher++) {
        poly_date date = weeks[teacher % POLY_LENGTH(weeks)];
        campus_week week = week_of(CAMPUS_BY_TEACHER, teacher, date);

        for (size_t i = 0; i < week.count; i++) {
            const campus_lesson *lesson = week.lessons[i].lesson;

            ck_assert_int_eq(week.lessons[i].teacher, teacher);
            for (uint16_t n = 0; n < lesson->group_count; n++)
                check_seen_alike(CAMPUS_BY_GROUP, (uint16_t)(lesson->first_group + n), date, &week.lessons[i]);
            seen++;
        }
    }
    ck_assert_uint_gt(seen, 5000);
}
END_TEST

START_TEST(rooms_see_only_their_own)
{
    for (uint16_t room = 0; room < CAMPUS_ROOMS; room++) {
        campus_week week = week_of(CAMPUS_BY_ROOM, room, weeks[room % POLY_LENGTH(weeks)]);

        for (size_t i = 0; i < week.count; i++) {
            bool own = false;

            for (uint8_t n = 0; n < week.lessons[i].room_count; n++)
                own |= week.lessons[i].rooms[n] == room;
            ck_assert(own);
        }
    }
}
END_TEST

START_TEST(full_time_groups_have_full_weeks)
{
    unsigned groups = 0, usual = 0, lessons = 0, nameless = 0, streams = 0;

    for (uint16_t i = 0; i < CAMPUS_GROUPS; i++) {
        const campus_group *group = &campus->groups[i];
        campus_week week = week_of(CAMPUS_BY_GROUP, i, weeks[0]);

        if (group->type != CAMPUS_COMMON || group->kind == CAMPUS_POSTGRADUATE || group->kind == CAMPUS_FURTHER)
            continue;
        groups++;
        usual += week.count >= 15 && week.count <= 25;
        ck_assert_uint_ge(week.count, 10);
        ck_assert_uint_le(week.count, 26);
        for (size_t n = 0; n < week.count; n++) {
            lessons++;
            nameless += week.lessons[n].teacher == CAMPUS_NONE;
            streams += week.lessons[n].lesson->group_count > 1;
        }
    }
    ck_assert_uint_ge(usual, groups * 95 / 100);
    ck_assert_uint_ge(nameless, lessons * 6 / 100);
    ck_assert_uint_le(nameless, lessons * 14 / 100);
    ck_assert_uint_ge(streams, lessons / 4);
}
END_TEST

START_TEST(holidays_are_empty)
{
    static const poly_date free_weeks[] = {{2026, 7, 15}, {2026, 8, 20}, {2027, 1, 4}, {2027, 2, 3}};

    for (size_t w = 0; w < POLY_LENGTH(free_weeks); w++)
        for (uint16_t i = 0; i < CAMPUS_GROUPS; i++)
            ck_assert_uint_eq(week_of(CAMPUS_BY_GROUP, i, free_weeks[w]).count, 0);
}
END_TEST

START_TEST(public_holidays_are_free)
{
    const poly_date unity_day = {2026, 11, 4}; /* a Wednesday */
    unsigned around = 0;

    for (uint16_t i = 0; i < CAMPUS_GROUPS; i++) {
        campus_week week = week_of(CAMPUS_BY_GROUP, i, unity_day);

        for (size_t n = 0; n < week.count; n++) {
            ck_assert_int_ne(week.lessons[n].day, 2);
            around++;
        }
    }
    ck_assert_uint_gt(around, CAMPUS_GROUPS);
}
END_TEST

START_TEST(exams_follow_their_consultations)
{
    const poly_date exams[] = {{2027, 1, 11}, {2027, 1, 18}, {2027, 1, 25}};
    unsigned consultations = 0, sat = 0;

    for (size_t w = 0; w < POLY_LENGTH(exams); w++) {
        campus_week week = week_of(CAMPUS_BY_GROUP, campus->demo_group, exams[w]);

        for (size_t i = 0; i < week.count; i++) {
            ck_assert(week.lessons[i].type == CAMPUS_CONSULTATION || week.lessons[i].type == CAMPUS_EXAM);
            consultations += week.lessons[i].type == CAMPUS_CONSULTATION;
            sat += week.lessons[i].type == CAMPUS_EXAM;
            ck_assert_uint_le(sat, consultations);
        }
    }
    ck_assert_uint_eq(sat, 4);
    ck_assert_uint_eq(consultations, 4);
}
END_TEST

START_TEST(credits_end_a_term)
{
    unsigned before = 0, after = 0;

    for (uint16_t i = 0; i < CAMPUS_GROUPS; i++) {
        campus_week week = week_of(CAMPUS_BY_GROUP, i, weeks[0]);

        for (size_t n = 0; n < week.count; n++)
            before += week.lessons[n].type == CAMPUS_CREDIT;
        week = week_of(CAMPUS_BY_GROUP, i, weeks[2]);
        for (size_t n = 0; n < week.count; n++)
            after += week.lessons[n].type == CAMPUS_CREDIT;
    }
    ck_assert_uint_eq(before, 0);
    ck_assert_uint_gt(after, CAMPUS_GROUPS);
}
END_TEST

/* From one odd week to the next little changes, but something does. */
START_TEST(single_lessons_are_cancelled_moved_or_given_by_another)
{
    unsigned same = 0, gone = 0, moved = 0, substituted = 0;

    for (uint16_t i = 0; i < CAMPUS_GROUPS; i++) {
        campus_week one = week_of(CAMPUS_BY_GROUP, i, (poly_date){2026, 10, 5});
        campus_week other;

        campus_week_make(campus, CAMPUS_BY_GROUP, i, (poly_date){2026, 10, 19}, arena, &other);
        for (size_t n = 0; n < one.count; n++) {
            const campus_occurrence *again = find(&other, &one.lessons[n]);

            if (one.lessons[n].lesson->to_week <= 9)
                continue;
            same += again != NULL;
            gone += again == NULL;
            moved += again && again->rooms[0] != one.lessons[n].rooms[0];
            substituted += again && again->teacher != one.lessons[n].teacher;
        }
    }
    ck_assert_uint_gt(gone, same / 1000);
    ck_assert_uint_lt(gone, same / 20);
    ck_assert_uint_gt(moved, same / 1000);
    ck_assert_uint_lt(moved, same / 20);
    ck_assert_uint_gt(substituted, same / 1000);
    ck_assert_uint_lt(substituted, same / 20);
}
END_TEST

START_TEST(demo_room_has_the_demo_teacher)
{
    campus_week week = week_of(CAMPUS_BY_ROOM, campus->demo_room, weeks[0]);
    unsigned lessons = 0;

    for (size_t i = 0; i < week.count; i++)
        lessons += week.lessons[i].teacher == campus->demo_teacher;
    ck_assert_uint_ge(lessons, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus lessons");
    TCase *tcase = tcase_create("lessons");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, no_group_is_in_two_places);
    tcase_add_test(tcase, no_teacher_is_in_two_places);
    tcase_add_test(tcase, rooms_are_sometimes_taken_twice);
    tcase_add_test(tcase, teachers_and_rooms_see_what_groups_see);
    tcase_add_test(tcase, groups_see_what_teachers_see);
    tcase_add_test(tcase, rooms_see_only_their_own);
    tcase_add_test(tcase, public_holidays_are_free);
    tcase_add_test(tcase, full_time_groups_have_full_weeks);
    tcase_add_test(tcase, holidays_are_empty);
    tcase_add_test(tcase, exams_follow_their_consultations);
    tcase_add_test(tcase, credits_end_a_term);
    tcase_add_test(tcase, single_lessons_are_cancelled_moved_or_given_by_another);
    tcase_add_test(tcase, demo_room_has_the_demo_teacher);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

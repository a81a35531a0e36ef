/* SPDX-License-Identifier: MIT */
/* Real answers of RUZ, which stay outside of the project; POLY_RUZ_RECORDINGS names their directory. */
#include "ruz_read.h"
#include "week_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP 32369

static const char *directory;
static poly_arena *arena;
static ruz_reader reader;

static void set_up(void)
{
    arena = poly_arena_create(0);
    reader = (ruz_reader){.arena = arena};
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_slice recording(const char *name)
{
    size_t room = 1 << 20;
    char *text = poly_arena_alloc(arena, room);
    FILE *file = fopen(poly_arena_printf(arena, "%s/%s", directory, name), "rb");
    size_t size;

    ck_assert_msg(file, "no recording %s/%s", directory, name);
    size = fread(text, 1, room, file);
    ck_assert_int_eq(fclose(file), 0);
    return (poly_slice){text, size};
}

static const struct {
    const char *name;
    poly_date monday;
    size_t days, lessons;
} group_weeks[] = {
    {"scheduler_group_32369_week1.json", {2022, 5, 16}, 6, 12},
    {"scheduler_group_32369_week2.json", {2022, 5, 23}, 4, 8},
    {"scheduler_group_32369_week3.json", {2022, 5, 30}, 3, 4},
    {"scheduler_group_32369_week4.json", {2022, 6, 6}, 4, 4},
};

static size_t lessons_of(const poly_week *week)
{
    size_t count = 0;

    for (size_t i = 0; i < week->day_count; i++)
        count += week->days[i].lesson_count;
    return count;
}

static void check_lesson(const poly_lesson *lesson)
{
    ck_assert_int_lt(lesson->time_start, lesson->time_end);
    ck_assert_str_ne(lesson->subject, "");
    ck_assert_str_ne(lesson->type_abbr, "");
    ck_assert_uint_ge(lesson->group_count, 1);
    ck_assert_uint_ge(lesson->room_count, 1);
    ck_assert_str_ne(lesson->rooms[0].building_name, "");
}

static void check_week(const poly_week *week)
{
    for (size_t i = 0; i < week->day_count; i++) {
        const poly_day *day = &week->days[i];

        ck_assert_int_eq(day->weekday, poly_date_weekday(day->date));
        ck_assert(i == 0 || poly_date_compare(week->days[i - 1].date, day->date) < 0);
        for (size_t k = 0; k < day->lesson_count; k++) {
            check_lesson(&day->lessons[k]);
            ck_assert(k == 0 || day->lessons[k - 1].time_start <= day->lessons[k].time_start);
        }
    }
}

START_TEST(reads_a_groups_weeks)
{
    poly_group group;
    poly_week week;

    ck_assert_int_eq(ruz_read_group_week(&reader, recording(group_weeks[_i].name), GROUP,
                                         poly_date_add_days(group_weeks[_i].monday, 3), &group, &week),
                     POLY_OK);
    ck_assert_str_eq(group.name, "4831001/00001");
    ck_assert_str_eq(group.faculty_abbr, "ИКиЗИ");
    ck_assert_int_eq(poly_date_compare(week.date_start, group_weeks[_i].monday), 0);
    ck_assert_uint_eq(week.day_count, group_weeks[_i].days);
    ck_assert_uint_eq(lessons_of(&week), group_weeks[_i].lessons);
    check_week(&week);
}
END_TEST

/* Cut off anywhere it is no answer. */
START_TEST(refuses_a_week_cut_off)
{
    poly_slice whole = recording(group_weeks[2].name);
    poly_group group;
    poly_week week;

    while (whole.size > 0 && whole.data[whole.size - 1] != '}')
        whole.size--;
    for (size_t size = 0; size < whole.size; size += 97) {
        char *cut = malloc(size + 1); /* of its own, so that a sanitizer sees a step over its end */

        ck_assert_ptr_nonnull(cut);
        memcpy(cut, whole.data, size);
        ck_assert_int_eq(
            ruz_read_group_week(&reader, (poly_slice){cut, size}, GROUP, group_weeks[2].monday, &group, &week),
            POLY_BAD_ANSWER);
        free(cut);
    }
    ck_assert_int_eq(ruz_read_group_week(&reader, whole, GROUP, group_weeks[2].monday, &group, &week), POLY_OK);
}
END_TEST

START_TEST(reads_a_teachers_week)
{
    poly_slice answer = recording("teacher_13445_scheduler_2025-03-17.json");
    poly_teacher teacher;
    poly_week week;

    ck_assert_int_eq(ruz_read_teacher_week(&reader, answer, 13445, DATE(2025, 3, 17), &teacher, &week), POLY_OK);
    ck_assert_int_eq(teacher.oid, 30348);
    ck_assert_str_eq(teacher.surname, "Щукин");
    ck_assert(week.is_odd);
    check_week(&week);
    ck_assert_int_eq(ruz_read_teacher_week(&reader, answer, 30348, DATE(2025, 3, 17), &teacher, &week),
                     POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_teacher_week(&reader, answer, 13445, DATE(2025, 3, 24), &teacher, &week),
                     POLY_BAD_ANSWER);
}
END_TEST

START_TEST(reads_dictionaries)
{
    poly_faculty *faculties, faculty;
    poly_group *groups;
    size_t count;

    ck_assert_int_eq(ruz_read_faculties(&reader, recording("faculties_2022.json"), &faculties, &count), POLY_OK);
    ck_assert_uint_gt(count, 10);
    ck_assert_int_eq(
        ruz_read_faculty_groups(&reader, recording("faculties_122_groups.json"), 122, &faculty, &groups, &count),
        POLY_OK);
    ck_assert_str_eq(faculty.abbr, "ИКиЗИ");
    ck_assert_uint_gt(count, 30);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_ne(groups[i].name, "");
        ck_assert_int_eq(groups[i].faculty_id, 122);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ruz_recordings");
    TCase *recordings = tcase_create("recordings");

    tcase_add_checked_fixture(recordings, set_up, tear_down);
    tcase_add_loop_test(recordings, reads_a_groups_weeks, 0, POLY_LENGTH(group_weeks));
    tcase_add_test(recordings, refuses_a_week_cut_off);
    tcase_add_test(recordings, reads_a_teachers_week);
    tcase_add_test(recordings, reads_dictionaries);
    suite_add_tcase(suite, recordings);
    return suite;
}

int main(void)
{
    SRunner *runner;
    int failed;

    directory = getenv("POLY_RUZ_RECORDINGS");
    if (!directory)
        directory = "../shared/ruz/recorded";
    if (access(directory, R_OK) != 0) {
        printf("no recorded answers in \"%s\", nothing to check\n", directory);
        return 77; /* skipped */
    }
    runner = srunner_create(make_suite());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

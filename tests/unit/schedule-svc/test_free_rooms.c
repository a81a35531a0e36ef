/* SPDX-License-Identifier: MIT */
#include "free_rooms.h"
#include "week_fixture.h"

#include <check.h>
#include <stdlib.h>

#define MONDAY  DATE(2026, 9, 7)
#define TUESDAY DATE(2026, 9, 8)

static poly_arena *arena;
static poly_week week; /* of a room: Monday 10:00 to 11:40 and 12:00 to 13:40 */
static const poly_room room = {31, "101", 3, "Корпус проб", "КП"};

static void set_up(void)
{
    arena = poly_arena_create(0);
    week = week_from(arena, MONDAY);
    add_lesson(arena, &week, MONDAY, lesson_of("а", CLOCK(10, 0), CLOCK(11, 40)));
    add_lesson(arena, &week, MONDAY, lesson_of("б", CLOCK(12, 0), CLOCK(13, 40)));
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static free_rooms_answer ask(const poly_room *about, const poly_week *of, poly_date date, int start, int end)
{
    free_rooms_candidate candidate = {about, of};
    free_rooms_window window = {date, start, end};
    free_rooms_answer answer;

    ck_assert_int_eq(free_rooms_find(&candidate, 1, window, arena, &answer), POLY_OK);
    return answer;
}

static const struct {
    int start, end, from, until; /* from -1: busy */
} windows[] = {
    {CLOCK(8, 0), CLOCK(9, 40), 0, CLOCK(10, 0)},
    {CLOCK(8, 0), CLOCK(10, 0), 0, CLOCK(10, 0)},
    {CLOCK(8, 0), CLOCK(10, 1), -1, 0},
    {CLOCK(10, 30), CLOCK(10, 40), -1, 0},
    {CLOCK(9, 0), CLOCK(18, 0), -1, 0},
    {CLOCK(11, 39), CLOCK(11, 50), -1, 0},
    {CLOCK(11, 40), CLOCK(12, 0), CLOCK(11, 40), CLOCK(12, 0)},
    {CLOCK(11, 45), CLOCK(12, 1), -1, 0},
    {CLOCK(13, 40), CLOCK(15, 20), CLOCK(13, 40), 1440},
    {CLOCK(20, 0), 1440, CLOCK(13, 40), 1440},
};

START_TEST(judges_a_window_as_half_open)
{
    free_rooms_answer answer = ask(&room, &week, MONDAY, windows[_i].start, windows[_i].end);

    ck_assert_uint_eq(answer.unknown_count, 0);
    if (windows[_i].from < 0) {
        ck_assert_uint_eq(answer.free_count, 0);
        ck_assert_uint_eq(answer.busy_count, 1);
        ck_assert_ptr_eq(answer.busy[0].room, &room);
        return;
    }
    ck_assert_uint_eq(answer.busy_count, 0);
    ck_assert_uint_eq(answer.free_count, 1);
    ck_assert_ptr_eq(answer.free[0].room, &room);
    ck_assert_int_eq(answer.free[0].free_from, windows[_i].from);
    ck_assert_int_eq(answer.free[0].free_until, windows[_i].until);
}
END_TEST

START_TEST(names_the_first_lesson_in_the_way)
{
    free_rooms_answer answer = ask(&room, &week, MONDAY, CLOCK(11, 0), CLOCK(18, 0));

    ck_assert_uint_eq(answer.busy_count, 1);
    ck_assert_str_eq(answer.busy[0].lesson->subject, "а");
}
END_TEST

START_TEST(is_free_on_a_day_without_lessons)
{
    free_rooms_answer answer = ask(&room, &week, TUESDAY, CLOCK(10, 0), CLOCK(11, 40));

    ck_assert_uint_eq(answer.free_count, 1);
    ck_assert_int_eq(answer.free[0].free_from, 0);
    ck_assert_int_eq(answer.free[0].free_until, 1440);
}
END_TEST

START_TEST(does_not_guess)
{
    free_rooms_answer answer = ask(&room, NULL, MONDAY, CLOCK(8, 0), CLOCK(9, 0));

    ck_assert_uint_eq(answer.free_count + answer.busy_count, 0);
    ck_assert_uint_eq(answer.unknown_count, 1);
    ck_assert_ptr_eq(answer.unknown[0], &room);
    ck_assert_uint_eq(ask(&room, &week, DATE(2026, 9, 6), CLOCK(8, 0), CLOCK(9, 0)).unknown_count, 1);
    ck_assert_uint_eq(ask(&room, &week, DATE(2026, 9, 14), CLOCK(8, 0), CLOCK(9, 0)).unknown_count, 1);
    ck_assert_uint_eq(ask(&room, &week, DATE(2026, 9, 13), CLOCK(8, 0), CLOCK(9, 0)).unknown_count, 0);
}
END_TEST

static const poly_room pseudo[] = {
    {967, "Дистанционно", 33, "DL", "DL"},
    {967, "Дистанционно", 0, "", ""},
    {2098, "База практик", 29, "Не определено", "Не опр."},
    {828, "Секции", 30, "Спорткомплекс", "СК"},
    {986, "кафедра", 34, "Военная кафедра", "Военная каф."},
    {1, "101", 34, " военная  КАФЕДРА ", ""},
    {1, "101", 33, "", "dl"},
    {1, "не определено", 3, "Корпус проб", "КП"},
};

START_TEST(never_offers_a_pseudo_room)
{
    free_rooms_answer answer = ask(&pseudo[_i], &week, TUESDAY, CLOCK(8, 0), CLOCK(9, 0));

    ck_assert(!room_is_bookable(&pseudo[_i]));
    ck_assert_uint_eq(answer.free_count + answer.busy_count + answer.unknown_count, 0);
}
END_TEST

START_TEST(tells_pseudo_buildings)
{
    ck_assert(!building_is_bookable(&(poly_building){33, "DL", "DL", ""}));
    ck_assert(!building_is_bookable(&(poly_building){30, "Спорткомплекс", "СК", ""}));
    ck_assert(building_is_bookable(&(poly_building){11, "Главное здание", "ГЗ", ""}));
    ck_assert(building_is_bookable(&(poly_building){12, "", "", ""}));
    ck_assert(room_is_bookable(&room));
    ck_assert(room_is_bookable(&(poly_room){1, "кафедра", 3, "Корпус проб", "КП"}));
}
END_TEST

START_TEST(sorts_many_in_their_order)
{
    const poly_room rooms[] = {
        {1, "1", 3, "К", "К"}, {2, "2", 3, "К", "К"}, {3, "3", 3, "К", "К"}, {4, "4", 3, "К", "К"}};
    const poly_week empty = week_from(arena, MONDAY);
    const free_rooms_candidate candidates[] = {
        {&rooms[0], &empty}, {&rooms[1], &week}, {&pseudo[0], &empty}, {&rooms[2], NULL}, {&rooms[3], &empty}};
    free_rooms_window window = {MONDAY, CLOCK(10, 0), CLOCK(11, 0)};
    free_rooms_answer answer;

    ck_assert_int_eq(free_rooms_find(candidates, POLY_LENGTH(candidates), window, arena, &answer), POLY_OK);
    ck_assert_uint_eq(answer.free_count, 2);
    ck_assert_ptr_eq(answer.free[0].room, &rooms[0]);
    ck_assert_ptr_eq(answer.free[1].room, &rooms[3]);
    ck_assert_uint_eq(answer.busy_count, 1);
    ck_assert_ptr_eq(answer.busy[0].room, &rooms[1]);
    ck_assert_uint_eq(answer.unknown_count, 1);
    ck_assert_ptr_eq(answer.unknown[0], &rooms[2]);
}
END_TEST

static const int bad_windows[][2] = {{600, 600}, {601, 600}, {-1, 600}, {600, 1441}};

START_TEST(refuses_an_impossible_window)
{
    free_rooms_window window = {MONDAY, bad_windows[_i][0], bad_windows[_i][1]};
    free_rooms_answer answer;

    ck_assert_int_eq(free_rooms_find(NULL, 0, window, arena, &answer), POLY_INVALID);
}
END_TEST

START_TEST(takes_no_candidates)
{
    free_rooms_window window = {MONDAY, 0, 1440};
    free_rooms_answer answer;

    ck_assert_int_eq(free_rooms_find(NULL, 0, window, arena, &answer), POLY_OK);
    ck_assert_uint_eq(answer.free_count + answer.busy_count + answer.unknown_count, 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("free_rooms");
    TCase *rooms = tcase_create("rooms");

    tcase_add_checked_fixture(rooms, set_up, tear_down);
    tcase_add_loop_test(rooms, judges_a_window_as_half_open, 0, POLY_LENGTH(windows));
    tcase_add_test(rooms, names_the_first_lesson_in_the_way);
    tcase_add_test(rooms, is_free_on_a_day_without_lessons);
    tcase_add_test(rooms, does_not_guess);
    tcase_add_loop_test(rooms, never_offers_a_pseudo_room, 0, POLY_LENGTH(pseudo));
    tcase_add_test(rooms, tells_pseudo_buildings);
    tcase_add_test(rooms, sorts_many_in_their_order);
    tcase_add_loop_test(rooms, refuses_an_impossible_window, 0, POLY_LENGTH(bad_windows));
    tcase_add_test(rooms, takes_no_candidates);
    suite_add_tcase(suite, rooms);
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

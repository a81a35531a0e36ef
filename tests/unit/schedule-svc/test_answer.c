/* SPDX-License-Identifier: MIT */
/* What is written is what is read; what is not the daemon's own is refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_blob *written(const resource_key *key, const answer_data *data)
{
    poly_strbuf json;

    poly_strbuf_init(&json, 1 << 20);
    answer_write(key, data, &json);
    ck_assert(!json.overflowed);
    return poly_blob_from_strbuf(&json);
}

/* Writes and reads again; the text too, for its shape. */
static answer_data round_trip(const resource_key *key, const answer_data *data, const char *text)
{
    poly_blob *json = written(key, data);
    answer_data out;

    if (text)
        ck_assert_str_eq(json->data, text);
    ck_assert_int_eq(answer_read(key, json, arena, &out), POLY_OK);
    poly_blob_unref(&json);
    return out;
}

static poly_faculty some_faculty(void)
{
    return (poly_faculty){.id = 125, .name = "Институт компьютерных наук", .abbr = "ИКНК"};
}

static poly_group some_group(void)
{
    return (poly_group){.id = 7,
                        .name = "5130904/20102",
                        .level = 2,
                        .type = "common",
                        .spec = "",
                        .year = 2026,
                        .faculty_id = 125,
                        .faculty_name = "Институт компьютерных наук",
                        .faculty_abbr = "ИКНК"};
}

START_TEST(faculties)
{
    poly_faculty list[] = {some_faculty(), {.id = 1, .name = "Б", .abbr = ""}};
    resource_key key = resource_list(RESOURCE_FACULTIES);
    answer_data out = round_trip(&key, &(answer_data){.faculties = list, .count = 2},
                                 "{\"faculties\":[{\"id\":125,\"name\":\"Институт компьютерных наук\",\"abbr\":"
                                 "\"ИКНК\"},{\"id\":1,\"name\":\"Б\",\"abbr\":\"\"}]}");

    ck_assert_uint_eq(out.count, 2);
    ck_assert_str_eq(out.faculties[0].abbr, "ИКНК");
    ck_assert_int_eq(out.faculties[1].id, 1);
}
END_TEST

START_TEST(groups_know_their_faculty)
{
    poly_group list[] = {some_group()};
    resource_key key = resource_one(RESOURCE_FACULTY_GROUPS, 125);
    answer_data out = round_trip(&key, &(answer_data){.faculty = some_faculty(), .groups = list, .count = 1},
                                 "{\"faculty\":{\"id\":125,\"name\":\"Институт компьютерных наук\",\"abbr\":\"ИКНК\"},"
                                 "\"groups\":[{\"id\":7,\"name\":\"5130904/20102\",\"level\":2,\"type\":\"common\","
                                 "\"kind\":0,\"spec\":\"\",\"year\":2026}]}");

    ck_assert_uint_eq(out.count, 1);
    ck_assert_int_eq(out.groups[0].faculty_id, 125);
    ck_assert_str_eq(out.groups[0].faculty_abbr, "ИКНК");
    ck_assert_str_eq(out.groups[0].name, "5130904/20102");
}
END_TEST

START_TEST(one_group)
{
    resource_key key = resource_one(RESOURCE_GROUP, 7);
    answer_data out = round_trip(&key, &(answer_data){.group = some_group()}, NULL);

    ck_assert_str_eq(out.group.name, "5130904/20102");
    ck_assert_str_eq(out.group.faculty_name, "Институт компьютерных наук");
}
END_TEST

START_TEST(rooms_know_their_building)
{
    poly_building building = {.id = 25, .name = "11-й учебный корпус", .abbr = "11 к.", .address = ""};
    poly_room list[] = {{.id = 669, .name = "143", .building_id = 25, .building_name = "", .building_abbr = ""}};
    resource_key key = resource_one(RESOURCE_BUILDING_ROOMS, 25);
    answer_data out = round_trip(&key, &(answer_data){.building = building, .rooms = list, .count = 1},
                                 "{\"building\":{\"id\":25,\"name\":\"11-й учебный корпус\",\"abbr\":\"11 к.\","
                                 "\"address\":\"\"},\"rooms\":[{\"id\":669,\"name\":\"143\"}]}");

    ck_assert_uint_eq(out.count, 1);
    ck_assert_int_eq(out.rooms[0].building_id, 25);
    ck_assert_str_eq(out.rooms[0].building_name, "11-й учебный корпус");
}
END_TEST

START_TEST(empty_lists)
{
    resource_key key = resource_list(RESOURCE_TEACHERS);
    answer_data out = round_trip(&key, &(answer_data){0}, "{\"teachers\":[]}");

    ck_assert_uint_eq(out.count, 0);
    key = resource_list(RESOURCE_BUILDINGS);
    out = round_trip(&key, &(answer_data){0}, "{\"buildings\":[]}");
    ck_assert_uint_eq(out.count, 0);
}
END_TEST

static poly_week some_week(void)
{
    static poly_group group = {
        .id = 7, .name = "5130904/20102", .type = "", .spec = "", .faculty_name = "", .faculty_abbr = ""};
    static poly_lesson lesson = {.time_start = 600,
                                 .time_end = 700,
                                 .subject = "Физика",
                                 .subject_short = "Физика",
                                 .type_id = 14,
                                 .type_abbr = "Лек",
                                 .type_name = "Лекции",
                                 .additional_info = "",
                                 .groups = &group,
                                 .group_count = 1,
                                 .webinar_url = "",
                                 .lms_url = ""};
    static poly_day day = {.weekday = 2, .date = {2026, 9, 8}, .lessons = &lesson, .lesson_count = 1};

    return (poly_week){
        .date_start = {2026, 9, 7}, .date_end = {2026, 9, 13}, .is_odd = true, .days = &day, .day_count = 1};
}

START_TEST(a_group_week_names_no_groups)
{
    resource_key key = resource_week(TIMETABLE_GROUP, 7, 0, (poly_date){2026, 9, 8});
    poly_blob *json = written(&key, &(answer_data){.week = some_week()});
    answer_data out;

    ck_assert_int_eq(strncmp(json->data, "{\"group_id\":7,\"week\":{\"date_start\":\"2026-09-07\"", 45), 0);
    ck_assert_ptr_null(strstr(json->data, "\"groups\""));
    ck_assert_int_eq(answer_read(&key, json, arena, &out), POLY_OK);
    ck_assert_uint_eq(out.week.day_count, 1);
    ck_assert_str_eq(out.week.days[0].lessons[0].subject, "Физика");
    poly_blob_unref(&json);
}
END_TEST

START_TEST(a_teacher_week_names_the_teacher_and_groups)
{
    poly_teacher teacher = {.id = 9,
                            .oid = 10,
                            .full_name = "Иванов Иван",
                            .surname = "Иванов",
                            .given_name = "Иван",
                            .patronymic = "",
                            .grade = "",
                            .chair = ""};
    resource_key key = resource_week(TIMETABLE_TEACHER, 9, 0, (poly_date){2026, 9, 8});
    answer_data out = round_trip(&key, &(answer_data){.teacher = teacher, .week = some_week()}, NULL);

    ck_assert_str_eq(out.teacher.full_name, "Иванов Иван");
    ck_assert_uint_eq(out.week.days[0].lessons[0].group_count, 1);
}
END_TEST

START_TEST(a_room_week_is_in_ruz_names)
{
    poly_room room = {.id = 669, .name = "143", .building_id = 25, .building_name = "11-й", .building_abbr = "11 к."};
    resource_key key = resource_week(TIMETABLE_ROOM, 669, 25, (poly_date){2026, 9, 8});
    poly_blob *json = written(&key, &(answer_data){.room = room, .week = some_week()});
    answer_data out;

    ck_assert_ptr_nonnull(strstr(json->data, "\"typeObj\":{\"id\":14"));
    ck_assert_int_eq(answer_read(&key, json, arena, &out), POLY_OK);
    ck_assert_int_eq(out.room.building_id, 25);
    ck_assert_str_eq(out.week.days[0].lessons[0].groups[0].name, "5130904/20102");
    poly_blob_unref(&json);
}
END_TEST

START_TEST(what_is_not_ours_is_refused)
{
    static const char *const texts[] = {
        "",
        "<html></html>",
        "[]",
        "{}",
        "{\"teachers\":null}",
        "{\"teachers\":[1]}",
        "{\"teachers\":[{\"id\":\"1\"}]}",
        "{\"teachers\":[]} ,",
    };
    resource_key list = resource_list(RESOURCE_TEACHERS);
    resource_key week = resource_week(TIMETABLE_GROUP, 7, 0, (poly_date){2026, 9, 8});
    answer_data out;

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        poly_blob *json = poly_blob_create(texts[i], strlen(texts[i]));

        ck_assert_msg(answer_read(&list, json, arena, &out) == POLY_BAD_ANSWER, "%s", texts[i]);
        ck_assert_msg(answer_read(&week, json, arena, &out) == POLY_BAD_ANSWER, "%s", texts[i]);
        poly_blob_unref(&json);
    }
}
END_TEST

/* A snapshot of another version could hold them; a key cannot. */
START_TEST(ids_that_no_key_can_hold_are_refused)
{
    static const struct {
        resource_kind kind;
        const char *before, *after;
    } cases[] = {
        {RESOURCE_FACULTIES, "{\"faculties\":[{\"id\":", ",\"name\":\"\",\"abbr\":\"\"}]}"},
        {RESOURCE_BUILDINGS, "{\"buildings\":[{\"id\":", ",\"name\":\"\",\"abbr\":\"\",\"address\":\"\"}]}"},
        {RESOURCE_BUILDING_ROOMS,
         "{\"building\":{\"id\":", ",\"name\":\"\",\"abbr\":\"\",\"address\":\"\"},\"rooms\":[]}"},
        {RESOURCE_BUILDING_ROOMS,
         "{\"building\":{\"id\":1,\"name\":\"\",\"abbr\":\"\",\"address\":\"\"},\"rooms\":[{\"id\":",
         ",\"name\":\"\"}]}"},
    };
    static const struct {
        const char *id;
        poly_result result;
    } ids[] = {{"0", POLY_BAD_ANSWER}, {"1", POLY_OK}, {"2147483647", POLY_OK}, {"2147483648", POLY_BAD_ANSWER}};

    for (size_t i = 0; i < POLY_LENGTH(cases) * POLY_LENGTH(ids); i++) {
        size_t at = i / POLY_LENGTH(ids), id = i % POLY_LENGTH(ids);
        resource_key key = {.kind = cases[at].kind};
        const char *text = poly_arena_printf(arena, "%s%s%s", cases[at].before, ids[id].id, cases[at].after);
        poly_blob *json = poly_blob_create(text, strlen(text));
        answer_data out;

        ck_assert_msg(answer_read(&key, json, arena, &out) == ids[id].result, "%s", text);
        poly_blob_unref(&json);
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("json");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, faculties);
    tcase_add_test(tcase, groups_know_their_faculty);
    tcase_add_test(tcase, one_group);
    tcase_add_test(tcase, rooms_know_their_building);
    tcase_add_test(tcase, empty_lists);
    tcase_add_test(tcase, a_group_week_names_no_groups);
    tcase_add_test(tcase, a_teacher_week_names_the_teacher_and_groups);
    tcase_add_test(tcase, a_room_week_is_in_ruz_names);
    tcase_add_test(tcase, what_is_not_ours_is_refused);
    tcase_add_test(tcase, ids_that_no_key_can_hold_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

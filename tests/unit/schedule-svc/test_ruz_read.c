/* SPDX-License-Identifier: MIT */
#include "ruz_read.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static poly_result faculties_from(const char *text, poly_faculty **faculties, size_t *count)
{
    return ruz_read_faculties(&reader, poly_slice_of(text), faculties, count);
}

START_TEST(reads_faculties)
{
    poly_faculty *faculties;
    size_t count;

    ck_assert_int_eq(faculties_from("{\"faculties\":[{\"id\":7,\"name\":\"  Институт \\u00a0 проб \",\"abbr\":\"ИП\"},"
                                    "{\"id\":8,\"name\":null,\"extra\":[1]}]}",
                                    &faculties, &count),
                     POLY_OK);
    ck_assert_str_eq(reader.reason, "");
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(faculties[0].id, 7);
    ck_assert_str_eq(faculties[0].name, "Институт проб");
    ck_assert_str_eq(faculties[0].abbr, "ИП");
    ck_assert_int_eq(faculties[1].id, 8);
    ck_assert_str_eq(faculties[1].name, "");
    ck_assert_str_eq(faculties[1].abbr, "");
}
END_TEST

START_TEST(reads_empty_lists)
{
    poly_faculty *faculties;
    poly_group *groups;
    size_t count = 9;

    ck_assert_int_eq(faculties_from("{\"faculties\":[]}", &faculties, &count), POLY_OK);
    ck_assert_uint_eq(count, 0);
    count = 9;
    ck_assert_int_eq(ruz_read_found_groups(&reader, poly_slice_of("{\"groups\":null}"), &groups, &count), POLY_OK);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(leaves_the_results_alone_after_a_failure)
{
    poly_faculty mine, *faculties = &mine;
    size_t count = 9;

    ck_assert_int_eq(faculties_from("{\"faculties\":[{\"id\":1},{\"id\":0}]}", &faculties, &count), POLY_BAD_ANSWER);
    ck_assert_ptr_eq(faculties, &mine);
    ck_assert_uint_eq(count, 9);
    ck_assert_str_ne(reader.reason, "");
}
END_TEST

static const char *const bad_answers[] = {
    "",
    "null",
    "[]",
    "\"faculties\"",
    "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "{\"faculties\":[{\"id\":1,\"name\":\"x\"",
    "{\"faculties\":[]} x",
    "{}",
    "{\"teachers\":[]}",
    "{\"faculties\":{}}",
    "{\"faculties\":\"\"}",
    "{\"faculties\":[null]}",
    "{\"faculties\":[[]]}",
    "{\"faculties\":[{\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":null,\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":\"1\",\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":1.5,\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":-1,\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":1e300,\"name\":\"x\"}]}",
    "{\"faculties\":[{\"id\":1,\"name\":12}]}",
    "{\"faculties\":[{\"id\":1,\"name\":[]}]}",
    "{\"faculties\":[],\"faculties\":[]}",
    "{\"faculties\":[{\"id\":1,\"name\":\"\xff\"}]}",
    "{\"error\":false,\"text\":\"не найден\"}",
    "{\"error\":\"true\",\"text\":\"не найден\"}",
};

START_TEST(refuses_a_broken_structure)
{
    poly_faculty *faculties;
    size_t count;

    ck_assert_msg(faculties_from(bad_answers[_i], &faculties, &count) == POLY_BAD_ANSWER, "%s", bad_answers[_i]);
    ck_assert_str_ne(reader.reason, "");
}
END_TEST

START_TEST(says_why_it_refuses)
{
    poly_faculty *faculties;
    size_t count;

    ck_assert_int_eq(faculties_from("<html>", &faculties, &count), POLY_BAD_ANSWER);
    ck_assert_ptr_eq(strstr(reader.reason, "no JSON: "), reader.reason);
    ck_assert_ptr_nonnull(strstr(reader.reason, " at byte 0"));
    ck_assert_int_eq(faculties_from("[]", &faculties, &count), POLY_BAD_ANSWER);
    ck_assert_str_eq(reader.reason, "the answer is no object");
    ck_assert_int_eq(faculties_from("{}", &faculties, &count), POLY_BAD_ANSWER);
    ck_assert_str_eq(reader.reason, "the list is missing");
}
END_TEST

START_TEST(refuses_what_is_too_long)
{
    size_t size = (8u << 20) + 64;
    char *text = malloc(size);
    poly_faculty *faculties;
    size_t count;

    ck_assert_ptr_nonnull(text);
    memset(text, ' ', size);
    memcpy(text, "{\"faculties\":[]}", 16);
    ck_assert_int_eq(ruz_read_faculties(&reader, (poly_slice){text, 8u << 20}, &faculties, &count), POLY_OK);
    ck_assert_int_eq(ruz_read_faculties(&reader, (poly_slice){text, size}, &faculties, &count), POLY_BAD_ANSWER);
    ck_assert_str_eq(reader.reason, "the answer is too large");
    free(text);
}
END_TEST

static poly_result with_name_of(size_t size)
{
    char text[8192];
    poly_faculty *faculties;
    size_t count;

    memset(text, 'x', sizeof text);
    memcpy(text, "{\"faculties\":[{\"id\":1,\"name\":\"", 30);
    memcpy(text + 30 + size, "\"}]}", 5);
    return faculties_from(text, &faculties, &count);
}

START_TEST(bounds_a_string)
{
    ck_assert_int_eq(with_name_of(4096), POLY_OK);
    ck_assert_int_eq(with_name_of(4097), POLY_BAD_ANSWER);
}
END_TEST

START_TEST(tells_errors_apart)
{
    poly_faculty *faculties;
    size_t count;

    ck_assert_int_eq(faculties_from("{\"error\":true,\"text\":\"Группа: 999999 не найден\"}", &faculties, &count),
                     POLY_NOT_FOUND);
    ck_assert_str_eq(reader.reason, "Группа: 999999 не найден");
    ck_assert_int_eq(faculties_from("{\"error\":true,\"text\":\"Преподаватель НЕ НАЙДЕН\"}", &faculties, &count),
                     POLY_NOT_FOUND);
    ck_assert_int_eq(faculties_from("{\"error\":true,\"text\":\"Аудитория не найдена\"}", &faculties, &count),
                     POLY_NOT_FOUND);
    ck_assert_int_eq(faculties_from("{\"error\":true,\"text\":\"Неверная дата\"}", &faculties, &count), POLY_REJECTED);
    ck_assert_str_eq(reader.reason, "Неверная дата");
    ck_assert_int_eq(faculties_from("{\"error\":true}", &faculties, &count), POLY_REJECTED);
    ck_assert_int_eq(faculties_from("{\"error\":true,\"text\":null,\"faculties\":[]}", &faculties, &count),
                     POLY_REJECTED);
    ck_assert_int_eq(faculties_from("{\"error\":false,\"faculties\":[]}", &faculties, &count), POLY_OK);
}
END_TEST

/* 199 bytes of Latin, then Cyrillic: byte 200 is inside a character. */
START_TEST(cuts_a_long_reason_between_characters)
{
    char text[700] = "{\"error\":true,\"text\":\"";
    size_t start = strlen(text);
    poly_faculty *faculties;
    size_t count;

    memset(text + start, 'x', 199);
    for (size_t i = 0; i < 100; i++)
        memcpy(text + start + 199 + 2 * i, "я", 2);
    memcpy(text + start + 399, "\"}", 3);
    ck_assert_int_eq(faculties_from(text, &faculties, &count), POLY_REJECTED);
    ck_assert_uint_eq(strlen(reader.reason), 199);
}
END_TEST

START_TEST(reads_an_error_by_itself)
{
    ck_assert_int_eq(ruz_read_error(&reader, poly_slice_of("{\"error\":true,\"text\":\"не найден\"}")), POLY_NOT_FOUND);
    ck_assert_int_eq(ruz_read_error(&reader, poly_slice_of("{\"error\":true,\"text\":\"занято\"}")), POLY_REJECTED);
    ck_assert_int_eq(ruz_read_error(&reader, poly_slice_of("{\"faculties\":[]}")), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_error(&reader, poly_slice_of("<html>")), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_error(&reader, (poly_slice){NULL, 0}), POLY_BAD_ANSWER);
}
END_TEST

static const char groups_answer[] =
    "{\"faculty\":{\"id\":50,\"name\":\"Институт проб\",\"abbr\":\"ИП\"},\"groups\":["
    "{\"id\":501,\"name\":\"5000001/"
    "10001\",\"level\":3,\"type\":\"evening\",\"kind\":1,\"spec\":\"09.04.01\",\"year\":2024},"
    "{\"id\":502,\"name\":\" 5000001/10001  п/г 1\",\"level\":null,\"type\":null,\"kind\":-3,\"year\":99999}]}";

START_TEST(reads_the_groups_of_a_faculty)
{
    poly_faculty faculty;
    poly_group *groups;
    size_t count;

    ck_assert_int_eq(ruz_read_faculty_groups(&reader, poly_slice_of(groups_answer), 50, &faculty, &groups, &count),
                     POLY_OK);
    ck_assert_str_eq(faculty.abbr, "ИП");
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(groups[0].id, 501);
    ck_assert_int_eq(groups[0].level, 3);
    ck_assert_str_eq(groups[0].type, "evening");
    ck_assert_int_eq(groups[0].kind, 1);
    ck_assert_str_eq(groups[0].spec, "09.04.01");
    ck_assert_int_eq(groups[0].year, 2024);
    ck_assert_int_eq(groups[0].faculty_id, 50);
    ck_assert_str_eq(groups[0].faculty_name, "Институт проб");
    ck_assert_str_eq(groups[0].faculty_abbr, "ИП");
    ck_assert_str_eq(groups[1].name, "5000001/10001 п/г 1");
    ck_assert_int_eq(groups[1].level, 0);
    ck_assert_str_eq(groups[1].type, "");
    ck_assert_int_eq(groups[1].kind, 0);
    ck_assert_int_eq(groups[1].year, 0);
}
END_TEST

START_TEST(refuses_groups_of_another_faculty)
{
    poly_faculty faculty;
    poly_group *groups;
    size_t count;

    ck_assert_int_eq(ruz_read_faculty_groups(&reader, poly_slice_of(groups_answer), 51, &faculty, &groups, &count),
                     POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_faculty_groups(&reader, poly_slice_of("{\"groups\":[]}"), 51, &faculty, &groups, &count),
                     POLY_BAD_ANSWER);
    ck_assert_int_eq(
        ruz_read_faculty_groups(&reader, poly_slice_of("{\"faculty\":{\"id\":51}}"), 51, &faculty, &groups, &count),
        POLY_BAD_ANSWER);
}
END_TEST

START_TEST(ids_that_no_key_can_hold_are_refused)
{
    static const char *const ids[] = {"0", "-1", "2147483648", "3000000000", "4294967297", "9007199254740991", "1.5"};
    poly_faculty *faculties;
    char text[128];
    size_t count;

    for (size_t i = 0; i < POLY_LENGTH(ids); i++) {
        snprintf(text, sizeof(text), "{\"faculties\":[{\"id\":%s,\"name\":\"n\",\"abbr\":\"a\"}]}", ids[i]);
        ck_assert_msg(ruz_read_faculties(&reader, poly_slice_of(text), &faculties, &count) == POLY_BAD_ANSWER, "%s",
                      ids[i]);
    }
    ck_assert_int_eq(
        ruz_read_faculties(&reader, poly_slice_of("{\"faculties\":[{\"id\":2147483647}]}"), &faculties, &count),
        POLY_OK);
    ck_assert_int_eq(faculties[0].id, 2147483647);
}
END_TEST

START_TEST(reads_found_groups_with_their_faculties)
{
    poly_group *groups;
    size_t count;

    ck_assert_int_eq(ruz_read_found_groups(&reader,
                                           poly_slice_of("{\"groups\":[{\"id\":1,\"name\":\"g\",\"faculty\":{\"id\":5,"
                                                         "\"name\":\"Институт\",\"abbr\":\"И\"}},"
                                                         "{\"id\":2,\"name\":\"h\",\"faculty\":null}]}"),
                                           &groups, &count),
                     POLY_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(groups[0].faculty_id, 5);
    ck_assert_str_eq(groups[0].faculty_abbr, "И");
    ck_assert_int_eq(groups[1].faculty_id, 0);
    ck_assert_str_eq(groups[1].faculty_name, "");
}
END_TEST

START_TEST(reads_teachers)
{
    static const char text[] =
        "{\"teachers\":[{\"id\":1,\"oid\":31,\"full_name\":\"Пробкина  Ольга Игоревна \",\"first_name\":\"Пробкина\","
        "\"middle_name\":\"Ольга\",\"last_name\":\"Игоревна\",\"grade\":\"доцент\",\"chair\":\"1/01 Школа проб\"},"
        "{\"id\":2,\"oid\":null,\"full_name\":\"\",\"first_name\":\"Пробкин\",\"middle_name\":\"\",\"last_name\":"
        "\"Олегович\",\"grade\":null},"
        "{\"id\":3,\"oid\":33,\"full_name\":\"Удалить\",\"first_name\":\"Удалить\"}]}";
    poly_teacher *teachers;
    size_t count;

    ck_assert_int_eq(ruz_read_teachers(&reader, poly_slice_of(text), &teachers, &count), POLY_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_int_eq(teachers[0].oid, 31);
    ck_assert_str_eq(teachers[0].full_name, "Пробкина Ольга Игоревна");
    ck_assert_str_eq(teachers[0].surname, "Пробкина");
    ck_assert_str_eq(teachers[0].given_name, "Ольга");
    ck_assert_str_eq(teachers[0].patronymic, "Игоревна");
    ck_assert_str_eq(teachers[0].grade, "доцент");
    ck_assert_str_eq(teachers[0].chair, "1/01 Школа проб");
    ck_assert_int_eq(teachers[1].oid, 0);
    ck_assert_str_eq(teachers[1].full_name, "Пробкин Олегович");
    ck_assert_str_eq(teachers[1].chair, "");
    ck_assert_str_eq(teachers[2].full_name, "Удалить");
}
END_TEST

START_TEST(reads_one_group_and_one_teacher)
{
    poly_group group;
    poly_teacher teacher;

    ck_assert_int_eq(ruz_read_group(&reader, poly_slice_of("{\"id\":4,\"name\":\"g\"}"), 4, &group), POLY_OK);
    ck_assert_str_eq(group.name, "g");
    ck_assert_int_eq(
        ruz_read_group(&reader, poly_slice_of("{\"group\":{\"id\":4,\"name\":\"h\"},\"days\":[]}"), 4, &group),
        POLY_OK);
    ck_assert_str_eq(group.name, "h");
    ck_assert_int_eq(ruz_read_group(&reader, poly_slice_of("{\"id\":4,\"name\":\"g\"}"), 5, &group), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_group(&reader, poly_slice_of("{\"group\":null}"), 4, &group), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_teacher(&reader, poly_slice_of("{\"id\":6,\"full_name\":\"t\"}"), 6, &teacher), POLY_OK);
    ck_assert_str_eq(teacher.full_name, "t");
    ck_assert_int_eq(ruz_read_teacher(&reader, poly_slice_of("{\"id\":6,\"oid\":\"x\"}"), 6, &teacher),
                     POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_teacher(&reader, poly_slice_of("{\"error\":true,\"text\":\"не найден\"}"), 6, &teacher),
                     POLY_NOT_FOUND);
}
END_TEST

START_TEST(reads_buildings_and_their_rooms)
{
    poly_building *buildings, building;
    poly_room *rooms;
    size_t count;

    ck_assert_int_eq(
        ruz_read_buildings(&reader,
                           poly_slice_of("{\"buildings\":[{\"id\":3,\"name\":\"Корпус проб\",\"abbr\":\"КП\","
                                         "\"address\":\"ул. Пробная, 1\"}]}"),
                           &buildings, &count),
        POLY_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(buildings[0].address, "ул. Пробная, 1");
    ck_assert_int_eq(
        ruz_read_building_rooms(&reader,
                                poly_slice_of("{\"building\":{\"id\":3,\"name\":\"Корпус проб\",\"abbr\":\"КП\"},"
                                              "\"rooms\":[{\"id\":31,\"name\":\" 101 \"}]}"),
                                3, &building, &rooms, &count),
        POLY_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(rooms[0].name, "101");
    ck_assert_int_eq(rooms[0].building_id, 3);
    ck_assert_str_eq(rooms[0].building_name, "Корпус проб");
    ck_assert_str_eq(rooms[0].building_abbr, "КП");
    ck_assert_int_eq(ruz_read_building_rooms(&reader,
                                             poly_slice_of("{\"building\":{\"id\":3},\"rooms\":[{\"name\":\"1\"}]}"), 3,
                                             &building, &rooms, &count),
                     POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_building_rooms(&reader, poly_slice_of("{\"building\":{\"id\":4},\"rooms\":[]}"), 3,
                                             &building, &rooms, &count),
                     POLY_BAD_ANSWER);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ruz_read");
    TCase *lists = tcase_create("lists");
    TCase *faults = tcase_create("faults");

    tcase_add_checked_fixture(lists, set_up, tear_down);
    tcase_add_test(lists, reads_faculties);
    tcase_add_test(lists, reads_empty_lists);
    tcase_add_test(lists, reads_the_groups_of_a_faculty);
    tcase_add_test(lists, reads_found_groups_with_their_faculties);
    tcase_add_test(lists, reads_teachers);
    tcase_add_test(lists, reads_one_group_and_one_teacher);
    tcase_add_test(lists, reads_buildings_and_their_rooms);
    suite_add_tcase(suite, lists);
    tcase_add_checked_fixture(faults, set_up, tear_down);
    tcase_add_loop_test(faults, refuses_a_broken_structure, 0, POLY_LENGTH(bad_answers));
    tcase_add_test(faults, leaves_the_results_alone_after_a_failure);
    tcase_add_test(faults, says_why_it_refuses);
    tcase_add_test(faults, refuses_what_is_too_long);
    tcase_add_test(faults, ids_that_no_key_can_hold_are_refused);
    tcase_add_test(faults, bounds_a_string);
    tcase_add_test(faults, tells_errors_apart);
    tcase_add_test(faults, cuts_a_long_reason_between_characters);
    tcase_add_test(faults, reads_an_error_by_itself);
    tcase_add_test(faults, refuses_groups_of_another_faculty);
    suite_add_tcase(suite, faults);
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

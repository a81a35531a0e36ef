/* SPDX-License-Identifier: MIT */
#include "poly/timetable.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static poly_arena *arena;
static poly_strbuf out;
static poly_json_writer writer;

static void begin(void)
{
    arena = poly_arena_create(0);
    poly_strbuf_init(&out, 1 << 20);
    poly_json_writer_init(&writer, &out);
}

static void end(void)
{
    poly_strbuf_release(&out);
    poly_arena_destroy(&arena);
}

static poly_group groups[] = {
    {.id = 32369,
     .name = "4831001/00001",
     .level = 2,
     .type = "common",
     .kind = 2,
     .spec = "",
     .year = 2021,
     .faculty_id = 122,
     .faculty_name = "Институт кибербезопасности",
     .faculty_abbr = "ИКиЗИ"},
    {.id = 5, .name = "в3530904/80321", .type = "", .spec = "", .faculty_name = "", .faculty_abbr = ""},
};
static poly_teacher teachers[] = {
    {.id = 17189,
     .oid = 33782,
     .full_name = "Штыркина Анна Александровна",
     .surname = "Штыркина",
     .given_name = "Анна",
     .patronymic = "Александровна",
     .grade = "доцент",
     .chair = "36 Высшая школа"},
};
static poly_room rooms[] = {
    {.id = 533, .name = "219", .building_id = 11, .building_name = "Главное здание", .building_abbr = "ГЗ"},
    {.id = 1, .name = "?", .building_name = "", .building_abbr = ""},
};
static poly_lesson lessons[] = {
    {.time_start = 600,
     .time_end = 700,
     .subject = "Теория \"вероятностей\"",
     .subject_short = "ТВ",
     .type_id = 27,
     .type_abbr = "Пр",
     .type_name = "Практика",
     .additional_info = "Поток",
     .groups = groups,
     .group_count = 2,
     .teachers = teachers,
     .teacher_count = 1,
     .rooms = rooms,
     .room_count = 2,
     .webinar_url = "https://example.org/w?a=1&b=2",
     .lms_url = ""},
    {.time_start = 5,
     .time_end = 1439,
     .subject = "Физическая культура",
     .subject_short = "",
     .type_abbr = "",
     .type_name = "",
     .additional_info = "",
     .webinar_url = "",
     .lms_url = ""},
};
static poly_day days[] = {
    {.weekday = 1, .date = {2022, 5, 16}, .lessons = lessons, .lesson_count = 2},
    {.weekday = 7, .date = {2022, 5, 22}, .lessons = &lessons[1], .lesson_count = 1},
};
static const poly_week week = {
    .date_start = {2022, 5, 16}, .date_end = {2022, 5, 22}, .is_odd = true, .days = days, .day_count = 2};

/* The JSON of `week`, or of the given one. */
static const char *written(const poly_week *what, poly_timetable_form form)
{
    poly_json_begin_object(&writer, NULL);
    poly_week_write(&writer, what, form);
    poly_json_end_object(&writer);
    return poly_strbuf_text(&out);
}

static poly_json *parsed(const char *text)
{
    poly_json_error error = {.reason = "none"};
    poly_json *document = NULL;

    ck_assert_msg(poly_json_parse(text, strlen(text), NULL, &document, &error) == POLY_OK, "%s at %zu of %s",
                  error.reason, error.offset, text);
    return document;
}

/* --- what is written --- */

#define PHYSICAL_TRAINING                                                                                                            \
    "{\"time_start\":\"00:05\",\"time_end\":\"23:59\",\"subject\":\"Физическая культура\",\"subject_short\":\"\"," \
    "\"type_abbr\":\"\",\"type_name\":\"\",\"additional_info\":\"\",\"teachers\":[],\"auditories\":[],"                              \
    "\"webinar_url\":\"\",\"lms_url\":\"\"}"

START_TEST(writes_the_plain_form)
{
    ck_assert_str_eq(
        written(&week, POLY_TIMETABLE_PLAIN),
        "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\",\"is_odd\":true},"
        "\"days\":[{\"weekday\":1,\"date\":\"2022-05-16\",\"lessons\":["
        "{\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"Теория \\\"вероятностей\\\"\","
        "\"subject_short\":\"ТВ\",\"type_abbr\":\"Пр\",\"type_name\":\"Практика\",\"additional_info\":\"Поток\","
        "\"teachers\":[{\"id\":17189,\"full_name\":\"Штыркина Анна Александровна\"}],"
        "\"auditories\":[{\"id\":533,\"name\":\"219\",\"building\":\"Главное здание\"},"
        "{\"id\":1,\"name\":\"?\",\"building\":\"\"}],"
        "\"webinar_url\":\"https://example.org/w?a=1&b=2\",\"lms_url\":\"\"}," PHYSICAL_TRAINING "]},"
        "{\"weekday\":7,\"date\":\"2022-05-22\",\"lessons\":[" PHYSICAL_TRAINING "]}]}");
}
END_TEST

START_TEST(writes_groups_behind_auditories)
{
    const char *json;

    poly_json_begin_object(&writer, NULL);
    poly_lessons_write(&writer, "lessons", lessons, 1, POLY_TIMETABLE_PLAIN_WITH_GROUPS);
    poly_json_end_object(&writer);
    json = poly_strbuf_text(&out);
    ck_assert_ptr_nonnull(strstr(json, "\"building\":\"\"}],\"groups\":[{\"id\":32369,\"name\":\"4831001/00001\"},"
                                       "{\"id\":5,\"name\":\"в3530904/80321\"}],\"webinar_url\":"));
}
END_TEST

START_TEST(writes_ruz_field_names)
{
    poly_json_begin_object(&writer, NULL);
    poly_lessons_write(&writer, "lessons", lessons, 1, POLY_TIMETABLE_RUZ);
    poly_json_end_object(&writer);
    ck_assert_str_eq(
        poly_strbuf_text(&out),
        "{\"lessons\":[{\"subject\":\"Теория \\\"вероятностей\\\"\",\"subject_short\":\"ТВ\",\"type\":0,"
        "\"additional_info\":\"Поток\",\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"parity\":0,"
        "\"typeObj\":{\"id\":27,\"name\":\"Практика\",\"abbr\":\"Пр\"},"
        "\"groups\":[{\"id\":32369,\"name\":\"4831001/00001\",\"level\":2,\"type\":\"common\",\"kind\":2,\"spec\":\"\","
        "\"year\":2021,\"faculty\":{\"id\":122,\"name\":\"Институт кибербезопасности\",\"abbr\":\"ИКиЗИ\"}},"
        "{\"id\":5,\"name\":\"в3530904/80321\",\"level\":0,\"type\":\"\",\"kind\":0,\"spec\":\"\",\"year\":0}],"
        "\"teachers\":[{\"id\":17189,\"oid\":33782,\"full_name\":\"Штыркина Анна Александровна\","
        "\"first_name\":\"Штыркина\",\"middle_name\":\"Анна\",\"last_name\":\"Александровна\",\"grade\":\"доцент\","
        "\"chair\":\"36 Высшая школа\"}],"
        "\"auditories\":[{\"id\":533,\"name\":\"219\",\"building\":{\"id\":11,\"name\":\"Главное здание\","
        "\"abbr\":\"ГЗ\",\"address\":\"\"}},"
        "{\"id\":1,\"name\":\"?\",\"building\":{\"id\":0,\"name\":\"\",\"abbr\":\"\",\"address\":\"\"}}],"
        "\"webinar_url\":\"https://example.org/w?a=1&b=2\",\"lms_url\":\"\"}]}");
}
END_TEST

START_TEST(writes_no_null)
{
    poly_lesson bare = {.time_start = 600, .time_end = 700};
    poly_room nowhere = {.id = 1};
    poly_group unnamed = {.id = 1};
    poly_teacher nobody = {.id = 1};
    poly_timetable_form forms[] = {POLY_TIMETABLE_PLAIN, POLY_TIMETABLE_PLAIN_WITH_GROUPS, POLY_TIMETABLE_RUZ};

    bare.rooms = &nowhere;
    bare.groups = &unnamed;
    bare.teachers = &nobody;
    bare.room_count = bare.group_count = bare.teacher_count = 1;
    poly_json_begin_array(&writer, NULL);
    for (size_t i = 0; i < POLY_LENGTH(forms); i++)
        poly_lessons_write(&writer, NULL, &bare, 1, forms[i]);
    poly_json_end_array(&writer);
    ck_assert_ptr_null(strstr(poly_strbuf_text(&out), "null"));
}
END_TEST

START_TEST(writes_an_empty_week)
{
    poly_week empty = {.date_start = {2026, 1, 5}, .date_end = {2026, 1, 11}};

    ck_assert_str_eq(written(&empty, POLY_TIMETABLE_PLAIN),
                     "{\"week\":{\"date_start\":\"2026-01-05\",\"date_end\":\"2026-01-11\",\"is_odd\":false},"
                     "\"days\":[]}");
}
END_TEST

/* --- there and back --- */

static void check_lesson(const poly_lesson *read, const poly_lesson *lesson, poly_timetable_form form)
{
    ck_assert_int_eq(read->time_start, lesson->time_start);
    ck_assert_int_eq(read->time_end, lesson->time_end);
    ck_assert_str_eq(read->subject, lesson->subject);
    ck_assert_str_eq(read->subject_short, lesson->subject_short);
    ck_assert_int_eq(read->type_id, form == POLY_TIMETABLE_RUZ ? lesson->type_id : 0);
    ck_assert_str_eq(read->type_abbr, lesson->type_abbr);
    ck_assert_str_eq(read->type_name, lesson->type_name);
    ck_assert_str_eq(read->additional_info, lesson->additional_info);
    ck_assert_str_eq(read->webinar_url, lesson->webinar_url);
    ck_assert_str_eq(read->lms_url, lesson->lms_url);
    ck_assert_uint_eq(read->group_count, form == POLY_TIMETABLE_PLAIN ? 0 : lesson->group_count);
    ck_assert_uint_eq(read->teacher_count, lesson->teacher_count);
    ck_assert_uint_eq(read->room_count, lesson->room_count);
    for (size_t i = 0; i < read->group_count; i++) {
        ck_assert_int_eq(read->groups[i].id, lesson->groups[i].id);
        ck_assert_str_eq(read->groups[i].name, lesson->groups[i].name);
    }
    for (size_t i = 0; i < read->teacher_count; i++) {
        ck_assert_int_eq(read->teachers[i].id, lesson->teachers[i].id);
        ck_assert_str_eq(read->teachers[i].full_name, lesson->teachers[i].full_name);
    }
    for (size_t i = 0; i < read->room_count; i++) {
        ck_assert_int_eq(read->rooms[i].id, lesson->rooms[i].id);
        ck_assert_str_eq(read->rooms[i].name, lesson->rooms[i].name);
        ck_assert_str_eq(read->rooms[i].building_name, lesson->rooms[i].building_name);
    }
}

START_TEST(reads_what_it_wrote)
{
    poly_timetable_form form = (poly_timetable_form)_i;
    poly_json *document = parsed(written(&week, form));
    poly_week read;

    ck_assert_int_eq(poly_week_read(document, arena, &read), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_date_compare(read.date_start, week.date_start), 0);
    ck_assert_int_eq(poly_date_compare(read.date_end, week.date_end), 0);
    ck_assert(read.is_odd);
    ck_assert_uint_eq(read.day_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(read.days[i].weekday, days[i].weekday);
        ck_assert_int_eq(poly_date_compare(read.days[i].date, days[i].date), 0);
        ck_assert_uint_eq(read.days[i].lesson_count, days[i].lesson_count);
        for (size_t j = 0; j < days[i].lesson_count; j++)
            check_lesson(&read.days[i].lessons[j], &days[i].lessons[j], form);
    }
}
END_TEST

/* In RUZ's form nothing is lost: writing again what was read gives the same text. */
START_TEST(ruz_form_is_complete)
{
    char *first = poly_strdup(written(&week, POLY_TIMETABLE_RUZ));
    poly_json *document = parsed(first);
    poly_week read;

    ck_assert_int_eq(poly_week_read(document, arena, &read), POLY_OK);
    poly_json_destroy(&document);
    poly_strbuf_clear(&out);
    ck_assert_str_eq(written(&read, POLY_TIMETABLE_RUZ), first);
    free(first);
}
END_TEST

/* Reads and writes again each element of `array`, by the kind of object it is; what stays the same text is complete. */
static void copy_dictionary(int kind, const poly_json *array)
{
    union {
        poly_faculty faculty;
        poly_group group;
        poly_teacher teacher;
        poly_building building;
        poly_room room;
    } it;
    poly_result result = POLY_OK;

    for (const poly_json *object = poly_json_first(array); object && result == POLY_OK;
         object = poly_json_next(object)) {
        switch (kind) {
        case 0:
            result = poly_faculty_read(object, arena, &it.faculty);
            poly_faculty_write(&writer, &it.faculty);
            break;
        case 1:
            result = poly_group_read(object, arena, &it.group);
            poly_group_write(&writer, &it.group);
            break;
        case 2:
            result = poly_teacher_read(object, arena, &it.teacher);
            poly_teacher_write(&writer, &it.teacher);
            break;
        case 3:
            result = poly_building_read(object, arena, &it.building);
            poly_building_write(&writer, &it.building);
            break;
        default:
            result = poly_room_read(object, arena, &it.room);
            poly_room_write(&writer, &it.room);
        }
    }
    ck_assert_int_eq(result, POLY_OK);
}

static const char *const dictionaries[] = {
    "[{\"id\":122,\"name\":\"Институт\",\"abbr\":\"ИКиЗИ\"},{\"id\":1,\"name\":\"\",\"abbr\":\"\"}]",
    "[{\"id\":1,\"name\":\"5130904/"
    "20102_2025\",\"level\":4,\"type\":\"evening\",\"kind\":3,\"spec\":\"с\",\"year\":2025,"
    "\"faculty\":{\"id\":125,\"name\":\"Ф\",\"abbr\":\"ф\"}},"
    "{\"id\":2,\"name\":\"x\",\"level\":0,\"type\":\"\",\"kind\":6,\"spec\":\"\",\"year\":0}]",
    "[{\"id\":1,\"oid\":9007199254740991,\"full_name\":\"Иванов И.\",\"first_name\":\"Иванов\",\"middle_name\":\"И.\","
    "\"last_name\":\"\",\"grade\":\"г\",\"chair\":\"к\"}]",
    "[{\"id\":11,\"name\":\"Главное здание\",\"abbr\":\"ГЗ\",\"address\":\"Политехническая, 29\"}]",
    "[{\"id\":533,\"name\":\"219\",\"building\":{\"id\":11,\"name\":\"Главное здание\",\"abbr\":\"ГЗ\"}},"
    "{\"id\":534,\"name\":\"220\"}]",
};

START_TEST(dictionaries_go_there_and_back)
{
    poly_json *document = parsed(dictionaries[_i]);

    poly_json_begin_array(&writer, NULL);
    copy_dictionary(_i, document);
    poly_json_end_array(&writer);
    ck_assert_str_eq(poly_strbuf_text(&out), dictionaries[_i]);
    poly_json_destroy(&document);
}
END_TEST

START_TEST(keeps_the_three_names_apart)
{
    poly_json *document = parsed("{\"id\":1,\"full_name\":\"А Б В\",\"first_name\":\"А\",\"middle_name\":\"Б\","
                                 "\"last_name\":\"В\"}");
    poly_teacher teacher;

    ck_assert_int_eq(poly_teacher_read(document, arena, &teacher), POLY_OK);
    poly_json_destroy(&document);
    ck_assert_str_eq(teacher.surname, "А");
    ck_assert_str_eq(teacher.given_name, "Б");
    ck_assert_str_eq(teacher.patronymic, "В");
    ck_assert_str_eq(teacher.chair, "");
    ck_assert_int_eq(teacher.oid, 0);
}
END_TEST

/* --- broken answers --- */

#define WEEK(members) \
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\",\"is_odd\":false}," members "}"
#define DAY(members)    WEEK("\"days\":[{\"weekday\":2,\"date\":\"2022-05-17\"," members "}]")
#define LESSON(members) DAY("\"lessons\":[{" members "}]")
#define TIMES           "\"time_start\":\"10:00\",\"time_end\":\"11:40\""
#define SHORT(members)  LESSON(TIMES ",\"subject\":\"x\"" members)
#define PLACES          ",\"teachers\":[],\"auditories\":[]"

static const char *const tolerable[] = {
    WEEK("\"days\":[]"),
    WEEK("\"days\":[],\"group\":{\"id\":1},\"stale\":null"),
    DAY("\"lessons\":[]"),
    SHORT(PLACES),
    SHORT(PLACES ",\"new\":[{}],\"type\":1"),
    SHORT(",\"teachers\":[{\"id\":1,\"full_name\":\"\"}],\"auditories\":[{\"id\":1,\"name\":\"\"}]"),
    WEEK("\"days\":[{\"weekday\":1,\"date\":\"2022-05-16\",\"lessons\":[]},"
         "{\"weekday\":7,\"date\":\"2022-05-22\",\"lessons\":[]}]"),
};

START_TEST(passes_over_what_it_does_not_need)
{
    poly_json *document = parsed(tolerable[_i]);
    poly_week read;

    ck_assert_int_eq(poly_week_read(document, arena, &read), POLY_OK);
    for (size_t i = 0; i < read.day_count; i++) {
        for (size_t j = 0; j < read.days[i].lesson_count; j++)
            ck_assert_str_eq(read.days[i].lessons[j].lms_url, "");
    }
    poly_json_destroy(&document);
}
END_TEST

static const char *const broken[] = {
    "null",
    "[]",
    "{}",
    "{\"days\":[]}",
    "{\"week\":{},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\"},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\",\"is_odd\":0},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022.05.16\",\"date_end\":\"2022-05-22\",\"is_odd\":false},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-5-16\",\"date_end\":\"2022-05-22\",\"is_odd\":false},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-05-17\",\"date_end\":\"2022-05-22\",\"is_odd\":false},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-32\",\"is_odd\":false},\"days\":[]}",
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":20220522,\"is_odd\":false},\"days\":[]}",
    WEEK("\"x\":1"),
    WEEK("\"days\":null"),
    WEEK("\"days\":{}"),
    WEEK("\"days\":[1]"),
    WEEK("\"days\":[{}]"),
    WEEK("\"days\":[{\"weekday\":1,\"date\":\"2022-05-17\",\"lessons\":[]}]"),
    WEEK("\"days\":[{\"weekday\":\"2\",\"date\":\"2022-05-17\",\"lessons\":[]}]"),
    WEEK("\"days\":[{\"weekday\":1,\"date\":\"2022-05-23\",\"lessons\":[]}]"),
    WEEK("\"days\":[{\"weekday\":7,\"date\":\"2022-05-15\",\"lessons\":[]}]"),
    WEEK("\"days\":[{\"weekday\":3,\"date\":\"2022-05-18\",\"lessons\":[]},"
         "{\"weekday\":2,\"date\":\"2022-05-17\",\"lessons\":[]}]"),
    WEEK("\"days\":[{\"weekday\":2,\"date\":\"2022-05-17\",\"lessons\":[]},"
         "{\"weekday\":2,\"date\":\"2022-05-17\",\"lessons\":[]}]"),
    DAY("\"x\":1"),
    DAY("\"lessons\":null"),
    DAY("\"lessons\":[null]"),
    LESSON(""),
    LESSON(TIMES PLACES),
    LESSON("\"time_start\":\"10:00\",\"time_end\":\"24:00\",\"subject\":\"x\"" PLACES),
    LESSON("\"time_start\":600,\"time_end\":\"11:40\",\"subject\":\"x\"" PLACES),
    SHORT(",\"teachers\":[]"),
    SHORT(",\"auditories\":[]"),
    SHORT(",\"teachers\":null,\"auditories\":[]"),
    SHORT(PLACES ",\"lms_url\":null"),
    SHORT(PLACES ",\"groups\":null"),
    SHORT(PLACES ",\"groups\":[{\"id\":1}]"),
    SHORT(PLACES ",\"groups\":[{\"id\":1,\"name\":\"x\",\"faculty\":null}]"),
    SHORT(PLACES ",\"groups\":[{\"id\":1,\"name\":\"x\",\"level\":\"1\"}]"),
    SHORT(PLACES ",\"typeObj\":null"),
    SHORT(PLACES ",\"typeObj\":{\"name\":\"x\",\"abbr\":\"y\"}"),
    SHORT(PLACES ",\"typeObj\":{\"id\":1,\"name\":5}"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"id\":1}]"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"full_name\":\"x\"}]"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"id\":\"1\",\"full_name\":\"x\"}]"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"id\":1.5,\"full_name\":\"x\"}]"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"id\":-1,\"full_name\":\"x\"}]"),
    SHORT(",\"auditories\":[],\"teachers\":[{\"id\":1e300,\"full_name\":\"x\"}]"),
    SHORT(",\"teachers\":[],\"auditories\":[{\"id\":1}]"),
    SHORT(",\"teachers\":[],\"auditories\":[{\"id\":1,\"name\":\"x\",\"building\":5}]"),
    SHORT(",\"teachers\":[],\"auditories\":[{\"id\":1,\"name\":\"x\",\"building\":{\"name\":\"x\"}}]"),
};

START_TEST(refuses_broken_weeks)
{
    poly_json *document = parsed(broken[_i]);
    poly_week read;

    ck_assert_int_eq(poly_week_read(document, arena, &read), POLY_BAD_ANSWER);
    poly_json_destroy(&document);
}
END_TEST

START_TEST(refuses_broken_dictionaries)
{
    static const char *const texts[] = {"null", "{}", "{\"id\":1}", "{\"name\":\"x\"}", "{\"id\":null,\"name\":\"x\"}"};

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        poly_json *document = parsed(texts[i]);
        poly_faculty faculty;
        poly_group group;
        poly_teacher teacher;
        poly_building building;
        poly_room room;

        ck_assert_int_eq(poly_faculty_read(document, arena, &faculty), POLY_BAD_ANSWER);
        ck_assert_int_eq(poly_group_read(document, arena, &group), POLY_BAD_ANSWER);
        ck_assert_int_eq(poly_teacher_read(document, arena, &teacher), POLY_BAD_ANSWER);
        ck_assert_int_eq(poly_building_read(document, arena, &building), POLY_BAD_ANSWER);
        ck_assert_int_eq(poly_room_read(document, arena, &room), POLY_BAD_ANSWER);
        poly_json_destroy(&document);
    }
}
END_TEST

START_TEST(finds_the_day)
{
    ck_assert_ptr_eq(poly_week_day(&week, (poly_date){2022, 5, 22}), &days[1]);
    ck_assert_ptr_null(poly_week_day(&week, (poly_date){2022, 5, 17}));
    ck_assert_ptr_null(poly_week_day(&week, (poly_date){2023, 5, 16}));
}
END_TEST

static Suite *timetable_suite(void)
{
    Suite *suite = suite_create("timetable");
    TCase *writing = tcase_create("writing");
    TCase *reading = tcase_create("reading");

    tcase_add_checked_fixture(writing, begin, end);
    tcase_add_test(writing, writes_the_plain_form);
    tcase_add_test(writing, writes_groups_behind_auditories);
    tcase_add_test(writing, writes_ruz_field_names);
    tcase_add_test(writing, writes_no_null);
    tcase_add_test(writing, writes_an_empty_week);
    tcase_add_checked_fixture(reading, begin, end);
    tcase_add_loop_test(reading, reads_what_it_wrote, POLY_TIMETABLE_PLAIN, POLY_TIMETABLE_RUZ + 1);
    tcase_add_test(reading, ruz_form_is_complete);
    tcase_add_loop_test(reading, dictionaries_go_there_and_back, 0, (int)POLY_LENGTH(dictionaries));
    tcase_add_test(reading, keeps_the_three_names_apart);
    tcase_add_loop_test(reading, passes_over_what_it_does_not_need, 0, (int)POLY_LENGTH(tolerable));
    tcase_add_loop_test(reading, refuses_broken_weeks, 0, (int)POLY_LENGTH(broken));
    tcase_add_test(reading, refuses_broken_dictionaries);
    tcase_add_test(reading, finds_the_day);
    suite_add_tcase(suite, writing);
    suite_add_tcase(suite, reading);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(timetable_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: MIT */
#include "poly/strbuf.h"
#include "ruz_read.h"
#include "week_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define WEEK    "\"week\":{\"date_start\":\"2026.09.07\",\"date_end\":\"2026.09.13\",\"is_odd\":true}"
#define SUBJECT "\"group\":{\"id\":501,\"name\":\"5000001/10001\"}"
#define MONDAY  DATE(2026, 9, 7)

/* A lesson without its closing brace, so that more members can follow. */
#define LESSON(start, end, subject)                                                       \
    "{\"time_start\":\"" start "\",\"time_end\":\"" end "\",\"subject\":\"" subject "\"," \
    "\"typeObj\":{\"id\":14,\"name\":\"Лекции\",\"abbr\":\"Лек\"}"
#define ROOM(id, name) \
    "{\"id\":" id ",\"name\":\"" name "\",\"building\":{\"id\":3,\"name\":\"Корпус\",\"abbr\":\"К\"}}"
#define GROUP(id, name) "{\"id\":" id ",\"name\":\"" name "\"}"
#define PERSON(id)      "{\"id\":" id ",\"oid\":9,\"full_name\":\"Пробкин О. И.\"}"

static poly_arena *arena;
static ruz_reader reader;
static poly_week week;

static void set_up(void)
{
    arena = poly_arena_create(0);
    reader = (ruz_reader){.arena = arena};
    week = (poly_week){0};
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_result read_answer(const char *text, poly_date date)
{
    poly_group group;

    return ruz_read_group_week(&reader, poly_slice_of(text), 501, date, &group, &week);
}

static poly_result read_days(const char *days)
{
    return read_answer(poly_arena_printf(arena, "{" WEEK "," SUBJECT ",\"days\":%s}", days), MONDAY);
}

/* The lessons of one Monday. */
static poly_result read_lessons(const char *lessons)
{
    return read_days(poly_arena_printf(arena, "[{\"date\":\"2026-09-07\",\"lessons\":[%s]}]", lessons));
}

START_TEST(reads_a_week)
{
    poly_group group;
    const poly_lesson *lesson;

    ck_assert_int_eq(
        ruz_read_group_week(
            &reader,
            poly_slice_of("{" WEEK ",\"days\":[{\"weekday\":1,\"date\":\"2026-09-07\",\"lessons\":[" LESSON(
                "10:00", "11:40",
                "Пробное  дело ") ",\"type\":0,\"parity\":0,\"subject_short\":\"Дело\","
                                  "\"additional_info\":\"Поток\",\"groups\":[" GROUP(
                                      "501",
                                      "a") "],\"teachers\":[" PERSON("77") "],\"auditories\":[" ROOM("31",
                                                                                                     "101") "],"
                                                                                                            "\"webinar_"
                                                                                                            "url\":"
                                                                                                            "\"https://"
                                                                                                            "w.example/"
                                                                                                            "1\","
                                                                                                            "\"lms_"
                                                                                                            "url\":"
                                                                                                            "\"HTTP://"
                                                                                                            "l.example/"
                                                                                                            "2\"}]}]"
                                                                                                            "," SUBJECT
                                                                                                            "}"),
            501, MONDAY, &group, &week),
        POLY_OK);
    ck_assert_int_eq(group.id, 501);
    ck_assert_int_eq(poly_date_compare(week.date_start, MONDAY), 0);
    ck_assert_int_eq(poly_date_compare(week.date_end, DATE(2026, 9, 13)), 0);
    ck_assert(week.is_odd);
    ck_assert_uint_eq(week.day_count, 1);
    ck_assert_uint_eq(week.days[0].lesson_count, 1);
    lesson = &week.days[0].lessons[0];
    ck_assert_int_eq(lesson->time_start, CLOCK(10, 0));
    ck_assert_int_eq(lesson->time_end, CLOCK(11, 40));
    ck_assert_str_eq(lesson->subject, "Пробное дело");
    ck_assert_str_eq(lesson->subject_short, "Дело");
    ck_assert_str_eq(lesson->additional_info, "Поток");
    ck_assert_int_eq(lesson->type_id, 14);
    ck_assert_str_eq(lesson->type_abbr, "Лек");
    ck_assert_str_eq(lesson->type_name, "Лекции");
    ck_assert_uint_eq(lesson->group_count, 1);
    ck_assert_uint_eq(lesson->teacher_count, 1);
    ck_assert_int_eq(lesson->teachers[0].id, 77);
    ck_assert_uint_eq(lesson->room_count, 1);
    ck_assert_str_eq(lesson->rooms[0].building_name, "Корпус");
    ck_assert_str_eq(lesson->webinar_url, "https://w.example/1");
    ck_assert_str_eq(lesson->lms_url, "HTTP://l.example/2");
}
END_TEST

START_TEST(takes_what_ruz_leaves_out)
{
    const poly_lesson *lesson;

    ck_assert_int_eq(read_lessons("{\"time_start\":\"08:30\",\"time_end\":\"17:20\",\"subject\":null,\"typeObj\":null,"
                                  "\"groups\":null,\"teachers\":null,\"auditories\":null}"),
                     POLY_OK);
    lesson = &week.days[0].lessons[0];
    ck_assert_str_eq(lesson->subject, "");
    ck_assert_str_eq(lesson->subject_short, "");
    ck_assert_str_eq(lesson->additional_info, "");
    ck_assert_str_eq(lesson->type_abbr, "");
    ck_assert_str_eq(lesson->type_name, "");
    ck_assert_str_eq(lesson->webinar_url, "");
    ck_assert_str_eq(lesson->lms_url, "");
    ck_assert_int_eq(lesson->type_id, 0);
    ck_assert_uint_eq(lesson->group_count + lesson->teacher_count + lesson->room_count, 0);
}
END_TEST

START_TEST(takes_dates_dotted_or_dashed)
{
    ck_assert_int_eq(
        read_answer("{\"week\":{\"date_start\":\"2026-09-07\",\"date_end\":\"2026-9-13\",\"is_odd\":false},"
                    "\"days\":[{\"date\":\"2026.09.08\",\"lessons\":[" LESSON("10:00", "11:40", "x") "}]}]," SUBJECT
                                                                                                     "}",
                    DATE(2026, 9, 13)),
        POLY_OK);
    ck_assert_uint_eq(week.day_count, 1);
    ck_assert_int_eq(poly_date_compare(week.days[0].date, DATE(2026, 9, 8)), 0);
    ck_assert(!week.is_odd);
}
END_TEST

START_TEST(takes_an_empty_week)
{
    ck_assert_int_eq(read_days("[]"), POLY_OK);
    ck_assert_uint_eq(week.day_count, 0);
    ck_assert_int_eq(read_days("null"), POLY_OK);
    ck_assert_uint_eq(week.day_count, 0);
    ck_assert_int_eq(read_days("[{\"date\":\"2026-09-07\",\"lessons\":[]},{\"date\":\"2026-09-08\",\"lessons\":null}]"),
                     POLY_OK);
    ck_assert_uint_eq(week.day_count, 0);
}
END_TEST

START_TEST(sorts_days_and_lessons)
{
    ck_assert_int_eq(
        read_days("[{\"date\":\"2026-09-11\",\"weekday\":1,\"lessons\":[" LESSON(
            "12:00", "13:40", "г") "}]},"
                                   "{\"date\":\"2026-09-07\",\"lessons\":[" LESSON("12:00", "13:40", "в") "}," LESSON(
                                       "10:00", "11:40", "б") "}]},"
                                                              "{\"date\":\"2026.09.07\",\"lessons\":[" LESSON(
                                                                  "10:00", "11:40", "а") "}," LESSON("10:00", "11:00",
                                                                                                     "я") "}]}]"),
        POLY_OK);
    ck_assert_uint_eq(week.day_count, 2);
    ck_assert_uint_eq(week.days[0].lesson_count, 4);
    ck_assert_int_eq(week.days[0].weekday, 1);
    ck_assert_str_eq(week.days[0].lessons[0].subject, "я");
    ck_assert_str_eq(week.days[0].lessons[1].subject, "а");
    ck_assert_str_eq(week.days[0].lessons[2].subject, "б");
    ck_assert_str_eq(week.days[0].lessons[3].subject, "в");
    ck_assert_int_eq(week.days[1].weekday, 5);
    ck_assert_str_eq(week.days[1].lessons[0].subject, "г");
}
END_TEST

START_TEST(joins_copies_that_differ_in_rooms)
{
    const poly_lesson *lesson;

    ck_assert_int_eq(
        read_lessons(LESSON("10:00", "11:40", "x") ",\"auditories\":[" ROOM("30", "103") "]}," LESSON("10:00", "11:40", "x") ",\"auditories\":[" ROOM(
            "31",
            "101") "]}," LESSON("10:00", "11:40",
                                "x") ",\"auditories\":[" ROOM("32",
                                                              "102") "," ROOM("30",
                                                                              "103") "]}," LESSON("12:00", "13:40",
                                                                                                  "x") ",\"auditories\""
                                                                                                       ":[" ROOM(
                                                                                                           "34",
                                                                                                           "104") "]}"),
        POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 2);
    lesson = &week.days[0].lessons[0];
    ck_assert_uint_eq(lesson->room_count, 3);
    ck_assert_str_eq(lesson->rooms[0].name, "101");
    ck_assert_str_eq(lesson->rooms[1].name, "102");
    ck_assert_str_eq(lesson->rooms[2].name, "103");
    ck_assert_uint_eq(week.days[0].lessons[1].room_count, 1);
}
END_TEST

START_TEST(joins_copies_that_differ_in_groups)
{
    const poly_lesson *lesson;

    ck_assert_int_eq(read_lessons(LESSON("10:00", "11:40", "x") ",\"groups\":[" GROUP("2", "b") "]}," LESSON(
                         "10:00", "11:40", "x") ",\"groups\":[" GROUP("1", "a") "," GROUP("1", "a") "]}"),
                     POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 1);
    lesson = &week.days[0].lessons[0];
    ck_assert_uint_eq(lesson->group_count, 2);
    ck_assert_str_eq(lesson->groups[0].name, "a");
    ck_assert_str_eq(lesson->groups[1].name, "b");
}
END_TEST

/* Two groups in two rooms each come as four copies: first the rooms meet, then the groups. */
START_TEST(joins_copies_that_differ_in_both)
{
#define COPY(group, room) LESSON("10:00", "11:40", "x") ",\"groups\":[" group "],\"auditories\":[" room "]}"
    ck_assert_int_eq(
        read_lessons(COPY(GROUP("1", "a"), ROOM("31", "101")) "," COPY(GROUP("2", "b"), ROOM("32", "102")) "," COPY(
            GROUP("1", "a"), ROOM("32", "102")) "," COPY(GROUP("2", "b"), ROOM("31", "101"))),
        POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 1);
    ck_assert_uint_eq(week.days[0].lessons[0].group_count, 2);
    ck_assert_uint_eq(week.days[0].lessons[0].room_count, 2);
    ck_assert_int_eq(
        read_lessons(COPY(GROUP("1", "a"), ROOM("31", "101")) "," COPY(GROUP("2", "b"), ROOM("32", "102"))), POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 2);
}
END_TEST

/* Nobody knows whether b meets in 102 as well. */
START_TEST(does_not_join_what_fits_in_part)
{
    ck_assert_int_eq(read_lessons(COPY(GROUP("1", "a"), ROOM("31", "101")) "," COPY(
                         GROUP("2", "b"), ROOM("31", "101") "," ROOM("32", "102"))),
                     POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 2);
    ck_assert_int_eq(read_lessons(COPY(GROUP("1", "a"), ROOM("31", "101")) "," COPY(GROUP("1", "a") "," GROUP("2", "b"),
                                                                                    ROOM("32", "102"))),
                     POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 2);
}
END_TEST

static const char *const others[] = {
    LESSON("10:00", "11:40", "x") ",\"teachers\":[" PERSON("2") "]}",
    LESSON("10:00", "11:40", "x") ",\"teachers\":[" PERSON("1") "],\"additional_info\":\"Поток\"}",
    LESSON("10:00", "11:40", "x") ",\"teachers\":[" PERSON("1") "],\"lms_url\":\"https://l.example\"}",
    LESSON("10:00", "11:40", "y") ",\"teachers\":[" PERSON("1") "]}",
    LESSON("10:00", "11:00", "x") ",\"teachers\":[" PERSON("1") "]}",
    "{\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"x\",\"teachers\":[" PERSON(
        "1") "],"
             "\"typeObj\":{\"id\":26,\"name\":\"Лабораторные\",\"abbr\":\"Лаб\"}}",
};

START_TEST(keeps_lessons_that_differ_otherwise)
{
    ck_assert_int_eq(read_lessons(poly_arena_printf(
                         arena, LESSON("10:00", "11:40", "x") ",\"teachers\":[" PERSON("1") "]},%s", others[_i])),
                     POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 2);
}
END_TEST

/* RUZ's order of equals must not show: the same answer gives the same bytes. */
START_TEST(does_not_depend_on_the_order_of_copies)
{
    static const char *const orders[] = {
        COPY(GROUP("1", "a"), ROOM("31", "101")) "," COPY(GROUP("2", "b"), ROOM("32", "102")),
        COPY(GROUP("2", "b"), ROOM("32", "102")) "," COPY(GROUP("1", "a"), ROOM("31", "101")),
    };
    char *written[2];

    for (size_t i = 0; i < 2; i++) {
        poly_strbuf out;
        poly_json_writer writer;

        ck_assert_int_eq(read_lessons(orders[i]), POLY_OK);
        poly_strbuf_init(&out, 1 << 20);
        poly_json_writer_init(&writer, &out);
        poly_json_begin_object(&writer, NULL);
        poly_week_write(&writer, &week, POLY_TIMETABLE_RUZ);
        poly_json_end_object(&writer);
        written[i] = poly_arena_strdup(arena, poly_strbuf_text(&out));
        poly_strbuf_release(&out);
    }
    ck_assert_str_eq(written[0], written[1]);
}
END_TEST

START_TEST(keeps_teachers_in_their_order_once)
{
    ck_assert_int_eq(
        read_lessons(LESSON("10:00", "11:40", "x") ",\"teachers\":[" PERSON("9") "," PERSON("2") "," PERSON("9") "]}"),
        POLY_OK);
    ck_assert_uint_eq(week.days[0].lessons[0].teacher_count, 2);
    ck_assert_int_eq(week.days[0].lessons[0].teachers[0].id, 9);
    ck_assert_int_eq(week.days[0].lessons[0].teachers[1].id, 2);
}
END_TEST

static const char *const bad_links[] = {
    "javascript:alert(1)",
    "ftp://x.example/",
    "//x.example",
    "x.example/course",
    "https:/x",
    "https://",
    "https:///x",
    "https://x.example/a b",
    "http",
    "https://x/\\\"onclick",
    "data:text/html,x",
    " ",
};

START_TEST(drops_links_that_are_no_web_address)
{
    ck_assert_int_eq(read_lessons(poly_arena_printf(
                         arena, LESSON("10:00", "11:40", "x") ",\"lms_url\":\"%s\",\"webinar_url\":\"%s\"}",
                         bad_links[_i], bad_links[_i])),
                     POLY_OK);
    ck_assert_str_eq(week.days[0].lessons[0].lms_url, "");
    ck_assert_str_eq(week.days[0].lessons[0].webinar_url, "");
}
END_TEST

static const char *const bad_lessons[] = {
    "null",
    "[]",
    "{}",
    "{\"time_start\":\"10:00\",\"subject\":\"x\"}",
    "{\"time_start\":null,\"time_end\":\"11:40\"}",
    "{\"time_start\":600,\"time_end\":700}",
    LESSON("10:00", "09:40", "x") "}",
    LESSON("10:00", "10:00", "x") "}",
    LESSON("25:00", "26:00", "x") "}",
    LESSON("10:60", "11:40", "x") "}",
    LESSON("10.00", "11.40", "x") "}",
    LESSON("10:00", "11:40:00", "x") "}",
    LESSON("10:00", "11:40", "x") ",\"teachers\":{}}",
    LESSON("10:00", "11:40", "x") ",\"teachers\":[null]}",
    LESSON("10:00", "11:40", "x") ",\"teachers\":[{\"full_name\":\"y\"}]}",
    LESSON("10:00", "11:40", "x") ",\"groups\":\"501\"}",
    LESSON("10:00", "11:40", "x") ",\"groups\":[501]}",
    LESSON("10:00", "11:40", "x") ",\"auditories\":[{\"id\":1,\"building\":[]}]}",
    LESSON("10:00", "11:40", "x") ",\"auditories\":[{\"id\":1,\"building\":{}}]}",
    LESSON("10:00", "11:40", "x") ",\"additional_info\":0}",
    "{\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"x\",\"typeObj\":14}",
    "{\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"x\",\"typeObj\":{\"id\":\"14\"}}",
};

START_TEST(refuses_the_week_for_one_bad_lesson)
{
    ck_assert_msg(read_lessons(poly_arena_printf(arena, LESSON("08:00", "09:40", "good") "},%s", bad_lessons[_i])) ==
                      POLY_BAD_ANSWER,
                  "%s", bad_lessons[_i]);
    ck_assert_str_ne(reader.reason, "");
}
END_TEST

static const char *const bad_days[] = {
    "{}",
    "\"\"",
    "[null]",
    "[[]]",
    "[{\"lessons\":[]}]",
    "[{\"date\":\"2026-09-07\"}]",
    "[{\"date\":\"2026-09-07\",\"lessons\":{}}]",
    "[{\"date\":\"2026-09-06\",\"lessons\":[]}]",
    "[{\"date\":\"2026-09-14\",\"lessons\":[]}]",
    "[{\"date\":\"2026-09-31\",\"lessons\":[]}]",
    "[{\"date\":\"07.09.2026\",\"lessons\":[]}]",
    "[{\"date\":\"2026.09-07\",\"lessons\":[]}]",
    "[{\"date\":\"2026-09-07T00:00:00\",\"lessons\":[]}]",
};

START_TEST(refuses_bad_days)
{
    ck_assert_msg(read_days(bad_days[_i]) == POLY_BAD_ANSWER, "%s", bad_days[_i]);
    ck_assert_str_ne(reader.reason, "");
}
END_TEST

static const char *const bad_weeks[] = {
    "null",
    "[]",
    "{\"date_start\":\"2026.09.07\",\"date_end\":\"2026.09.13\"}",
    "{\"date_start\":\"2026.09.07\",\"date_end\":\"2026.09.13\",\"is_odd\":1}",
    "{\"date_start\":\"2026.09.07\",\"is_odd\":true}",
    "{\"date_start\":\"2026.09.07\",\"date_end\":\"2026.09.14\",\"is_odd\":true}",
    "{\"date_start\":\"2026.09.07\",\"date_end\":\"2026.09.06\",\"is_odd\":true}",
    "{\"date_start\":\"2026.09.08\",\"date_end\":\"2026.09.13\",\"is_odd\":true}",
    "{\"date_start\":\"2026.09.06\",\"date_end\":\"2026.09.12\",\"is_odd\":true}",
    "{\"date_start\":\"2026.09.14\",\"date_end\":\"2026.09.20\",\"is_odd\":true}",
    "{\"date_start\":\"2026.08.31\",\"date_end\":\"2026.09.06\",\"is_odd\":true}",
};

START_TEST(refuses_another_week_than_asked_for)
{
    ck_assert_msg(read_answer(poly_arena_printf(arena, "{\"week\":%s," SUBJECT ",\"days\":[]}", bad_weeks[_i]),
                              MONDAY) == POLY_BAD_ANSWER,
                  "%s", bad_weeks[_i]);
    ck_assert_str_ne(reader.reason, "");
}
END_TEST

START_TEST(refuses_half_an_answer)
{
    ck_assert_int_eq(read_answer("{" WEEK "," SUBJECT "}", MONDAY), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" SUBJECT ",\"days\":[]}", MONDAY), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" WEEK ",\"days\":[]}", MONDAY), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" WEEK ",\"days\":[],\"group\":{\"id\":502}}", MONDAY), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" WEEK ",\"days\":[]," SUBJECT "}", DATE(2026, 9, 6)), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" WEEK ",\"days\":[]," SUBJECT "}", DATE(2026, 9, 14)), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer("{" WEEK ",\"days\":[]," SUBJECT "}", DATE(2026, 9, 13)), POLY_OK);
}
END_TEST

/* `count` lessons of other subjects, on one day in two entries. */
static poly_result with_lessons(int count)
{
    poly_strbuf days;
    poly_result result;

    poly_strbuf_init(&days, 1 << 20);
    poly_strbuf_append_text(&days, "[{\"date\":\"2026-09-07\",\"lessons\":[");
    for (int i = 0; i < count; i++) {
        if (i == 100)
            poly_strbuf_append_text(&days, "]},{\"date\":\"2026-09-07\",\"lessons\":[");
        poly_strbuf_printf(&days, "%s{\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"%d\"}",
                           i % 100 ? "," : "", i);
    }
    poly_strbuf_append_text(&days, "]}]");
    result = read_days(poly_strbuf_text(&days));
    poly_strbuf_release(&days);
    return result;
}

START_TEST(bounds_a_day)
{
    ck_assert_int_eq(with_lessons(200), POLY_OK);
    ck_assert_uint_eq(week.days[0].lesson_count, 200);
    ck_assert_int_eq(with_lessons(201), POLY_BAD_ANSWER);
}
END_TEST

static poly_result with_day_entries(int count)
{
    poly_strbuf days;
    poly_result result;

    poly_strbuf_init(&days, 1 << 20);
    for (int i = 0; i < count; i++)
        poly_strbuf_printf(&days, "%s{\"date\":\"2026-09-07\",\"lessons\":[]}", i ? "," : "");
    result = read_days(poly_arena_printf(arena, "[%s]", poly_strbuf_text(&days)));
    poly_strbuf_release(&days);
    return result;
}

START_TEST(bounds_a_week)
{
    ck_assert_int_eq(with_day_entries(64), POLY_OK);
    ck_assert_int_eq(with_day_entries(65), POLY_BAD_ANSWER);
}
END_TEST

static poly_result with_teachers(int count)
{
    poly_strbuf list;
    poly_result result;

    poly_strbuf_init(&list, 1 << 20);
    for (int i = 1; i <= count; i++)
        poly_strbuf_printf(&list, "%s{\"id\":%d}", i > 1 ? "," : "", i);
    result = read_lessons(
        poly_arena_printf(arena, LESSON("10:00", "11:40", "x") ",\"teachers\":[%s]}", poly_strbuf_text(&list)));
    poly_strbuf_release(&list);
    return result;
}

START_TEST(bounds_a_lesson)
{
    ck_assert_int_eq(with_teachers(64), POLY_OK);
    ck_assert_int_eq(with_teachers(65), POLY_BAD_ANSWER);
}
END_TEST

START_TEST(reads_a_teachers_week)
{
    static const char text[] = "{" WEEK ",\"days\":[],\"teacher\":" PERSON("77") "}";
    poly_teacher teacher;

    ck_assert_int_eq(ruz_read_teacher_week(&reader, poly_slice_of(text), 77, MONDAY, &teacher, &week), POLY_OK);
    ck_assert_str_eq(teacher.full_name, "Пробкин О. И.");
    ck_assert_int_eq(teacher.oid, 9);
    ck_assert_int_eq(ruz_read_teacher_week(&reader, poly_slice_of(text), 9, MONDAY, &teacher, &week), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_teacher_week(&reader, poly_slice_of("{" WEEK ",\"days\":[]," SUBJECT "}"), 501, MONDAY,
                                           &teacher, &week),
                     POLY_BAD_ANSWER);
}
END_TEST

START_TEST(reads_a_rooms_week)
{
    static const char text[] = "{" WEEK ",\"days\":[],\"room\":" ROOM("31", "101") "}";
    poly_room room;

    ck_assert_int_eq(ruz_read_room_week(&reader, poly_slice_of(text), 3, 31, MONDAY, &room, &week), POLY_OK);
    ck_assert_str_eq(room.name, "101");
    ck_assert_str_eq(room.building_abbr, "К");
    ck_assert_int_eq(ruz_read_room_week(&reader, poly_slice_of(text), 3, 32, MONDAY, &room, &week), POLY_BAD_ANSWER);
    ck_assert_int_eq(ruz_read_room_week(&reader, poly_slice_of(text), 4, 31, MONDAY, &room, &week), POLY_BAD_ANSWER);
    ck_assert_str_ne(reader.reason, "");
    ck_assert_int_eq(ruz_read_room_week(&reader,
                                        poly_slice_of("{" WEEK ",\"days\":[],\"room\":{\"id\":31,\"name\":\"101\"}}"),
                                        4, 31, MONDAY, &room, &week),
                     POLY_OK);
    ck_assert_int_eq(room.building_id, 4);
}
END_TEST

START_TEST(finds_errors_before_weeks)
{
    ck_assert_int_eq(read_answer("{\"error\":true,\"text\":\"Группа: 501 не найден\"}", MONDAY), POLY_NOT_FOUND);
    ck_assert_int_eq(read_answer("{\"error\":true,\"text\":\"x\"," WEEK ",\"days\":[]," SUBJECT "}", MONDAY),
                     POLY_REJECTED);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ruz_week");
    TCase *good = tcase_create("read");
    TCase *bad = tcase_create("refused");

    tcase_add_checked_fixture(good, set_up, tear_down);
    tcase_add_test(good, reads_a_week);
    tcase_add_test(good, takes_what_ruz_leaves_out);
    tcase_add_test(good, takes_dates_dotted_or_dashed);
    tcase_add_test(good, takes_an_empty_week);
    tcase_add_test(good, sorts_days_and_lessons);
    tcase_add_test(good, joins_copies_that_differ_in_rooms);
    tcase_add_test(good, joins_copies_that_differ_in_groups);
    tcase_add_test(good, joins_copies_that_differ_in_both);
    tcase_add_test(good, does_not_join_what_fits_in_part);
    tcase_add_loop_test(good, keeps_lessons_that_differ_otherwise, 0, POLY_LENGTH(others));
    tcase_add_test(good, does_not_depend_on_the_order_of_copies);
    tcase_add_test(good, keeps_teachers_in_their_order_once);
    tcase_add_loop_test(good, drops_links_that_are_no_web_address, 0, POLY_LENGTH(bad_links));
    tcase_add_test(good, reads_a_teachers_week);
    tcase_add_test(good, reads_a_rooms_week);
    suite_add_tcase(suite, good);
    tcase_add_checked_fixture(bad, set_up, tear_down);
    tcase_add_loop_test(bad, refuses_the_week_for_one_bad_lesson, 0, POLY_LENGTH(bad_lessons));
    tcase_add_loop_test(bad, refuses_bad_days, 0, POLY_LENGTH(bad_days));
    tcase_add_loop_test(bad, refuses_another_week_than_asked_for, 0, POLY_LENGTH(bad_weeks));
    tcase_add_test(bad, refuses_half_an_answer);
    tcase_add_test(bad, bounds_a_week);
    tcase_add_test(bad, bounds_a_day);
    tcase_add_test(bad, bounds_a_lesson);
    tcase_add_test(bad, finds_errors_before_weeks);
    suite_add_tcase(suite, bad);
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

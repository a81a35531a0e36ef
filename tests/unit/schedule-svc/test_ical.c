/* SPDX-License-Identifier: MIT */
#include "ical.h"
#include "week_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MONDAY DATE(2026, 9, 7)
#define STAMP  INT64_C(1788249600) /* 2026-09-01T08:00:00Z */

static poly_arena *arena;
static poly_week first, second;
static const poly_week *weeks[2] = {&first, &second};
static ical_calendar calendar;
static poly_lesson physics;
static poly_strbuf out;

static void set_up(void)
{
    arena = poly_arena_create(0);
    first = week_from(arena, MONDAY);
    second = week_from(arena, DATE(2026, 9, 14));
    calendar = (ical_calendar){
        .kind = TIMETABLE_GROUP, .id = 501, .name = "5000001/10001", .weeks = weeks, .week_count = 2, .stamp = STAMP};
    physics = lesson_of("Физика", CLOCK(10, 0), CLOCK(11, 40));
    add_teacher(arena, &physics, 1, "Пробкина О. И.");
    add_room(arena, &physics, 31, "101", "Корпус");
    poly_strbuf_init(&out, 1 << 20);
}

static void tear_down(void)
{
    poly_strbuf_release(&out);
    poly_arena_destroy(&arena);
}

static const char *written(void)
{
    poly_strbuf_clear(&out);
    ck_assert_int_eq(ical_write(&calendar, &out), POLY_OK);
    return poly_strbuf_text(&out);
}

/* The text with its folds undone, in the arena. */
static const char *unfolded(void)
{
    char *text = poly_arena_strdup(arena, written()), *to = text;

    for (const char *from = text; *from;) {
        if (strncmp(from, "\r\n ", 3) == 0)
            from += 3;
        else
            *to++ = *from++;
    }
    *to = '\0';
    return text;
}

/* The value of the `index`-th UID, in the arena. */
static const char *identifier(size_t index)
{
    const char *at = unfolded();

    for (size_t i = 0; i <= index; i++) {
        at = strstr(at, "\r\nUID:");
        ck_assert_ptr_nonnull(at);
        at += 6;
    }
    return poly_arena_strndup(arena, at, strcspn(at, "\r"));
}

START_TEST(writes_a_calendar_without_events)
{
    const char *text = written();

    ck_assert_ptr_eq(strstr(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"), text);
    ck_assert_ptr_nonnull(strstr(text, "\r\nNAME:5000001/10001\r\nX-WR-CALNAME:5000001/10001\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nTZOFFSETFROM:+0400\r\nTZOFFSETTO:+0300\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"));
    ck_assert_ptr_null(strstr(text, "VEVENT"));
    ck_assert_ptr_null(strstr(text, "METHOD"));
}
END_TEST

START_TEST(writes_one_event_a_lesson)
{
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_ptr_nonnull(strstr(unfolded(), "\r\nDTSTAMP:20260901T080000Z\r\n"
                                             "DTSTART;TZID=Europe/Moscow:20260907T100000\r\n"
                                             "DTEND;TZID=Europe/Moscow:20260907T114000\r\n"
                                             "SUMMARY:Пр: Физика\r\n"
                                             "LOCATION:101\\, Корпус\r\n"
                                             "DESCRIPTION:Практика\\nПреподаватель: Пробкина О. И.\r\n"
                                             "CATEGORIES:Практика\r\n"
                                             "END:VEVENT\r\n"));
}
END_TEST

START_TEST(names_a_lesson_without_a_subject_by_its_type)
{
    physics.subject = "";
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_ptr_nonnull(strstr(unfolded(), "\r\nSUMMARY:Пр: Практика\r\n"));
}
END_TEST

START_TEST(escapes_text)
{
    physics.subject = "a,b;c\\d\ne\tf\x01g\x7fh\ri:j\"";
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_ptr_nonnull(strstr(unfolded(), "\r\nSUMMARY:Пр: a\\,b\\;c\\\\d\\ne fghi:j\"\r\n"));
}
END_TEST

START_TEST(links_to_the_course_or_the_webinar)
{
    physics.webinar_url = "https://w.example/a,b;c";
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_ptr_nonnull(strstr(unfolded(), "\r\nURL:https://w.example/a,b;c\r\n"));
    ck_assert_ptr_nonnull(strstr(unfolded(), "\\nВебинар: https://w.example/a\\,b\\;c\r\n"));
    first.days[0].lessons[0].lms_url = "https://l.example/я";
    ck_assert_ptr_nonnull(strstr(unfolded(), "\r\nURL:https://l.example/%D1%8F\r\n"));
}
END_TEST

/* Every length around the fold, in one, two and four byte characters. */
START_TEST(folds_between_characters)
{
    static const char *const characters[] = {"x", "я", "\xf0\x9f\x93\x9a"};
    const char *character = characters[_i];

    add_lesson(arena, &first, MONDAY, physics);
    for (size_t length = 1; length < 180; length++) {
        char *subject = poly_arena_alloc_zero(arena, 1, length * strlen(character) + 1);

        for (size_t i = 0; i < length; i++)
            memcpy(subject + i * strlen(character), character, strlen(character));
        first.days[0].lessons[0].subject = subject;
        for (const char *line = written(); *line;) {
            size_t size = strcspn(line, "\r");

            ck_assert_uint_le(size, 75);
            ck_assert(((unsigned char)line[0] & 0xc0) != 0x80);
            ck_assert(line[0] != ' ' || ((unsigned char)line[1] & 0xc0) != 0x80);
            ck_assert_mem_eq(line + size, "\r\n", 2);
            line += size + 2;
        }
        ck_assert_ptr_nonnull(strstr(unfolded(), poly_arena_printf(arena, "\r\nSUMMARY:Пр: %s\r\n", subject)));
    }
}
END_TEST

START_TEST(folds_what_is_no_utf8_too)
{
    char broken[300];

    memset(broken, 0x80, sizeof broken - 1);
    broken[sizeof broken - 1] = '\0';
    calendar.name = broken;
    ck_assert_ptr_nonnull(strstr(unfolded(), broken));
}
END_TEST

START_TEST(keeps_identifiers_when_rooms_and_teachers_change)
{
    const char *before;

    add_lesson(arena, &first, MONDAY, physics);
    before = identifier(0);
    add_room(arena, &first.days[0].lessons[0], 32, "102", "Корпус");
    first.days[0].lessons[0].teacher_count = 0;
    first.days[0].lessons[0].time_end = CLOCK(12, 0);
    first.days[0].lessons[0].additional_info = "Поток";
    first.days[0].lessons[0].type_id = 0;
    calendar.stamp++;
    calendar.name = "x";
    ck_assert_str_eq(identifier(0), before);
    ck_assert_uint_eq(strlen(before), 32 + strlen("@schedule-svc"));
}
END_TEST

START_TEST(gives_other_lessons_other_identifiers)
{
    const char *identifiers[7];

    add_lesson(arena, &first, MONDAY, physics);
    identifiers[0] = identifier(0);
    first.days[0].date = DATE(2026, 9, 8);
    identifiers[1] = identifier(0);
    first.days[0].lessons[0].time_start++;
    identifiers[2] = identifier(0);
    first.days[0].lessons[0].subject = "Физика ";
    identifiers[3] = identifier(0);
    first.days[0].lessons[0].type_name = "Лекции";
    identifiers[4] = identifier(0);
    calendar.id++;
    identifiers[5] = identifier(0);
    calendar.kind = TIMETABLE_ROOM;
    identifiers[6] = identifier(0);
    for (size_t i = 0; i < POLY_LENGTH(identifiers); i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(identifiers[i], identifiers[k]);
    }
}
END_TEST

START_TEST(numbers_equal_lessons)
{
    add_lesson(arena, &first, MONDAY, physics);
    add_lesson(arena, &first, MONDAY, lesson_of("Химия", CLOCK(10, 0), CLOCK(11, 40)));
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_str_ne(identifier(0), identifier(2));
    first.days[0].lessons[0].room_count = 0;
    ck_assert_str_ne(identifier(0), identifier(2));
}
END_TEST

START_TEST(keeps_identifiers_when_another_lesson_comes_in_between)
{
    const char *before;

    add_lesson(arena, &first, MONDAY, physics);
    before = identifier(0);
    first.day_count = 0;
    add_lesson(arena, &first, MONDAY, lesson_of("Анатомия", CLOCK(10, 0), CLOCK(11, 40)));
    add_lesson(arena, &first, MONDAY, physics);
    ck_assert_str_eq(identifier(1), before);
}
END_TEST

START_TEST(skips_weeks_that_are_not_known)
{
    weeks[0] = NULL;
    add_lesson(arena, &second, DATE(2026, 9, 14), physics);
    ck_assert_ptr_nonnull(strstr(unfolded(), "20260914T100000"));
    weeks[0] = &first;
}
END_TEST

START_TEST(gives_the_same_bytes_again)
{
    const char *before;

    add_lesson(arena, &first, MONDAY, physics);
    before = poly_arena_strdup(arena, written());
    ck_assert_str_eq(written(), before);
    ck_assert_ptr_nonnull(strstr(before, "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT60M\r\nX-PUBLISHED-TTL:PT60M\r\n"));
    calendar.refresh_minutes = 15;
    ck_assert_ptr_nonnull(strstr(written(), "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n"));
}
END_TEST

START_TEST(says_when_it_does_not_fit)
{
    poly_strbuf small;

    add_lesson(arena, &first, MONDAY, physics);
    poly_strbuf_init(&small, 300);
    ck_assert_int_eq(ical_write(&calendar, &small), POLY_TOO_LARGE);
    poly_strbuf_release(&small);
}
END_TEST

START_TEST(says_when_a_line_does_not_fit)
{
    size_t size = (1 << 20) + 1;
    char *info = poly_arena_alloc(arena, size + 1);
    poly_strbuf large;

    memset(info, 'x', size);
    info[size] = '\0';
    physics.additional_info = info;
    add_lesson(arena, &first, MONDAY, physics);
    poly_strbuf_init(&large, 8 << 20);
    ck_assert_int_eq(ical_write(&calendar, &large), POLY_TOO_LARGE);
    poly_strbuf_release(&large);
}
END_TEST

static poly_lesson full_lesson(void)
{
    poly_lesson lesson =
        lesson_of("Теория, практика; \\ и очень длинное название предмета, чтобы строку пришлось перенести",
                  CLOCK(10, 0), CLOCK(11, 40));

    lesson.type_abbr = "Лек";
    lesson.type_name = "Лекции";
    lesson.additional_info = "Поток";
    lesson.webinar_url = "https://w.example/1";
    lesson.lms_url = "https://l.example/курс?id=1&x=2;3,4";
    add_teacher(arena, &lesson, 1, "Пробкина О. И.");
    add_teacher(arena, &lesson, 2, "Пробкин П. П.");
    add_group(arena, &lesson, 501, "5000001/10001");
    add_group(arena, &lesson, 502, "5000001/10002");
    add_room(arena, &lesson, 31, "101", "Корпус проб");
    add_room(arena, &lesson, 32, "102 А", "Корпус проб");
    return lesson;
}

/* What a calendar program would see; check_calendar.py knows what went in. */
START_TEST(is_read_by_a_calendar_library)
{
    char path[] = "/tmp/test_ical_XXXXXX";
    poly_lesson bare = lesson_of("", CLOCK(8, 5), CLOCK(9, 0));
    int file = mkstemp(path), status;

    ck_assert_int_ge(file, 0);
    bare.type_abbr = bare.type_name = "";
    calendar.name = "Группа 5000001/10001, п/г 1; \\ и другие";
    add_lesson(arena, &first, MONDAY, full_lesson());
    add_lesson(arena, &first, MONDAY, physics);
    add_lesson(arena, &second, DATE(2026, 9, 14), bare);
    written();
    ck_assert_int_eq(write(file, out.data, out.size), (ssize_t)out.size);
    ck_assert_int_eq(close(file), 0);
    status = system(poly_arena_printf(arena, "/usr/bin/python3 -B tests/unit/schedule-svc/check_calendar.py %s", path));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ical");
    TCase *format = tcase_create("format");

    tcase_add_checked_fixture(format, set_up, tear_down);
    tcase_set_timeout(format, 60);
    tcase_add_test(format, writes_a_calendar_without_events);
    tcase_add_test(format, writes_one_event_a_lesson);
    tcase_add_test(format, names_a_lesson_without_a_subject_by_its_type);
    tcase_add_test(format, escapes_text);
    tcase_add_test(format, links_to_the_course_or_the_webinar);
    tcase_add_loop_test(format, folds_between_characters, 0, 3);
    tcase_add_test(format, folds_what_is_no_utf8_too);
    tcase_add_test(format, keeps_identifiers_when_rooms_and_teachers_change);
    tcase_add_test(format, gives_other_lessons_other_identifiers);
    tcase_add_test(format, numbers_equal_lessons);
    tcase_add_test(format, keeps_identifiers_when_another_lesson_comes_in_between);
    tcase_add_test(format, skips_weeks_that_are_not_known);
    tcase_add_test(format, gives_the_same_bytes_again);
    tcase_add_test(format, says_when_it_does_not_fit);
    tcase_add_test(format, says_when_a_line_does_not_fit);
    tcase_add_test(format, is_read_by_a_calendar_library);
    suite_add_tcase(suite, format);
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

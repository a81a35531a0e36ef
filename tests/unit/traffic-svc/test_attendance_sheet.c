/* SPDX-License-Identifier: MIT */
#include "attendance_sheet.h"

#include <string.h>

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

static const attendance_entry entries[] = {
    {.student_external_id = "s1",
     .student_name = "Анна",
     .status = ATTENDANCE_PRESENT,
     .source = "qr",
     .marked_at = "2026-11-28T20:59:59Z"},
    {.student_external_id = "s2",
     .student_name = "=1+1",
     .status = ATTENDANCE_EXCUSED,
     .source = "manual",
     .marked_at = "2026-11-28T21:00:00Z"},
};

START_TEST(each_attendee_is_a_row)
{
    poly_sheet sheet = attendance_sheet(entries, 2, POLY_RUSSIAN, arena);
    const char *const expected[] = {"1", "Анна", "s1", "присутствовал",        "2026-11-28 23:59:59", "по QR-коду",
                                    "2", "=1+1", "s2", "уважительная причина", "2026-11-29 00:00:00", "вручную"};

    ck_assert_uint_eq(sheet.row_count, 2);
    ck_assert_uint_eq(sheet.column_count, 6);
    for (size_t i = 0; i < POLY_LENGTH(expected); i++)
        ck_assert_str_eq(sheet.cells[i], expected[i]);
}
END_TEST

START_TEST(in_english_too)
{
    poly_sheet sheet = attendance_sheet(entries, 1, POLY_ENGLISH, arena);

    ck_assert_str_eq(sheet.columns[1], "Student");
    ck_assert_str_eq(sheet.cells[3], "present");
    ck_assert_str_eq(sheet.cells[5], "by QR code");
    ck_assert_uint_eq(attendance_sheet(NULL, 0, POLY_ENGLISH, arena).row_count, 0);
}
END_TEST

START_TEST(the_file_is_called_after_subject_and_day)
{
    const lesson_session session = {.discipline = "A/B: \"C\"\n\\..", .started_at = "2026-11-28T22:00:00Z"};

    ck_assert_str_eq(attendance_file(&session, "csv", POLY_ENGLISH, arena),
                     "attachment; filename=\"attendance-2026-11-29.csv\"; "
                     "filename*=UTF-8''Attendance%2C%20A%20B%20C%20..%2C%202026-11-29.csv");
}
END_TEST

START_TEST(a_long_subject_is_cut)
{
    char discipline[2 * 300 + 1] = "";
    lesson_session session = {.discipline = discipline, .started_at = "2026-11-28T22:00:00Z"};

    for (int i = 0; i < 300; i++)
        strcat(discipline, "ж");
    ck_assert_uint_lt(strlen(attendance_file(&session, "xlsx", POLY_RUSSIAN, arena)), 900);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/attendance_sheet");
    TCase *tests = add_case(suite, "sheets");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_attendee_is_a_row);
    tcase_add_test(tests, in_english_too);
    tcase_add_test(tests, the_file_is_called_after_subject_and_day);
    tcase_add_test(tests, a_long_subject_is_cut);
    return run_suite(suite);
}

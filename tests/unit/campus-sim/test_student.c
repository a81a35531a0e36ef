/* SPDX-License-Identifier: MIT */
/* The campus's students, their marks, and CAS's tickets. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "grade_sheet.h"
#include "student.h"
#include "ticket_table.h"

static struct campus *campus;

static void set_up(void)
{
    campus = campus_create(2026, false);
}

static void tear_down(void)
{
    campus_destroy(&campus);
}

START_TEST(demo_students_are_in_every_year)
{
    static const unsigned levels[] = {1, 2, 3, 4, 1, 2};
    campus_student student;
    char login[16] = "student1";

    for (unsigned i = 0; i < CAMPUS_DEMO_STUDENTS; i++) {
        login[7] = (char)('1' + i);
        ck_assert(student_find(campus, login, &student));
        ck_assert_uint_eq(student.group->level, levels[i]);
        ck_assert_int_eq(campus_faculties[student.group->faculty].id, CAMPUS_DEMO_FACULTY_ID);
        ck_assert_int_eq(student.group->kind, i < 4 ? CAMPUS_BACHELOR : CAMPUS_MASTER);
        ck_assert_str_eq(student.login, login);
    }
    ck_assert(student_find(campus, "student4", &student));
    ck_assert_str_eq(student.group->name, CAMPUS_DEMO_GROUP);
}
END_TEST

START_TEST(logins)
{
    static const char *const nobody[] = {"",          "student0", "student7",   "student",   "student11", "st4130700",
                                         "st4130726", "st413071", "st41307001", "st-413071", "st+413071", "st 413071",
                                         "st9999901", "Student4", "student4 ",  "xstudent4"};
    campus_student one, other;

    for (size_t i = 0; i < POLY_LENGTH(nobody); i++)
        ck_assert_msg(!student_find(campus, nobody[i], &one), "%s", nobody[i]);
    ck_assert(student_find(campus, "st4130701", &one) && student_find(campus, "st4130725", &other));
    ck_assert_int_eq(one.group->id, 41307);
    ck_assert_str_ne(one.id, other.id);
    ck_assert(student_has_password(&one, "p-", "p-st4130701"));
    ck_assert(!student_has_password(&one, "p-", "p-st4130702"));
    ck_assert(!student_has_password(&one, "p-", "p-"));
    ck_assert(!student_has_password(&one, "p-", ""));
}
END_TEST

START_TEST(marks_follow_from_the_seed)
{
    static grade first[GRADE_SHEET_MAX], second[GRADE_SHEET_MAX];
    campus_student student;
    size_t count;

    ck_assert(student_find(campus, "student4", &student));
    count = grade_sheet_make(campus, &student, first);
    ck_assert_uint_gt(count, 50);
    ck_assert_uint_eq(grade_sheet_make(campus, &student, second), count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(first[i].discipline, second[i].discipline);
        ck_assert_int_eq(poly_date_compare(first[i].date, second[i].date), 0);
        ck_assert_int_le(first[i].semester, 8);
    }
}
END_TEST

START_TEST(marks_have_their_oddities)
{
    static grade grades[GRADE_SHEET_MAX];
    campus_student student;
    size_t failed = 0, electives = 0, dated = 0;

    ck_assert(student_find(campus, "student2", &student));
    for (size_t i = grade_sheet_make(campus, &student, grades); i-- > 0;)
        failed += strcmp(grades[i].mark, "Неудовлетворительно") == 0;
    ck_assert_uint_ge(failed, 3);
    ck_assert(student_find(campus, "student3", &student));
    for (size_t i = grade_sheet_make(campus, &student, grades); i-- > 0;)
        electives += grades[i].semester == 0;
    ck_assert_uint_eq(electives, 2);
    ck_assert(student_find(campus, "student6", &student));
    for (size_t i = grade_sheet_make(campus, &student, grades); i-- > 0;)
        dated += grades[i].semester >= 1 && grades[i].semester <= 2 && grades[i].date.year;
    ck_assert_uint_eq(dated, 0);
}
END_TEST

START_TEST(tickets_are_used_once)
{
    ticket_table *table = ticket_table_create();
    char ticket[TICKET_SIZE], other[TICKET_SIZE], user[TICKET_USER_SIZE];

    ticket_table_issue(table, "student4", "http://a", ticket);
    ticket_table_issue(table, "student4", "http://a", other);
    ck_assert_int_eq(strncmp(ticket, "ST-", 3), 0);
    ck_assert_str_ne(ticket, other);
    ck_assert_int_eq(ticket_table_take(table, ticket, "http://a", user), POLY_OK);
    ck_assert_str_eq(user, "student4");
    ck_assert_int_eq(ticket_table_take(table, ticket, "http://a", user), POLY_NOT_FOUND);
    ck_assert_int_eq(ticket_table_take(table, other, "http://b", user), POLY_CONFLICT);
    ck_assert_int_eq(ticket_table_take(table, other, "http://a", user), POLY_NOT_FOUND);
    ck_assert_int_eq(ticket_table_take(table, "", "http://a", user), POLY_NOT_FOUND);
    ticket_table_destroy(&table);
    ck_assert_ptr_null(table);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("student");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, demo_students_are_in_every_year);
    tcase_add_test(tcase, logins);
    tcase_add_test(tcase, marks_follow_from_the_seed);
    tcase_add_test(tcase, marks_have_their_oddities);
    tcase_add_test(tcase, tickets_are_used_once);
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

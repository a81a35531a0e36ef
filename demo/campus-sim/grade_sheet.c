/* SPDX-License-Identifier: MIT */
#include "grade_sheet.h"

#include <string.h>

/* What demo/README.md promises of the demo students. */
enum { SAYS_NO_DATES = 1, HAS_RETAKES = 2, HAS_ELECTIVES = 3, LACKS_A_YEARS_DATES = 6 };

#define LEAST_COURSES    6
#define MORE_COURSES     3
#define HOURS_PER_CREDIT 36

static const char exam[] = "Экзамен", credit[] = "Зачет", graded_credit[] = "Дифференцированный зачет",
                  project[] = "Курсовой проект";
static const char passed[] = "Зачтено", failed[] = "Неудовлетворительно", absent[] = "Неявка";

struct sheet {
    const struct campus *campus;
    const campus_student *student;
    campus_dice dice;
    grade *grades;
    size_t count;
};

static grade *add(struct sheet *sheet, const grade *added)
{
    grade *place = &sheet->grades[sheet->count < GRADE_SHEET_MAX ? sheet->count++ : GRADE_SHEET_MAX - 1];

    *place = *added;
    return place;
}

/* The academic year of a semester: the last one is the campus's present year. */
static int year_of(const campus_student *student, int semester)
{
    int first_year = CAMPUS_YEAR - student->group->level + 1;

    return first_year + (semester - 1) / 2;
}

static poly_date date_of(struct sheet *sheet, int semester, bool is_exam)
{
    int year = year_of(sheet->student, semester);
    int8_t within = (int8_t)campus_dice_below(&sheet->dice, 16);

    if (semester % 2 == 1)
        return is_exam ? (poly_date){(int16_t)(year + 1), 1, (int8_t)(10 + within)}
                       : (poly_date){(int16_t)year, 12, (int8_t)(14 + within)};
    return is_exam ? (poly_date){(int16_t)(year + 1), 6, (int8_t)(8 + within)}
                   : (poly_date){(int16_t)(year + 1), 5, (int8_t)(14 + within)};
}

static const char *mark_of(struct sheet *sheet, const char *control)
{
    static const char *const marks[] = {"Отлично", "Отлично", "Хорошо", "Хорошо", "Удовлетворительно"};

    return control == credit ? passed : marks[campus_dice_below(&sheet->dice, POLY_LENGTH(marks))];
}

static void set_teacher(struct sheet *sheet, grade *of)
{
    campus_name name;

    campus_name_draw(&sheet->dice, &name);
    campus_name_abbreviate(&name, of->teacher, sizeof(of->teacher));
}

/* The first attempt fails, the second is in the next term. */
static void add_failed_attempts(struct sheet *sheet, grade *of)
{
    grade attempt = *of;

    attempt.mark = of->control == exam ? failed : absent;
    add(sheet, &attempt);
    if (of->date.year)
        of->date = poly_date_add_days(of->date, 30 + (int)campus_dice_below(&sheet->dice, 80));
}

static bool is_present_term(const struct sheet *sheet, int semester)
{
    return semester == 2 * sheet->student->group->level;
}

static bool lacks_date(struct sheet *sheet, int semester)
{
    unsigned demo = sheet->student->demo;

    if (is_present_term(sheet, semester))
        return true;
    if (demo == LACKS_A_YEARS_DATES && semester <= 2)
        return true;
    if (demo == SAYS_NO_DATES && semester == 1)
        return campus_dice_below(&sheet->dice, 2) == 0;
    return campus_dice_permille(&sheet->dice, 60);
}

static void add_course(struct sheet *sheet, int semester, size_t subject, unsigned place)
{
    const char *control = place < 3 ? exam : place == 3 ? graded_credit : place == 4 && semester > 2 ? project : credit;
    grade made = {.discipline = campus_subjects[subject].title, .semester = semester, .control = control};
    bool has_no_date = lacks_date(sheet, semester);
    bool retaken;

    made.credits = 2 + (int)campus_dice_below(&sheet->dice, 4);
    made.hours = made.credits * HOURS_PER_CREDIT;
    made.date = date_of(sheet, semester, control == exam);
    made.mark = mark_of(sheet, control);
    set_teacher(sheet, &made);
    retaken = sheet->student->demo == HAS_RETAKES ? place == 0 : campus_dice_permille(&sheet->dice, 40);
    if (has_no_date)
        made.date = (poly_date){0};
    if (is_present_term(sheet, semester))
        made.mark = "";
    else if (retaken)
        add_failed_attempts(sheet, &made);
    add(sheet, &made);
}

static void add_term(struct sheet *sheet, int semester)
{
    unsigned courses = LEAST_COURSES + campus_dice_below(&sheet->dice, MORE_COURSES);
    size_t first = CAMPUS_SUBJECT_PROFESSIONAL_LANGUAGE + 1;
    size_t start = campus_dice_below(&sheet->dice, (uint32_t)(campus_subject_count - first));

    for (unsigned i = 0; i < courses; i++)
        add_course(sheet, semester, first + (start + i * 7) % (campus_subject_count - first), i);
    add_course(sheet, semester, CAMPUS_SUBJECT_SPORT, courses);
}

/* Optional courses: of no term, one with a date and one without. */
static void add_electives(struct sheet *sheet)
{
    grade made = {.discipline = "Факультатив: история Политехнического университета",
                  .control = credit,
                  .mark = passed,
                  .hours = HOURS_PER_CREDIT,
                  .credits = 1};

    set_teacher(sheet, &made);
    made.date = (poly_date){(int16_t)(CAMPUS_YEAR - 1), 11, 20};
    add(sheet, &made);
    made.discipline = "Факультатив: русский жестовый язык";
    made.date = (poly_date){0};
    set_teacher(sheet, &made);
    add(sheet, &made);
}

size_t grade_sheet_make(const struct campus *campus, const campus_student *student, grade grades[GRADE_SHEET_MAX])
{
    struct sheet sheet = {.campus = campus, .student = student, .grades = grades};

    sheet.dice.state = campus_hash(campus->seed, 'G', (uint64_t)student->group->id, student->number);
    for (int semester = 1; semester <= 2 * student->group->level; semester++)
        add_term(&sheet, semester);
    if (student->demo == HAS_ELECTIVES || student->group->level >= HAS_ELECTIVES)
        add_electives(&sheet);
    return sheet.count;
}

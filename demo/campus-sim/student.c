/* SPDX-License-Identifier: MIT */
#include "student.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_BACHELORS 4

/* The group of the n-th demo student. */
static const campus_group *demo_group(const struct campus *campus, unsigned demo)
{
    uint8_t kind = demo <= DEMO_BACHELORS ? CAMPUS_BACHELOR : CAMPUS_MASTER;
    unsigned level = demo <= DEMO_BACHELORS ? demo : demo - DEMO_BACHELORS;
    campus_range all = campus->faculty_groups[campus_find_faculty(CAMPUS_DEMO_FACULTY_ID)];

    if (demo == DEMO_BACHELORS)
        return &campus->groups[campus->demo_group];
    for (uint32_t i = all.first; i < all.first + all.count; i++) {
        const campus_group *group = &campus->groups[i];

        if (group->kind == kind && group->level == level && group->type == CAMPUS_COMMON)
            return group;
    }
    return &campus->groups[campus->demo_group];
}

/* "student4" or "st4130701"; no sign, space or zero too many. */
static bool find_place(const struct campus *campus, const char *login, campus_student *student)
{
    unsigned group_id, number;
    int length = 0;

    if (sscanf(login, "student%1u%n", &student->demo, &length) == 1 && !login[length] && student->demo >= 1 &&
        student->demo <= CAMPUS_DEMO_STUDENTS) {
        student->group = demo_group(campus, student->demo);
        student->number = CAMPUS_GROUP_STUDENTS + 1;
        return true;
    }
    student->demo = 0;
    if (strlen(login) != 9 || strspn(login + 2, "0123456789") != 7 ||
        sscanf(login, "st%5u%2u", &group_id, &number) != 2 || campus_find_group(group_id) == CAMPUS_NONE)
        return false;
    student->group = &campus->groups[campus_find_group(group_id)];
    student->number = number;
    return number >= 1 && number <= CAMPUS_GROUP_STUDENTS;
}

bool student_find(const struct campus *campus, const char *login, campus_student *student)
{
    campus_dice dice;
    campus_name name;

    *student = (campus_student){0};
    if (!find_place(campus, login, student))
        return false;
    dice.state = campus_hash(campus->seed, 'S', (uint64_t)student->group->id, student->number);
    campus_name_draw(&dice, &name);
    snprintf(student->login, sizeof(student->login), "%s", login);
    snprintf(student->id, sizeof(student->id), "%d%02u", student->group->id, student->number);
    snprintf(student->email, sizeof(student->email), "%s@edu.campus.example", login);
    snprintf(student->full_name, sizeof(student->full_name), "%s %s %s", name.surname, name.given, name.patronymic);
    snprintf(student->grade_book_number, sizeof(student->grade_book_number), "%d%06u",
             CAMPUS_YEAR - student->group->level + 1, campus_dice_below(&dice, 1000000));
    return true;
}

bool student_has_password(const campus_student *student, const char *prefix, const char *password)
{
    size_t size = strlen(prefix);

    return strncmp(password, prefix, size) == 0 && strcmp(password + size, student->login) == 0;
}

/* SPDX-License-Identifier: MIT */
#include "student.h"

#include <string.h>

#include "poly/text.h"

#define VALUE_MAX 512

/* What CAS may call each of them. The first is what ours calls it. */
static const struct {
    size_t offset;
    const char *names[6];
} fields[] = {
    {offsetof(student_profile, id), {"student_id", "studentId", "uid", "id"}},
    {offsetof(student_profile, email), {"email", "mail"}},
    {offsetof(student_profile, name), {"name", "full_name", "fullName", "displayName", "cn"}},
    {offsetof(student_profile, study_group), {"study_group_str", "studyGroup", "group"}},
    {offsetof(student_profile, grade_book_number), {"grade_book_number", "gradeBookNumber"}},
    {offsetof(student_profile, faculty_abbr), {"faculty_abbr", "facultyAbbr", "faculty"}},
};

static const char **member(student_profile *of, size_t field)
{
    return (const char **)(void *)((char *)of + fields[field].offset);
}

void student_init(student_profile *student)
{
    for (size_t i = 0; i < POLY_LENGTH(fields); i++)
        *member(student, i) = "";
}

static bool is_usable(const char *value)
{
    size_t size = strnlen(value, VALUE_MAX + 1);

    if (size > VALUE_MAX || !poly_text_is_utf8(value, size))
        return false;
    for (const char *at = value; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    return true;
}

bool student_take(student_profile *student, const char *name, const char *value, poly_arena *arena)
{
    for (size_t i = 0; i < POLY_LENGTH(fields); i++) {
        for (size_t n = 0; n < POLY_LENGTH(fields[i].names) && fields[i].names[n]; n++) {
            if (strcmp(fields[i].names[n], name) != 0)
                continue;
            if (!is_usable(value))
                return false;
            if (n == 0 || !**member(student, i))
                *member(student, i) = poly_arena_strdup(arena, value);
            return true;
        }
    }
    return true;
}

bool student_take_all(student_profile *student, const poly_json *object, poly_arena *arena)
{
    for (const poly_json *value = poly_json_first(object); value; value = poly_json_next(value)) {
        int64_t number;
        const char *text = poly_json_text(value, NULL);

        if (!text && poly_json_int(value, 0, (INT64_C(1) << 53) - 1, &number))
            text = poly_arena_printf(arena, "%lld", (long long)number);
        if (text && !student_take(student, poly_json_name(value), text, arena))
            return false;
    }
    return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * The university's list of teachers, put in order: who on it is a person, and under which name.
 */
#ifndef TRAFFIC_TEACHER_LIST_H
#define TRAFFIC_TEACHER_LIST_H

#include "poly/timetable.h"

enum { TEACHER_NAME_CHARACTERS = 200 }; /* as sso-svc has it */
#define TEACHER_RUZ_ID_MAX INT32_MAX    /* the same */

typedef struct listed_teacher {
    int64_t ruz_id;
    const char *full_name;
} listed_teacher;

typedef struct teacher_list {
    const listed_teacher *items; /* by ruz_id, each once */
    size_t count;
    size_t fetched; /* what the source had, skipped entries included */
    size_t skipped;
} teacher_list;

/*
 * Whether a squeezed name is a person's: two parts at least, no digit, and none of the words and marks by which an
 * entry is told from people, such as "Удалить", "Вакансия" or "№".
 */
bool teacher_name_is_person(const char *name);

/* Whom the source lists; of several entries with one id the first that is a person counts. In the arena. */
teacher_list teacher_list_of(const poly_teacher *source, size_t count, poly_arena *arena);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * RUZ's answers, with its field names and its oddities. Each function appends one JSON document. An id is taken as
 * text, as it stands in the path: what is no id of anything gets RUZ's kind of error, which has status 200.
 * Any thread.
 */
#ifndef CAMPUS_RUZ_H
#define CAMPUS_RUZ_H

#include "campus.h"

#include "poly/strbuf.h"

#define RUZ_MAX_ANSWER (UINT32_C(64) << 20)

typedef struct ruz_options {
    bool dotted_days; /* days[].date as "2026.09.01" */
    poly_date today;  /* what a request without a date asks for */
} ruz_options;

void ruz_faculties(const struct campus *campus, poly_strbuf *out);
void ruz_faculty(const struct campus *campus, const char *id, poly_strbuf *out);
void ruz_faculty_groups(const struct campus *campus, const char *id, poly_strbuf *out);
void ruz_teachers(const struct campus *campus, poly_strbuf *out);
void ruz_teacher(const struct campus *campus, const char *id, poly_strbuf *out);
void ruz_buildings(const struct campus *campus, poly_strbuf *out);
void ruz_building_rooms(const struct campus *campus, const char *id, poly_strbuf *out);

/* `query` may be NULL; nothing matches it then. */
void ruz_search_groups(const struct campus *campus, const char *query, poly_strbuf *out);
void ruz_search_teachers(const struct campus *campus, const char *query, poly_strbuf *out);
void ruz_search_rooms(const struct campus *campus, const char *query, poly_strbuf *out);

/* `date` may be NULL. */
void ruz_group_week(const struct campus *campus, const ruz_options *options, const char *id, const char *date,
                    poly_strbuf *out);
void ruz_teacher_week(const struct campus *campus, const ruz_options *options, const char *id, const char *date,
                      poly_strbuf *out);
void ruz_room_week(const struct campus *campus, const ruz_options *options, const char *building_id, const char *id,
                   const char *date, poly_strbuf *out);

/* RUZ's errors, which have status 200: {"error":true,"text":"<what>: <whose><verdict>"}. */
void ruz_error(poly_strbuf *out, const char *what, const char *whose, const char *verdict);
/* {"error":true,"text":"Группа: 999999 не найден"}. */
void ruz_not_found(const char *what, const char *id, poly_strbuf *out);
#define RUZ_GROUP    "Группа"
#define RUZ_TEACHER  "Преподаватель"
#define RUZ_FACULTY  "Факультет"
#define RUZ_BUILDING "Здание"
#define RUZ_ROOM     "Аудитория"

#endif

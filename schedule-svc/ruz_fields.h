/* SPDX-License-Identifier: MIT */
/*
 * The parts that RUZ's answers are made of. For ruz_*.c only. A function that answers false has set the parse's
 * reason; what it wrote into its results until then is of no use.
 */
#ifndef SCHEDULE_RUZ_FIELDS_H
#define SCHEDULE_RUZ_FIELDS_H

#include "poly/timetable.h"

typedef struct ruz_parse {
    poly_arena *arena;
    const char *reason;
    poly_strbuf scratch;
} ruz_parse;

bool ruz_fail(ruz_parse *parse, const char *reason); /* always false */

/* Squeezed; "" for a string that is null or missing. */
bool ruz_parse_text(ruz_parse *parse, const poly_json *object, const char *name, const char **out) POLY_MUST_CHECK;
/* "" unless it is an http or https address without white space and quotes. */
bool ruz_parse_link(ruz_parse *parse, const poly_json *object, const char *name, const char **out) POLY_MUST_CHECK;
bool ruz_parse_id(ruz_parse *parse, const poly_json *object, int64_t *out) POLY_MUST_CHECK; /* member "id", > 0 */
/* A number that only informs: 0 when it is null, missing or not a whole number in 0..max. */
bool ruz_parse_number(ruz_parse *parse, const poly_json *object, const char *name, int max, int *out) POLY_MUST_CHECK;
bool ruz_parse_date(ruz_parse *parse, const poly_json *object, const char *name, poly_date *out) POLY_MUST_CHECK;
bool ruz_parse_clock(ruz_parse *parse, const poly_json *object, const char *name, int *out) POLY_MUST_CHECK;

/* An object each; `out` is the struct of the function's name. */
typedef bool ruz_entry_parser(ruz_parse *parse, const poly_json *object, void *out);
ruz_entry_parser ruz_parse_faculty;  /* poly_faculty */
ruz_entry_parser ruz_parse_group;    /* poly_group, faculty optional */
ruz_entry_parser ruz_parse_teacher;  /* poly_teacher */
ruz_entry_parser ruz_parse_building; /* poly_building */
ruz_entry_parser ruz_parse_room;     /* poly_room, building optional */

/* The array `list` (null or missing: empty) of at most `max` entries of `size` bytes, into the arena. */
bool ruz_parse_entries(ruz_parse *parse, const poly_json *list, size_t max, ruz_entry_parser *entry, size_t size,
                       void **items, size_t *count) POLY_MUST_CHECK;

/* Members "week" and "days" of an answer (ruz_week.c). */
bool ruz_parse_week(ruz_parse *parse, const poly_json *answer, poly_date asked, poly_week *week) POLY_MUST_CHECK;

#endif

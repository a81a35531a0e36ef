/* SPDX-License-Identifier: MIT */
/*
 * RUZ's answers, turned into the platform's timetable. Strict about structure: HTML, truncated JSON, a missing id, a
 * field of another type, a bad date or time, an answer about something else than was asked, or one over a limit makes
 * the whole answer POLY_BAD_ANSWER, so that nobody is ever shown half a week. Lenient about what RUZ is known to do:
 *
 *   - null or missing strings become "", null or missing arrays inside a lesson become empty;
 *   - dates come dotted or dashed; a day's number is computed from its date;
 *   - white space in names is squeezed; links that are not http or https become "";
 *   - a lesson's copies in one slot that differ only in rooms, or only in groups, become one lesson;
 *   - days are sorted, two of one date are joined, days without lessons are dropped;
 *   - lessons are sorted by start, end and subject; their groups and rooms by name, without repetitions.
 *
 * Limits: 8 MiB an answer, 4 KiB a string, 64 days (with repetitions), 200 lessons a day, 64 teachers and 512 groups or
 * rooms a lesson, 100,000 entries a list.
 *
 * Results live in the reader's arena; after a failure they are not touched. A reader belongs to one thread at a time.
 */
#ifndef SCHEDULE_RUZ_READ_H
#define SCHEDULE_RUZ_READ_H

#include "poly/timetable.h"

typedef struct ruz_reader {
    poly_arena *arena;
    const char *reason; /* why the last call failed, for the log: a short phrase or RUZ's own text; static or in the
                           arena; "" after success */
} ruz_reader;

/*
 * What every reader below answers:
 * POLY_OK          the results are filled in;
 * POLY_NOT_FOUND   RUZ says {"error":true,"text":"… не найден…"}, with whatever HTTP status;
 * POLY_REJECTED    RUZ says {"error":true} with another text;
 * POLY_BAD_ANSWER  anything else that breaks the contract above.
 */

/* {"faculties":[…]} */
poly_result ruz_read_faculties(ruz_reader *reader, poly_slice answer, poly_faculty **faculties,
                               size_t *count) POLY_MUST_CHECK;
/* {"faculty":{…},"groups":[…]}: the groups come back with the faculty's id, name and abbreviation. */
poly_result ruz_read_faculty_groups(ruz_reader *reader, poly_slice answer, int64_t faculty_id, poly_faculty *faculty,
                                    poly_group **groups, size_t *count) POLY_MUST_CHECK;
/* {"teachers":[…]}, of the list and of a search */
poly_result ruz_read_teachers(ruz_reader *reader, poly_slice answer, poly_teacher **teachers,
                              size_t *count) POLY_MUST_CHECK;
/* {"buildings":[…]} */
poly_result ruz_read_buildings(ruz_reader *reader, poly_slice answer, poly_building **buildings,
                               size_t *count) POLY_MUST_CHECK;
/* {"building":{…},"rooms":[…]}: the rooms come back with the building's id, name and abbreviation. */
poly_result ruz_read_building_rooms(ruz_reader *reader, poly_slice answer, int64_t building_id, poly_building *building,
                                    poly_room **rooms, size_t *count) POLY_MUST_CHECK;
/* {"groups":[…]} of a search, each with its faculty; null when nothing matches. */
poly_result ruz_read_found_groups(ruz_reader *reader, poly_slice answer, poly_group **groups,
                                  size_t *count) POLY_MUST_CHECK;

/* One, either bare or as the member "group" / "teacher": a week's answer will do. */
poly_result ruz_read_group(ruz_reader *reader, poly_slice answer, int64_t group_id, poly_group *group) POLY_MUST_CHECK;
poly_result ruz_read_teacher(ruz_reader *reader, poly_slice answer, int64_t teacher_id,
                             poly_teacher *teacher) POLY_MUST_CHECK;

/*
 * {"week","days"} and the subject of the timetable, whose id must be the one asked for. `date` must fall into the
 * week, which starts on a Monday, ends at most six days later, and holds all its days.
 */
poly_result ruz_read_group_week(ruz_reader *reader, poly_slice answer, int64_t group_id, poly_date date,
                                poly_group *group, poly_week *week) POLY_MUST_CHECK;
poly_result ruz_read_teacher_week(ruz_reader *reader, poly_slice answer, int64_t teacher_id, poly_date date,
                                  poly_teacher *teacher, poly_week *week) POLY_MUST_CHECK;
poly_result ruz_read_room_week(ruz_reader *reader, poly_slice answer, int64_t building_id, int64_t room_id,
                               poly_date date, poly_room *room, poly_week *week) POLY_MUST_CHECK;

/* For an answer whose HTTP status says failure: POLY_NOT_FOUND, POLY_REJECTED, or POLY_BAD_ANSWER if it is not RUZ's.
 */
poly_result ruz_read_error(ruz_reader *reader, poly_slice answer) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * RUZ's answers, from the bytes to everything that is made of them. The first byte says which answer it is to be, so
 * that the seeds are that byte and JSON behind it: 'f' faculties, 'g' a faculty's groups, 't' teachers, 'b' buildings,
 * 'r' a building's rooms, 'G' 'T' 'R' the week of a group, teacher, room; any other an error.
 *
 * Ids and the date asked for are fixed: 7, building 3, Wednesday 2026-09-09.
 */
#include "schedule-svc/change_log.h"
#include "schedule-svc/free_rooms.h"
#include "schedule-svc/ical.h"
#include "schedule-svc/ruz_read.h"
#include "schedule-svc/search_index.h"
#include "schedule-svc/week_diff.h"

#include <stdlib.h>
#include <string.h>

#define ASKED_ID       7
#define ASKED_BUILDING 3
#define ROOM_FOR_TEXT  ((size_t)64 << 20)

static const poly_date asked_date = {2026, 9, 9};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static char *week_as_json(poly_arena *arena, const poly_week *week, poly_timetable_form form)
{
    poly_strbuf out;
    poly_json_writer writer;
    char *text;

    poly_strbuf_init(&out, ROOM_FOR_TEXT);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    poly_week_write(&writer, week, form);
    poly_json_end_object(&writer);
    require(!out.overflowed);
    text = poly_arena_strndup(arena, poly_strbuf_text(&out), out.size);
    poly_strbuf_release(&out);
    return text;
}

/* What was taken from RUZ keeps the platform's contract: its own reader takes it, and gives the same back. */
static void check_round_trip(poly_arena *arena, const poly_week *week, poly_timetable_form form)
{
    const poly_json_limits limits = {.max_size = ROOM_FOR_TEXT};
    char *text = week_as_json(arena, week, form);
    poly_json *document;
    poly_week again;

    require(poly_json_parse(text, strlen(text), &limits, &document, NULL) == POLY_OK);
    require(poly_week_read(document, arena, &again) == POLY_OK);
    poly_json_destroy(&document);
    require(strcmp(week_as_json(arena, &again, form), text) == 0);
}

static void check_order(const poly_week *week)
{
    require(poly_date_weekday(week->date_start) == 1 && week->day_count <= 7);
    for (size_t d = 0; d < week->day_count; d++) {
        const poly_day *day = &week->days[d];

        require(day->lesson_count >= 1 && day->lesson_count <= 200);
        require(d == 0 || poly_date_compare(week->days[d - 1].date, day->date) < 0);
        for (size_t i = 0; i < day->lesson_count; i++) {
            require(day->lessons[i].time_start < day->lessons[i].time_end);
            require(i == 0 || day->lessons[i - 1].time_start <= day->lessons[i].time_start);
        }
    }
}

static void check_calendar(const poly_week *week)
{
    const poly_week *const weeks[] = {week};
    const ical_calendar calendar = {TIMETABLE_GROUP, ASKED_ID, "x", weeks, 1, 0, 0};
    poly_strbuf out;
    size_t column = 0;

    poly_strbuf_init(&out, ROOM_FOR_TEXT);
    if (ical_write(&calendar, &out) == POLY_OK) {
        for (size_t i = 0; i < out.size; i++) {
            column = out.data[i] == '\n' ? 0 : column + 1;
            require(column <= 76 && (out.data[i] != '\r' || out.data[i + 1] == '\n'));
        }
    }
    poly_strbuf_release(&out);
}

static void check_changes(poly_arena *arena, const poly_week *week)
{
    const change_source source = {TIMETABLE_GROUP, ASKED_ID, "x"};
    poly_week empty = {week->date_start, week->date_end, week->is_odd, NULL, 0};
    week_change *changes;
    size_t count;
    change_log *log = change_log_create(NULL), *copy = change_log_create(NULL);
    poly_strbuf saved;

    require(week_diff(week, week, week->date_start, arena, &changes, &count) == POLY_OK && count == 0);
    require(week_diff(week, &empty, week->date_start, arena, &changes, &count) == POLY_OK);
    change_log_add(log, &source, changes, count, 0);
    poly_strbuf_init(&saved, ROOM_FOR_TEXT);
    require(change_log_save(log, &saved) == POLY_OK);
    require(change_log_load(copy, (poly_slice){saved.data, saved.size}) == POLY_OK);
    require(change_log_last_sequence(copy) == change_log_last_sequence(log));
    poly_strbuf_release(&saved);
    change_log_destroy(&copy);
    change_log_destroy(&log);
}

static void check_week(poly_arena *arena, const poly_week *week)
{
    const poly_room room = {ASKED_ID, "101", ASKED_BUILDING, "x", "x"};
    const free_rooms_candidate candidate = {&room, week};
    free_rooms_answer answer;

    check_order(week);
    check_round_trip(arena, week, POLY_TIMETABLE_RUZ);
    check_round_trip(arena, week, POLY_TIMETABLE_PLAIN_WITH_GROUPS);
    check_calendar(week);
    check_changes(arena, week);
    require(free_rooms_find(&candidate, 1, (free_rooms_window){asked_date, 0, 1440}, arena, &answer) == POLY_OK);
}

/* A name finds its item, or the one whose copy it is; that it has a word is easy to see only for ASCII. */
static void check_search(poly_arena *arena, const search_item *items, size_t count)
{
    const search_item **found = poly_arena_alloc_zero(arena, count + 1, sizeof(search_item *));
    search_index *index = search_index_create(items, count);

    for (size_t i = 0; i < count && i < 20; i++) {
        size_t number, total;

        if (search_index_search(index, items[i].name, TIMETABLE_EVERY_KIND, 0, count, found, &number, &total) !=
            POLY_OK)
            continue;
        require(number == total && total <= count);
        require(i > 0 || total > 0 || !strpbrk(items[i].name, "0123456789abcdefghijklmnopqrstuvwxyz"));
    }
    search_index_unref(&index);
}

static poly_result read_lists(ruz_reader *reader, char kind, poly_slice answer)
{
    poly_faculty *faculties, faculty;
    poly_building *buildings, building;
    poly_group *groups;
    poly_teacher *teachers;
    poly_room *rooms;
    search_item *items;
    size_t count = 0;
    poly_result result;

    switch (kind) {
    case 'f':
        return ruz_read_faculties(reader, answer, &faculties, &count);
    case 'b':
        return ruz_read_buildings(reader, answer, &buildings, &count);
    case 'g':
        result = ruz_read_faculty_groups(reader, answer, ASKED_ID, &faculty, &groups, &count);
        break;
    case 't':
        result = ruz_read_teachers(reader, answer, &teachers, &count);
        break;
    default:
        result = ruz_read_building_rooms(reader, answer, ASKED_BUILDING, &building, &rooms, &count);
        break;
    }
    if (result != POLY_OK)
        return result;
    items = poly_arena_alloc_zero(reader->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = kind == 'g'   ? search_item_of_group(&groups[i])
                   : kind == 't' ? search_item_of_teacher(&teachers[i])
                                 : search_item_of_room(&rooms[i], reader->arena);
    check_search(reader->arena, items, count);
    return POLY_OK;
}

static poly_result read_weeks(ruz_reader *reader, char kind, poly_slice answer)
{
    poly_group group;
    poly_teacher teacher;
    poly_room room;
    poly_week week;
    poly_result result;

    if (kind == 'G')
        result = ruz_read_group_week(reader, answer, ASKED_ID, asked_date, &group, &week);
    else if (kind == 'T')
        result = ruz_read_teacher_week(reader, answer, ASKED_ID, asked_date, &teacher, &week);
    else
        result = ruz_read_room_week(reader, answer, ASKED_BUILDING, ASKED_ID, asked_date, &room, &week);
    if (result == POLY_OK)
        check_week(reader->arena, &week);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ruz_reader reader = {.arena = poly_arena_create(0)};
    char kind = size ? (char)data[0] : '\0';
    poly_slice answer = {(const char *)data + (size > 0), size ? size - 1 : 0};
    poly_result result;

    if (kind && strchr("fgtbr", kind))
        result = read_lists(&reader, kind, answer);
    else if (kind && strchr("GTR", kind))
        result = read_weeks(&reader, kind, answer);
    else
        result = ruz_read_error(&reader, answer);
    require(result == POLY_OK || result == POLY_NOT_FOUND || result == POLY_REJECTED || result == POLY_BAD_ANSWER);
    require((result == POLY_OK) == (*reader.reason == '\0'));
    poly_arena_destroy(&reader.arena);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "lessons.h"

#include "dice.h"

#include <stdlib.h>

#define DAYS_A_WEEK 7
#define TERM_SHIFT  24

/* ‰ of the lessons on a day, counted up. */
#define CANCELLED  8
#define MOVED      (CANCELLED + 15)
#define SUBSTITUTE (MOVED + 10)

static bool is_held(const campus_lesson *lesson, const campus_day *day, uint8_t weekday)
{
    if (lesson->dated)
        return day->phase == CAMPUS_SESSION && day->session_day == lesson->day;
    return day->phase == CAMPUS_TEACHING && lesson->day == weekday && day->week >= lesson->from_week &&
           day->week <= lesson->to_week && (lesson->weeks & (day->is_odd ? CAMPUS_ODD_WEEKS : CAMPUS_EVEN_WEEKS));
}

/* False when it is cancelled on that day. */
static bool meet_fate(const struct campus *campus, const campus_day *day, int32_t date, campus_occurrence *occurrence)
{
    const campus_lesson *lesson = occurrence->lesson;
    uint64_t fate = campus_hash(campus->seed, 'F', occurrence->key, (uint64_t)date) % 1000;

    occurrence->type = lesson->type;
    occurrence->teacher = lesson->teacher;
    occurrence->room_count = lesson->room_count;
    for (uint8_t i = 0; i < lesson->room_count; i++)
        occurrence->rooms[i] = lesson->rooms[i];
    if (lesson->dated)
        return true;
    if (lesson->gives_credit && day->last_chance)
        occurrence->type = CAMPUS_CREDIT;
    if (fate < CANCELLED)
        return false;
    if (fate < MOVED && lesson->spare_room != CAMPUS_NONE)
        occurrence->rooms[0] = lesson->spare_room;
    else if (fate < SUBSTITUTE && lesson->spare_teacher != CAMPUS_NONE)
        occurrence->teacher = lesson->spare_teacher;
    return true;
}

/* A substitute and a spare room are listed with lessons that are mostly not theirs. */
static bool is_seen(const campus_occurrence *occurrence, campus_view view, uint16_t index)
{
    switch (view) {
    case CAMPUS_BY_TEACHER:
        return occurrence->teacher == index;
    case CAMPUS_BY_ROOM:
        for (uint8_t i = 0; i < occurrence->room_count; i++)
            if (occurrence->rooms[i] == index)
                return true;
        return false;
    case CAMPUS_BY_GROUP:
        break;
    }
    return true;
}

static int compare_occurrences(const void *left, const void *right)
{
    const campus_occurrence *a = left;
    const campus_occurrence *b = right;
    int order = (a->day > b->day) - (a->day < b->day);

    if (!order)
        order = (a->lesson->start > b->lesson->start) - (a->lesson->start < b->lesson->start);
    if (!order)
        order = (a->lesson->end > b->lesson->end) - (a->lesson->end < b->lesson->end);
    return order ? order : (a->key > b->key) - (a->key < b->key);
}

static void collect_term(const struct campus *campus, campus_term term, campus_view view, uint16_t index,
                         const campus_day days[DAYS_A_WEEK], campus_week *week)
{
    const campus_pattern *pattern = campus->patterns[term];
    const campus_index *view_index = &pattern->views[view];

    for (uint32_t at = view_index->starts[index]; at < view_index->starts[index + 1]; at++) {
        uint32_t number = view_index->lessons[at];
        const campus_lesson *lesson = &pattern->lessons[number];

        for (uint8_t weekday = 0; weekday < DAYS_A_WEEK; weekday++) {
            campus_occurrence *occurrence = &week->lessons[week->count];
            int32_t date = poly_date_to_days(week->monday) + weekday;

            if (days[weekday].term != term || !is_held(lesson, &days[weekday], weekday))
                continue;
            *occurrence =
                (campus_occurrence){.lesson = lesson, .key = (uint32_t)term << TERM_SHIFT | number, .day = weekday};
            if (meet_fate(campus, &days[weekday], date, occurrence) && is_seen(occurrence, view, index))
                week->count++;
        }
    }
}

/* A lesson is held at most once a week. */
static size_t most_lessons(const struct campus *campus, campus_view view, uint16_t index)
{
    size_t count = 0;

    for (int term = 0; term < CAMPUS_TERMS; term++) {
        const campus_index *view_index = &campus->patterns[term]->views[view];

        count += view_index->starts[index + 1] - view_index->starts[index];
    }
    return count;
}

void campus_week_make(const struct campus *campus, campus_view view, uint16_t index, poly_date date, poly_arena *arena,
                      campus_week *week)
{
    campus_day days[DAYS_A_WEEK];

    week->monday = poly_date_monday(date);
    week->is_odd = campus_calendar_is_odd(week->monday);
    week->count = 0;
    week->lessons = poly_arena_alloc(arena, (most_lessons(campus, view, index) + 1) * sizeof(*week->lessons));
    for (int weekday = 0; weekday < DAYS_A_WEEK; weekday++)
        days[weekday] = campus_calendar_day(poly_date_add_days(week->monday, weekday), campus->term_always);
    for (int term = 0; term < CAMPUS_TERMS; term++)
        collect_term(campus, (campus_term)term, view, index, days, week);
    qsort(week->lessons, week->count, sizeof(*week->lessons), compare_occurrences);
}

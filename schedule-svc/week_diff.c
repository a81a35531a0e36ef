/* SPDX-License-Identifier: MIT */
#include "week_diff.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MINUTES_A_DAY 1440

static const char *const kind_names[] = {
    [CHANGE_ADDED] = "added",
    [CHANGE_MOVED] = "moved",
    [CHANGE_CANCELLED] = "cancelled",
    [CHANGE_CHANGED] = "changed",
};

/* A lesson of one side; `match` is its other self in the other week. */
typedef struct occurrence {
    const poly_lesson *lesson;
    poly_date date;
    int start; /* minutes since the week's start */
    struct occurrence *match;
} occurrence;

typedef struct side {
    occurrence *items;
    size_t count;
} side;

const char *change_kind_name(change_kind kind)
{
    return kind_names[kind];
}

bool change_kind_parse(const char *name, change_kind *kind)
{
    for (size_t i = 0; i < POLY_LENGTH(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = (change_kind)i;
            return true;
        }
    }
    return false;
}

static bool same_teachers(const poly_lesson *a, const poly_lesson *b)
{
    size_t known = 0;

    for (size_t i = 0; i < a->teacher_count; i++) {
        for (size_t k = 0; k < b->teacher_count; k++)
            known += a->teachers[i].id == b->teachers[k].id;
    }
    return known == a->teacher_count && known == b->teacher_count;
}

static bool same_groups(const poly_lesson *a, const poly_lesson *b)
{
    size_t known = 0;

    for (size_t i = 0; i < a->group_count; i++) {
        for (size_t k = 0; k < b->group_count; k++)
            known += a->groups[i].id == b->groups[k].id;
    }
    return known == a->group_count && known == b->group_count;
}

static bool same_rooms(const poly_lesson *a, const poly_lesson *b)
{
    size_t known = 0;

    for (size_t i = 0; i < a->room_count; i++) {
        for (size_t k = 0; k < b->room_count; k++)
            known += a->rooms[i].id == b->rooms[k].id;
    }
    return known == a->room_count && known == b->room_count;
}

static bool same_type(const poly_lesson *a, const poly_lesson *b)
{
    return a->type_id && b->type_id ? a->type_id == b->type_id : strcmp(a->type_name, b->type_name) == 0;
}

static bool same_subject(const occurrence *a, const occurrence *b)
{
    return strcmp(a->lesson->subject, b->lesson->subject) == 0;
}

static bool same_slot(const occurrence *a, const occurrence *b)
{
    return a->start == b->start && a->lesson->time_end == b->lesson->time_end;
}

static unsigned differences(const occurrence *left, const occurrence *right)
{
    const poly_lesson *a = left->lesson, *b = right->lesson;

    return (same_slot(left, right) ? 0u : (unsigned)CHANGE_OF_TIME) |
           (same_rooms(a, b) ? 0u : (unsigned)CHANGE_OF_ROOMS) |
           (same_teachers(a, b) ? 0u : (unsigned)CHANGE_OF_TEACHERS) |
           (same_groups(a, b) ? 0u : (unsigned)CHANGE_OF_GROUPS) | (same_type(a, b) ? 0u : (unsigned)CHANGE_OF_TYPE) |
           (strcmp(a->additional_info, b->additional_info) == 0 ? 0u : (unsigned)CHANGE_OF_INFO) |
           (strcmp(a->webinar_url, b->webinar_url) == 0 && strcmp(a->lms_url, b->lms_url) == 0
                ? 0u
                : (unsigned)CHANGE_OF_LINKS);
}

/* What two occurrences must share to be one lesson, from the surest sign to the weakest. */
typedef bool recognition(const occurrence *a, const occurrence *b);

static bool is_identical(const occurrence *a, const occurrence *b)
{
    return same_subject(a, b) && differences(a, b) == 0;
}

static bool is_in_slot_with_all(const occurrence *a, const occurrence *b)
{
    return same_slot(a, b) && same_subject(a, b) && same_type(a->lesson, b->lesson) &&
           same_teachers(a->lesson, b->lesson) && same_groups(a->lesson, b->lesson);
}

static bool is_in_slot(const occurrence *a, const occurrence *b)
{
    return same_slot(a, b) && same_subject(a, b) && same_type(a->lesson, b->lesson);
}

static bool is_in_slot_with_other_type(const occurrence *a, const occurrence *b)
{
    return same_slot(a, b) && same_subject(a, b);
}

static bool is_elsewhere_with_all(const occurrence *a, const occurrence *b)
{
    return same_subject(a, b) && same_type(a->lesson, b->lesson) && same_teachers(a->lesson, b->lesson) &&
           same_groups(a->lesson, b->lesson);
}

static bool is_elsewhere(const occurrence *a, const occurrence *b)
{
    return same_subject(a, b) && same_type(a->lesson, b->lesson) &&
           (same_teachers(a->lesson, b->lesson) || same_groups(a->lesson, b->lesson));
}

static side occurrences_of(const poly_week *week, poly_arena *arena)
{
    side result = {NULL, 0};

    for (size_t d = 0; d < week->day_count; d++)
        result.count += week->days[d].lesson_count;
    result.items = poly_arena_alloc_zero(arena, result.count + 1, sizeof *result.items);
    result.count = 0;
    for (size_t d = 0; d < week->day_count; d++) {
        const poly_day *day = &week->days[d];
        int midnight = (poly_date_to_days(day->date) - poly_date_to_days(week->date_start)) * MINUTES_A_DAY;

        for (size_t i = 0; i < day->lesson_count; i++)
            result.items[result.count++] =
                (occurrence){&day->lessons[i], day->date, midnight + day->lessons[i].time_start, NULL};
    }
    return result;
}

static void match_nearest(occurrence *wanted, const side *others, recognition *recognise)
{
    occurrence *best = NULL;
    int best_distance = INT_MAX;

    for (size_t i = 0; i < others->count; i++) {
        occurrence *other = &others->items[i];
        int distance = abs(other->start - wanted->start);

        if (!other->match && distance < best_distance && recognise(wanted, other)) {
            best = other;
            best_distance = distance;
        }
    }
    if (best) {
        best->match = wanted;
        wanted->match = best;
    }
}

static void match_sides(const side *before, const side *after)
{
    static recognition *const signs[] = {
        is_identical, is_in_slot_with_all, is_in_slot, is_in_slot_with_other_type, is_elsewhere_with_all, is_elsewhere,
    };

    for (size_t s = 0; s < POLY_LENGTH(signs); s++) {
        for (size_t i = 0; i < before->count; i++) {
            if (!before->items[i].match)
                match_nearest(&before->items[i], after, signs[s]);
        }
    }
}

static bool is_news(const week_change *change, poly_date from)
{
    return (change->before && poly_date_compare(change->before_date, from) >= 0) ||
           (change->after && poly_date_compare(change->after_date, from) >= 0);
}

static week_change change_of(const occurrence *before)
{
    const occurrence *after = before->match;
    unsigned fields = after ? differences(before, after) : 0;
    week_change change = {.kind = CHANGE_CANCELLED, .before_date = before->date, .before = before->lesson};

    if (after) {
        change.kind = fields & (CHANGE_OF_TIME | CHANGE_OF_ROOMS) ? CHANGE_MOVED : CHANGE_CHANGED;
        change.fields = fields;
        change.after_date = after->date;
        change.after = after->lesson;
    }
    return change;
}

static int by_time(const void *left, const void *right)
{
    const week_change *a = left, *b = right;
    const poly_lesson *a_lesson = a->after ? a->after : a->before, *b_lesson = b->after ? b->after : b->before;
    int order = poly_date_compare(a->after ? a->after_date : a->before_date, b->after ? b->after_date : b->before_date);

    if (!order)
        order = a_lesson->time_start - b_lesson->time_start;
    if (!order)
        order = strcmp(a_lesson->subject, b_lesson->subject);
    if (!order)
        order = (int)a->kind - (int)b->kind;
    return order ? order : (a_lesson > b_lesson) - (a_lesson < b_lesson);
}

poly_result week_diff(const poly_week *before, const poly_week *after, poly_date from, poly_arena *arena,
                      week_change **changes, size_t *count)
{
    side old, new;
    size_t length = 0;

    if (poly_date_compare(before->date_start, after->date_start) != 0)
        return POLY_INVALID;
    old = occurrences_of(before, arena);
    new = occurrences_of(after, arena);
    match_sides(&old, &new);
    *changes = poly_arena_alloc_zero(arena, old.count + new.count + 1, sizeof **changes);
    for (size_t i = 0; i < old.count; i++) {
        week_change change = change_of(&old.items[i]);

        if ((!change.after || change.fields) && is_news(&change, from))
            (*changes)[length++] = change;
    }
    for (size_t i = 0; i < new.count; i++) {
        week_change change = {.kind = CHANGE_ADDED, .after_date = new.items[i].date, .after = new.items[i].lesson};

        if (!new.items[i].match && is_news(&change, from))
            (*changes)[length++] = change;
    }
    qsort(*changes, length, sizeof **changes, by_time);
    *count = length;
    return POLY_OK;
}

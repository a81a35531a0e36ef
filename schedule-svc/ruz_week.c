/* SPDX-License-Identifier: MIT */
#include "ruz_fields.h"

#include <stdlib.h>
#include <string.h>

#define DAYS_A_WEEK         7
#define MAX_DAY_ENTRIES     64 /* days may come twice, but not for ever */
#define MAX_LESSONS_A_DAY   200
#define MAX_TEACHERS        64
#define MAX_GROUPS_OR_ROOMS 512

typedef int item_order(const void *a, const void *b);

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_group_id(const void *a, const void *b)
{
    return compare_numbers(((const poly_group *)a)->id, ((const poly_group *)b)->id);
}

static int by_group_name(const void *a, const void *b)
{
    int order = strcmp(((const poly_group *)a)->name, ((const poly_group *)b)->name);

    return order ? order : by_group_id(a, b);
}

static int by_room_id(const void *a, const void *b)
{
    return compare_numbers(((const poly_room *)a)->id, ((const poly_room *)b)->id);
}

static int by_room_name(const void *a, const void *b)
{
    int order = strcmp(((const poly_room *)a)->name, ((const poly_room *)b)->name);

    return order ? order : by_room_id(a, b);
}

/* Sorts by name and drops repeated ids; answers how many stay. */
static size_t tidy(void *items, size_t count, size_t size, item_order *by_id, item_order *by_name)
{
    char *base = items;
    size_t kept = count > 0;

    if (count < 2)
        return count;
    qsort(items, count, size, by_id);
    for (size_t i = 1; i < count; i++) {
        if (by_id(base + (kept - 1) * size, base + i * size) != 0)
            memmove(base + kept++ * size, base + i * size, size);
    }
    qsort(items, kept, size, by_name);
    return kept;
}

static void tidy_groups(poly_lesson *lesson)
{
    lesson->group_count = tidy(lesson->groups, lesson->group_count, sizeof(poly_group), by_group_id, by_group_name);
}

static void tidy_rooms(poly_lesson *lesson)
{
    lesson->room_count = tidy(lesson->rooms, lesson->room_count, sizeof(poly_room), by_room_id, by_room_name);
}

static bool has_teacher(const poly_teacher *teachers, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (teachers[i].id == id)
            return true;
    }
    return false;
}

/* Keeps RUZ's order: the first may be the one who leads. */
static void tidy_teachers(poly_lesson *lesson)
{
    size_t kept = 0;

    for (size_t i = 0; i < lesson->teacher_count; i++) {
        if (!has_teacher(lesson->teachers, kept, lesson->teachers[i].id))
            lesson->teachers[kept++] = lesson->teachers[i];
    }
    lesson->teacher_count = kept;
}

static bool parse_type(ruz_parse *parse, const poly_json *object, poly_lesson *lesson)
{
    poly_json_type type = poly_json_type_of(object);

    if (type != POLY_JSON_OBJECT && type != POLY_JSON_NULL && type != POLY_JSON_ABSENT)
        return ruz_fail(parse, "a lesson's type is no object");
    return ruz_parse_number(parse, object, "id", 1000000, &lesson->type_id) &&
           ruz_parse_text(parse, object, "abbr", &lesson->type_abbr) &&
           ruz_parse_text(parse, object, "name", &lesson->type_name);
}

static bool parse_people_and_places(ruz_parse *parse, const poly_json *object, poly_lesson *lesson)
{
    void *groups, *teachers, *rooms;

    if (!ruz_parse_entries(parse, poly_json_get(object, "groups"), MAX_GROUPS_OR_ROOMS, ruz_parse_group,
                           sizeof(poly_group), &groups, &lesson->group_count) ||
        !ruz_parse_entries(parse, poly_json_get(object, "teachers"), MAX_TEACHERS, ruz_parse_teacher,
                           sizeof(poly_teacher), &teachers, &lesson->teacher_count) ||
        !ruz_parse_entries(parse, poly_json_get(object, "auditories"), MAX_GROUPS_OR_ROOMS, ruz_parse_room,
                           sizeof(poly_room), &rooms, &lesson->room_count))
        return false;
    lesson->groups = groups;
    lesson->teachers = teachers;
    lesson->rooms = rooms;
    tidy_groups(lesson);
    tidy_teachers(lesson);
    tidy_rooms(lesson);
    return true;
}

static bool parse_lesson(ruz_parse *parse, const poly_json *object, poly_lesson *lesson)
{
    if (poly_json_type_of(object) != POLY_JSON_OBJECT)
        return ruz_fail(parse, "a lesson is no object");
    if (!ruz_parse_clock(parse, object, "time_start", &lesson->time_start) ||
        !ruz_parse_clock(parse, object, "time_end", &lesson->time_end))
        return false;
    if (lesson->time_end <= lesson->time_start)
        return ruz_fail(parse, "a lesson ends before it has started");
    return ruz_parse_text(parse, object, "subject", &lesson->subject) &&
           ruz_parse_text(parse, object, "subject_short", &lesson->subject_short) &&
           ruz_parse_text(parse, object, "additional_info", &lesson->additional_info) &&
           ruz_parse_link(parse, object, "webinar_url", &lesson->webinar_url) &&
           ruz_parse_link(parse, object, "lms_url", &lesson->lms_url) &&
           parse_type(parse, poly_json_get(object, "typeObj"), lesson) &&
           parse_people_and_places(parse, object, lesson);
}

static int64_t first_id(const poly_lesson *lesson)
{
    return lesson->group_count ? lesson->groups[0].id : 0;
}

/* Beyond what people see it goes on, so that RUZ's order of equals changes nothing. */
static int by_time(const void *left, const void *right)
{
    const poly_lesson *a = left, *b = right;
    int order = compare_numbers(a->time_start, b->time_start);

    if (!order)
        order = compare_numbers(a->time_end, b->time_end);
    if (!order)
        order = strcmp(a->subject, b->subject);
    if (!order)
        order = compare_numbers(a->type_id, b->type_id);
    if (!order)
        order = compare_numbers(first_id(a), first_id(b));
    if (!order)
        order = compare_numbers(a->teacher_count ? a->teachers[0].id : 0, b->teacher_count ? b->teachers[0].id : 0);
    if (!order)
        order = compare_numbers(a->room_count ? a->rooms[0].id : 0, b->room_count ? b->rooms[0].id : 0);
    return order ? order : strcmp(a->additional_info, b->additional_info);
}

static bool same_groups(const poly_lesson *a, const poly_lesson *b)
{
    if (a->group_count != b->group_count)
        return false;
    for (size_t i = 0; i < a->group_count; i++) {
        if (a->groups[i].id != b->groups[i].id)
            return false;
    }
    return true;
}

static bool same_rooms(const poly_lesson *a, const poly_lesson *b)
{
    if (a->room_count != b->room_count)
        return false;
    for (size_t i = 0; i < a->room_count; i++) {
        if (a->rooms[i].id != b->rooms[i].id)
            return false;
    }
    return true;
}

static bool same_slot(const poly_lesson *a, const poly_lesson *b)
{
    return a->time_start == b->time_start && a->time_end == b->time_end && strcmp(a->subject, b->subject) == 0;
}

static bool same_but_people_and_places(const poly_lesson *a, const poly_lesson *b)
{
    return same_slot(a, b) && a->type_id == b->type_id && strcmp(a->type_name, b->type_name) == 0 &&
           strcmp(a->type_abbr, b->type_abbr) == 0 && strcmp(a->subject_short, b->subject_short) == 0 &&
           strcmp(a->additional_info, b->additional_info) == 0 && strcmp(a->webinar_url, b->webinar_url) == 0 &&
           strcmp(a->lms_url, b->lms_url) == 0;
}

static bool same_teachers(const poly_lesson *a, const poly_lesson *b)
{
    if (a->teacher_count != b->teacher_count)
        return false;
    for (size_t i = 0; i < a->teacher_count; i++) {
        if (!has_teacher(b->teachers, b->teacher_count, a->teachers[i].id))
            return false;
    }
    return true;
}

static void *concatenate(poly_arena *arena, const void *a, size_t a_count, const void *b, size_t b_count, size_t size)
{
    char *both = poly_arena_alloc(arena, (a_count + b_count) * size + 1);

    if (a_count)
        memcpy(both, a, a_count * size);
    if (b_count)
        memcpy(both + a_count * size, b, b_count * size);
    return both;
}

static bool take_rooms(poly_arena *arena, poly_lesson *lesson, const poly_lesson *copy)
{
    if (!same_groups(lesson, copy))
        return false;
    lesson->rooms =
        concatenate(arena, lesson->rooms, lesson->room_count, copy->rooms, copy->room_count, sizeof(poly_room));
    lesson->room_count += copy->room_count;
    tidy_rooms(lesson);
    return true;
}

static bool take_groups(poly_arena *arena, poly_lesson *lesson, const poly_lesson *copy)
{
    if (!same_rooms(lesson, copy))
        return false;
    lesson->groups =
        concatenate(arena, lesson->groups, lesson->group_count, copy->groups, copy->group_count, sizeof(poly_group));
    lesson->group_count += copy->group_count;
    tidy_groups(lesson);
    return true;
}

typedef bool copy_taker(poly_arena *arena, poly_lesson *lesson, const poly_lesson *copy);

/* The day is sorted, so that a lesson's copies stand behind it in its slot. */
static void merge_copies(poly_arena *arena, poly_day *day, copy_taker *take)
{
    size_t kept = 0;

    for (size_t i = 0; i < day->lesson_count; i++) {
        const poly_lesson *lesson = &day->lessons[i];
        bool taken = false;

        for (size_t k = kept; k > 0 && !taken && same_slot(&day->lessons[k - 1], lesson); k--) {
            poly_lesson *earlier = &day->lessons[k - 1];

            taken = same_but_people_and_places(earlier, lesson) && same_teachers(earlier, lesson) &&
                    take(arena, earlier, lesson);
        }
        if (!taken)
            day->lessons[kept++] = *lesson;
    }
    day->lesson_count = kept;
}

static void finish_day(poly_arena *arena, poly_day *day)
{
    day->weekday = poly_date_weekday(day->date);
    qsort(day->lessons, day->lesson_count, sizeof *day->lessons, by_time);
    merge_copies(arena, day, take_rooms);
    merge_copies(arena, day, take_groups);
    qsort(day->lessons, day->lesson_count, sizeof *day->lessons, by_time);
}

static bool parse_bounds(ruz_parse *parse, const poly_json *object, poly_date asked, poly_week *week)
{
    int32_t start, end, day = poly_date_to_days(asked);

    if (poly_json_type_of(object) != POLY_JSON_OBJECT)
        return ruz_fail(parse, "the week is missing");
    if (!ruz_parse_date(parse, object, "date_start", &week->date_start) ||
        !ruz_parse_date(parse, object, "date_end", &week->date_end))
        return false;
    if (!poly_json_bool(poly_json_get(object, "is_odd"), &week->is_odd))
        return ruz_fail(parse, "the week does not say whether it is odd");
    start = poly_date_to_days(week->date_start);
    end = poly_date_to_days(week->date_end);
    if (poly_date_weekday(week->date_start) != 1 || end < start || end - start >= DAYS_A_WEEK)
        return ruz_fail(parse, "the week does not run from a Monday to its Sunday");
    if (day < start || day > end)
        return ruz_fail(parse, "it is another week");
    return true;
}

/* Where a day's lessons go: the place of its date in the week, or -1. */
static int day_place(ruz_parse *parse, const poly_json *object, const poly_week *week)
{
    poly_date date;

    if (poly_json_type_of(object) != POLY_JSON_OBJECT) {
        ruz_fail(parse, "a day is no object");
        return -1;
    }
    if (!ruz_parse_date(parse, object, "date", &date))
        return -1;
    if (poly_date_compare(date, week->date_start) < 0 || poly_date_compare(date, week->date_end) > 0) {
        ruz_fail(parse, "a day is outside its week");
        return -1;
    }
    return poly_date_to_days(date) - poly_date_to_days(week->date_start);
}

static bool count_lessons(ruz_parse *parse, const poly_json *days, const poly_week *week, size_t counts[DAYS_A_WEEK])
{
    for (const poly_json *day = poly_json_first(days); day; day = poly_json_next(day)) {
        const poly_json *lessons = poly_json_get(day, "lessons");
        poly_json_type type = poly_json_type_of(lessons);
        int place = day_place(parse, day, week);

        if (place < 0)
            return false;
        if (type != POLY_JSON_ARRAY && type != POLY_JSON_NULL)
            return ruz_fail(parse, "a day has no lessons");
        counts[place] += poly_json_count(lessons);
        if (counts[place] > MAX_LESSONS_A_DAY)
            return ruz_fail(parse, "a day has too many lessons");
    }
    return true;
}

static bool fill_days(ruz_parse *parse, const poly_json *days, const poly_week *week, poly_day places[DAYS_A_WEEK])
{
    for (const poly_json *day = poly_json_first(days); day; day = poly_json_next(day)) {
        const poly_json *lessons = poly_json_get(day, "lessons");
        poly_day *place = &places[day_place(parse, day, week)];

        for (const poly_json *lesson = poly_json_first(lessons); lesson; lesson = poly_json_next(lesson)) {
            if (!parse_lesson(parse, lesson, &place->lessons[place->lesson_count++]))
                return false;
        }
    }
    return true;
}

bool ruz_parse_week(ruz_parse *parse, const poly_json *answer, poly_date asked, poly_week *week)
{
    const poly_json *days = poly_json_get(answer, "days");
    poly_json_type type = poly_json_type_of(days);
    size_t counts[DAYS_A_WEEK] = {0};
    poly_day *places = poly_arena_alloc_zero(parse->arena, DAYS_A_WEEK, sizeof *places);

    if (!parse_bounds(parse, poly_json_get(answer, "week"), asked, week))
        return false;
    if ((type != POLY_JSON_ARRAY && type != POLY_JSON_NULL) || poly_json_count(days) > MAX_DAY_ENTRIES)
        return ruz_fail(parse, "the days are missing or too many");
    if (!count_lessons(parse, days, week, counts))
        return false;
    for (int i = 0; i < DAYS_A_WEEK; i++) {
        places[i].date = poly_date_add_days(week->date_start, i);
        places[i].lessons = poly_arena_alloc_zero(parse->arena, counts[i] ? counts[i] : 1, sizeof *places[i].lessons);
    }
    if (!fill_days(parse, days, week, places))
        return false;
    week->days = places;
    week->day_count = 0;
    for (int i = 0; i < DAYS_A_WEEK; i++) {
        finish_day(parse->arena, &places[i]);
        if (places[i].lesson_count)
            week->days[week->day_count++] = places[i];
    }
    return true;
}

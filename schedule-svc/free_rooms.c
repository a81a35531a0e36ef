/* SPDX-License-Identifier: MIT */
#include "free_rooms.h"

#include "poly/text.h"

#define MINUTES_A_DAY 1440

/* As RUZ names them; compared after folding. */
static const char *const pseudo_buildings[] = {
    "DL", "Дистанционно", "Не определено", "Не опр.", "Спорткомплекс", "СК", "Военная кафедра", "Военная каф.",
};
static const char *const pseudo_rooms[] = {
    "DL", "Дистанционно", "Не определено", "База практик", "Секции", "Военная кафедра",
};

static bool is_one_of(const char *name, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (poly_text_equal_folded(name, names[i]))
            return true;
    }
    return false;
}

static bool is_pseudo_building(const char *name, const char *abbr)
{
    return is_one_of(name, pseudo_buildings, POLY_LENGTH(pseudo_buildings)) ||
           is_one_of(abbr, pseudo_buildings, POLY_LENGTH(pseudo_buildings));
}

bool building_is_bookable(const poly_building *building)
{
    return !is_pseudo_building(building->name, building->abbr);
}

bool room_is_bookable(const poly_room *room)
{
    return !is_pseudo_building(room->building_name, room->building_abbr) &&
           !is_one_of(room->name, pseudo_rooms, POLY_LENGTH(pseudo_rooms));
}

static bool covers(const poly_week *week, poly_date date)
{
    return week && poly_date_compare(week->date_start, date) <= 0 && poly_date_compare(date, week->date_end) <= 0;
}

/* The first lesson that collides with the window, or NULL with the gap around the window in `gap`. */
static const poly_lesson *collision(const poly_day *day, const free_rooms_window *window, free_room *gap)
{
    for (size_t i = 0; day && i < day->lesson_count; i++) {
        const poly_lesson *lesson = &day->lessons[i];

        if (lesson->time_start < window->time_end && lesson->time_end > window->time_start)
            return lesson;
        if (lesson->time_end <= window->time_start && lesson->time_end > gap->free_from)
            gap->free_from = lesson->time_end;
        if (lesson->time_start >= window->time_end && lesson->time_start < gap->free_until)
            gap->free_until = lesson->time_start;
    }
    return NULL;
}

static void judge(const free_rooms_candidate *candidate, const free_rooms_window *window, free_rooms_answer *answer)
{
    free_room gap = {candidate->room, 0, MINUTES_A_DAY};
    const poly_lesson *lesson;

    if (!room_is_bookable(candidate->room))
        return;
    if (!covers(candidate->week, window->date)) {
        answer->unknown[answer->unknown_count++] = candidate->room;
        return;
    }
    lesson = collision(poly_week_day(candidate->week, window->date), window, &gap);
    if (lesson)
        answer->busy[answer->busy_count++] = (busy_room){candidate->room, lesson};
    else
        answer->free[answer->free_count++] = gap;
}

poly_result free_rooms_find(const free_rooms_candidate *candidates, size_t count, free_rooms_window window,
                            poly_arena *arena, free_rooms_answer *answer)
{
    size_t room = count ? count : 1;

    if (window.time_start < 0 || window.time_end > MINUTES_A_DAY || window.time_start >= window.time_end)
        return POLY_INVALID;
    *answer = (free_rooms_answer){
        .free = poly_arena_alloc_zero(arena, room, sizeof *answer->free),
        .busy = poly_arena_alloc_zero(arena, room, sizeof *answer->busy),
        .unknown = poly_arena_alloc_zero(arena, room, sizeof *answer->unknown),
    };
    for (size_t i = 0; i < count; i++)
        judge(&candidates[i], &window, answer);
    return POLY_OK;
}

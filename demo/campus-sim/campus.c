/* SPDX-License-Identifier: MIT */
#include "campus.h"

#include "pattern.h"

#include "poly/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAME       512
#define FIRST_ROOM_ID  501
#define ROOM_REMOTE    967
#define ROOM_SECTIONS  828
#define ROOM_PRACTICE  2098
#define FIRST_ARENA    65536
#define ROOMS_A_FLOOR  14
#define LETTERED_EVERY 17

const char *campus_fold(struct campus *campus, const char *text)
{
    poly_strbuf folded;
    const char *copy;

    poly_strbuf_init(&folded, MAX_NAME);
    poly_text_fold(text, strlen(text), &folded);
    copy = poly_arena_strdup(campus->arena, poly_strbuf_text(&folded));
    poly_strbuf_release(&folded);
    return copy;
}

/* The rooms that stand for no room, as the real timetable names them. NULL in a real building. */
static const char *pseudo_room_name(campus_place place, unsigned number)
{
    static const char *const elsewhere[] = {"База практик", "Не определено"};
    static const char *const sport[] = {"Секции", "Бассейн", "Стадион", "Зал игровых видов спорта"};

    switch (place) {
    case CAMPUS_PLACE_REMOTE:
        return "Дистанционно";
    case CAMPUS_PLACE_ELSEWHERE:
        return elsewhere[number % POLY_LENGTH(elsewhere)];
    case CAMPUS_PLACE_SPORT:
        return sport[number % POLY_LENGTH(sport)];
    case CAMPUS_PLACE_MILITARY:
        return "ВК";
    case CAMPUS_PLACE_REAL:
        break;
    }
    return NULL;
}

static const char *real_room_name(struct campus *campus, const campus_building *building, unsigned number)
{
    unsigned per_floor = building->rooms < 5 * ROOMS_A_FLOOR ? ROOMS_A_FLOOR : building->rooms / 5 + 1;
    unsigned floor = number / per_floor + 1;
    unsigned door = number % per_floor + 2;

    if (building->id == 31)
        return poly_arena_printf(campus->arena, "%s.%u.%02u", floor % 2 ? "А" : "В", floor, door);
    if (number % LETTERED_EVERY == LETTERED_EVERY - 1)
        return poly_arena_printf(campus->arena, "%u%02u Б", floor, door);
    return poly_arena_printf(campus->arena, "%u%02u", floor, door);
}

static int pseudo_room_id(campus_place place, unsigned number, int next_id)
{
    if (number > 0)
        return next_id;
    switch (place) {
    case CAMPUS_PLACE_REMOTE:
        return ROOM_REMOTE;
    case CAMPUS_PLACE_ELSEWHERE:
        return ROOM_PRACTICE;
    case CAMPUS_PLACE_SPORT:
        return ROOM_SECTIONS;
    default:
        return next_id;
    }
}

void campus_make_rooms(struct campus *campus)
{
    uint32_t count = 0;
    int next_id = FIRST_ROOM_ID;

    for (uint16_t b = 0; b < CAMPUS_BUILDINGS; b++) {
        const campus_building *building = &campus_buildings[b];

        campus->building_rooms[b] = (campus_range){count, building->rooms};
        for (unsigned number = 0; number < building->rooms; number++) {
            campus_room *room = &campus->rooms[count];
            const char *pseudo = pseudo_room_name(building->place, number);

            while (next_id == ROOM_REMOTE || next_id == ROOM_SECTIONS)
                next_id++;
            room->building = b;
            room->name = pseudo ? pseudo : real_room_name(campus, building, number);
            room->folded = campus_fold(campus, room->name);
            room->id = pseudo_room_id(building->place, number, next_id);
            if (room->id == next_id)
                next_id++;
            if (building->id == CAMPUS_DEMO_BUILDING_ID && strcmp(room->name, CAMPUS_DEMO_ROOM) == 0)
                campus->demo_room = (uint16_t)count;
            count++;
        }
    }
}

uint16_t campus_find_faculty(int64_t id)
{
    for (uint16_t i = 0; i < CAMPUS_FACULTIES; i++)
        if (campus_faculties[i].id == id)
            return i;
    return CAMPUS_NONE;
}

uint16_t campus_find_building(int64_t id)
{
    for (uint16_t i = 0; i < CAMPUS_BUILDINGS; i++)
        if (campus_buildings[i].id == id)
            return i;
    return CAMPUS_NONE;
}

uint16_t campus_find_room(const struct campus *campus, int64_t id)
{
    for (uint16_t i = 0; i < CAMPUS_ROOMS; i++)
        if (campus->rooms[i].id == id)
            return i;
    return CAMPUS_NONE;
}

struct campus *campus_create(uint64_t seed, bool term_always)
{
    struct campus *made = poly_alloc_zero(1, sizeof(*made));

    made->arena = poly_arena_create(FIRST_ARENA);
    made->seed = seed;
    made->term_always = term_always;
    made->demo_group = CAMPUS_NONE;
    made->demo_room = CAMPUS_NONE;
    made->demo_teacher = CAMPUS_NONE;
    campus_make_groups(made);
    campus_make_rooms(made);
    campus_make_teachers(made);
    assert(made->demo_group != CAMPUS_NONE && made->demo_room != CAMPUS_NONE && made->demo_teacher != CAMPUS_NONE);
    for (int term = 0; term < CAMPUS_TERMS; term++)
        made->patterns[term] = campus_pattern_create(made, (campus_term)term);
    return made;
}

void campus_destroy(struct campus **campus)
{
    if (!*campus)
        return;
    for (int term = 0; term < CAMPUS_TERMS; term++)
        campus_pattern_destroy(&(*campus)->patterns[term]);
    poly_arena_destroy(&(*campus)->arena);
    free(*campus);
    *campus = NULL;
}

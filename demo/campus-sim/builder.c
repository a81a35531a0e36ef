/* SPDX-License-Identifier: MIT */
#include "builder.h"

#define CANDIDATES        5
#define TEACHERS_TRIED    4
#define ROOMS_TRIED       40
#define SPARE_ROOMS_TRIED 6
#define FIRST_CAPACITY    8192
#define CROWDED_PERMILLE  20 /* lessons put into a room without asking whether it is taken */
#define REPEATED_PERMILLE 120

uint16_t campus_builder_teacher(const campus_builder *builder, campus_area area, uint64_t noise)
{
    uint16_t best = CAMPUS_NONE;
    campus_dice dice = {noise};

    if (builder->pool_sizes[area] == 0)
        return CAMPUS_NONE;
    for (int i = 0; i < CANDIDATES; i++) {
        uint16_t teacher = builder->pools[area][campus_dice_below(&dice, builder->pool_sizes[area])];

        if (best == CAMPUS_NONE || builder->board.teacher_load[teacher] < builder->board.teacher_load[best])
            best = teacher;
    }
    return best;
}

uint16_t campus_builder_pseudo_room(const campus_builder *builder, campus_place place, uint64_t noise)
{
    for (uint16_t b = 0; b < CAMPUS_BUILDINGS; b++) {
        campus_range range = builder->campus->building_rooms[b];

        if (campus_buildings[b].place != place)
            continue;
        return (uint16_t)(range.first + (place == CAMPUS_PLACE_SPORT ? noise % range.count : 0));
    }
    return CAMPUS_NONE;
}

uint16_t campus_builder_any_room(const campus_builder *builder, uint16_t faculty, uint64_t noise)
{
    campus_dice dice = {noise};
    uint16_t b;
    campus_range range;

    if (campus_dice_permille(&dice, 750))
        b = campus_find_building(campus_faculties[faculty].homes[campus_dice_permille(&dice, 300)]);
    else
        b = (uint16_t)campus_dice_below(&dice, CAMPUS_BUILDINGS);
    if (campus_buildings[b].place != CAMPUS_PLACE_REAL)
        b = 0;
    range = builder->campus->building_rooms[b];
    return (uint16_t)(range.first + campus_dice_below(&dice, range.count));
}

static bool is_real(const campus_builder *builder, uint16_t room)
{
    return campus_buildings[builder->campus->rooms[room].building].place == CAMPUS_PLACE_REAL;
}

static bool is_demo(const campus_builder *builder, const campus_wish *wish)
{
    return builder->campus->demo_group >= wish->first_group &&
           builder->campus->demo_group < wish->first_group + wish->group_count;
}

static bool names_room(const campus_lesson *lesson, uint16_t room)
{
    for (uint8_t i = 0; i < lesson->room_count; i++)
        if (lesson->rooms[i] == room)
            return true;
    return false;
}

/* CAMPUS_NONE when none of those tried is free. */
static uint16_t find_room(const campus_builder *builder, const campus_lesson *lesson, const campus_wish *wish,
                          campus_slot slot, uint64_t noise)
{
    uint16_t faculty = builder->campus->groups[wish->first_group].faculty;
    bool crowded = campus_mix(noise) % 1000 < CROWDED_PERMILLE;
    uint16_t demo = builder->campus->demo_room;

    if (is_demo(builder, wish) && !names_room(lesson, demo) &&
        campus_board_room_is_free(&builder->board, demo, lesson->weeks, slot))
        return demo;
    for (uint64_t i = 0; i < ROOMS_TRIED; i++) {
        uint16_t room = campus_builder_any_room(builder, faculty, campus_mix(noise + i));

        if (!names_room(lesson, room) &&
            (crowded || campus_board_room_is_free(&builder->board, room, lesson->weeks, slot)))
            return room;
    }
    return CAMPUS_NONE;
}

static void choose_rooms(const campus_builder *builder, campus_lesson *lesson, const campus_wish *wish,
                         campus_slot slot, uint64_t noise)
{
    if (wish->place != CAMPUS_PLACE_REAL) {
        lesson->rooms[lesson->room_count++] = campus_builder_pseudo_room(builder, wish->place, noise);
        return;
    }
    for (uint8_t i = 0; i < wish->rooms; i++) {
        uint16_t room = find_room(builder, lesson, wish, slot, campus_mix(noise ^ i));

        if (room != CAMPUS_NONE)
            lesson->rooms[lesson->room_count++] = room;
    }
}

/* When the pairs really begin and end: not on one grid. */
static void set_times(campus_lesson *lesson, campus_slot slot, uint64_t noise)
{
    lesson->start = (uint16_t)(8 * 60 + slot.pair * 120);
    switch (slot.length) {
    case 1:
        lesson->end = (uint16_t)(lesson->start + (slot.pair == CAMPUS_PAIRS - 1 ? 80 : 100));
        break;
    case 2:
        lesson->end = (uint16_t)(lesson->start + (noise % 3 == 0 ? 220 : 200));
        break;
    case 4:
        lesson->end = (uint16_t)(lesson->start + 380);
        break;
    default: /* the whole day */
        lesson->start = 8 * 60 + 30;
        lesson->end = 17 * 60 + 20;
        break;
    }
}

static bool find_time(const campus_builder *builder, const campus_wish *wish, uint64_t noise, campus_lesson *lesson,
                      campus_slot *slot)
{
    campus_demand demand = {.first_group = wish->first_group,
                            .group_count = wish->group_count,
                            .teacher = wish->teacher,
                            .weeks = wish->weeks,
                            .length = wish->length,
                            .type = builder->campus->groups[wish->first_group].type,
                            .only_pair = wish->only_pair,
                            .noise = noise};

    for (uint64_t attempt = 0; attempt < TEACHERS_TRIED; attempt++) {
        if (!wish->nobody && (wish->teacher == CAMPUS_NONE || attempt > 0))
            demand.teacher = campus_builder_teacher(builder, wish->area, campus_mix(noise + attempt));
        if (campus_board_find_slot(&builder->board, &demand, slot)) {
            lesson->teacher = demand.teacher;
            return true;
        }
    }
    return false;
}

bool campus_builder_place(campus_builder *builder, const campus_wish *wish, uint64_t noise)
{
    campus_lesson lesson = {.subject = wish->subject,
                            .spare_teacher = CAMPUS_NONE,
                            .spare_room = CAMPUS_NONE,
                            .first_group = wish->first_group,
                            .group_count = (uint8_t)wish->group_count,
                            .type = (uint8_t)wish->type,
                            .weeks = wish->weeks,
                            .from_week = wish->from_week,
                            .to_week = wish->to_week,
                            .course = wish->course,
                            .gives_credit = wish->gives_credit};
    campus_slot slot;

    if (!find_time(builder, wish, noise, &lesson, &slot))
        return false;
    lesson.day = slot.day;
    lesson.repeats_by_group = wish->group_count > 1 && noise % 1000 < REPEATED_PERMILLE;
    set_times(&lesson, slot, noise);
    choose_rooms(builder, &lesson, wish, slot, noise);
    campus_board_take(&builder->board, &lesson, slot);
    campus_builder_add(builder, &lesson, slot);
    return true;
}

void campus_builder_add(campus_builder *builder, const campus_lesson *lesson, campus_slot slot)
{
    if (builder->count == builder->capacity) {
        builder->capacity = builder->capacity ? 2 * builder->capacity : FIRST_CAPACITY;
        builder->lessons = poly_realloc(builder->lessons, builder->capacity, sizeof(*builder->lessons));
        builder->slots = poly_realloc(builder->slots, builder->capacity, sizeof(*builder->slots));
    }
    builder->slots[builder->count] = slot;
    builder->lessons[builder->count++] = *lesson;
}

static void choose_spare_teacher(campus_builder *builder, campus_lesson *lesson, campus_slot slot, uint64_t noise)
{
    uint16_t teacher = campus_builder_teacher(builder, campus_subjects[lesson->subject].area, noise);

    if (lesson->teacher != CAMPUS_NONE && teacher != CAMPUS_NONE &&
        campus_board_teacher_is_free(&builder->board, teacher, lesson->weeks, slot))
        lesson->spare_teacher = teacher;
}

static void choose_spare_room(campus_builder *builder, campus_lesson *lesson, campus_slot slot, uint64_t noise)
{
    uint16_t faculty = builder->campus->groups[lesson->first_group].faculty;

    if (lesson->room_count != 1 || !is_real(builder, lesson->rooms[0]))
        return;
    for (uint64_t i = 0; i < SPARE_ROOMS_TRIED && lesson->spare_room == CAMPUS_NONE; i++) {
        uint16_t room = campus_builder_any_room(builder, faculty, campus_mix(noise + i));

        if (campus_board_room_is_free(&builder->board, room, lesson->weeks, slot))
            lesson->spare_room = room;
    }
}

void campus_builder_choose_spares(campus_builder *builder)
{
    for (uint32_t i = 0; i < builder->count; i++) {
        campus_lesson *lesson = &builder->lessons[i];
        campus_slot slot = builder->slots[i];
        uint64_t noise = campus_hash(builder->campus->seed, 'S', i, builder->term);

        if (lesson->dated)
            continue;
        choose_spare_teacher(builder, lesson, slot, noise);
        choose_spare_room(builder, lesson, slot, campus_mix(noise));
        campus_board_take_spares(&builder->board, lesson, slot);
    }
}

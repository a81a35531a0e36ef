/* SPDX-License-Identifier: MIT */
/* Which groups each faculty has: the same for every seed, since their ids and names are quoted in documents. */
#include "campus.h"
#include "dice.h"

#include <string.h>

#define FIRST_GROUP_ID 40001
#define MAX_LINES      128
#define MAX_LEVELS     6
#define PER_PROFILE    3
#define STRUCTURE      UINT64_C(0x706f6c79) /* stands in for the seed */

/* One future stream: how many groups it gets. */
struct line {
    uint8_t kind, type, field, level;
    unsigned every; /* gets a group in every n-th round */
    unsigned count;
};

struct plan {
    struct line lines[MAX_LINES];
    size_t count;
};

static void add_lines(struct plan *plan, struct line line, int levels)
{
    for (int level = 1; level <= levels && plan->count < MAX_LINES; level++) {
        line.level = (uint8_t)level;
        plan->lines[plan->count++] = line;
    }
}

static void plan_faculty(const campus_faculty *faculty, struct plan *plan)
{
    plan->count = 0;
    for (uint8_t field = 0; field < CAMPUS_MAX_FIELDS && faculty->fields[field]; field++) {
        bool last = field + 1 == CAMPUS_MAX_FIELDS || !faculty->fields[field + 1];

        if (faculty->offers & CAMPUS_OFFERS_BACHELOR)
            add_lines(plan, (struct line){.kind = CAMPUS_BACHELOR, .field = field, .every = 1}, 4);
        if (faculty->offers & CAMPUS_OFFERS_MASTER)
            add_lines(plan, (struct line){.kind = CAMPUS_MASTER, .field = field, .every = 2}, 2);
        if ((faculty->offers & CAMPUS_OFFERS_SPECIALIST) && last)
            add_lines(plan, (struct line){.kind = CAMPUS_SPECIALIST, .field = field, .every = 2}, MAX_LEVELS - 1);
        if (faculty->offers & CAMPUS_OFFERS_FURTHER)
            add_lines(plan, (struct line){.kind = CAMPUS_FURTHER, .field = field, .every = 1}, 1);
        if (faculty->offers & CAMPUS_OFFERS_COLLEGE)
            add_lines(plan, (struct line){.kind = CAMPUS_COLLEGE, .field = field, .every = 1}, 4);
    }
    if (faculty->offers & CAMPUS_OFFERS_POSTGRADUATE)
        add_lines(plan, (struct line){.kind = CAMPUS_POSTGRADUATE, .field = 0, .every = 8}, 3);
    if ((faculty->offers & CAMPUS_OFFERS_BACHELOR) && faculty->groups >= 90) {
        add_lines(plan, (struct line){.kind = CAMPUS_BACHELOR, .type = CAMPUS_EVENING, .field = 0, .every = 6}, 4);
        add_lines(plan, (struct line){.kind = CAMPUS_BACHELOR, .type = CAMPUS_DISTANCE, .field = 1, .every = 6}, 4);
    }
}

static void share_groups(struct plan *plan, unsigned groups)
{
    for (unsigned round = 0; groups > 0; round++)
        for (size_t i = 0; i < plan->count && groups > 0; i++)
            if (round % plan->lines[i].every == 0) {
                plan->lines[i].count++;
                groups--;
            }
}

static const char *group_name(struct campus *campus, const campus_faculty *faculty, const struct line *line,
                              unsigned number)
{
    static const char *const type_prefix[] = {[CAMPUS_COMMON] = "", [CAMPUS_EVENING] = "в", [CAMPUS_DISTANCE] = "з"};
    static const char kind_digit[] = {[CAMPUS_BACHELOR] = '3',     [CAMPUS_MASTER] = '4',  [CAMPUS_SPECIALIST] = '5',
                                      [CAMPUS_POSTGRADUATE] = '6', [CAMPUS_FURTHER] = '7', [CAMPUS_COLLEGE] = '2'};
    uint64_t fate = campus_hash(STRUCTURE, (uint64_t)faculty->id, (uint64_t)line->kind * 100 + line->level,
                                (uint64_t)line->type * 10000 + (uint64_t)line->field * 100 + number);
    const char *suffix = "";

    if (fate % 32 == 0 && number > 1)
        suffix = "_2025";
    else if (fate % 32 <= 2 && number > 1)
        suffix = fate % 32 == 1 ? " п/г 1" : " п/г 2";
    return poly_arena_printf(campus->arena, "%s%s%c%s/%d%02u%02u%s", type_prefix[line->type], faculty->prefix,
                             kind_digit[line->kind], faculty->fields[line->field], (CAMPUS_YEAR - line->level + 1) % 10,
                             number / PER_PROFILE + 1, number % PER_PROFILE + 1, suffix);
}

static void add_stream(struct campus *campus, uint16_t faculty, const struct line *line, uint32_t *count)
{
    campus_stream *stream = &campus->streams[campus->stream_count];

    *stream = (campus_stream){.first_group = (uint16_t)*count,
                              .group_count = (uint16_t)line->count,
                              .faculty = faculty,
                              .level = line->level,
                              .kind = line->kind,
                              .type = line->type,
                              .field = line->field};
    for (unsigned number = 0; number < line->count; number++) {
        campus_group *group = &campus->groups[*count];

        group->id = FIRST_GROUP_ID + (int)*count;
        group->name = group_name(campus, &campus_faculties[faculty], line, number);
        group->folded = campus_fold(campus, group->name);
        group->faculty = faculty;
        group->stream = (uint16_t)campus->stream_count;
        group->level = line->level;
        group->kind = line->kind;
        group->type = line->type;
        if (strcmp(group->name, CAMPUS_DEMO_GROUP) == 0)
            campus->demo_group = (uint16_t)*count;
        (*count)++;
    }
    campus->stream_count++;
}

void campus_make_groups(struct campus *campus)
{
    uint32_t count = 0;

    for (uint16_t faculty = 0; faculty < CAMPUS_FACULTIES; faculty++) {
        struct plan plan;

        plan_faculty(&campus_faculties[faculty], &plan);
        share_groups(&plan, campus_faculties[faculty].groups);
        campus->faculty_groups[faculty] = (campus_range){count, campus_faculties[faculty].groups};
        for (size_t i = 0; i < plan.count; i++)
            if (plan.lines[i].count > 0)
                add_stream(campus, faculty, &plan.lines[i], &count);
    }
}

uint16_t campus_find_group(int64_t id)
{
    return id >= FIRST_GROUP_ID && id < FIRST_GROUP_ID + CAMPUS_GROUPS ? (uint16_t)(id - FIRST_GROUP_ID) : CAMPUS_NONE;
}

/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include "builder.h"

#include <stdlib.h>
#include <string.h>

static void fill_pools(campus_builder *builder)
{
    for (uint16_t i = 0; i < CAMPUS_TEACHERS; i++) {
        uint16_t chair = builder->campus->teachers[i].chair;
        campus_area area;

        if (chair == CAMPUS_NONE)
            continue;
        area = campus_chairs[chair].area;
        builder->pools[area][builder->pool_sizes[area]++] = i;
    }
}

static void place_stream(campus_builder *builder, uint16_t stream)
{
    campus_course courses[CAMPUS_MAX_COURSES] = {0};
    unsigned count = campus_curriculum_place(builder, stream, courses);

    campus_session_place(builder, stream, courses, count);
}

static int compare(int a, int b)
{
    return (a > b) - (a < b);
}

/* A total order, so that the sort's own choices never show. */
static int compare_lessons(const void *left, const void *right)
{
    const campus_lesson *a = left;
    const campus_lesson *b = right;
    int order = compare(a->dated, b->dated);

    if (!order)
        order = compare(a->day, b->day);
    if (!order)
        order = compare(a->start, b->start);
    if (!order)
        order = compare(a->end, b->end);
    if (!order)
        order = compare(a->subject, b->subject);
    if (!order)
        order = compare(a->first_group, b->first_group);
    if (!order)
        order = compare(a->weeks, b->weeks);
    if (!order)
        order = compare(a->type, b->type);
    return order ? order : compare(a->from_week, b->from_week);
}

/* Whom a lesson concerns in one view: groups, teachers or rooms. */
static unsigned concerned(const campus_lesson *lesson, campus_view view, uint16_t out[UINT8_MAX])
{
    unsigned count = 0;

    switch (view) {
    case CAMPUS_BY_GROUP:
        for (uint8_t i = 0; i < lesson->group_count; i++)
            out[count++] = (uint16_t)(lesson->first_group + i);
        break;
    case CAMPUS_BY_TEACHER:
        if (lesson->teacher != CAMPUS_NONE)
            out[count++] = lesson->teacher;
        if (lesson->spare_teacher != CAMPUS_NONE)
            out[count++] = lesson->spare_teacher;
        break;
    case CAMPUS_BY_ROOM:
        for (uint8_t i = 0; i < lesson->room_count; i++)
            out[count++] = lesson->rooms[i];
        if (lesson->spare_room != CAMPUS_NONE)
            out[count++] = lesson->spare_room;
        break;
    }
    return count;
}

/* Counts, sums up, and fills: each entity's lessons in the pattern's order. */
static void make_index(campus_pattern *pattern, campus_view view, uint32_t entities)
{
    campus_index *index = &pattern->views[view];
    uint16_t who[UINT8_MAX];
    uint32_t *next;

    index->starts = poly_alloc_zero(entities + 1, sizeof(*index->starts));
    for (uint32_t i = 0; i < pattern->count; i++)
        for (unsigned n = concerned(&pattern->lessons[i], view, who); n > 0; n--)
            index->starts[who[n - 1] + 1]++;
    for (uint32_t i = 0; i < entities; i++)
        index->starts[i + 1] += index->starts[i];
    index->lessons = poly_alloc_zero(index->starts[entities] + 1, sizeof(*index->lessons));
    next = poly_alloc(entities * sizeof(*next));
    memcpy(next, index->starts, entities * sizeof(*next));
    for (uint32_t i = 0; i < pattern->count; i++)
        for (unsigned n = concerned(&pattern->lessons[i], view, who); n > 0; n--)
            index->lessons[next[who[n - 1]]++] = i;
    free(next);
}

campus_pattern *campus_pattern_create(const struct campus *campus, campus_term term)
{
    campus_builder *builder = poly_alloc_zero(1, sizeof(*builder));
    campus_pattern *pattern = poly_alloc_zero(1, sizeof(*pattern));
    uint16_t demo = campus->groups[campus->demo_group].stream;

    builder->campus = campus;
    builder->term = term;
    fill_pools(builder);
    place_stream(builder, demo); /* first, while its room and teacher are free */
    for (uint16_t stream = 0; stream < campus->stream_count; stream++)
        if (stream != demo)
            place_stream(builder, stream);
    campus_builder_choose_spares(builder);
    qsort(builder->lessons, builder->count, sizeof(*builder->lessons), compare_lessons);
    pattern->lessons = poly_realloc(builder->lessons, builder->count, sizeof(*builder->lessons));
    pattern->count = builder->count;
    make_index(pattern, CAMPUS_BY_GROUP, CAMPUS_GROUPS);
    make_index(pattern, CAMPUS_BY_TEACHER, CAMPUS_TEACHERS);
    make_index(pattern, CAMPUS_BY_ROOM, CAMPUS_ROOMS);
    free(builder->slots);
    free(builder);
    return pattern;
}

void campus_pattern_destroy(campus_pattern **pattern)
{
    if (!*pattern)
        return;
    for (int view = 0; view < CAMPUS_VIEWS; view++) {
        free((*pattern)->views[view].starts);
        free((*pattern)->views[view].lessons);
    }
    free((*pattern)->lessons);
    free(*pattern);
    *pattern = NULL;
}

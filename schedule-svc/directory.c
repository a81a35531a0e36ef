/* SPDX-License-Identifier: MIT */
#include "directory.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "resolve.h"

/* The groups of one faculty, which follow each other in directory.groups. */
struct faculty_groups {
    int64_t faculty_id;
    poly_group *groups;
    size_t count;
};

struct directory_view {
    atomic_uint references;
    poly_arena *arena;
    poly_faculty *faculties;
    size_t faculty_count;
    struct faculty_groups *faculty_groups;
    size_t faculty_groups_count;
    const poly_group **groups; /* by id */
    size_t group_count;
    const poly_room **rooms; /* by id */
    size_t room_count;
    bool complete;
    unsigned kinds;
    search_index *index;
};

/* What has been read so far. The answers live in the directory's arena, the teachers' in one of their own. */
struct making {
    directory_view *made;
    poly_arena *scratch;
    answer_data *answers;
    const directory_part *parts;
    size_t count;
};

static void read_parts(struct making *making)
{
    for (size_t i = 0; i < making->count; i++) {
        const directory_part *part = &making->parts[i];
        poly_blob *json = poly_blob_gunzip(part->gzip, part->identity_size);
        /* Of the teachers, the search index copies all that is ever needed. */
        poly_arena *arena = part->key.kind == RESOURCE_TEACHERS ? making->scratch : making->made->arena;

        if (!json || answer_read(&part->key, json, arena, &making->answers[i]) != POLY_OK)
            making->answers[i] = (answer_data){0};
        poly_blob_unref(&json);
    }
}

static size_t count_of(const struct making *making, resource_kind kind, size_t *lists)
{
    size_t items = 0;

    *lists = 0;
    for (size_t i = 0; i < making->count; i++) {
        if (making->parts[i].key.kind == kind) {
            items += making->answers[i].count;
            ++*lists;
        }
    }
    return items;
}

static int compare_groups(const void *a, const void *b)
{
    const poly_group *left = *(const poly_group *const *)a, *right = *(const poly_group *const *)b;

    return (left->id > right->id) - (left->id < right->id);
}

static int compare_rooms(const void *a, const void *b)
{
    const poly_room *left = *(const poly_room *const *)a, *right = *(const poly_room *const *)b;

    return (left->id > right->id) - (left->id < right->id);
}

static void take_faculties(struct making *making)
{
    directory_view *made = making->made;

    for (size_t i = 0; i < making->count; i++) {
        if (making->parts[i].key.kind == RESOURCE_FACULTIES) {
            made->faculties = making->answers[i].faculties;
            made->faculty_count = making->answers[i].count;
        }
    }
}

static void take_groups(struct making *making)
{
    directory_view *made = making->made;
    size_t lists, items = count_of(making, RESOURCE_FACULTY_GROUPS, &lists);

    made->groups = poly_arena_alloc_zero(made->arena, items + 1, sizeof(*made->groups));
    made->faculty_groups = poly_arena_alloc_zero(made->arena, lists + 1, sizeof(*made->faculty_groups));
    for (size_t i = 0; i < making->count; i++) {
        answer_data *answer = &making->answers[i];

        if (making->parts[i].key.kind != RESOURCE_FACULTY_GROUPS || !answer->groups)
            continue;
        made->faculty_groups[made->faculty_groups_count++] =
            (struct faculty_groups){answer->faculty.id, answer->groups, answer->count};
        for (size_t g = 0; g < answer->count; g++)
            made->groups[made->group_count++] = &answer->groups[g];
    }
    qsort(made->groups, made->group_count, sizeof(*made->groups), compare_groups);
}

static void take_rooms(struct making *making)
{
    directory_view *made = making->made;
    size_t lists, items = count_of(making, RESOURCE_BUILDING_ROOMS, &lists);

    made->rooms = poly_arena_alloc_zero(made->arena, items + 1, sizeof(*made->rooms));
    for (size_t i = 0; i < making->count; i++) {
        answer_data *answer = &making->answers[i];

        if (making->parts[i].key.kind != RESOURCE_BUILDING_ROOMS)
            continue;
        for (size_t r = 0; r < answer->count; r++)
            made->rooms[made->room_count++] = &answer->rooms[r];
    }
    qsort(made->rooms, made->room_count, sizeof(*made->rooms), compare_rooms);
}

static void build_index(struct making *making)
{
    directory_view *made = making->made;
    size_t lists, teachers = count_of(making, RESOURCE_TEACHERS, &lists), count = 0;
    search_item *items = poly_alloc_zero(made->group_count + made->room_count + teachers + 1, sizeof(*items));

    for (size_t i = 0; i < made->group_count; i++)
        items[count++] = search_item_of_group(made->groups[i]);
    for (size_t i = 0; i < made->room_count; i++)
        items[count++] = search_item_of_room(made->rooms[i], making->scratch);
    for (size_t i = 0; i < making->count; i++) {
        const answer_data *answer = &making->answers[i];

        for (size_t t = 0; making->parts[i].key.kind == RESOURCE_TEACHERS && t < answer->count; t++)
            items[count++] = search_item_of_teacher(&answer->teachers[t]);
    }
    made->index = search_index_create(items, count);
    made->kinds = (made->group_count ? TIMETABLE_KIND_BIT(TIMETABLE_GROUP) : 0) |
                  (made->room_count ? TIMETABLE_KIND_BIT(TIMETABLE_ROOM) : 0) |
                  (teachers ? TIMETABLE_KIND_BIT(TIMETABLE_TEACHER) : 0);
    free(items);
}

/*
 * The arenas in one piece each, which the allocator maps by itself and gives back whole: structs and strings take less
 * than twice their JSON, and what is not written costs nothing.
 */
static size_t room_for(const directory_part *parts, size_t count, bool teachers)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        if ((parts[i].key.kind == RESOURCE_TEACHERS) == teachers)
            size += 2 * (size_t)parts[i].identity_size;
    return size;
}

directory_view *directory_create(const directory_part *parts, size_t count, bool complete)
{
    struct making making = {
        .made = poly_alloc_zero(1, sizeof(directory_view)),
        .scratch = poly_arena_create(room_for(parts, count, true)),
        .answers = poly_alloc_zero(count + 1, sizeof(answer_data)),
        .parts = parts,
        .count = count,
    };

    atomic_init(&making.made->references, 1);
    making.made->complete = complete;
    making.made->arena = poly_arena_create(room_for(parts, count, false));
    read_parts(&making);
    take_faculties(&making);
    take_groups(&making);
    take_rooms(&making);
    build_index(&making);
    free(making.answers);
    poly_arena_destroy(&making.scratch);
    return making.made;
}

directory_view *directory_ref(directory_view *self)
{
    atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
    return self;
}

void directory_unref(directory_view **self)
{
    directory_view *last = *self;

    *self = NULL;
    if (!last || atomic_fetch_sub_explicit(&last->references, 1, memory_order_acq_rel) != 1)
        return;
    search_index_unref(&last->index);
    poly_arena_destroy(&last->arena);
    free(last);
}

bool directory_is_complete(const directory_view *self)
{
    return self->complete;
}

unsigned directory_kinds(const directory_view *self)
{
    return self->kinds;
}

const search_index *directory_index(const directory_view *self)
{
    return self->index;
}

const poly_group *directory_group(const directory_view *self, int64_t id)
{
    const poly_group wanted = {.id = id}, *key = &wanted;
    const poly_group **found = bsearch(&key, self->groups, self->group_count, sizeof(*self->groups), compare_groups);

    return found ? *found : NULL;
}

const poly_room *directory_room(const directory_view *self, int64_t id)
{
    const poly_room wanted = {.id = id}, *key = &wanted;
    const poly_room **found = bsearch(&key, self->rooms, self->room_count, sizeof(*self->rooms), compare_rooms);

    return found ? *found : NULL;
}

const poly_group *directory_resolve(const directory_view *self, const char *faculty_abbr, const char *group_name)
{
    const poly_faculty *faculty = resolve_faculty(self->faculties, self->faculty_count, faculty_abbr);

    for (size_t i = 0; faculty && i < self->faculty_groups_count; i++) {
        const struct faculty_groups *list = &self->faculty_groups[i];

        if (list->faculty_id == faculty->id)
            return resolve_group(list->groups, list->count, group_name);
    }
    return NULL;
}

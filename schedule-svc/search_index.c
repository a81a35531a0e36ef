/* SPDX-License-Identifier: MIT */
#include "poly/text.h"
#include "search_entries.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FOLDED_BYTES (1u << 16)

search_item search_item_of_group(const poly_group *group)
{
    return (search_item){TIMETABLE_GROUP, group->id,           group->faculty_id,
                         group->name,     group->faculty_abbr, group->faculty_abbr};
}

search_item search_item_of_teacher(const poly_teacher *teacher)
{
    return (search_item){TIMETABLE_TEACHER, teacher->id, 0, teacher->full_name, teacher->chair, ""};
}

search_item search_item_of_room(const poly_room *room, poly_arena *arena)
{
    return (search_item){
        TIMETABLE_ROOM,      room->id,
        room->building_id,   room->name,
        room->building_name, poly_arena_printf(arena, "%s %s", room->building_name, room->building_abbr)};
}

/* Folded into the arena, cut at MAX_FOLDED_BYTES. */
static const char *folded(poly_arena *arena, const char *text)
{
    poly_strbuf buffer;
    const char *copy;

    poly_strbuf_init(&buffer, MAX_FOLDED_BYTES);
    poly_text_fold(text, strlen(text), &buffer);
    copy = poly_arena_strndup(arena, poly_strbuf_text(&buffer), buffer.size);
    poly_strbuf_release(&buffer);
    return copy;
}

static size_t count_words(const char *text)
{
    size_t at = 0, start, count = 0;

    while (search_next_word(text, strlen(text), &at, &start))
        count++;
    return count;
}

static void add_words(poly_arena *arena, search_entry *self, const char *text)
{
    size_t at = 0, start, size = strlen(text);

    while (search_next_word(text, size, &at, &start))
        self->words[self->word_count++] = poly_arena_strndup(arena, text + start, at - start);
}

static void fill_entry(poly_arena *arena, search_entry *self, const search_item *item)
{
    const char *keywords = folded(arena, item->keywords);
    size_t name_words;

    self->item = *item;
    self->item.name = poly_arena_strdup(arena, item->name);
    self->item.detail = poly_arena_strdup(arena, item->detail);
    self->item.keywords = poly_arena_strdup(arena, item->keywords);
    self->folded = folded(arena, item->name);
    name_words = count_words(self->folded);
    self->name_has_words = name_words > 0;
    self->words = poly_arena_alloc_zero(arena, name_words + count_words(keywords) + 1, sizeof *self->words);
    add_words(arena, self, self->folded);
    add_words(arena, self, keywords);
}

static int compare_identity(const search_item *a, const search_item *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* Pointers into one array: equals keep its order. */
static int by_identity(const void *left, const void *right)
{
    const search_item *a = *(const search_item *const *)left, *b = *(const search_item *const *)right;
    int order = compare_identity(a, b);

    return order ? order : (a > b) - (a < b);
}

static int by_name(const void *left, const void *right)
{
    const search_entry *a = left, *b = right;
    int order = strcmp(a->folded, b->folded);

    return order ? order : compare_identity(&a->item, &b->item);
}

static int by_word(const void *left, const void *right)
{
    const search_posting *a = left, *b = right;
    int order = strcmp(a->word, b->word);

    if (order)
        return order;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* The items without repetitions, as entries in the order of their names. */
static void build_entries(search_index *index, const search_item *items, size_t count)
{
    const search_item **sorted = poly_alloc_zero(count + 1, sizeof *sorted);

    for (size_t i = 0; i < count; i++)
        sorted[i] = &items[i];
    qsort(sorted, count, sizeof *sorted, by_identity);
    index->entries = poly_arena_alloc_zero(index->arena, count + 1, sizeof *index->entries);
    for (size_t i = 0; i < count && index->entry_count < SEARCH_MAX_ENTRIES; i++) {
        if (i == 0 || compare_identity(sorted[i - 1], sorted[i]) != 0)
            fill_entry(index->arena, &index->entries[index->entry_count++], sorted[i]);
    }
    qsort(index->entries, index->entry_count, sizeof *index->entries, by_name);
    free(sorted);
}

static void build_postings(search_index *index)
{
    size_t count = 0;

    for (size_t i = 0; i < index->entry_count; i++)
        count += index->entries[i].word_count;
    index->postings = poly_arena_alloc_zero(index->arena, count + 1, sizeof *index->postings);
    for (size_t i = 0; i < index->entry_count; i++) {
        const search_entry *self = &index->entries[i];

        for (size_t k = 0; k < self->word_count; k++)
            index->postings[index->posting_count++] = (search_posting){self->words[k], (uint32_t)i, (uint32_t)k};
    }
    qsort(index->postings, index->posting_count, sizeof *index->postings, by_word);
}

search_index *search_index_create(const search_item *items, size_t count)
{
    search_index *index = poly_alloc_zero(1, sizeof *index);

    atomic_init(&index->references, 1);
    index->arena = poly_arena_create(0);
    build_entries(index, items, count);
    build_postings(index);
    return index;
}

search_index *search_index_ref(search_index *index)
{
    atomic_fetch_add_explicit(&index->references, 1, memory_order_relaxed);
    return index;
}

void search_index_unref(search_index **index)
{
    search_index *self = *index;

    *index = NULL;
    if (!self || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    poly_arena_destroy(&self->arena);
    free(self);
}

size_t search_index_count(const search_index *index)
{
    return index->entry_count;
}

size_t search_index_footprint(const search_index *index)
{
    return sizeof *index + poly_arena_footprint(index->arena);
}

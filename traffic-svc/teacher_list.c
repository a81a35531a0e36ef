/* SPDX-License-Identifier: MIT */
#include "teacher_list.h"

#include <stdlib.h>
#include <string.h>

#include "poly/text.h"

/* Whole words, folded: there are people called Удалов and Кафедрин. */
static const char *const marks[] = {
    "удалить",         "удален",        "удалена",       "удаленный",  "удаленная", "вакансия",
    "вакансии",        "вакант",        "кафедра",       "каф",        "гэк",       "комиссия",
    "экзаменационная", "преподаватель", "преподаватели", "сотрудник",  "группа",    "тест",
    "тестовый",        "тестовая",      "неизвестно",    "неизвестен", "дубль",     "дубликат",
    "использовать",    "delete",        "deleted",       "vacancy",    "test",      "unknown",
};

static bool is_mark(const char *word, size_t size)
{
    for (size_t i = 0; i < POLY_LENGTH(marks); i++)
        if (strlen(marks[i]) == size && memcmp(marks[i], word, size) == 0)
            return true;
    return false;
}

/* What no name has. Brackets, apostrophes, dots and hyphens are in some. */
static bool is_foreign(uint32_t code_point)
{
    static const char signs[] = "0123456789!?*#@_=+<>{}[]|\\/;:%&^~$";

    return code_point < ' ' || code_point == 0x7f || (code_point < 0x7f && strchr(signs, (int)code_point)) ||
           code_point == 0x2116; /* № */
}

/* A letter of any script; punctuation and symbols are below. */
static bool is_name_letter(uint32_t code_point)
{
    return poly_text_is_letter(code_point) || (code_point >= 0x100 && code_point < 0x2000) || code_point >= 0x3040;
}

/* The word's letters without the marks around them: "(каф.)" is "каф". */
static poly_slice bare(const char *word, size_t size)
{
    static const char around[] = "().,\"'-";

    while (size && strchr(around, word[0]))
        word++, size--;
    while (size && strchr(around, word[size - 1]))
        size--;
    return (poly_slice){word, size};
}

/* A part of a name, unless it is in brackets; false when the word shows that the entry is none. */
static bool read_word(const char *word, size_t size, unsigned *parts)
{
    poly_slice inner = bare(word, size);
    bool has_letter = false;

    for (size_t at = 0; at < size;) {
        uint32_t code_point = poly_text_next(word, size, &at);

        if (is_foreign(code_point))
            return false;
        has_letter |= is_name_letter(code_point);
    }
    *parts += has_letter && word[0] != '(';
    return !is_mark(inner.data, inner.size);
}

bool teacher_name_is_person(const char *name)
{
    poly_strbuf folded;
    unsigned parts = 0;
    bool valid = poly_text_count(name) <= TEACHER_NAME_CHARACTERS;

    poly_strbuf_init(&folded, 8 * 1024);
    poly_text_fold(name, strlen(name), &folded);
    for (const char *at = poly_strbuf_text(&folded); valid && *at;) {
        size_t size = strcspn(at, " ");

        valid = read_word(at, size, &parts);
        at += size + (at[size] == ' ');
    }
    valid &= !folded.overflowed;
    poly_strbuf_release(&folded);
    return valid && parts >= 2;
}

static const char *squeezed(const char *text, poly_arena *arena)
{
    poly_strbuf out;
    const char *kept = "";

    poly_strbuf_init(&out, 8 * 1024);
    poly_text_squeeze(text, strlen(text), &out);
    if (!out.overflowed)
        kept = poly_arena_strndup(arena, poly_strbuf_text(&out), out.size);
    poly_strbuf_release(&out);
    return kept;
}

/* An entry and where it stood, so that sorting keeps the order of those with one id. */
struct entry {
    listed_teacher teacher;
    size_t place;
};

static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->teacher.ruz_id != b->teacher.ruz_id)
        return a->teacher.ruz_id < b->teacher.ruz_id ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

static size_t read_entries(const poly_teacher *source, size_t count, poly_arena *arena, struct entry *entries)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = squeezed(source[i].full_name, arena);

        if (source[i].id > 0 && source[i].id <= TEACHER_RUZ_ID_MAX && teacher_name_is_person(name))
            entries[kept++] = (struct entry){{source[i].id, name}, i};
    }
    return kept;
}

teacher_list teacher_list_of(const poly_teacher *source, size_t count, poly_arena *arena)
{
    struct entry *entries = poly_arena_alloc(arena, (count + 1) * sizeof(*entries));
    listed_teacher *items = poly_arena_alloc(arena, (count + 1) * sizeof(*items));
    size_t kept = read_entries(source, count, arena, entries), unique = 0;

    if (kept)
        qsort(entries, kept, sizeof(*entries), compare);
    for (size_t i = 0; i < kept; i++)
        if (i == 0 || entries[i].teacher.ruz_id != entries[i - 1].teacher.ruz_id)
            items[unique++] = entries[i].teacher;
    return (teacher_list){.items = items, .count = unique, .fetched = count, .skipped = count - unique};
}

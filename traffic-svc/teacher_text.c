/* SPDX-License-Identifier: MIT */
#include "teacher_text.h"

#include <string.h>

#include "poly/text.h"

#define TEXT_MAX ((size_t)16 * 1024)

const char *teacher_sort_text(const char *full_name, const char *username, poly_arena *arena)
{
    poly_strbuf folded;
    const char *text;

    poly_strbuf_init(&folded, TEXT_MAX);
    poly_text_fold(full_name, strlen(full_name), &folded);
    if (username) {
        poly_strbuf_append_char(&folded, ' ');
        poly_text_fold(username, strlen(username), &folded);
    }
    text = poly_arena_strndup(arena, poly_strbuf_text(&folded), folded.size);
    poly_strbuf_release(&folded);
    return text;
}

/* The longer of the two is what is looked for first. */
static void take_word(teacher_search *search, const char **others, const char *word)
{
    const char *shorter = word;

    if (!search->longest || strlen(word) > strlen(search->longest)) {
        shorter = search->longest;
        search->longest = word;
    }
    if (shorter)
        others[search->other_count++] = shorter;
}

teacher_search teacher_search_read(const char *typed, poly_arena *arena)
{
    const char **others = poly_arena_alloc(arena, (strlen(typed) + 1) * sizeof(*others));
    teacher_search search = {.others = others};
    poly_strbuf folded;

    poly_strbuf_init(&folded, TEXT_MAX);
    poly_text_fold(typed, strlen(typed), &folded);
    for (const char *at = poly_strbuf_text(&folded); *at;) {
        size_t size = strcspn(at, " ");

        take_word(&search, others, poly_arena_strndup(arena, at, size));
        at += size + (at[size] == ' ');
    }
    poly_strbuf_release(&folded);
    return search;
}

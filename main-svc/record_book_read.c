/* SPDX-License-Identifier: MIT */
#include "record_book.h"

#include <stdio.h>
#include <string.h>

#include "poly/strbuf.h"
#include "poly/text.h"

enum { MAX_SIZE = 1024 * 1024, MAX_DEPTH = 8, MAX_ENTRIES = 2000, MAX_FIELD = 2000, MAX_HOURS = 100000 };

/* "" for null and what is not there. False for another type, or more than any title has. */
static bool read_text(const poly_json *object, const char *name, poly_arena *arena, const char **out)
{
    const poly_json *member = poly_json_get(object, name);
    const char *text = poly_json_text(member, "");
    poly_strbuf squeezed;

    if (poly_json_type_of(member) > POLY_JSON_NULL && poly_json_type_of(member) != POLY_JSON_STRING)
        return false;
    if (strlen(text) > MAX_FIELD)
        return false;
    poly_strbuf_init(&squeezed, MAX_FIELD + 1);
    poly_text_squeeze(text, strlen(text), &squeezed);
    *out = poly_arena_strdup(arena, poly_strbuf_text(&squeezed));
    poly_strbuf_release(&squeezed);
    return true;
}

/* A number, or one as text; 0 for null, "" and what is not there. */
static bool read_number(const poly_json *object, const char *name, int max, int *out)
{
    const poly_json *member = poly_json_get(object, name);
    const char *text = poly_json_text(member, "");
    int64_t number = 0;
    int length = 0;

    switch (poly_json_type_of(member)) {
    case POLY_JSON_NUMBER:
        if (!poly_json_int(member, 0, max, &number))
            return false;
        break;
    case POLY_JSON_ABSENT:
    case POLY_JSON_NULL:
    case POLY_JSON_STRING:
        if (*text &&
            (sscanf(text, "%7lld%n", (long long *)&number, &length) != 1 || text[length] || number < 0 || number > max))
            return false;
        break;
    default:
        return false;
    }
    *out = (int)number;
    return true;
}

static bool read_date(const poly_json *object, const char *name, poly_date *out)
{
    const poly_json *member = poly_json_get(object, name);
    const char *text = poly_json_text(member, "");
    char dashed[16];
    int day, month, year, length = 0;

    *out = (poly_date){0};
    if (poly_json_type_of(member) > POLY_JSON_NULL && poly_json_type_of(member) != POLY_JSON_STRING)
        return false;
    if (!*text || poly_date_parse(text, out))
        return true;
    if (sscanf(text, "%2d.%2d.%4d%n", &day, &month, &year, &length) != 3 || text[length])
        return false;
    snprintf(dashed, sizeof(dashed), "%04d-%02d-%02d", year, month, day);
    return poly_date_parse(dashed, out);
}

static bool read_entry(const poly_json *object, poly_arena *arena, grade_entry *entry)
{
    return poly_json_type_of(object) == POLY_JSON_OBJECT &&
           read_text(object, "discipline", arena, &entry->discipline) && *entry->discipline &&
           read_text(object, "control", arena, &entry->control) && read_text(object, "mark", arena, &entry->mark) &&
           read_text(object, "teacher", arena, &entry->teacher) &&
           read_number(object, "semester", GRADEBOOK_MAX_SEMESTER, &entry->semester) &&
           read_date(object, "date", &entry->date) && read_number(object, "hours", MAX_HOURS, &entry->hours) &&
           read_number(object, "credits", MAX_HOURS, &entry->credits);
}

static poly_result read_book(const poly_json *document, poly_arena *arena, record_book *book)
{
    const poly_json *marks = poly_json_get(document, "marks");
    size_t count = poly_json_count(marks);

    if (poly_json_type_of(marks) != POLY_JSON_ARRAY || count > MAX_ENTRIES ||
        !read_text(document, "orders_type_name", arena, &book->orders_type_name))
        return POLY_BAD_ANSWER;
    book->entries = poly_arena_alloc_zero(arena, count + 1, sizeof(*book->entries));
    book->count = 0;
    for (const poly_json *mark = poly_json_first(marks); mark; mark = poly_json_next(mark))
        if (!read_entry(mark, arena, &book->entries[book->count++]))
            return POLY_BAD_ANSWER;
    return POLY_OK;
}

poly_result record_book_read(poly_slice json, poly_arena *arena, record_book *book)
{
    const poly_json_limits limits = {.max_size = MAX_SIZE, .max_depth = MAX_DEPTH};
    poly_json *document;
    poly_result result;

    *book = (record_book){.orders_type_name = ""};
    if (poly_json_parse(json.data, json.size, &limits, &document, NULL) != POLY_OK)
        return POLY_BAD_ANSWER;
    result = read_book(document, arena, book);
    poly_json_destroy(&document);
    return result;
}

/* SPDX-License-Identifier: MIT */
#include "ruz_fields.h"

#include "poly/text.h"

#include "resource.h"

#include <string.h>

#define MAX_TEXT_BYTES 4096
#define MAX_OID        INT64_C(9007199254740991) /* what a JSON number carries exactly */

bool ruz_fail(ruz_parse *parse, const char *reason)
{
    parse->reason = reason;
    return false;
}

static bool is_null(const poly_json *value)
{
    poly_json_type type = poly_json_type_of(value);

    return type == POLY_JSON_ABSENT || type == POLY_JSON_NULL;
}

bool ruz_parse_text(ruz_parse *parse, const poly_json *object, const char *name, const char **out)
{
    const poly_json *value = poly_json_get(object, name);
    const char *text = poly_json_text(value, NULL);
    size_t size;

    if (!text) {
        *out = "";
        return is_null(value) || ruz_fail(parse, "a text is no string");
    }
    size = strlen(text);
    if (size > MAX_TEXT_BYTES)
        return ruz_fail(parse, "a text is too long");
    poly_strbuf_clear(&parse->scratch);
    poly_text_squeeze(text, size, &parse->scratch);
    *out = poly_arena_strndup(parse->arena, poly_strbuf_text(&parse->scratch), parse->scratch.size);
    return true;
}

/* Enough to be safe as a link in a page or a calendar, whatever RUZ's editors have typed. */
static bool is_web_address(const char *text)
{
    poly_slice start = {text, 0};

    start.size = strcspn(text, ":");
    if (!poly_slice_equal_nocase(start, "https") && !poly_slice_equal_nocase(start, "http"))
        return false;
    text += start.size;
    if (strncmp(text, "://", 3) != 0 || text[3] == '\0' || text[3] == '/')
        return false;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte <= 0x20 || byte == 0x7f || strchr("\"<>\\^`{|}", byte))
            return false;
    }
    return true;
}

bool ruz_parse_link(ruz_parse *parse, const poly_json *object, const char *name, const char **out)
{
    if (!ruz_parse_text(parse, object, name, out))
        return false;
    if (!is_web_address(*out))
        *out = "";
    return true;
}

bool ruz_parse_id(ruz_parse *parse, const poly_json *object, int64_t *out)
{
    return poly_json_int(poly_json_get(object, "id"), 1, RESOURCE_ID_MAX, out) ||
           ruz_fail(parse, "an id is missing or invalid");
}

bool ruz_parse_number(ruz_parse *parse, const poly_json *object, const char *name, int max, int *out)
{
    const poly_json *value = poly_json_get(object, name);
    int64_t number = 0;

    if (!is_null(value) && poly_json_type_of(value) != POLY_JSON_NUMBER)
        return ruz_fail(parse, "a number is none");
    *out = poly_json_int(value, 0, max, &number) ? (int)number : 0;
    return true;
}

bool ruz_parse_date(ruz_parse *parse, const poly_json *object, const char *name, poly_date *out)
{
    const char *text = poly_json_text(poly_json_get(object, name), "");
    char dashed[POLY_DATE_SIZE];
    size_t size = strlen(text);

    if (size >= sizeof dashed)
        return ruz_fail(parse, "a date is invalid");
    for (size_t i = 0; i <= size; i++)
        dashed[i] = text[i] == '.' && !strchr(text, '-') ? '-' : text[i];
    return poly_date_parse(dashed, out) || ruz_fail(parse, "a date is invalid");
}

bool ruz_parse_clock(ruz_parse *parse, const poly_json *object, const char *name, int *out)
{
    return poly_clock_parse(poly_json_text(poly_json_get(object, name), ""), out) ||
           ruz_fail(parse, "a time is invalid");
}

static bool require_object(ruz_parse *parse, const poly_json *value)
{
    return poly_json_type_of(value) == POLY_JSON_OBJECT || ruz_fail(parse, "an entry is no object");
}

bool ruz_parse_faculty(ruz_parse *parse, const poly_json *object, void *out)
{
    poly_faculty *faculty = out;

    return require_object(parse, object) && ruz_parse_id(parse, object, &faculty->id) &&
           ruz_parse_text(parse, object, "name", &faculty->name) &&
           ruz_parse_text(parse, object, "abbr", &faculty->abbr);
}

bool ruz_parse_group(ruz_parse *parse, const poly_json *object, void *out)
{
    poly_group *group = out;
    const poly_json *faculty = poly_json_get(object, "faculty");
    poly_faculty of = {0, "", ""};

    if (!require_object(parse, object) || (!is_null(faculty) && !ruz_parse_faculty(parse, faculty, &of)))
        return false;
    group->faculty_id = of.id;
    group->faculty_name = of.name;
    group->faculty_abbr = of.abbr;
    return ruz_parse_id(parse, object, &group->id) && ruz_parse_text(parse, object, "name", &group->name) &&
           ruz_parse_number(parse, object, "level", 99, &group->level) &&
           ruz_parse_text(parse, object, "type", &group->type) &&
           ruz_parse_number(parse, object, "kind", 99, &group->kind) &&
           ruz_parse_text(parse, object, "spec", &group->spec) &&
           ruz_parse_number(parse, object, "year", 9999, &group->year);
}

static bool parse_oid(ruz_parse *parse, const poly_json *object, int64_t *out)
{
    const poly_json *value = poly_json_get(object, "oid");

    *out = 0;
    return is_null(value) || poly_json_int(value, 0, MAX_OID, out) || ruz_fail(parse, "an oid is invalid");
}

static const char *joined_name(ruz_parse *parse, const poly_teacher *teacher)
{
    const char *joined =
        poly_arena_printf(parse->arena, "%s %s %s", teacher->surname, teacher->given_name, teacher->patronymic);

    poly_strbuf_clear(&parse->scratch);
    poly_text_squeeze(joined, strlen(joined), &parse->scratch);
    return poly_arena_strndup(parse->arena, poly_strbuf_text(&parse->scratch), parse->scratch.size);
}

/* RUZ calls the surname first_name, the given name middle_name and the patronymic last_name. */
bool ruz_parse_teacher(ruz_parse *parse, const poly_json *object, void *out)
{
    poly_teacher *teacher = out;

    if (!require_object(parse, object) || !ruz_parse_id(parse, object, &teacher->id) ||
        !parse_oid(parse, object, &teacher->oid) || !ruz_parse_text(parse, object, "full_name", &teacher->full_name) ||
        !ruz_parse_text(parse, object, "first_name", &teacher->surname) ||
        !ruz_parse_text(parse, object, "middle_name", &teacher->given_name) ||
        !ruz_parse_text(parse, object, "last_name", &teacher->patronymic) ||
        !ruz_parse_text(parse, object, "grade", &teacher->grade) ||
        !ruz_parse_text(parse, object, "chair", &teacher->chair))
        return false;
    if (!*teacher->full_name)
        teacher->full_name = joined_name(parse, teacher);
    return true;
}

bool ruz_parse_building(ruz_parse *parse, const poly_json *object, void *out)
{
    poly_building *building = out;

    return require_object(parse, object) && ruz_parse_id(parse, object, &building->id) &&
           ruz_parse_text(parse, object, "name", &building->name) &&
           ruz_parse_text(parse, object, "abbr", &building->abbr) &&
           ruz_parse_text(parse, object, "address", &building->address);
}

bool ruz_parse_room(ruz_parse *parse, const poly_json *object, void *out)
{
    poly_room *room = out;
    const poly_json *building = poly_json_get(object, "building");
    poly_building of = {0, "", "", ""};

    if (!require_object(parse, object) || (!is_null(building) && !ruz_parse_building(parse, building, &of)))
        return false;
    room->building_id = of.id;
    room->building_name = of.name;
    room->building_abbr = of.abbr;
    return ruz_parse_id(parse, object, &room->id) && ruz_parse_text(parse, object, "name", &room->name);
}

bool ruz_parse_entries(ruz_parse *parse, const poly_json *list, size_t max, ruz_entry_parser *entry, size_t size,
                       void **items, size_t *count)
{
    size_t length = 0;
    char *item;

    *items = NULL;
    *count = 0;
    if (is_null(list))
        return true;
    if (poly_json_type_of(list) != POLY_JSON_ARRAY)
        return ruz_fail(parse, "a list is no array");
    length = poly_json_count(list);
    if (length > max)
        return ruz_fail(parse, "a list is too long");
    *items = item = poly_arena_alloc_zero(parse->arena, length ? length : 1, size);
    *count = length;
    for (const poly_json *value = poly_json_first(list); value; value = poly_json_next(value), item += size) {
        if (!entry(parse, value, item))
            return false;
    }
    return true;
}

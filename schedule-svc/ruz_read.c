/* SPDX-License-Identifier: MIT */
#include "ruz_read.h"

#include "poly/text.h"
#include "ruz_fields.h"

#include <string.h>

#define MAX_ANSWER_BYTES (8u << 20)
#define MAX_DEPTH        16
#define MAX_LIST         100000
#define MAX_FOLDED_BYTES 16384
#define MAX_REASON_BYTES 200
/* An answer while it is read. */
typedef struct reading {
    ruz_reader *reader;
    ruz_parse parse;
    poly_json *document;
} reading;

/* What an answer is about, and has to be about. */
typedef struct subject {
    const char *name; /* of its member */
    ruz_entry_parser *entry;
    void *out;
    const int64_t *id; /* inside `out` */
    int64_t asked;
} subject;

typedef struct list {
    const char *name; /* of its member */
    ruz_entry_parser *entry;
    size_t entry_size;
    void *items;
    size_t count;
} list;

static bool says_not_found(ruz_parse *parse, const char *text)
{
    poly_strbuf_clear(&parse->scratch);
    poly_text_fold(text, strlen(text), &parse->scratch);
    return strstr(poly_strbuf_text(&parse->scratch), "не найден") != NULL;
}

/* At most MAX_REASON_BYTES of the text, not ending inside a character. */
static const char *shortened(poly_arena *arena, const char *text)
{
    size_t size = strlen(text);

    if (size > MAX_REASON_BYTES) {
        size = MAX_REASON_BYTES;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    return poly_arena_strndup(arena, text, size);
}

/* Most of RUZ's errors come with status 200: the body tells. */
static poly_result judge_error(reading *self)
{
    const char *text = poly_json_text(poly_json_get(self->document, "text"), "");
    bool error = false;

    if (!poly_json_bool(poly_json_get(self->document, "error"), &error) || !error)
        return POLY_OK;
    self->parse.reason = *text ? shortened(self->parse.arena, text) : "an error without a text";
    return says_not_found(&self->parse, self->parse.reason) ? POLY_NOT_FOUND : POLY_REJECTED;
}

static poly_result reading_open(reading *self, ruz_reader *reader, poly_slice answer)
{
    static const poly_json_limits limits = {.max_size = MAX_ANSWER_BYTES, .max_depth = MAX_DEPTH};
    poly_json_error error = {"", 0};

    *self = (reading){.reader = reader, .parse = {.arena = reader->arena, .reason = ""}};
    poly_strbuf_init(&self->parse.scratch, MAX_FOLDED_BYTES);
    switch (poly_json_parse(answer.data, answer.size, &limits, &self->document, &error)) {
    case POLY_OK:
        break;
    case POLY_TOO_LARGE:
        self->parse.reason = "the answer is too large";
        return POLY_BAD_ANSWER;
    default:
        self->parse.reason = poly_arena_printf(reader->arena, "no JSON: %s at byte %zu", error.reason, error.offset);
        return POLY_BAD_ANSWER;
    }
    if (poly_json_type_of(self->document) == POLY_JSON_OBJECT)
        return judge_error(self);
    self->parse.reason = "the answer is no object";
    return POLY_BAD_ANSWER;
}

static poly_result reading_close(reading *self, poly_result result)
{
    self->reader->reason = result == POLY_OK ? "" : self->parse.reason;
    poly_strbuf_release(&self->parse.scratch);
    poly_json_destroy(&self->document);
    return result;
}

/* A list must be there, though it may be null: a search without matches answers that. */
static bool parse_list(reading *self, list *entries)
{
    const poly_json *value = poly_json_get(self->document, entries->name);

    if (poly_json_type_of(value) == POLY_JSON_ABSENT)
        return ruz_fail(&self->parse, "the list is missing");
    return ruz_parse_entries(&self->parse, value, MAX_LIST, entries->entry, entries->entry_size, &entries->items,
                             &entries->count);
}

static bool parse_subject(reading *self, const poly_json *value, const subject *about)
{
    if (!about->entry(&self->parse, value, about->out))
        return false;
    return *about->id == about->asked || ruz_fail(&self->parse, "the answer is about another id than was asked for");
}

static poly_result read_list(ruz_reader *reader, poly_slice answer, list *entries)
{
    reading self;
    poly_result result = reading_open(&self, reader, answer);

    if (result == POLY_OK && !parse_list(&self, entries))
        result = POLY_BAD_ANSWER;
    return reading_close(&self, result);
}

static poly_result read_list_of(ruz_reader *reader, poly_slice answer, const subject *about, list *entries)
{
    reading self;
    poly_result result = reading_open(&self, reader, answer);

    if (result == POLY_OK &&
        (!parse_subject(&self, poly_json_get(self.document, about->name), about) || !parse_list(&self, entries)))
        result = POLY_BAD_ANSWER;
    return reading_close(&self, result);
}

static poly_result read_one(ruz_reader *reader, poly_slice answer, const subject *about)
{
    reading self;
    poly_result result = reading_open(&self, reader, answer);

    if (result == POLY_OK) {
        const poly_json *member = poly_json_get(self.document, about->name);

        if (!parse_subject(&self, member ? member : self.document, about))
            result = POLY_BAD_ANSWER;
    }
    return reading_close(&self, result);
}

static poly_result read_week(ruz_reader *reader, poly_slice answer, const subject *about, poly_date date,
                             poly_week *week)
{
    reading self;
    poly_result result = reading_open(&self, reader, answer);

    if (result == POLY_OK && (!parse_subject(&self, poly_json_get(self.document, about->name), about) ||
                              !ruz_parse_week(&self.parse, self.document, date, week)))
        result = POLY_BAD_ANSWER;
    return reading_close(&self, result);
}

poly_result ruz_read_faculties(ruz_reader *reader, poly_slice answer, poly_faculty **faculties, size_t *count)
{
    list entries = {.name = "faculties", .entry = ruz_parse_faculty, .entry_size = sizeof **faculties};
    poly_result result = read_list(reader, answer, &entries);

    if (result == POLY_OK) {
        *faculties = entries.items;
        *count = entries.count;
    }
    return result;
}

poly_result ruz_read_teachers(ruz_reader *reader, poly_slice answer, poly_teacher **teachers, size_t *count)
{
    list entries = {.name = "teachers", .entry = ruz_parse_teacher, .entry_size = sizeof **teachers};
    poly_result result = read_list(reader, answer, &entries);

    if (result == POLY_OK) {
        *teachers = entries.items;
        *count = entries.count;
    }
    return result;
}

poly_result ruz_read_buildings(ruz_reader *reader, poly_slice answer, poly_building **buildings, size_t *count)
{
    list entries = {.name = "buildings", .entry = ruz_parse_building, .entry_size = sizeof **buildings};
    poly_result result = read_list(reader, answer, &entries);

    if (result == POLY_OK) {
        *buildings = entries.items;
        *count = entries.count;
    }
    return result;
}

poly_result ruz_read_found_groups(ruz_reader *reader, poly_slice answer, poly_group **groups, size_t *count)
{
    list entries = {.name = "groups", .entry = ruz_parse_group, .entry_size = sizeof **groups};
    poly_result result = read_list(reader, answer, &entries);

    if (result == POLY_OK) {
        *groups = entries.items;
        *count = entries.count;
    }
    return result;
}

poly_result ruz_read_faculty_groups(ruz_reader *reader, poly_slice answer, int64_t faculty_id, poly_faculty *faculty,
                                    poly_group **groups, size_t *count)
{
    poly_faculty of;
    subject about = {"faculty", ruz_parse_faculty, &of, &of.id, faculty_id};
    list entries = {.name = "groups", .entry = ruz_parse_group, .entry_size = sizeof **groups};
    poly_result result = read_list_of(reader, answer, &about, &entries);

    if (result != POLY_OK)
        return result;
    *faculty = of;
    *groups = entries.items;
    *count = entries.count;
    for (size_t i = 0; i < entries.count; i++) {
        (*groups)[i].faculty_id = of.id;
        (*groups)[i].faculty_name = of.name;
        (*groups)[i].faculty_abbr = of.abbr;
    }
    return POLY_OK;
}

poly_result ruz_read_building_rooms(ruz_reader *reader, poly_slice answer, int64_t building_id, poly_building *building,
                                    poly_room **rooms, size_t *count)
{
    poly_building of;
    subject about = {"building", ruz_parse_building, &of, &of.id, building_id};
    list entries = {.name = "rooms", .entry = ruz_parse_room, .entry_size = sizeof **rooms};
    poly_result result = read_list_of(reader, answer, &about, &entries);

    if (result != POLY_OK)
        return result;
    *building = of;
    *rooms = entries.items;
    *count = entries.count;
    for (size_t i = 0; i < entries.count; i++) {
        (*rooms)[i].building_id = of.id;
        (*rooms)[i].building_name = of.name;
        (*rooms)[i].building_abbr = of.abbr;
    }
    return POLY_OK;
}

poly_result ruz_read_group(ruz_reader *reader, poly_slice answer, int64_t group_id, poly_group *group)
{
    poly_group of;
    subject about = {"group", ruz_parse_group, &of, &of.id, group_id};
    poly_result result = read_one(reader, answer, &about);

    if (result == POLY_OK)
        *group = of;
    return result;
}

poly_result ruz_read_teacher(ruz_reader *reader, poly_slice answer, int64_t teacher_id, poly_teacher *teacher)
{
    poly_teacher of;
    subject about = {"teacher", ruz_parse_teacher, &of, &of.id, teacher_id};
    poly_result result = read_one(reader, answer, &about);

    if (result == POLY_OK)
        *teacher = of;
    return result;
}

poly_result ruz_read_group_week(ruz_reader *reader, poly_slice answer, int64_t group_id, poly_date date,
                                poly_group *group, poly_week *week)
{
    poly_group of;
    poly_week read;
    subject about = {"group", ruz_parse_group, &of, &of.id, group_id};
    poly_result result = read_week(reader, answer, &about, date, &read);

    if (result == POLY_OK) {
        *group = of;
        *week = read;
    }
    return result;
}

poly_result ruz_read_teacher_week(ruz_reader *reader, poly_slice answer, int64_t teacher_id, poly_date date,
                                  poly_teacher *teacher, poly_week *week)
{
    poly_teacher of;
    poly_week read;
    subject about = {"teacher", ruz_parse_teacher, &of, &of.id, teacher_id};
    poly_result result = read_week(reader, answer, &about, date, &read);

    if (result == POLY_OK) {
        *teacher = of;
        *week = read;
    }
    return result;
}

poly_result ruz_read_room_week(ruz_reader *reader, poly_slice answer, int64_t building_id, int64_t room_id,
                               poly_date date, poly_room *room, poly_week *week)
{
    poly_room of;
    poly_week read;
    subject about = {"room", ruz_parse_room, &of, &of.id, room_id};
    poly_result result = read_week(reader, answer, &about, date, &read);

    if (result != POLY_OK)
        return result;
    if (of.building_id != 0 && of.building_id != building_id) {
        reader->reason = "the answer is about another building than was asked for";
        return POLY_BAD_ANSWER;
    }
    of.building_id = building_id;
    *room = of;
    *week = read;
    return POLY_OK;
}

poly_result ruz_read_error(ruz_reader *reader, poly_slice answer)
{
    reading self;
    poly_result result = reading_open(&self, reader, answer);

    if (result == POLY_OK) {
        self.parse.reason = "an answer without an error";
        result = POLY_BAD_ANSWER;
    }
    return reading_close(&self, result);
}

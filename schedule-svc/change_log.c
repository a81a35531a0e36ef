/* SPDX-License-Identifier: MIT */
#include "change_log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_RECORDS 5000
#define DEFAULT_MAX_BYTES   (8u << 20)
#define MAX_RECORD_BYTES    (64u << 10)
#define DEFAULT_LIMIT       100
#define MAX_LIMIT           500
#define MAX_SAVED_BYTES     (256u << 20)
#define SAVED_VERSION       1

/* The records are a ring: `count` of them from `oldest` on, each with its JSON in memory of its own. */
struct change_log {
    pthread_mutex_t mutex;
    change_record *records;
    size_t max_records;
    size_t max_bytes;
    size_t oldest;
    size_t count;
    size_t bytes;
    int64_t next_sequence;
};

static const struct {
    unsigned bit;
    const char *name;
} field_names[] = {
    {CHANGE_OF_TIME, "time"},     {CHANGE_OF_ROOMS, "rooms"}, {CHANGE_OF_TEACHERS, "teachers"},
    {CHANGE_OF_GROUPS, "groups"}, {CHANGE_OF_TYPE, "type"},   {CHANGE_OF_INFO, "additional_info"},
    {CHANGE_OF_LINKS, "links"},
};

change_log *change_log_create(const change_log_options *options)
{
    static const change_log_options defaults = {0};
    change_log *log = poly_alloc_zero(1, sizeof *log);

    if (!options)
        options = &defaults;
    pthread_mutex_init(&log->mutex, NULL);
    log->max_records = options->max_records ? options->max_records : DEFAULT_MAX_RECORDS;
    log->max_bytes = options->max_bytes ? options->max_bytes : DEFAULT_MAX_BYTES;
    log->next_sequence = options->first_sequence > 0 ? options->first_sequence : 1;
    log->records = poly_alloc_zero(log->max_records, sizeof *log->records);
    return log;
}

static change_record *record_at(const change_log *log, size_t index)
{
    return &log->records[(log->oldest + index) % log->max_records];
}

static void release_json(const change_record *record)
{
    free((void *)(uintptr_t)record->json.data);
}

static void drop_oldest(change_log *log)
{
    change_record *record = record_at(log, 0);

    log->bytes -= record->json.size;
    release_json(record);
    *record = (change_record){0};
    log->oldest = (log->oldest + 1) % log->max_records;
    log->count--;
}

void change_log_destroy(change_log **log)
{
    change_log *self = *log;

    *log = NULL;
    if (!self)
        return;
    while (self->count)
        drop_oldest(self);
    pthread_mutex_destroy(&self->mutex);
    free(self->records);
    free(self);
}

/* Copies the record's JSON. The caller holds the mutex. */
static void push(change_log *log, const change_record *record)
{
    change_record *slot;

    while (log->count && (log->count == log->max_records || log->bytes + record->json.size > log->max_bytes))
        drop_oldest(log);
    slot = record_at(log, log->count++);
    *slot = *record;
    slot->json.data = poly_strndup(record->json.data, record->json.size);
    log->bytes += record->json.size;
}

/* One lesson as an object: the library writes lists of them. */
static void write_lesson(poly_json_writer *writer, const poly_lesson *lesson)
{
    poly_strbuf array;
    poly_json_writer inner;

    poly_strbuf_init(&array, MAX_RECORD_BYTES);
    poly_json_writer_init(&inner, &array);
    poly_lessons_write(&inner, NULL, lesson, 1, POLY_TIMETABLE_PLAIN_WITH_GROUPS);
    if (array.overflowed)
        writer->out->overflowed = true;
    else
        poly_json_put_raw(writer, "lesson", (poly_slice){array.data + 1, array.size - 2}); /* without its brackets */
    poly_strbuf_release(&array);
}

static void write_side(poly_json_writer *writer, const char *name, poly_date date, const poly_lesson *lesson)
{
    char text[POLY_DATE_SIZE];

    if (!lesson) {
        poly_json_put_null(writer, name);
        return;
    }
    poly_date_format(date, text);
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "date", text);
    poly_json_put_int(writer, "weekday", poly_date_weekday(date));
    write_lesson(writer, lesson);
    poly_json_end_object(writer);
}

static void write_source(poly_json_writer *writer, const change_source *source)
{
    poly_json_begin_object(writer, "timetable");
    poly_json_put_text(writer, "kind", timetable_kind_name(source->kind));
    poly_json_put_int(writer, "id", source->id);
    poly_json_put_text(writer, "name", source->name);
    poly_json_end_object(writer);
}

static void write_change(poly_strbuf *out, const change_record *record, const change_source *source,
                         const week_change *change)
{
    poly_json_writer writer;
    char time[POLY_RFC3339_SIZE];

    poly_time_format_rfc3339(record->time, time);
    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "sequence", record->sequence);
    poly_json_put_text(&writer, "time", time);
    poly_json_put_text(&writer, "kind", change_kind_name(record->kind));
    poly_json_begin_array(&writer, "fields");
    for (size_t i = 0; i < POLY_LENGTH(field_names); i++) {
        if (change->fields & field_names[i].bit)
            poly_json_put_text(&writer, NULL, field_names[i].name);
    }
    poly_json_end_array(&writer);
    write_source(&writer, source);
    write_side(&writer, "before", change->before_date, change->before);
    write_side(&writer, "after", change->after_date, change->after);
    poly_json_end_object(&writer);
}

size_t change_log_add(change_log *log, const change_source *source, const week_change *changes, size_t count,
                      int64_t now)
{
    size_t added = 0;
    poly_strbuf json;

    poly_strbuf_init(&json, MAX_RECORD_BYTES);
    pthread_mutex_lock(&log->mutex);
    for (size_t i = 0; i < count; i++) {
        change_record record = {.sequence = log->next_sequence,
                                .time = now,
                                .timetable = source->kind,
                                .timetable_id = source->id,
                                .kind = changes[i].kind,
                                .date = changes[i].after ? changes[i].after_date : changes[i].before_date};

        poly_strbuf_clear(&json);
        write_change(&json, &record, source, &changes[i]);
        if (json.overflowed || json.size > log->max_bytes)
            continue;
        record.json = (poly_slice){json.data, json.size};
        push(log, &record);
        log->next_sequence++;
        added++;
    }
    pthread_mutex_unlock(&log->mutex);
    poly_strbuf_release(&json);
    return added;
}

static bool is_asked_for(const change_record *record, const change_query *query)
{
    return (!query->since_time || record->time >= query->since_time) &&
           (!query->timetables || query->timetables & TIMETABLE_KIND_BIT(record->timetable)) &&
           (!query->timetable_id || record->timetable_id == query->timetable_id) &&
           (!query->kinds || query->kinds & 1u << record->kind);
}

void change_log_query(change_log *log, const change_query *query, poly_arena *arena, change_record **records,
                      size_t *count, size_t *total)
{
    size_t limit = query->limit ? query->limit : DEFAULT_LIMIT;

    if (limit > MAX_LIMIT)
        limit = MAX_LIMIT;
    *records = poly_arena_alloc_zero(arena, limit, sizeof **records);
    *count = *total = 0;
    pthread_mutex_lock(&log->mutex);
    for (size_t i = log->count; i > 0; i--) {
        const change_record *record = record_at(log, i - 1);

        if (record->sequence <= query->after_sequence)
            break; /* the older ones are smaller still */
        if (!is_asked_for(record, query))
            continue;
        if ((*total)++ >= query->offset && *count < limit) {
            change_record *copy = &(*records)[(*count)++];

            *copy = *record;
            copy->json.data = poly_arena_strndup(arena, record->json.data, record->json.size);
        }
    }
    pthread_mutex_unlock(&log->mutex);
}

int64_t change_log_last_sequence(change_log *log)
{
    int64_t last;

    pthread_mutex_lock(&log->mutex);
    last = log->next_sequence - 1;
    pthread_mutex_unlock(&log->mutex);
    return last;
}

poly_result change_log_save(change_log *log, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "version", SAVED_VERSION);
    pthread_mutex_lock(&log->mutex);
    poly_json_put_int(&writer, "next_sequence", log->next_sequence);
    poly_json_begin_array(&writer, "changes");
    for (size_t i = 0; i < log->count; i++)
        poly_json_put_raw(&writer, NULL, record_at(log, i)->json);
    pthread_mutex_unlock(&log->mutex);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    return out->overflowed ? POLY_TOO_LARGE : POLY_OK;
}

/* The day of a side of a saved change; false when there is no such side. */
static bool read_side(const poly_json *side, poly_date *date)
{
    return poly_json_type_of(poly_json_get(side, "lesson")) == POLY_JSON_OBJECT &&
           poly_date_parse(poly_json_text(poly_json_get(side, "date"), ""), date);
}

static bool read_record(const poly_json *object, change_record *record)
{
    const poly_json *timetable = poly_json_get(object, "timetable");

    return poly_json_int(poly_json_get(object, "sequence"), 1, INT64_C(1) << 52, &record->sequence) &&
           poly_time_parse_rfc3339(poly_json_text(poly_json_get(object, "time"), ""), &record->time) &&
           change_kind_parse(poly_json_text(poly_json_get(object, "kind"), ""), &record->kind) &&
           timetable_kind_parse(poly_json_text(poly_json_get(timetable, "kind"), ""), &record->timetable) &&
           poly_json_int(poly_json_get(timetable, "id"), 1, INT64_C(1) << 52, &record->timetable_id) &&
           (read_side(poly_json_get(object, "after"), &record->date) ||
            read_side(poly_json_get(object, "before"), &record->date));
}

/* Checks a saved change and, if there is a log to fill, adds it. */
static bool take_record(change_log *log, const poly_json *object, int64_t *previous, int64_t next)
{
    change_record record = {0};
    poly_strbuf json;
    poly_json_writer writer;
    bool complete;

    if (!read_record(object, &record) || record.sequence <= *previous || record.sequence >= next)
        return false;
    *previous = record.sequence;
    if (!log)
        return true;
    poly_strbuf_init(&json, MAX_RECORD_BYTES * 2);
    poly_json_writer_init(&writer, &json);
    poly_json_put_value(&writer, NULL, object);
    complete = !json.overflowed && json.size <= log->max_bytes;
    if (complete) {
        record.json = (poly_slice){json.data, json.size};
        push(log, &record);
    }
    poly_strbuf_release(&json);
    return true;
}

static bool take_records(change_log *log, const poly_json *changes, int64_t next)
{
    int64_t previous = 0;

    if (poly_json_type_of(changes) != POLY_JSON_ARRAY)
        return false;
    for (const poly_json *change = poly_json_first(changes); change; change = poly_json_next(change)) {
        if (!take_record(log, change, &previous, next))
            return false;
    }
    return true;
}

poly_result change_log_load(change_log *log, poly_slice saved)
{
    static const poly_json_limits limits = {.max_size = MAX_SAVED_BYTES, .max_depth = 16};
    poly_json *document = NULL;
    const poly_json *changes;
    int64_t version, next;
    poly_result result = POLY_BAD_ANSWER;

    if (poly_json_parse(saved.data, saved.size, &limits, &document, NULL) != POLY_OK)
        return POLY_BAD_ANSWER;
    changes = poly_json_get(document, "changes");
    if (!poly_json_int(poly_json_get(document, "version"), SAVED_VERSION, SAVED_VERSION, &version) ||
        !poly_json_int(poly_json_get(document, "next_sequence"), 1, INT64_C(1) << 52, &next) ||
        !take_records(NULL, changes, next))
        goto out;
    pthread_mutex_lock(&log->mutex);
    result = log->count ? POLY_CONFLICT : POLY_OK;
    if (result == POLY_OK && take_records(log, changes, next) && next > log->next_sequence)
        log->next_sequence = next;
    pthread_mutex_unlock(&log->mutex);
out:
    poly_json_destroy(&document);
    return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * The readers note the first fault and go on, with harmless values in place of what was wrong; the caller looks at
 * `fault` at the end. Only what a lesson, a person or a place cannot be without is needed; the rest may be absent.
 */
#include "poly/timetable.h"

#include <limits.h>
#include <string.h>

#define MAX_ID ((INT64_C(1) << 53) - 1)

struct reader {
    poly_arena *arena;
    bool fault;
};

enum presence { NEEDED, OPTIONAL };

/* --- members --- */

static const poly_json *member(struct reader *reader, const poly_json *object, const char *name, poly_json_type type,
                               enum presence presence)
{
    const poly_json *value = poly_json_get(object, name);

    if (poly_json_type_of(value) == type)
        return value;
    if (value || presence == NEEDED)
        reader->fault = true;
    return NULL;
}

static const char *read_text(struct reader *reader, const poly_json *object, const char *name, enum presence presence)
{
    const char *text = poly_json_text(member(reader, object, name, POLY_JSON_STRING, presence), "");

    return *text ? poly_arena_strdup(reader->arena, text) : "";
}

static int64_t read_int(struct reader *reader, const poly_json *object, const char *name, int64_t max,
                        enum presence presence)
{
    const poly_json *value = member(reader, object, name, POLY_JSON_NUMBER, presence);
    int64_t number = 0;

    if (value && !poly_json_int(value, 0, max, &number))
        reader->fault = true;
    return number;
}

static int64_t read_id(struct reader *reader, const poly_json *object)
{
    return read_int(reader, object, "id", MAX_ID, NEEDED);
}

static int read_small(struct reader *reader, const poly_json *object, const char *name)
{
    return (int)read_int(reader, object, name, INT_MAX, OPTIONAL);
}

/* The platform writes dates with two-digit months and days. */
static poly_date read_date(struct reader *reader, const poly_json *object, const char *name)
{
    const char *text = poly_json_text(member(reader, object, name, POLY_JSON_STRING, NEEDED), "");
    poly_date date = {.year = 1970, .month = 1, .day = 1};

    if (strlen(text) != POLY_DATE_SIZE - 1 || !poly_date_parse(text, &date))
        reader->fault = true;
    return date;
}

static int read_clock(struct reader *reader, const poly_json *object, const char *name)
{
    const char *text = poly_json_text(member(reader, object, name, POLY_JSON_STRING, NEEDED), "");
    int minutes = 0;

    if (!poly_clock_parse(text, &minutes))
        reader->fault = true;
    return minutes;
}

/* The array `name`'s elements, `size` bytes each, zeroed; NULL for none. `*first` is the first to read. */
static void *read_array(struct reader *reader, const poly_json *object, const char *name, size_t size,
                        enum presence presence, const poly_json **first, size_t *count)
{
    const poly_json *array = member(reader, object, name, POLY_JSON_ARRAY, presence);

    *count = poly_json_count(array);
    *first = poly_json_first(array);
    return *count > 0 ? poly_arena_alloc_zero(reader->arena, *count, size) : NULL;
}

/* --- people and places --- */

static poly_faculty read_faculty(struct reader *reader, const poly_json *object)
{
    return (poly_faculty){
        .id = read_id(reader, object),
        .name = read_text(reader, object, "name", NEEDED),
        .abbr = read_text(reader, object, "abbr", OPTIONAL),
    };
}

static poly_group read_group(struct reader *reader, const poly_json *object)
{
    const poly_json *faculty_object = member(reader, object, "faculty", POLY_JSON_OBJECT, OPTIONAL);
    poly_faculty faculty = {.name = "", .abbr = ""};

    if (faculty_object)
        faculty = read_faculty(reader, faculty_object);
    return (poly_group){
        .id = read_id(reader, object),
        .name = read_text(reader, object, "name", NEEDED),
        .level = read_small(reader, object, "level"),
        .type = read_text(reader, object, "type", OPTIONAL),
        .kind = read_small(reader, object, "kind"),
        .spec = read_text(reader, object, "spec", OPTIONAL),
        .year = read_small(reader, object, "year"),
        .faculty_id = faculty.id,
        .faculty_name = faculty.name,
        .faculty_abbr = faculty.abbr,
    };
}

static poly_teacher read_teacher(struct reader *reader, const poly_json *object)
{
    return (poly_teacher){
        .id = read_id(reader, object),
        .oid = read_int(reader, object, "oid", MAX_ID, OPTIONAL),
        .full_name = read_text(reader, object, "full_name", NEEDED),
        .surname = read_text(reader, object, "first_name", OPTIONAL),
        .given_name = read_text(reader, object, "middle_name", OPTIONAL),
        .patronymic = read_text(reader, object, "last_name", OPTIONAL),
        .grade = read_text(reader, object, "grade", OPTIONAL),
        .chair = read_text(reader, object, "chair", OPTIONAL),
    };
}

static poly_building read_building(struct reader *reader, const poly_json *object)
{
    return (poly_building){
        .id = read_id(reader, object),
        .name = read_text(reader, object, "name", NEEDED),
        .abbr = read_text(reader, object, "abbr", OPTIONAL),
        .address = read_text(reader, object, "address", OPTIONAL),
    };
}

/* A building is its name in the platform's own form of a lesson, an object elsewhere. */
static poly_room read_room(struct reader *reader, const poly_json *object)
{
    poly_building building = {.name = "", .abbr = ""};

    if (poly_json_type_of(poly_json_get(object, "building")) == POLY_JSON_STRING)
        building.name = read_text(reader, object, "building", OPTIONAL);
    else if (member(reader, object, "building", POLY_JSON_OBJECT, OPTIONAL))
        building = read_building(reader, poly_json_get(object, "building"));
    return (poly_room){
        .id = read_id(reader, object),
        .name = read_text(reader, object, "name", NEEDED),
        .building_id = building.id,
        .building_name = building.name,
        .building_abbr = building.abbr,
    };
}

/* --- lessons and weeks --- */

/* typeObj in RUZ's form, two members of the lesson in the platform's. */
static void read_type(struct reader *reader, const poly_json *object, poly_lesson *lesson)
{
    const poly_json *type = member(reader, object, "typeObj", POLY_JSON_OBJECT, OPTIONAL);

    lesson->type_id = type ? (int)read_int(reader, type, "id", INT_MAX, NEEDED) : 0;
    lesson->type_abbr = read_text(reader, type ? type : object, type ? "abbr" : "type_abbr", OPTIONAL);
    lesson->type_name = read_text(reader, type ? type : object, type ? "name" : "type_name", OPTIONAL);
}

static void read_people_and_places(struct reader *reader, const poly_json *object, poly_lesson *lesson)
{
    const poly_json *value;

    lesson->groups = read_array(reader, object, "groups", sizeof(poly_group), OPTIONAL, &value, &lesson->group_count);
    for (size_t i = 0; i < lesson->group_count; i++, value = poly_json_next(value))
        lesson->groups[i] = read_group(reader, value);
    lesson->teachers =
        read_array(reader, object, "teachers", sizeof(poly_teacher), NEEDED, &value, &lesson->teacher_count);
    for (size_t i = 0; i < lesson->teacher_count; i++, value = poly_json_next(value))
        lesson->teachers[i] = read_teacher(reader, value);
    lesson->rooms = read_array(reader, object, "auditories", sizeof(poly_room), NEEDED, &value, &lesson->room_count);
    for (size_t i = 0; i < lesson->room_count; i++, value = poly_json_next(value))
        lesson->rooms[i] = read_room(reader, value);
}

static poly_lesson read_lesson(struct reader *reader, const poly_json *object)
{
    poly_lesson lesson = {
        .time_start = read_clock(reader, object, "time_start"),
        .time_end = read_clock(reader, object, "time_end"),
        .subject = read_text(reader, object, "subject", NEEDED),
        .subject_short = read_text(reader, object, "subject_short", OPTIONAL),
        .additional_info = read_text(reader, object, "additional_info", OPTIONAL),
        .webinar_url = read_text(reader, object, "webinar_url", OPTIONAL),
        .lms_url = read_text(reader, object, "lms_url", OPTIONAL),
    };

    read_type(reader, object, &lesson);
    read_people_and_places(reader, object, &lesson);
    return lesson;
}

static poly_day read_day(struct reader *reader, const poly_json *object)
{
    poly_day day = {.date = read_date(reader, object, "date")};
    const poly_json *value;

    day.weekday = (int)read_int(reader, object, "weekday", 7, NEEDED);
    if (day.weekday != poly_date_weekday(day.date))
        reader->fault = true;
    day.lessons = read_array(reader, object, "lessons", sizeof(poly_lesson), NEEDED, &value, &day.lesson_count);
    for (size_t i = 0; i < day.lesson_count; i++, value = poly_json_next(value))
        day.lessons[i] = read_lesson(reader, value);
    return day;
}

static poly_week read_week(struct reader *reader, const poly_json *object)
{
    const poly_json *head = member(reader, object, "week", POLY_JSON_OBJECT, NEEDED);
    poly_week week = {
        .date_start = read_date(reader, head, "date_start"),
        .date_end = read_date(reader, head, "date_end"),
    };
    const poly_json *value;

    if (!poly_json_bool(poly_json_get(head, "is_odd"), &week.is_odd) || poly_date_weekday(week.date_start) != 1)
        reader->fault = true;
    week.days = read_array(reader, object, "days", sizeof(poly_day), NEEDED, &value, &week.day_count);
    for (size_t i = 0; i < week.day_count; i++, value = poly_json_next(value)) {
        week.days[i] = read_day(reader, value);
        if (poly_date_compare(week.days[i].date, week.date_start) < 0 ||
            poly_date_compare(week.days[i].date, week.date_end) > 0 ||
            (i > 0 && poly_date_compare(week.days[i - 1].date, week.days[i].date) >= 0))
            reader->fault = true;
    }
    return week;
}

static poly_result outcome(const struct reader *reader)
{
    return reader->fault ? POLY_BAD_ANSWER : POLY_OK;
}

poly_result poly_week_read(const poly_json *object, poly_arena *arena, poly_week *week)
{
    struct reader reader = {.arena = arena};

    *week = read_week(&reader, object);
    return outcome(&reader);
}

poly_result poly_faculty_read(const poly_json *object, poly_arena *arena, poly_faculty *faculty)
{
    struct reader reader = {.arena = arena};

    *faculty = read_faculty(&reader, object);
    return outcome(&reader);
}

poly_result poly_group_read(const poly_json *object, poly_arena *arena, poly_group *group)
{
    struct reader reader = {.arena = arena};

    *group = read_group(&reader, object);
    return outcome(&reader);
}

poly_result poly_teacher_read(const poly_json *object, poly_arena *arena, poly_teacher *teacher)
{
    struct reader reader = {.arena = arena};

    *teacher = read_teacher(&reader, object);
    return outcome(&reader);
}

poly_result poly_building_read(const poly_json *object, poly_arena *arena, poly_building *building)
{
    struct reader reader = {.arena = arena};

    *building = read_building(&reader, object);
    return outcome(&reader);
}

poly_result poly_room_read(const poly_json *object, poly_arena *arena, poly_room *room)
{
    struct reader reader = {.arena = arena};

    *room = read_room(&reader, object);
    return outcome(&reader);
}

const poly_day *poly_week_day(const poly_week *week, poly_date date)
{
    for (size_t i = 0; i < week->day_count; i++) {
        if (poly_date_compare(week->days[i].date, date) == 0)
            return &week->days[i];
    }
    return NULL;
}

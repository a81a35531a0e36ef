/* SPDX-License-Identifier: MIT */
#include "poly/timetable.h"

/* What was left NULL is unknown, which the platform's answers say with "". */
static void put_text(poly_json_writer *writer, const char *name, const char *text)
{
    poly_json_put_text(writer, name, text ? text : "");
}

static void put_date(poly_json_writer *writer, const char *name, poly_date date)
{
    char text[POLY_DATE_SIZE];

    poly_date_format(date, text);
    put_text(writer, name, text);
}

static void put_clock(poly_json_writer *writer, const char *name, int minutes)
{
    unsigned since_midnight = (unsigned)minutes % (24 * 60);
    unsigned hour = since_midnight / 60, minute = since_midnight % 60;
    char text[] = {(char)('0' + hour / 10), (char)('0' + hour % 10), ':', (char)('0' + minute / 10),
                   (char)('0' + minute % 10)};

    poly_json_put_slice(writer, name, (poly_slice){.data = text, .size = sizeof(text)});
}

/* {"id","name","abbr"}, left open. */
static void begin_named(poly_json_writer *writer, const char *member, int64_t id, const char *name, const char *abbr)
{
    poly_json_begin_object(writer, member);
    poly_json_put_int(writer, "id", id);
    put_text(writer, "name", name);
    put_text(writer, "abbr", abbr);
}

static void put_named(poly_json_writer *writer, const char *member, int64_t id, const char *name, const char *abbr)
{
    begin_named(writer, member, id, name, abbr);
    poly_json_end_object(writer);
}

/* --- dictionaries --- */

void poly_faculty_write(poly_json_writer *writer, const poly_faculty *faculty)
{
    put_named(writer, NULL, faculty->id, faculty->name, faculty->abbr);
}

void poly_group_write(poly_json_writer *writer, const poly_group *group)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", group->id);
    put_text(writer, "name", group->name);
    poly_json_put_int(writer, "level", group->level);
    put_text(writer, "type", group->type);
    poly_json_put_int(writer, "kind", group->kind);
    put_text(writer, "spec", group->spec);
    poly_json_put_int(writer, "year", group->year);
    if (group->faculty_id != 0)
        put_named(writer, "faculty", group->faculty_id, group->faculty_name, group->faculty_abbr);
    poly_json_end_object(writer);
}

void poly_teacher_write(poly_json_writer *writer, const poly_teacher *teacher)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", teacher->id);
    poly_json_put_int(writer, "oid", teacher->oid);
    put_text(writer, "full_name", teacher->full_name);
    put_text(writer, "first_name", teacher->surname);
    put_text(writer, "middle_name", teacher->given_name);
    put_text(writer, "last_name", teacher->patronymic);
    put_text(writer, "grade", teacher->grade);
    put_text(writer, "chair", teacher->chair);
    poly_json_end_object(writer);
}

void poly_building_write(poly_json_writer *writer, const poly_building *building)
{
    begin_named(writer, NULL, building->id, building->name, building->abbr);
    put_text(writer, "address", building->address);
    poly_json_end_object(writer);
}

void poly_room_write(poly_json_writer *writer, const poly_room *room)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", room->id);
    put_text(writer, "name", room->name);
    if (room->building_id != 0)
        put_named(writer, "building", room->building_id, room->building_name, room->building_abbr);
    poly_json_end_object(writer);
}

/* --- the platform's own form of a lesson --- */

static void write_plain_teacher(poly_json_writer *writer, const poly_teacher *teacher)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", teacher->id);
    put_text(writer, "full_name", teacher->full_name);
    poly_json_end_object(writer);
}

static void write_plain_room(poly_json_writer *writer, const poly_room *room)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", room->id);
    put_text(writer, "name", room->name);
    put_text(writer, "building", room->building_name);
    poly_json_end_object(writer);
}

static void write_plain_groups(poly_json_writer *writer, const poly_lesson *lesson)
{
    poly_json_begin_array(writer, "groups");
    for (size_t i = 0; i < lesson->group_count; i++) {
        poly_json_begin_object(writer, NULL);
        poly_json_put_int(writer, "id", lesson->groups[i].id);
        put_text(writer, "name", lesson->groups[i].name);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

static void write_plain_lesson(poly_json_writer *writer, const poly_lesson *lesson, bool with_groups)
{
    poly_json_begin_object(writer, NULL);
    put_clock(writer, "time_start", lesson->time_start);
    put_clock(writer, "time_end", lesson->time_end);
    put_text(writer, "subject", lesson->subject);
    put_text(writer, "subject_short", lesson->subject_short);
    put_text(writer, "type_abbr", lesson->type_abbr);
    put_text(writer, "type_name", lesson->type_name);
    put_text(writer, "additional_info", lesson->additional_info);
    poly_json_begin_array(writer, "teachers");
    for (size_t i = 0; i < lesson->teacher_count; i++)
        write_plain_teacher(writer, &lesson->teachers[i]);
    poly_json_end_array(writer);
    poly_json_begin_array(writer, "auditories");
    for (size_t i = 0; i < lesson->room_count; i++)
        write_plain_room(writer, &lesson->rooms[i]);
    poly_json_end_array(writer);
    if (with_groups)
        write_plain_groups(writer, lesson);
    put_text(writer, "webinar_url", lesson->webinar_url);
    put_text(writer, "lms_url", lesson->lms_url);
    poly_json_end_object(writer);
}

/* --- RUZ's form of a lesson --- */

/* Always with a building, since RUZ's clients look into it unasked. */
static void write_ruz_room(poly_json_writer *writer, const poly_room *room)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", room->id);
    put_text(writer, "name", room->name);
    begin_named(writer, "building", room->building_id, room->building_name, room->building_abbr);
    put_text(writer, "address", "");
    poly_json_end_object(writer);
    poly_json_end_object(writer);
}

static void write_ruz_people_and_places(poly_json_writer *writer, const poly_lesson *lesson)
{
    poly_json_begin_array(writer, "groups");
    for (size_t i = 0; i < lesson->group_count; i++)
        poly_group_write(writer, &lesson->groups[i]);
    poly_json_end_array(writer);
    poly_json_begin_array(writer, "teachers");
    for (size_t i = 0; i < lesson->teacher_count; i++)
        poly_teacher_write(writer, &lesson->teachers[i]);
    poly_json_end_array(writer);
    poly_json_begin_array(writer, "auditories");
    for (size_t i = 0; i < lesson->room_count; i++)
        write_ruz_room(writer, &lesson->rooms[i]);
    poly_json_end_array(writer);
}

static void write_ruz_lesson(poly_json_writer *writer, const poly_lesson *lesson)
{
    poly_json_begin_object(writer, NULL);
    put_text(writer, "subject", lesson->subject);
    put_text(writer, "subject_short", lesson->subject_short);
    poly_json_put_int(writer, "type", 0); /* lies in RUZ itself; typeObj tells */
    put_text(writer, "additional_info", lesson->additional_info);
    put_clock(writer, "time_start", lesson->time_start);
    put_clock(writer, "time_end", lesson->time_end);
    poly_json_put_int(writer, "parity", 0);
    poly_json_begin_object(writer, "typeObj");
    poly_json_put_int(writer, "id", lesson->type_id);
    put_text(writer, "name", lesson->type_name);
    put_text(writer, "abbr", lesson->type_abbr);
    poly_json_end_object(writer);
    write_ruz_people_and_places(writer, lesson);
    put_text(writer, "webinar_url", lesson->webinar_url);
    put_text(writer, "lms_url", lesson->lms_url);
    poly_json_end_object(writer);
}

/* --- weeks --- */

void poly_lessons_write(poly_json_writer *writer, const char *name, const poly_lesson *lessons, size_t count,
                        poly_timetable_form form)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < count; i++) {
        if (form == POLY_TIMETABLE_RUZ)
            write_ruz_lesson(writer, &lessons[i]);
        else
            write_plain_lesson(writer, &lessons[i], form == POLY_TIMETABLE_PLAIN_WITH_GROUPS);
    }
    poly_json_end_array(writer);
}

void poly_week_write(poly_json_writer *writer, const poly_week *week, poly_timetable_form form)
{
    poly_json_begin_object(writer, "week");
    put_date(writer, "date_start", week->date_start);
    put_date(writer, "date_end", week->date_end);
    poly_json_put_bool(writer, "is_odd", week->is_odd);
    poly_json_end_object(writer);
    poly_json_begin_array(writer, "days");
    for (size_t i = 0; i < week->day_count; i++) {
        const poly_day *day = &week->days[i];

        poly_json_begin_object(writer, NULL);
        poly_json_put_int(writer, "weekday", day->weekday);
        put_date(writer, "date", day->date);
        poly_lessons_write(writer, "lessons", day->lessons, day->lesson_count, form);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

/* SPDX-License-Identifier: MIT */
/* The three schedulers: a group's, a teacher's and a room's week. */
#include "dice.h"
#include "lessons.h"
#include "ruz.h"
#include "ruz_objects.h"

#include <stdio.h>
#include <string.h>

#define WEEK_ARENA      16384
#define ALL_GROUPS      (-1)
#define LYING_PERMILLE  20 /* lectures with a practice's `type` */
#define ABSENT_PERMILLE 30 /* lessons without the two URLs */
#define NULL_PERMILLE   10 /* lessons with null where others have "" */

/* `type` says less than typeObj, and sometimes something else: both commissions carry a practice's number. */
static const struct {
    int id;
    int type;
    const char *name;
    const char *abbr;
} lesson_types[CAMPUS_LESSON_TYPES] = {
    [CAMPUS_LECTURE] = {14, 2, "Лекции", "Лек"},
    [CAMPUS_PRACTICE] = {27, 0, "Практика", "Пр"},
    [CAMPUS_LAB] = {26, 1, "Лабораторные", "Лаб"},
    [CAMPUS_CONSULTATION] = {17, 4, "Консультации", "Конс"},
    [CAMPUS_CREDIT] = {1, 6, "Зачет", "Зч"},
    [CAMPUS_EXAM] = {23, 7, "Экзамен", "Экз"},
    [CAMPUS_COMMISSION_CREDIT] = {45, 0, "Комиссия. Зачет", "Комиссия. Зч"},
    [CAMPUS_COMMISSION_EXAM] = {47, 0, "Комиссия. Экзамен", "Комиссия. Экз"},
};

/* A week being written, and for whom. */
struct week_answer {
    const struct campus *campus;
    const ruz_options *options;
    campus_view view;
    uint16_t index;
    campus_week week;
    poly_json_writer writer;
};

static void format_date(poly_date date, char separator, char out[POLY_DATE_SIZE])
{
    poly_date_format(date, out);
    out[4] = separator;
    out[7] = separator;
}

static void put_clock(poly_json_writer *writer, const char *name, unsigned minutes)
{
    char text[16];

    snprintf(text, sizeof(text), "%02u:%02u", minutes / 60, minutes % 60);
    poly_json_put_text(writer, name, text);
}

static void put_type(poly_json_writer *writer, const campus_occurrence *occurrence)
{
    poly_json_begin_object(writer, "typeObj");
    poly_json_put_int(writer, "id", lesson_types[occurrence->type].id);
    poly_json_put_text(writer, "name", lesson_types[occurrence->type].name);
    poly_json_put_text(writer, "abbr", lesson_types[occurrence->type].abbr);
    poly_json_end_object(writer);
}

/* In no order that anyone could name: the real ones are not sorted either. `only` is a group's number or ALL_GROUPS. */
static void put_groups(struct week_answer *answer, const campus_occurrence *occurrence, int only)
{
    const campus_lesson *lesson = occurrence->lesson;
    uint8_t first = (uint8_t)(occurrence->key % lesson->group_count);

    poly_json_begin_array(&answer->writer, "groups");
    for (uint8_t i = 0; i < lesson->group_count; i++) {
        uint8_t number = (uint8_t)((first + i) % lesson->group_count);

        if (only < 0 || only == number)
            ruz_put_group(&answer->writer, NULL, answer->campus, (uint16_t)(lesson->first_group + number), true);
    }
    poly_json_end_array(&answer->writer);
}

static void put_teachers(struct week_answer *answer, const campus_occurrence *occurrence)
{
    if (occurrence->teacher == CAMPUS_NONE) {
        poly_json_put_null(&answer->writer, "teachers");
        return;
    }
    poly_json_begin_array(&answer->writer, "teachers");
    ruz_put_teacher(&answer->writer, NULL, answer->campus, occurrence->teacher);
    poly_json_end_array(&answer->writer);
}

/* CAMPUS_NONE: nobody has entered a room. */
static void put_room(struct week_answer *answer, uint16_t room)
{
    if (room == CAMPUS_NONE) {
        poly_json_put_null(&answer->writer, "auditories");
        return;
    }
    poly_json_begin_array(&answer->writer, "auditories");
    ruz_put_room(&answer->writer, NULL, answer->campus, room, true);
    poly_json_end_array(&answer->writer);
}

static void put_urls(struct week_answer *answer, const campus_occurrence *occurrence, uint16_t room, uint64_t fate)
{
    const campus_lesson *lesson = occurrence->lesson;
    char url[96] = "";
    bool remote =
        room != CAMPUS_NONE && campus_buildings[answer->campus->rooms[room].building].place == CAMPUS_PLACE_REMOTE;

    if (fate % 1000 < ABSENT_PERMILLE)
        return;
    if (remote && lesson->course % 2)
        snprintf(url, sizeof(url), "https://webinar.campus.example/b/%u", (unsigned)lesson->course);
    poly_json_put_text(&answer->writer, "webinar_url", url);
    url[0] = '\0';
    if (lesson->course % 3 == 0 && lesson->course > 0)
        snprintf(url, sizeof(url), "https://lms.campus.example//course/view.php?id=%u", (unsigned)lesson->course);
    poly_json_put_text(&answer->writer, "lms_url", fate % 1000 < ABSENT_PERMILLE + NULL_PERMILLE ? NULL : url);
}

static void put_lesson(struct week_answer *answer, const campus_occurrence *occurrence, uint16_t room, int only_group)
{
    poly_json_writer *writer = &answer->writer;
    const campus_lesson *lesson = occurrence->lesson;
    const char *subject = campus_subjects[lesson->subject].title;
    uint64_t fate = campus_hash(answer->campus->seed, 'J', occurrence->key, 0);
    bool lies = occurrence->type == CAMPUS_LECTURE && (fate >> 20) % 1000 < LYING_PERMILLE;
    const char *info = lesson->group_count > 1 ? "Поток" : (fate >> 40) % 1000 < NULL_PERMILLE ? NULL : "";

    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "subject", subject);
    poly_json_put_text(writer, "subject_short", subject);
    poly_json_put_int(writer, "type", lies ? 0 : lesson_types[occurrence->type].type);
    poly_json_put_text(writer, "additional_info", info);
    put_clock(writer, "time_start", lesson->start);
    put_clock(writer, "time_end", lesson->end);
    poly_json_put_int(writer, "parity", 0);
    put_type(writer, occurrence);
    put_groups(answer, occurrence, only_group);
    put_teachers(answer, occurrence);
    put_room(answer, room);
    put_urls(answer, occurrence, room, fate);
    poly_json_end_object(writer);
}

/* A lesson in several rooms is repeated for each; in a room's timetable, some are repeated for each group. */
static void put_repeats(struct week_answer *answer, const campus_occurrence *occurrence)
{
    if (answer->view == CAMPUS_BY_ROOM && occurrence->lesson->repeats_by_group) {
        for (int group = 0; group < occurrence->lesson->group_count; group++)
            put_lesson(answer, occurrence, answer->index, group);
        return;
    }
    if (answer->view == CAMPUS_BY_ROOM) {
        put_lesson(answer, occurrence, answer->index, ALL_GROUPS);
        return;
    }
    for (uint8_t i = 0; i < occurrence->room_count; i++)
        put_lesson(answer, occurrence, occurrence->rooms[i], ALL_GROUPS);
    if (occurrence->room_count == 0)
        put_lesson(answer, occurrence, CAMPUS_NONE, ALL_GROUPS);
}

static void put_days(struct week_answer *answer)
{
    poly_json_writer *writer = &answer->writer;
    char date[POLY_DATE_SIZE];
    size_t at = 0;

    poly_json_begin_array(writer, "days");
    while (at < answer->week.count) {
        uint8_t day = answer->week.lessons[at].day;

        poly_json_begin_object(writer, NULL);
        poly_json_put_int(writer, "weekday", day + 1);
        format_date(poly_date_add_days(answer->week.monday, day), answer->options->dotted_days ? '.' : '-', date);
        poly_json_put_text(writer, "date", date);
        poly_json_begin_array(writer, "lessons");
        for (; at < answer->week.count && answer->week.lessons[at].day == day; at++)
            put_repeats(answer, &answer->week.lessons[at]);
        poly_json_end_array(writer);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

static void put_week(struct week_answer *answer)
{
    char date[POLY_DATE_SIZE];

    poly_json_begin_object(&answer->writer, "week");
    format_date(answer->week.monday, '.', date);
    poly_json_put_text(&answer->writer, "date_start", date);
    format_date(poly_date_add_days(answer->week.monday, 6), '.', date);
    poly_json_put_text(&answer->writer, "date_end", date);
    poly_json_put_bool(&answer->writer, "is_odd", answer->week.is_odd);
    poly_json_end_object(&answer->writer);
}

static void put_owner(struct week_answer *answer)
{
    switch (answer->view) {
    case CAMPUS_BY_GROUP:
        ruz_put_group(&answer->writer, "group", answer->campus, answer->index, true);
        break;
    case CAMPUS_BY_TEACHER:
        ruz_put_teacher(&answer->writer, "teacher", answer->campus, answer->index);
        break;
    case CAMPUS_BY_ROOM:
        ruz_put_room(&answer->writer, "room", answer->campus, answer->index, true);
        break;
    }
}

static void answer_week(const struct campus *campus, const ruz_options *options, campus_view view, uint16_t index,
                        const char *date_text, poly_strbuf *out)
{
    struct week_answer answer = {.campus = campus, .options = options, .view = view, .index = index};
    poly_date date = options->today;
    poly_arena *arena;

    if (date_text && *date_text && (!poly_date_parse(date_text, &date) || !campus_calendar_knows(date))) {
        ruz_error(out, "Неверная дата", date_text, ""); /* a guess: no recording has RUZ's words for it */
        return;
    }
    arena = poly_arena_create(WEEK_ARENA);
    campus_week_make(campus, view, index, date, arena, &answer.week);
    poly_json_writer_init(&answer.writer, out);
    poly_json_begin_object(&answer.writer, NULL);
    put_week(&answer);
    put_days(&answer);
    put_owner(&answer);
    poly_json_end_object(&answer.writer);
    poly_arena_destroy(&arena);
}

void ruz_group_week(const struct campus *campus, const ruz_options *options, const char *id, const char *date,
                    poly_strbuf *out)
{
    uint16_t group = ruz_find_group(id);

    if (group == CAMPUS_NONE)
        ruz_not_found(RUZ_GROUP, id, out);
    else
        answer_week(campus, options, CAMPUS_BY_GROUP, group, date, out);
}

void ruz_teacher_week(const struct campus *campus, const ruz_options *options, const char *id, const char *date,
                      poly_strbuf *out)
{
    uint16_t teacher = ruz_find_teacher(id);

    if (teacher == CAMPUS_NONE)
        ruz_not_found(RUZ_TEACHER, id, out);
    else
        answer_week(campus, options, CAMPUS_BY_TEACHER, teacher, date, out);
}

void ruz_room_week(const struct campus *campus, const ruz_options *options, const char *building_id, const char *id,
                   const char *date, poly_strbuf *out)
{
    uint16_t building = ruz_find_building(building_id);
    uint16_t room = ruz_find_room(campus, id);

    if (building == CAMPUS_NONE)
        ruz_not_found(RUZ_BUILDING, building_id, out);
    else if (room == CAMPUS_NONE || campus->rooms[room].building != building)
        ruz_not_found(RUZ_ROOM, id, out);
    else
        answer_week(campus, options, CAMPUS_BY_ROOM, room, date, out);
}

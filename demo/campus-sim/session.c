/* SPDX-License-Identifier: MIT */
/* The exams after a term, each with a consultation the day before, and the practice after the summer's exams. */
#include "builder.h"

#define EXAM_GROUPS     3 /* that sit one exam together */
#define EXAM_SPACING    4 /* days from one exam to the next */
#define MAX_EXAMS       4
#define TEACHERS_TRIED  6
#define ROOMS_TRIED     12
#define DAYS_A_WEEK     7
#define SUNDAY          6
#define PRACTICE_FROM   21
#define PRACTICE_DAYS   5
#define PRACTICE_LEVELS 2

/* The last working day before an exam's. */
static unsigned day_before(unsigned day)
{
    return (day - 1) % DAYS_A_WEEK == SUNDAY ? day - 2 : day - 1;
}

/* The lecturer when free on both days, or somebody else of the area. */
static uint16_t find_examiner(const campus_builder *builder, const campus_course *course, uint32_t days, uint64_t noise)
{
    uint16_t teacher = course->lecturer;

    for (uint64_t i = 0; i < TEACHERS_TRIED; i++) {
        if (teacher != CAMPUS_NONE && !(builder->session_teachers[teacher] & days))
            return teacher;
        teacher = campus_builder_teacher(builder, campus_subjects[course->subject].area, campus_mix(noise + i));
    }
    return CAMPUS_NONE;
}

static uint16_t find_exam_room(const campus_builder *builder, uint16_t faculty, uint32_t days, uint64_t noise)
{
    uint16_t room = CAMPUS_NONE;

    for (uint64_t i = 0; i < ROOMS_TRIED; i++) {
        room = campus_builder_any_room(builder, faculty, campus_mix(noise ^ (i << 8)));
        if (!(builder->session_rooms[room] & days))
            break;
    }
    return room;
}

static void place_exam(campus_builder *builder, uint16_t first_group, uint16_t group_count, const campus_course *course,
                       unsigned day, uint64_t noise)
{
    uint32_t days = (uint32_t)1 << day | (uint32_t)1 << day_before(day);
    uint16_t faculty = builder->campus->groups[first_group].faculty;
    campus_lesson lesson = {.subject = course->subject,
                            .spare_teacher = CAMPUS_NONE,
                            .spare_room = CAMPUS_NONE,
                            .first_group = first_group,
                            .group_count = (uint8_t)group_count,
                            .room_count = 1,
                            .weeks = CAMPUS_ALL_WEEKS,
                            .dated = true};

    lesson.teacher = find_examiner(builder, course, days, noise);
    if (lesson.teacher == CAMPUS_NONE)
        return;
    lesson.rooms[0] = find_exam_room(builder, faculty, days, noise);
    builder->session_teachers[lesson.teacher] |= days;
    builder->session_rooms[lesson.rooms[0]] |= days;
    lesson.type = CAMPUS_CONSULTATION;
    lesson.day = (uint8_t)day_before(day);
    lesson.start = 16 * 60;
    lesson.end = noise % 2 ? 17 * 60 + 20 : 17 * 60 + 40;
    campus_builder_add(builder, &lesson, (campus_slot){0});
    lesson.type = CAMPUS_EXAM;
    lesson.day = (uint8_t)day;
    lesson.start = noise % 3 ? 10 * 60 : 12 * 60;
    lesson.end = noise % 3 ? 14 * 60 : 18 * 60;
    campus_builder_add(builder, &lesson, (campus_slot){0});
}

static void place_practice(campus_builder *builder, const campus_stream *stream, uint64_t noise)
{
    campus_lesson lesson = {.subject = CAMPUS_SUBJECT_PRACTICE,
                            .spare_teacher = CAMPUS_NONE,
                            .spare_room = CAMPUS_NONE,
                            .first_group = stream->first_group,
                            .group_count = (uint8_t)stream->group_count,
                            .room_count = 1,
                            .type = CAMPUS_PRACTICE,
                            .weeks = CAMPUS_ALL_WEEKS,
                            .start = 8 * 60 + 30,
                            .end = 17 * 60 + 20,
                            .dated = true};

    lesson.teacher = campus_builder_teacher(builder, campus_faculties[stream->faculty].areas[0], noise);
    if (lesson.teacher == CAMPUS_NONE)
        return;
    lesson.rooms[0] = campus_builder_pseudo_room(builder, CAMPUS_PLACE_ELSEWHERE, noise);
    for (unsigned day = PRACTICE_FROM; day < PRACTICE_FROM + PRACTICE_DAYS; day++) {
        if (builder->session_teachers[lesson.teacher] & (uint32_t)1 << day)
            continue;
        builder->session_teachers[lesson.teacher] |= (uint32_t)1 << day;
        lesson.day = (uint8_t)day;
        campus_builder_add(builder, &lesson, (campus_slot){0});
    }
}

void campus_session_place(campus_builder *builder, uint16_t stream_index, const campus_course *courses, unsigned count)
{
    const campus_stream *stream = &builder->campus->streams[stream_index];
    campus_dice dice = {campus_hash(builder->campus->seed, 'E', stream_index, builder->term)};
    uint32_t shift = campus_dice_below(&dice, 3);
    unsigned exams = 0;

    for (unsigned i = 0; i < count && exams < MAX_EXAMS; i++) {
        if (!courses[i].has_exam)
            continue;
        for (uint16_t group = 0; group < stream->group_count; group = (uint16_t)(group + EXAM_GROUPS)) {
            uint16_t together = stream->group_count - group < EXAM_GROUPS ? stream->group_count - group : EXAM_GROUPS;
            unsigned day = 1 + (shift + group / EXAM_GROUPS) % 3 + EXAM_SPACING * exams;

            if (day % DAYS_A_WEEK == SUNDAY)
                day++;
            place_exam(builder, (uint16_t)(stream->first_group + group), together, &courses[i], day,
                       campus_dice_next(&dice));
        }
        exams++;
    }
    if (builder->term == CAMPUS_SPRING && stream->type == CAMPUS_COMMON && stream->kind == CAMPUS_BACHELOR &&
        stream->level <= PRACTICE_LEVELS)
        place_practice(builder, stream, campus_dice_next(&dice));
}

/* SPDX-License-Identifier: MIT */
/* What a stream hears in a term, and how that is spread over its week. */
#include "builder.h"

#define LAST_WEEK        18
#define HALF_TERM        9
#define LABS_FROM        3
#define FEWER_PERMILLE   150 /* lectures every second week */
#define HALF_PERMILLE    40  /* subjects of half a term */
#define REMOTE_PERMILLE  220 /* lectures at a distance */
#define ROOMLESS         6   /* ‰ of practices: nobody has entered a room yet */
#define NAMELESS         55  /* ‰ of practices: nobody has entered a teacher yet */
#define MANY_ROOMS       150 /* ‰ of labs */
#define MILITARY_EVERY   3
#define COMMISSION_EVERY 5
#define DEMO_COURSES     2 /* that the demo teacher reads to the demo group */
#define MAX_LABS         4

/* By place in the curriculum: one of the faculty's own areas, or an area for everyone. */
enum { OWN = -CAMPUS_MAJOR_AREAS };
static const int first_year[] = {CAMPUS_MATHEMATICS, CAMPUS_HUMANITIES, CAMPUS_PHYSICS,    OWN,
                                 CAMPUS_MATHEMATICS, OWN + 1,           CAMPUS_HUMANITIES, OWN};
static const int second_year[] = {CAMPUS_MATHEMATICS, OWN, CAMPUS_HUMANITIES, OWN + 1,
                                  CAMPUS_PHYSICS,     OWN, OWN + 2,           OWN + 1};
static const int later_years[] = {OWN, OWN + 1, CAMPUS_HUMANITIES, OWN, OWN + 2, OWN + 1, OWN, CAMPUS_ECONOMICS};
static const int masters[] = {OWN, OWN + 1, OWN, CAMPUS_HUMANITIES, OWN + 2, OWN + 1, OWN};

static bool is_technical(const campus_faculty *faculty)
{
    return faculty->areas[0] != CAMPUS_MEDIA && faculty->areas[0] != CAMPUS_ECONOMICS;
}

static campus_area area_at(const campus_stream *stream, unsigned place)
{
    const campus_faculty *faculty = &campus_faculties[stream->faculty];
    int area;

    if (stream->kind == CAMPUS_MASTER || stream->kind == CAMPUS_POSTGRADUATE)
        area = masters[place % POLY_LENGTH(masters)];
    else if (stream->level == 1)
        area = first_year[place % POLY_LENGTH(first_year)];
    else if (stream->level == 2)
        area = second_year[place % POLY_LENGTH(second_year)];
    else
        area = later_years[place % POLY_LENGTH(later_years)];
    if (area < 0)
        return faculty->areas[area - OWN];
    if ((area == CAMPUS_PHYSICS && !is_technical(faculty)) ||
        (area == CAMPUS_MATHEMATICS && faculty->areas[0] == CAMPUS_MEDIA))
        return faculty->areas[1];
    return (campus_area)area;
}

static unsigned course_count(const campus_stream *stream)
{
    if (stream->type == CAMPUS_DISTANCE)
        return 4;
    if (stream->type == CAMPUS_EVENING)
        return 6;
    switch (stream->kind) {
    case CAMPUS_MASTER:
        return POLY_LENGTH(masters);
    case CAMPUS_POSTGRADUATE:
        return 3;
    case CAMPUS_FURTHER:
        return 5;
    default:
        return POLY_LENGTH(later_years);
    }
}

static bool has_course(const campus_course *courses, unsigned count, uint16_t subject)
{
    for (unsigned i = 0; i < count; i++)
        if (courses[i].subject == subject)
            return true;
    return false;
}

/* A subject of the area that the stream does not hear yet; the areas have more subjects than a stream has courses. */
static uint16_t choose_subject(campus_area area, const campus_course *courses, unsigned count, campus_dice *dice)
{
    uint16_t start = (uint16_t)campus_dice_below(dice, (uint32_t)campus_subject_count);

    for (uint16_t i = 0; i < campus_subject_count; i++) {
        uint16_t subject = (uint16_t)((start + i) % campus_subject_count);

        if (campus_subjects[subject].area == area && !has_course(courses, count, subject))
            return subject;
    }
    return CAMPUS_SUBJECT_RESEARCH;
}

static unsigned choose_courses(campus_builder *builder, uint16_t stream_index, campus_course *courses,
                               campus_dice *dice)
{
    const struct campus *campus = builder->campus;
    const campus_stream *stream = &campus->streams[stream_index];
    bool demo = campus->groups[campus->demo_group].stream == stream_index;
    unsigned count = course_count(stream);
    unsigned demo_courses = 0;

    for (unsigned i = 0; i < count; i++) {
        campus_area area = area_at(stream, i);

        courses[i].subject = choose_subject(area, courses, i, dice);
        courses[i].lecturer = campus_builder_teacher(builder, area, campus_dice_next(dice));
        courses[i].number = (uint16_t)(100 + campus_dice_below(dice, 9000));
        courses[i].has_exam = i % 2 == 0;
        if (demo && area == CAMPUS_SOFTWARE && demo_courses++ < DEMO_COURSES)
            courses[i].lecturer = campus->demo_teacher;
    }
    return count;
}

static campus_place lecture_place(const campus_stream *stream, campus_dice *dice)
{
    uint32_t permille = stream->type == CAMPUS_DISTANCE ? 900 : REMOTE_PERMILLE;

    return campus_dice_permille(dice, permille) ? CAMPUS_PLACE_REMOTE : CAMPUS_PLACE_REAL;
}

static void set_weeks(campus_wish *wish, campus_dice *dice)
{
    wish->from_week = 1;
    wish->to_week = LAST_WEEK;
    if (!campus_dice_permille(dice, HALF_PERMILLE))
        return;
    if (campus_dice_below(dice, 2) == 0)
        wish->to_week = HALF_TERM;
    else
        wish->from_week = HALF_TERM + 1;
}

static uint8_t every_second_week(campus_dice *dice)
{
    return campus_dice_below(dice, 2) ? CAMPUS_ODD_WEEKS : CAMPUS_EVEN_WEEKS;
}

static campus_wish wish_for(const campus_course *course, campus_lesson_type type, uint16_t first_group, uint16_t count)
{
    return (campus_wish){.subject = course->subject,
                         .teacher = course->lecturer,
                         .area = campus_subjects[course->subject].area,
                         .first_group = first_group,
                         .group_count = count,
                         .type = type,
                         .weeks = CAMPUS_ALL_WEEKS,
                         .from_week = 1,
                         .to_week = LAST_WEEK,
                         .length = 1,
                         .only_pair = CAMPUS_ANY,
                         .rooms = 1,
                         .course = course->number};
}

static void place_lecture(campus_builder *builder, const campus_stream *stream, const campus_course *course,
                          campus_dice *dice)
{
    campus_wish wish = wish_for(course, CAMPUS_LECTURE, stream->first_group, stream->group_count);

    if (campus_dice_permille(dice, FEWER_PERMILLE))
        wish.weeks = every_second_week(dice);
    set_weeks(&wish, dice);
    wish.place = lecture_place(stream, dice);
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

/* Half of the groups have the lecturer in their practice, too. */
static void place_practice(campus_builder *builder, const campus_stream *stream, uint16_t group,
                           const campus_course *course, campus_dice *dice)
{
    campus_wish wish = wish_for(course, CAMPUS_PRACTICE, group, 1);

    if (course->lecturer != builder->campus->demo_teacher && campus_dice_below(dice, 2))
        wish.teacher = CAMPUS_NONE;
    wish.nobody = campus_dice_permille(dice, NAMELESS);
    if (wish.nobody)
        wish.teacher = CAMPUS_NONE;
    if (campus_dice_permille(dice, ROOMLESS))
        wish.rooms = 0;
    if (stream->type == CAMPUS_DISTANCE)
        wish.place = CAMPUS_PLACE_REMOTE;
    wish.gives_credit = !course->has_exam;
    set_weeks(&wish, dice);
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

static void place_lab(campus_builder *builder, uint16_t group, const campus_course *course, campus_dice *dice)
{
    campus_wish wish = wish_for(course, CAMPUS_LAB, group, 1);

    wish.teacher = CAMPUS_NONE;
    wish.weeks = every_second_week(dice);
    wish.from_week = LABS_FROM;
    wish.length = campus_dice_below(dice, 2) ? 2 : 1;
    if (campus_dice_permille(dice, MANY_ROOMS))
        wish.rooms = (uint8_t)(2 + campus_dice_below(dice, CAMPUS_MAX_ROOMS - 1));
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

/* A group is split among several rooms, and RUZ then shows its lesson once for each. */
static void place_language(campus_builder *builder, const campus_stream *stream, uint16_t group, campus_dice *dice)
{
    campus_course course = {.subject = stream->level == 1 && stream->kind != CAMPUS_MASTER
                                           ? CAMPUS_SUBJECT_LANGUAGE
                                           : CAMPUS_SUBJECT_PROFESSIONAL_LANGUAGE,
                            .lecturer = CAMPUS_NONE};
    campus_wish wish = wish_for(&course, CAMPUS_PRACTICE, group, 1);

    wish.rooms = (uint8_t)(1 + campus_dice_below(dice, 2));
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

static void place_sport(campus_builder *builder, const campus_stream *stream, campus_dice *dice)
{
    campus_course course = {.subject = stream->level == 1 ? CAMPUS_SUBJECT_SPORT : CAMPUS_SUBJECT_ELECTIVE_SPORT,
                            .lecturer = CAMPUS_NONE};
    campus_wish wish = wish_for(&course, CAMPUS_PRACTICE, stream->first_group, stream->group_count);

    wish.nobody = true;
    wish.place = CAMPUS_PLACE_SPORT;
    for (int i = 0; i < 2; i++)
        (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

static void place_military(campus_builder *builder, const campus_stream *stream, campus_dice *dice)
{
    campus_course course = {.subject = CAMPUS_SUBJECT_MILITARY, .lecturer = CAMPUS_NONE};
    campus_wish wish = wish_for(&course, CAMPUS_PRACTICE, stream->first_group, stream->group_count);

    wish.nobody = true;
    wish.place = CAMPUS_PLACE_MILITARY;
    wish.length = 5;
    wish.only_pair = 0;
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

static void place_research(campus_builder *builder, const campus_stream *stream, campus_dice *dice)
{
    const campus_faculty *faculty = &campus_faculties[stream->faculty];
    campus_course course = {.subject = CAMPUS_SUBJECT_RESEARCH, .lecturer = CAMPUS_NONE};
    campus_wish wish = wish_for(&course, CAMPUS_PRACTICE, stream->first_group, stream->group_count);

    wish.area = faculty->areas[0];
    wish.place = CAMPUS_PLACE_ELSEWHERE;
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
    wish.length = 2;
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

/* A second chance for those who failed last term: one long sitting. */
static void place_commission(campus_builder *builder, const campus_stream *stream, const campus_course *course,
                             campus_dice *dice)
{
    campus_lesson_type type = campus_dice_below(dice, 3) ? CAMPUS_COMMISSION_EXAM : CAMPUS_COMMISSION_CREDIT;
    uint16_t group = (uint16_t)(stream->first_group + campus_dice_below(dice, stream->group_count));
    campus_wish wish = wish_for(course, type, group, 1);

    wish.from_week = (uint8_t)(3 + campus_dice_below(dice, 5));
    wish.to_week = wish.from_week;
    wish.length = 4;
    wish.only_pair = 2;
    (void)campus_builder_place(builder, &wish, campus_dice_next(dice));
}

static void place_group(campus_builder *builder, const campus_stream *stream, uint16_t group,
                        const campus_course *courses, unsigned count, campus_dice *dice)
{
    bool usual = stream->type == CAMPUS_COMMON && stream->kind != CAMPUS_POSTGRADUATE;
    unsigned labs = 0;

    for (unsigned i = 0; i < count; i++) {
        place_practice(builder, stream, group, &courses[i], dice);
        if (usual && campus_subjects[courses[i].subject].has_lab && labs++ < MAX_LABS)
            place_lab(builder, group, &courses[i], dice);
    }
    if (usual && stream->level <= 2 && stream->kind != CAMPUS_FURTHER)
        place_language(builder, stream, group, dice);
}

unsigned campus_curriculum_place(campus_builder *builder, uint16_t stream_index,
                                 campus_course courses[CAMPUS_MAX_COURSES])
{
    const campus_stream *stream = &builder->campus->streams[stream_index];
    campus_dice dice = {campus_hash(builder->campus->seed, 'C', stream_index, builder->term)};
    unsigned count = choose_courses(builder, stream_index, courses, &dice);
    bool full_time = stream->type == CAMPUS_COMMON;
    bool undergraduate =
        stream->kind != CAMPUS_MASTER && stream->kind != CAMPUS_POSTGRADUATE && stream->kind != CAMPUS_FURTHER;

    if (full_time && undergraduate && stream->level == 3 && stream->kind != CAMPUS_COLLEGE &&
        stream_index % MILITARY_EVERY == 0)
        place_military(builder, stream, &dice);
    for (unsigned i = 0; i < count; i++)
        place_lecture(builder, stream, &courses[i], &dice);
    if (full_time && undergraduate && stream->level <= 3)
        place_sport(builder, stream, &dice);
    if (stream->kind == CAMPUS_MASTER)
        place_research(builder, stream, &dice);
    if (full_time && undergraduate && stream_index % COMMISSION_EVERY == 0)
        place_commission(builder, stream, &courses[0], &dice);
    for (uint16_t i = 0; i < stream->group_count; i++)
        place_group(builder, stream, (uint16_t)(stream->first_group + i), courses, count, &dice);
    return count;
}

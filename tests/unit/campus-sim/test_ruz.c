/* SPDX-License-Identifier: MIT */
#include "lessons.h"
#include "ruz.h"

#include "poly/json.h"
#include "poly/random.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEMO_GROUP "41307"

static struct campus *campus;
static poly_strbuf out;
static poly_json *document;
static const ruz_options options = {.today = {2026, 11, 23}};

static void set_up(void)
{
    campus = campus_create(2026, false);
    poly_strbuf_init(&out, RUZ_MAX_ANSWER);
}

static void tear_down(void)
{
    poly_json_destroy(&document);
    poly_strbuf_release(&out);
    campus_destroy(&campus);
}

/* What was appended to `out`, parsed strictly. */
static const poly_json *parsed(void)
{
    const poly_json_limits limits = {.max_size = RUZ_MAX_ANSWER};
    poly_json_error error = {0};

    poly_json_destroy(&document);
    ck_assert_msg(poly_json_parse(out.data, out.size, &limits, &document, &error) == POLY_OK, "%s", error.reason);
    return document;
}

static const poly_json *group_week(const char *id, const char *date)
{
    poly_strbuf_clear(&out);
    ruz_group_week(campus, &options, id, date, &out);
    return parsed();
}

static void check_names(const poly_json *object, const char *expected)
{
    char names[512] = "";
    size_t size = 0;

    for (const poly_json *member = poly_json_first(object); member; member = poly_json_next(member))
        size += (size_t)snprintf(names + size, sizeof(names) - size, "%s ", poly_json_name(member));
    ck_assert_str_eq(names, expected);
}

static const char *text_of(const poly_json *object, const char *name)
{
    return poly_json_text(poly_json_get(object, name), "");
}

/* As in the recordings, in their order. */
START_TEST(members_are_those_of_the_recordings)
{
    const poly_json *week = group_week(DEMO_GROUP, NULL);
    const poly_json *day, *lesson, *group, *room;

    check_names(week, "week days group ");
    check_names(poly_json_get(week, "week"), "date_start date_end is_odd ");
    day = poly_json_first(poly_json_get(week, "days"));
    check_names(day, "weekday date lessons ");
    lesson = poly_json_first(poly_json_get(day, "lessons"));
    check_names(lesson, "subject subject_short type additional_info time_start time_end parity typeObj groups teachers "
                        "auditories webinar_url lms_url ");
    check_names(poly_json_get(lesson, "typeObj"), "id name abbr ");
    group = poly_json_first(poly_json_get(lesson, "groups"));
    check_names(group, "id name level type kind spec year faculty ");
    check_names(poly_json_get(group, "faculty"), "id name abbr ");
    check_names(poly_json_first(poly_json_get(lesson, "teachers")),
                "id oid full_name first_name middle_name last_name grade chair ");
    room = poly_json_first(poly_json_get(lesson, "auditories"));
    check_names(room, "id name building ");
    check_names(poly_json_get(room, "building"), "id name abbr address ");
}
END_TEST

START_TEST(lists_have_their_shapes)
{
    ruz_faculties(campus, &out);
    check_names(parsed(), "faculties ");
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "faculties")), 20);
    poly_strbuf_clear(&out);
    ruz_faculty(campus, "125", &out);
    check_names(parsed(), "id name abbr ");
    poly_strbuf_clear(&out);
    ruz_faculty_groups(campus, "125", &out);
    check_names(parsed(), "groups faculty ");
    check_names(poly_json_first(poly_json_get(document, "groups")), "id name level type kind spec year ");
    poly_strbuf_clear(&out);
    ruz_teachers(campus, &out);
    check_names(parsed(), "teachers ");
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "teachers")), 4000);
    poly_strbuf_clear(&out);
    ruz_teacher(campus, "9010", &out);
    check_names(parsed(), "id oid full_name first_name middle_name last_name grade chair ");
    poly_strbuf_clear(&out);
    ruz_buildings(campus, &out);
    check_names(parsed(), "buildings ");
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "buildings")), 30);
    poly_strbuf_clear(&out);
    ruz_building_rooms(campus, "25", &out);
    check_names(parsed(), "building rooms ");
    check_names(poly_json_first(poly_json_get(document, "rooms")), "id name ");
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "rooms")), 70);
}
END_TEST

static void check_error(const char *text)
{
    bool error = false;

    check_names(parsed(), "error text ");
    ck_assert(poly_json_bool(poly_json_get(document, "error"), &error) && error);
    ck_assert_str_eq(text_of(document, "text"), text);
    poly_strbuf_clear(&out);
}

START_TEST(errors_speak_as_ruz_does)
{
    ruz_group_week(campus, &options, "999999", NULL, &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"error\":true,\"text\":\"Группа: 999999 не найден\"}");
    check_error("Группа: 999999 не найден");
    ruz_group_week(campus, &options, "abc", NULL, &out);
    check_error("Группа: abc не найден");
    ruz_group_week(campus, &options, "99999999999999999999", NULL, &out);
    check_error("Группа: 99999999999999999999 не найден");
    ruz_teacher_week(campus, &options, "20012", NULL, &out); /* an oid */
    check_error("Преподаватель: 20012 не найден");
    ruz_room_week(campus, &options, "11", "1236", NULL, &out); /* a room of building 25 */
    check_error("Аудитория: 1236 не найден");
    ruz_room_week(campus, &options, "1", "1236", NULL, &out);
    check_error("Здание: 1 не найден");
    ruz_faculty_groups(campus, "0", &out);
    check_error("Факультет: 0 не найден");
}
END_TEST

START_TEST(dates_select_their_week)
{
    static const char *const same[] = {"2026-09-14", "2026-9-14", "2026-09-16", "2026-09-20"};
    char *first = NULL;

    for (size_t i = 0; i < POLY_LENGTH(same); i++) {
        group_week(DEMO_GROUP, same[i]);
        if (!first)
            first = poly_strdup(poly_strbuf_text(&out));
        ck_assert_str_eq(first, poly_strbuf_text(&out));
    }
    ck_assert_str_eq(text_of(poly_json_get(document, "week"), "date_start"), "2026.09.14");
    ck_assert_str_eq(text_of(poly_json_get(document, "week"), "date_end"), "2026.09.20");
    group_week(DEMO_GROUP, "2026-09-21");
    ck_assert_str_ne(first, poly_strbuf_text(&out));
    group_week(DEMO_GROUP, NULL);
    ck_assert_str_eq(text_of(poly_json_get(document, "week"), "date_start"), "2026.11.23");
    free(first);
}
END_TEST

START_TEST(impossible_dates_are_refused)
{
    static const char *const wrong[] = {"tomorrow", "2026-02-30", "1999-12-31", "2100-01-01", "2026.09.01"};

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        char expected[64];

        poly_strbuf_clear(&out);
        ruz_group_week(campus, &options, DEMO_GROUP, wrong[i], &out);
        snprintf(expected, sizeof(expected), "Неверная дата: %s", wrong[i]);
        check_error(expected);
    }
}
END_TEST

START_TEST(days_are_dashed_or_dotted)
{
    const ruz_options dotted = {.dotted_days = true, .today = {2026, 11, 23}};

    group_week(DEMO_GROUP, NULL);
    ck_assert_str_eq(text_of(poly_json_first(poly_json_get(document, "days")), "date"), "2026-11-23");
    poly_strbuf_clear(&out);
    ruz_group_week(campus, &dotted, DEMO_GROUP, NULL, &out);
    ck_assert_str_eq(text_of(poly_json_first(poly_json_get(parsed(), "days")), "date"), "2026.11.23");
}
END_TEST

START_TEST(empty_week_has_empty_days)
{
    group_week(DEMO_GROUP, "2026-07-15");
    ck_assert_int_eq(poly_json_type_of(poly_json_get(document, "days")), POLY_JSON_ARRAY);
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "days")), 0);
}
END_TEST

START_TEST(searches_find_parts_in_any_case)
{
    ruz_search_groups(campus, "5130904/2010", &out);
    ck_assert_uint_eq(poly_json_count(poly_json_get(parsed(), "groups")), 4);
    poly_strbuf_clear(&out);
    ruz_search_teachers(campus, "ДОРОФЕЕВА ЛИДИЯ", &out);
    ck_assert_uint_ge(poly_json_count(poly_json_get(parsed(), "teachers")), 1);
    poly_strbuf_clear(&out);
    ruz_search_rooms(campus, "секции", &out);
    ck_assert_uint_eq(poly_json_count(poly_json_get(parsed(), "rooms")), 1);
    check_names(poly_json_first(poly_json_get(document, "rooms")), "id name building ");
}
END_TEST

START_TEST(nothing_found_is_null)
{
    ruz_search_groups(campus, "нет такой", &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"groups\":null}");
    poly_strbuf_clear(&out);
    ruz_search_teachers(campus, NULL, &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"teachers\":null}");
    poly_strbuf_clear(&out);
    ruz_search_rooms(campus, "  ", &out);
    ck_assert_str_eq(poly_strbuf_text(&out), "{\"rooms\":null}");
}
END_TEST

/* /teachers leaves some out that the search and the paths know. */
START_TEST(absence_from_the_list_proves_nothing)
{
    const campus_teacher *unlisted = campus->teachers;
    char id[16];

    while (unlisted->listed)
        unlisted++;
    snprintf(id, sizeof(id), "%d", unlisted->id);
    ruz_teacher(campus, id, &out);
    ck_assert_str_eq(text_of(parsed(), "full_name"), unlisted->full_name);
    poly_strbuf_clear(&out);
    ruz_search_teachers(campus, unlisted->full_name, &out);
    ck_assert_uint_ge(poly_json_count(poly_json_get(parsed(), "teachers")), 1);
}
END_TEST

/* What the lessons of all groups show in one week. */
struct oddities {
    unsigned lessons, null_teachers, null_rooms, lying_types, absent_urls, null_urls, remote, off_grid, repeats;
};

static bool differ_only_in_room(const poly_json *a, const poly_json *b)
{
    return strcmp(text_of(a, "time_start"), text_of(b, "time_start")) == 0 &&
           strcmp(text_of(a, "subject"), text_of(b, "subject")) == 0 &&
           strcmp(text_of(a, "time_end"), text_of(b, "time_end")) == 0;
}

static void note_lesson(const poly_json *lesson, struct oddities *seen)
{
    static const int type_of_id[] = {[14] = 2, [27] = 0, [26] = 1};
    const poly_json *rooms = poly_json_get(lesson, "auditories");
    const poly_json *building = poly_json_get(poly_json_first(rooms), "building");
    int64_t id = 0, type = -1, parity = -1;
    int start = 0, end = 0;

    seen->lessons++;
    ck_assert_str_eq(text_of(lesson, "subject"), text_of(lesson, "subject_short"));
    ck_assert(poly_json_int(poly_json_get(poly_json_get(lesson, "typeObj"), "id"), 1, 47, &id));
    ck_assert(poly_json_int(poly_json_get(lesson, "type"), 0, 10, &type));
    ck_assert(poly_json_int(poly_json_get(lesson, "parity"), 0, 0, &parity));
    ck_assert(poly_clock_parse(text_of(lesson, "time_start"), &start));
    ck_assert(poly_clock_parse(text_of(lesson, "time_end"), &end) && end > start);
    seen->null_teachers += poly_json_type_of(poly_json_get(lesson, "teachers")) == POLY_JSON_NULL;
    seen->null_rooms += poly_json_type_of(rooms) == POLY_JSON_NULL;
    seen->lying_types += id > 27 || type != type_of_id[id];
    seen->absent_urls += !poly_json_get(lesson, "webinar_url");
    seen->null_urls += poly_json_type_of(poly_json_get(lesson, "lms_url")) == POLY_JSON_NULL;
    seen->remote += strcmp(text_of(building, "abbr"), "DL") == 0;
    seen->off_grid += end - start != 100;
}

static void note_week(const poly_json *week, struct oddities *seen)
{
    for (const poly_json *day = poly_json_first(poly_json_get(week, "days")); day; day = poly_json_next(day)) {
        const poly_json *before = NULL;

        for (const poly_json *lesson = poly_json_first(poly_json_get(day, "lessons")); lesson;
             lesson = poly_json_next(lesson)) {
            note_lesson(lesson, seen);
            seen->repeats += before && differ_only_in_room(before, lesson);
            before = lesson;
        }
    }
}

START_TEST(every_oddity_occurs)
{
    struct oddities seen = {0};

    for (int i = 0; i < CAMPUS_GROUPS; i++) {
        char id[16];

        snprintf(id, sizeof(id), "%d", campus->groups[i].id);
        note_week(group_week(id, "2026-10-05"), &seen);
    }
    ck_assert_uint_ge(seen.null_teachers, seen.lessons / 20);
    ck_assert_uint_ge(seen.null_rooms, seen.lessons / 300);
    ck_assert_uint_ge(seen.lying_types, seen.lessons / 500);
    ck_assert_uint_le(seen.lying_types, seen.lessons / 20);
    ck_assert_uint_ge(seen.absent_urls, seen.lessons / 100);
    ck_assert_uint_ge(seen.null_urls, seen.lessons / 500);
    ck_assert_uint_ge(seen.remote, seen.lessons / 20);
    ck_assert_uint_ge(seen.off_grid, seen.lessons / 20);
    ck_assert_uint_ge(seen.repeats, seen.lessons / 50);
}
END_TEST

/* A lesson of a stream in a room's timetable is now and then one lesson for each group. */
START_TEST(rooms_repeat_lessons_by_group)
{
    const poly_date date = {2026, 10, 5};
    unsigned repeated = 0;

    for (int i = 0; i < CAMPUS_ROOMS && repeated == 0; i++) {
        char id[16], building[16];
        poly_arena *arena = poly_arena_create(0);
        campus_week week;
        size_t lessons = 0;
        size_t expected = 0;

        campus_week_make(campus, CAMPUS_BY_ROOM, (uint16_t)i, date, arena, &week);
        for (size_t n = 0; n < week.count; n++) {
            repeated += week.lessons[n].lesson->repeats_by_group;
            expected += week.lessons[n].lesson->repeats_by_group ? week.lessons[n].lesson->group_count : 1;
        }
        snprintf(id, sizeof(id), "%d", campus->rooms[i].id);
        snprintf(building, sizeof(building), "%d", campus_buildings[campus->rooms[i].building].id);
        poly_strbuf_clear(&out);
        ruz_room_week(campus, &options, building, id, "2026-10-05", &out);
        for (const poly_json *day = poly_json_first(poly_json_get(parsed(), "days")); day; day = poly_json_next(day))
            lessons += poly_json_count(poly_json_get(day, "lessons"));
        ck_assert_uint_eq(lessons, expected);
        poly_arena_destroy(&arena);
    }
    ck_assert_uint_gt(repeated, 0);
}
END_TEST

static void check_digest(const char *expected)
{
    char digest[POLY_DIGEST_SIZE];

    poly_digest(out.data, out.size, digest);
    ck_assert_str_eq(digest, expected);
    poly_strbuf_clear(&out);
}

/* The same bytes on every machine, at any time: a change here changes what every test and demo sees. */
START_TEST(same_seed_gives_the_same_bytes)
{
    ruz_teachers(campus, &out);
    check_digest("7ac56c2204709a1509e00c41e93bf7fc");
    ruz_group_week(campus, &options, DEMO_GROUP, "2026-09-14", &out);
    check_digest("58a4ac15c69fb470ff0930064a5a0a0f");
    ruz_room_week(campus, &options, "25", "1236", "2027-06-08", &out);
    check_digest("93a984debe397a6ff3bf468cf819ffa2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus ruz");
    TCase *tcase = tcase_create("ruz");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, members_are_those_of_the_recordings);
    tcase_add_test(tcase, lists_have_their_shapes);
    tcase_add_test(tcase, errors_speak_as_ruz_does);
    tcase_add_test(tcase, dates_select_their_week);
    tcase_add_test(tcase, impossible_dates_are_refused);
    tcase_add_test(tcase, days_are_dashed_or_dotted);
    tcase_add_test(tcase, empty_week_has_empty_days);
    tcase_add_test(tcase, searches_find_parts_in_any_case);
    tcase_add_test(tcase, nothing_found_is_null);
    tcase_add_test(tcase, absence_from_the_list_proves_nothing);
    tcase_add_test(tcase, every_oddity_occurs);
    tcase_add_test(tcase, rooms_repeat_lessons_by_group);
    tcase_add_test(tcase, same_seed_gives_the_same_bytes);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

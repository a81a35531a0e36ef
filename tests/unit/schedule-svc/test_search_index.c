/* SPDX-License-Identifier: MIT */
#include "search_index.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 20

static const search_item items[] = {
    {TIMETABLE_TEACHER, 1, 0, "Иванова Ольга Петровна", "Школа проб", ""},
    {TIMETABLE_TEACHER, 2, 0, "Петров Иван Ильич", "Школа проб", ""},
    {TIMETABLE_TEACHER, 3, 0, "Иванов Пётр Иванович", "Школа проб", ""},
    {TIMETABLE_TEACHER, 4, 0, "Иванова Е.Н.", "", ""},
    {TIMETABLE_TEACHER, 5, 0, "Смирнова-Ковалёва Анна", "", ""},
    {TIMETABLE_GROUP, 1, 50, "5130904/20102_2025", "ИП", "ИП"},
    {TIMETABLE_GROUP, 2, 50, "5130904/20103_2025", "ИП", "ИП"},
    {TIMETABLE_GROUP, 3, 50, "в5130904/20102", "ИП", "ИП"},
    {TIMETABLE_GROUP, 4, 50, "5130904/20102 п/г 1", "ИП", "ИП"},
    {TIMETABLE_ROOM, 1, 11, "219", "Главное здание", "Главное здание ГЗ"},
    {TIMETABLE_ROOM, 2, 25, "219 А", "11-й учебный корпус", "11-й учебный корпус 11 к."},
    {TIMETABLE_ROOM, 3, 11, "—", "Главное здание", "Главное здание ГЗ"},
    {TIMETABLE_ROOM, 4, 40, "219", "Аудиторный корпус", "Аудиторный корпус А"},
    {TIMETABLE_TEACHER, 1, 0, "Иванова (копия)", "", ""},
};

static search_index *subject;
static const search_item *results[LIMIT];
static size_t found, total;

static void set_up(void)
{
    subject = search_index_create(items, POLY_LENGTH(items));
}

static void tear_down(void)
{
    search_index_unref(&subject);
}

static void look_for(const char *query, unsigned kinds)
{
    ck_assert_int_eq(search_index_search(subject, query, kinds, 0, LIMIT, results, &found, &total), POLY_OK);
    ck_assert_uint_eq(found, total);
}

/* The names of the results, in their order, one a line. */
static const char *names(void)
{
    static char text[2048];
    size_t size = 0;

    text[0] = '\0';
    for (size_t i = 0; i < found; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s", i ? "\n" : "", results[i]->name);
    return text;
}

static const struct {
    const char *query;
    unsigned kinds;
    const char *names;
} searches[] = {
    {"иванова", TIMETABLE_EVERY_KIND, "Иванова Е.Н.\nИванова Ольга Петровна"},
    {"ИВАНОВ ПЕТР", TIMETABLE_EVERY_KIND, "Иванов Пётр Иванович\nИванова Ольга Петровна"},
    {"иван", TIMETABLE_EVERY_KIND, "Иванов Пётр Иванович\nИванова Е.Н.\nИванова Ольга Петровна\nПетров Иван Ильич"},
    {"петров", TIMETABLE_EVERY_KIND, "Петров Иван Ильич\nИванова Ольга Петровна"},
    {"петр и", TIMETABLE_EVERY_KIND, "Петров Иван Ильич\nИванов Пётр Иванович\nИванова Ольга Петровна"},
    {"иванова е", TIMETABLE_EVERY_KIND, "Иванова Е.Н."},
    {"е.н.", TIMETABLE_EVERY_KIND, "Иванова Е.Н."},
    {"ковалева", TIMETABLE_EVERY_KIND, "Смирнова-Ковалёва Анна"},
    {"СМИРНОВА-КОВАЛЁВА", TIMETABLE_EVERY_KIND, "Смирнова-Ковалёва Анна"},
    {"школа", TIMETABLE_EVERY_KIND, ""},
    {"5130904/201", TIMETABLE_EVERY_KIND, "5130904/20102 п/г 1\n5130904/20102_2025\n5130904/20103_2025"},
    {"20102", TIMETABLE_EVERY_KIND, "5130904/20102 п/г 1\n5130904/20102_2025\nв5130904/20102"},
    {"5130904 2025", TIMETABLE_EVERY_KIND, "5130904/20102_2025\n5130904/20103_2025"},
    {"20102 п/г", TIMETABLE_EVERY_KIND, "5130904/20102 п/г 1"},
    {"2010", TIMETABLE_KIND_BIT(TIMETABLE_ROOM), ""},
    {"219", TIMETABLE_EVERY_KIND, "219\n219\n219 А"},
    {"219 а", TIMETABLE_EVERY_KIND, "219 А\n219"},
    {"219 гз", TIMETABLE_EVERY_KIND, "219"},
    {"корпус 219", TIMETABLE_EVERY_KIND, "219\n219 А"},
    {"главн", TIMETABLE_EVERY_KIND, "219\n—"},
    {"ип 20103", TIMETABLE_EVERY_KIND, "5130904/20103_2025"},
    {"и", TIMETABLE_KIND_BIT(TIMETABLE_GROUP),
     "5130904/20102 п/г 1\n5130904/20102_2025\n5130904/20103_2025\nв5130904/20102"},
    {"анна иванова", TIMETABLE_EVERY_KIND, ""},
    {"ванов", TIMETABLE_EVERY_KIND, ""},
    {"", TIMETABLE_EVERY_KIND, ""},
    {" /.-_ ", TIMETABLE_EVERY_KIND, ""},
    {"иванова", 0, ""},
};

START_TEST(finds_and_ranks)
{
    look_for(searches[_i].query, searches[_i].kinds);
    ck_assert_msg(strcmp(names(), searches[_i].names) == 0, "%s: got\n%s\nnot\n%s", searches[_i].query, names(),
                  searches[_i].names);
}
END_TEST

START_TEST(answers_whole_items)
{
    look_for("219 гз", TIMETABLE_EVERY_KIND);
    ck_assert_uint_eq(found, 1);
    ck_assert_int_eq(results[0]->kind, TIMETABLE_ROOM);
    ck_assert_int_eq(results[0]->id, 1);
    ck_assert_int_eq(results[0]->parent_id, 11);
    ck_assert_str_eq(results[0]->detail, "Главное здание");
}
END_TEST

START_TEST(keeps_the_first_of_copies)
{
    ck_assert_uint_eq(search_index_count(subject), POLY_LENGTH(items) - 1);
    look_for("копия", TIMETABLE_EVERY_KIND);
    ck_assert_uint_eq(total, 0);
}
END_TEST

START_TEST(pages)
{
    look_for("5130904", TIMETABLE_EVERY_KIND);
    ck_assert_uint_eq(total, 3);
    ck_assert_int_eq(search_index_search(subject, "иван", TIMETABLE_EVERY_KIND, 1, 2, results, &found, &total),
                     POLY_OK);
    ck_assert_uint_eq(total, 4);
    ck_assert_str_eq(names(), "Иванова Е.Н.\nИванова Ольга Петровна");
    ck_assert_int_eq(search_index_search(subject, "иван", TIMETABLE_EVERY_KIND, 3, 2, results, &found, &total),
                     POLY_OK);
    ck_assert_str_eq(names(), "Петров Иван Ильич");
    ck_assert_int_eq(search_index_search(subject, "иван", TIMETABLE_EVERY_KIND, 4, 2, results, &found, &total),
                     POLY_OK);
    ck_assert_uint_eq(found, 0);
    ck_assert_uint_eq(total, 4);
    ck_assert_int_eq(search_index_search(subject, "иван", TIMETABLE_EVERY_KIND, 0, 0, NULL, &found, &total), POLY_OK);
    ck_assert_uint_eq(found, 0);
    ck_assert_uint_eq(total, 4);
    ck_assert_int_eq(
        search_index_search(subject, "иван", TIMETABLE_EVERY_KIND, SIZE_MAX, LIMIT, results, &found, &total), POLY_OK);
    ck_assert_uint_eq(found, 0);
}
END_TEST

START_TEST(bounds_the_query)
{
    char query[400];

    memset(query, 'x', sizeof query);
    query[SEARCH_QUERY_MAX_BYTES] = '\0';
    look_for(query, TIMETABLE_EVERY_KIND);
    query[SEARCH_QUERY_MAX_BYTES] = 'x';
    query[SEARCH_QUERY_MAX_BYTES + 1] = '\0';
    ck_assert_int_eq(search_index_search(subject, query, TIMETABLE_EVERY_KIND, 0, LIMIT, results, &found, &total),
                     POLY_INVALID);
    look_for("1 2 3 4 5 6 7 8", TIMETABLE_EVERY_KIND);
    ck_assert_int_eq(
        search_index_search(subject, "1 2 3 4 5 6 7 8 9", TIMETABLE_EVERY_KIND, 0, LIMIT, results, &found, &total),
        POLY_INVALID);
    ck_assert_int_eq(search_index_search(subject, "\xd0", TIMETABLE_EVERY_KIND, 0, LIMIT, results, &found, &total),
                     POLY_INVALID);
}
END_TEST

START_TEST(works_when_empty)
{
    search_index *empty = search_index_create(NULL, 0);

    ck_assert_uint_eq(search_index_count(empty), 0);
    ck_assert_int_eq(search_index_search(empty, "x", TIMETABLE_EVERY_KIND, 0, LIMIT, results, &found, &total), POLY_OK);
    ck_assert_uint_eq(total, 0);
    search_index_unref(&empty);
    ck_assert_ptr_null(empty);
    search_index_unref(&empty);
}
END_TEST

START_TEST(lives_as_long_as_its_references)
{
    search_index *other = search_index_ref(subject);

    search_index_unref(&other);
    look_for("иванова", TIMETABLE_EVERY_KIND);
    ck_assert_uint_eq(total, 2);
    ck_assert_uint_gt(search_index_footprint(subject), sizeof items);
    ck_assert_uint_lt(search_index_footprint(subject), 64 * 1024);
}
END_TEST

/* Any page of many equals the same stretch of all of them. */
START_TEST(selects_like_a_full_sort)
{
    enum { MANY = 3000, PAGE = 7 };
    search_item *many = calloc(MANY, sizeof *many);
    char(*texts)[24] = calloc(MANY, sizeof *texts);
    const search_item **all = calloc(MANY, sizeof *all);
    search_index *large;

    ck_assert(many && texts && all);
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "%s%u", i % 3 ? "b " : "", i * 2654435761u);
        snprintf(texts[i] + strlen(texts[i]), 4, " b");
        many[i] = (search_item){TIMETABLE_GROUP, i + 1, 0, texts[i], "", ""};
    }
    large = search_index_create(many, MANY);
    ck_assert_int_eq(search_index_search(large, "b", TIMETABLE_EVERY_KIND, 0, MANY, all, &found, &total), POLY_OK);
    ck_assert_uint_eq(found, MANY);
    ck_assert_uint_eq(total, MANY);
    for (size_t i = 1; i < MANY; i++)
        ck_assert(
            (all[i - 1]->name[0] == 'b') > (all[i]->name[0] == 'b') ||
            ((all[i - 1]->name[0] == 'b') == (all[i]->name[0] == 'b') && strcmp(all[i - 1]->name, all[i]->name) < 0));
    for (size_t offset = 0; offset < MANY; offset += 211) {
        ck_assert_int_eq(search_index_search(large, "b", TIMETABLE_EVERY_KIND, offset, PAGE, results, &found, &total),
                         POLY_OK);
        ck_assert_uint_eq(found, offset + PAGE < MANY ? PAGE : MANY - offset);
        ck_assert_mem_eq(results, all + offset, found * sizeof *results);
    }
    search_index_unref(&large);
    free(all);
    free(texts);
    free(many);
}
END_TEST

START_TEST(makes_items_of_entries)
{
    poly_arena *arena = poly_arena_create(0);
    search_item group = search_item_of_group(
        &(poly_group){.id = 4, .name = "g", .faculty_id = 50, .faculty_name = "Институт проб", .faculty_abbr = "ИП"});
    search_item teacher = search_item_of_teacher(&(poly_teacher){.id = 5, .full_name = "t", .chair = "Школа"});
    search_item room = search_item_of_room(&(poly_room){6, "219", 11, "Главное здание", "ГЗ"}, arena);

    ck_assert_int_eq(group.kind, TIMETABLE_GROUP);
    ck_assert_int_eq(group.id, 4);
    ck_assert_int_eq(group.parent_id, 50);
    ck_assert_str_eq(group.detail, "ИП");
    ck_assert_str_eq(group.keywords, "ИП");
    ck_assert_int_eq(teacher.kind, TIMETABLE_TEACHER);
    ck_assert_str_eq(teacher.name, "t");
    ck_assert_str_eq(teacher.detail, "Школа");
    ck_assert_str_eq(teacher.keywords, "");
    ck_assert_int_eq(room.kind, TIMETABLE_ROOM);
    ck_assert_int_eq(room.parent_id, 11);
    ck_assert_str_eq(room.detail, "Главное здание");
    ck_assert_str_eq(room.keywords, "Главное здание ГЗ");
    poly_arena_destroy(&arena);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("search_index");
    TCase *search = tcase_create("search");

    tcase_add_checked_fixture(search, set_up, tear_down);
    tcase_add_loop_test(search, finds_and_ranks, 0, POLY_LENGTH(searches));
    tcase_add_test(search, answers_whole_items);
    tcase_add_test(search, keeps_the_first_of_copies);
    tcase_add_test(search, pages);
    tcase_add_test(search, bounds_the_query);
    tcase_add_test(search, works_when_empty);
    tcase_add_test(search, lives_as_long_as_its_references);
    tcase_add_test(search, selects_like_a_full_sort);
    tcase_add_test(search, makes_items_of_entries);
    suite_add_tcase(suite, search);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

/* SPDX-License-Identifier: MIT */
#include "campus.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct campus *campus;

static void set_up(void)
{
    campus = campus_create(2026, false);
}

static void tear_down(void)
{
    campus_destroy(&campus);
}

/* README and demo data quote these. */
START_TEST(demo_ids_are_what_is_documented)
{
    ck_assert_int_eq(campus->groups[campus->demo_group].id, 41307);
    ck_assert_str_eq(campus->groups[campus->demo_group].name, "5130904/20102");
    ck_assert_int_eq(campus_faculties[campus->groups[campus->demo_group].faculty].id, 125);
    ck_assert_int_eq(campus->teachers[campus->demo_teacher].id, 9010);
    ck_assert_int_eq(campus->rooms[campus->demo_room].id, 1236);
    ck_assert_int_eq(campus_buildings[campus->rooms[campus->demo_room].building].id, 25);
}
END_TEST

START_TEST(ids_do_not_depend_on_the_seed)
{
    struct campus *other = campus_create(1, false);

    ck_assert_uint_eq(other->demo_group, campus->demo_group);
    ck_assert_uint_eq(other->demo_teacher, campus->demo_teacher);
    ck_assert_uint_eq(other->demo_room, campus->demo_room);
    for (int i = 0; i < CAMPUS_GROUPS; i++)
        ck_assert_str_eq(other->groups[i].name, campus->groups[i].name);
    ck_assert_str_ne(other->teachers[0].full_name, campus->teachers[0].full_name);
    campus_destroy(&other);
}
END_TEST

START_TEST(everything_is_found_by_its_id)
{
    for (uint16_t i = 0; i < CAMPUS_GROUPS; i++)
        ck_assert_uint_eq(campus_find_group(campus->groups[i].id), i);
    for (uint16_t i = 0; i < CAMPUS_TEACHERS; i++)
        ck_assert_uint_eq(campus_find_teacher(campus->teachers[i].id), i);
    for (uint16_t i = 0; i < CAMPUS_ROOMS; i++)
        ck_assert_uint_eq(campus_find_room(campus, campus->rooms[i].id), i);
    for (uint16_t i = 0; i < CAMPUS_FACULTIES; i++)
        ck_assert_uint_eq(campus_find_faculty(campus_faculties[i].id), i);
    for (uint16_t i = 0; i < CAMPUS_BUILDINGS; i++)
        ck_assert_uint_eq(campus_find_building(campus_buildings[i].id), i);
}
END_TEST

START_TEST(nothing_is_found_by_another_id)
{
    static const int64_t wrong[] = {-1, 0, 999999, INT64_MAX, INT64_MIN};

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        ck_assert_uint_eq(campus_find_group(wrong[i]), CAMPUS_NONE);
        ck_assert_uint_eq(campus_find_teacher(wrong[i]), CAMPUS_NONE);
        ck_assert_uint_eq(campus_find_room(campus, wrong[i]), CAMPUS_NONE);
        ck_assert_uint_eq(campus_find_faculty(wrong[i]), CAMPUS_NONE);
        ck_assert_uint_eq(campus_find_building(wrong[i]), CAMPUS_NONE);
    }
    ck_assert_uint_eq(campus_find_teacher(campus->teachers[0].id + 1), CAMPUS_NONE);
    ck_assert_uint_eq(campus_find_group(campus->groups[CAMPUS_GROUPS - 1].id + 1), CAMPUS_NONE);
}
END_TEST

START_TEST(groups_fill_their_faculties)
{
    uint32_t next = 0;

    for (int faculty = 0; faculty < CAMPUS_FACULTIES; faculty++) {
        campus_range range = campus->faculty_groups[faculty];

        ck_assert_uint_eq(range.first, next);
        for (uint32_t i = range.first; i < range.first + range.count; i++)
            ck_assert_int_eq(campus->groups[i].faculty, faculty);
        next = range.first + range.count;
    }
    ck_assert_uint_eq(next, CAMPUS_GROUPS);
    for (uint32_t i = 1; i < CAMPUS_GROUPS; i++)
        ck_assert_str_ne(campus->groups[i].name, campus->groups[i - 1].name);
}
END_TEST

START_TEST(rooms_fill_their_buildings)
{
    uint32_t next = 0;

    for (int b = 0; b < CAMPUS_BUILDINGS; b++) {
        campus_range range = campus->building_rooms[b];

        ck_assert_uint_eq(range.first, next);
        next = range.first + range.count;
        for (uint32_t i = range.first; i < next; i++) {
            ck_assert_int_eq(campus->rooms[i].building, b);
            for (uint32_t n = range.first; n < i; n++)
                ck_assert_str_ne(campus->rooms[i].name, campus->rooms[n].name);
        }
    }
    ck_assert_uint_eq(next, CAMPUS_ROOMS);
}
END_TEST

/* Squeezed names of two teachers. */
static bool share_name(uint32_t a, uint32_t b)
{
    return strcmp(campus->teachers[a].folded, campus->teachers[b].folded) == 0;
}

START_TEST(eight_pairs_share_a_name)
{
    unsigned pairs = 0;
    unsigned in_one_school = 0;

    for (uint32_t a = 0; a < CAMPUS_TEACHERS; a++) {
        for (uint32_t b = a + 1; b < CAMPUS_TEACHERS; b++) {
            if (!share_name(a, b))
                continue;
            pairs++;
            ck_assert(campus->teachers[a].listed && campus->teachers[b].listed);
            in_one_school += campus->teachers[a].chair == campus->teachers[b].chair;
        }
    }
    ck_assert_uint_eq(pairs, 8);
    ck_assert_uint_ge(in_one_school, 1);
}
END_TEST

START_TEST(teachers_have_their_faults)
{
    unsigned lacking = 0, abbreviated = 0, doubled = 0, trailing = 0, listed = 0, nobody = 0;

    for (uint32_t i = 0; i < CAMPUS_TEACHERS; i++) {
        const campus_teacher *teacher = &campus->teachers[i];
        const char *name = teacher->full_name;

        listed += teacher->listed;
        nobody += teacher->chair == CAMPUS_NONE;
        abbreviated += strchr(name, '.') != NULL;
        lacking += !strchr(name, '.') && (!teacher->patronymic || !*teacher->patronymic);
        doubled += strstr(name, "  ") != NULL;
        trailing += name[strlen(name) - 1] == ' ';
    }
    ck_assert_uint_eq(listed, 4000);
    ck_assert_uint_eq(nobody, 10);
    ck_assert_uint_ge(lacking, CAMPUS_TEACHERS / 80);
    ck_assert_uint_le(lacking, CAMPUS_TEACHERS / 33);
    ck_assert_uint_ge(abbreviated, CAMPUS_TEACHERS / 200);
    ck_assert_uint_le(abbreviated, CAMPUS_TEACHERS / 50);
    ck_assert_uint_ge(doubled, CAMPUS_TEACHERS / 200);
    ck_assert_uint_ge(trailing, CAMPUS_TEACHERS / 200);
}
END_TEST

/* Who confuses the two gets somebody else. */
START_TEST(an_oid_can_be_the_id_of_another)
{
    unsigned traps = 0;

    for (uint32_t i = 0; i < CAMPUS_TEACHERS; i++) {
        uint16_t found = campus_find_teacher(campus->teachers[i].oid);

        ck_assert_int_ne(campus->teachers[i].oid, campus->teachers[i].id);
        traps += found != CAMPUS_NONE;
    }
    ck_assert_uint_gt(traps, 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus");
    TCase *tcase = tcase_create("campus");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, demo_ids_are_what_is_documented);
    tcase_add_test(tcase, ids_do_not_depend_on_the_seed);
    tcase_add_test(tcase, everything_is_found_by_its_id);
    tcase_add_test(tcase, nothing_is_found_by_another_id);
    tcase_add_test(tcase, groups_fill_their_faculties);
    tcase_add_test(tcase, rooms_fill_their_buildings);
    tcase_add_test(tcase, eight_pairs_share_a_name);
    tcase_add_test(tcase, teachers_have_their_faults);
    tcase_add_test(tcase, an_oid_can_be_the_id_of_another);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

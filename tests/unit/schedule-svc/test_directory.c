/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"

/* A dictionary as the cache has it. */
static directory_part part_of(resource_kind kind, int64_t id, const char *json)
{
    poly_blob *plain = poly_blob_create(json, strlen(json));
    directory_part part = {
        .key = id ? resource_one(kind, id) : resource_list(kind),
        .gzip = poly_blob_gzip(plain, 6),
        .identity_size = (uint32_t)plain->size,
    };

    poly_blob_unref(&plain);
    return part;
}

static void make_parts(directory_part parts[6])
{
    parts[0] = part_of(RESOURCE_BUILDING_ROOMS, 25,
                       "{\"building\":{\"id\":25,\"name\":\"11-й учебный корпус\",\"abbr\":\"11 к.\",\"address\":\"\"},"
                       "\"rooms\":[{\"id\":670,\"name\":\"148\"},{\"id\":669,\"name\":\"143\"}]}");
    parts[1] = part_of(RESOURCE_FACULTIES, 0,
                       "{\"faculties\":[{\"id\":1,\"name\":\"Первый\",\"abbr\":\"ИП\"},"
                       "{\"id\":2,\"name\":\"Второй\",\"abbr\":\"ИВ\"}]}");
    parts[2] =
        part_of(RESOURCE_FACULTY_GROUPS, 2,
                "{\"faculty\":{\"id\":2,\"name\":\"Второй\",\"abbr\":\"ИВ\"},\"groups\":["
                "{\"id\":30,\"name\":\"100/1\",\"level\":1,\"type\":\"\",\"kind\":0,\"spec\":\"\",\"year\":0}]}");
    parts[3] =
        part_of(RESOURCE_FACULTY_GROUPS, 1,
                "{\"faculty\":{\"id\":1,\"name\":\"Первый\",\"abbr\":\"ИП\"},\"groups\":["
                "{\"id\":20,\"name\":\"100/1\",\"level\":1,\"type\":\"\",\"kind\":0,\"spec\":\"\",\"year\":0},"
                "{\"id\":10,\"name\":\"в100/2\",\"level\":1,\"type\":\"\",\"kind\":0,\"spec\":\"\",\"year\":0}]}");
    parts[4] = part_of(RESOURCE_TEACHERS, 0,
                       "{\"teachers\":[{\"id\":9,\"oid\":90,\"full_name\":\"Иванов Иван\",\"first_name\":\"Иванов\","
                       "\"middle_name\":\"Иван\",\"last_name\":\"\",\"grade\":\"\",\"chair\":\"Высшая школа\"}]}");
    parts[5] = part_of(RESOURCE_FACULTY_GROUPS, 3, "{\"groups\":\"rubbish\"}");
}

static void drop_parts(directory_part parts[6])
{
    for (size_t i = 0; i < 6; i++)
        poly_blob_unref(&parts[i].gzip);
}

static directory_view *make_directory(bool complete)
{
    directory_part parts[6];
    directory_view *directory;

    make_parts(parts);
    directory = directory_create(parts, 6, complete);
    drop_parts(parts);
    return directory;
}

START_TEST(groups_and_rooms_are_found_by_id)
{
    directory_view *directory = make_directory(true);

    ck_assert_str_eq(directory_group(directory, 10)->name, "в100/2");
    ck_assert_int_eq(directory_group(directory, 30)->faculty_id, 2);
    ck_assert_ptr_null(directory_group(directory, 11));
    ck_assert_str_eq(directory_room(directory, 669)->name, "143");
    ck_assert_int_eq(directory_room(directory, 670)->building_id, 25);
    ck_assert_str_eq(directory_room(directory, 670)->building_name, "11-й учебный корпус");
    ck_assert_ptr_null(directory_room(directory, 10));
    directory_unref(&directory);
}
END_TEST

START_TEST(a_group_is_resolved_within_its_faculty)
{
    directory_view *directory = make_directory(true);

    ck_assert_int_eq(directory_resolve(directory, "ИВ", "100/1")->id, 30);
    ck_assert_int_eq(directory_resolve(directory, "ИП", "100/1")->id, 20);
    ck_assert_int_eq(directory_resolve(directory, "ип", "В100/2")->id, 10);
    ck_assert_ptr_null(directory_resolve(directory, "ИВ", "в100/2"));
    ck_assert_ptr_null(directory_resolve(directory, "ИЗ", "100/1"));
    directory_unref(&directory);
}
END_TEST

START_TEST(everything_is_in_the_index)
{
    directory_view *directory = make_directory(true);
    const search_item *items[4];
    size_t found, total;

    ck_assert_uint_eq(search_index_count(directory_index(directory)), 6);
    ck_assert_uint_eq(directory_kinds(directory), TIMETABLE_EVERY_KIND);
    ck_assert_int_eq(
        search_index_search(directory_index(directory), "иван", TIMETABLE_EVERY_KIND, 0, 4, items, &found, &total),
        POLY_OK);
    ck_assert_uint_eq(total, 1);
    ck_assert_int_eq(items[0]->id, 9);
    ck_assert_str_eq(items[0]->detail, "Высшая школа");
    directory_unref(&directory);
}
END_TEST

START_TEST(it_says_what_it_lacks)
{
    directory_part parts[6];
    directory_view *directory;

    make_parts(parts);
    directory = directory_create(parts + 1, 1, false);
    ck_assert(!directory_is_complete(directory));
    ck_assert_uint_eq(directory_kinds(directory), 0);
    ck_assert_ptr_null(directory_resolve(directory, "ИВ", "100/1"));
    directory_unref(&directory);
    directory = directory_create(NULL, 0, true);
    ck_assert(directory_is_complete(directory));
    ck_assert_uint_eq(directory_kinds(directory), 0);
    directory_unref(&directory);
    drop_parts(parts);
}
END_TEST

START_TEST(it_lives_while_somebody_holds_it)
{
    directory_view *directory = make_directory(true), *second = directory_ref(directory);

    directory_unref(&directory);
    ck_assert_ptr_null(directory);
    ck_assert_str_eq(directory_group(second, 20)->faculty_name, "Первый");
    directory_unref(&second);
    directory_unref(&second);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("directory");
    TCase *tcase = tcase_create("lookup");

    tcase_add_test(tcase, groups_and_rooms_are_found_by_id);
    tcase_add_test(tcase, a_group_is_resolved_within_its_faculty);
    tcase_add_test(tcase, everything_is_in_the_index);
    tcase_add_test(tcase, it_says_what_it_lacks);
    tcase_add_test(tcase, it_lives_while_somebody_holds_it);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

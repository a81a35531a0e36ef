/* SPDX-License-Identifier: MIT */
#include "teacher_list.h"

#include <string.h>

#include "suite.h"

static const char *const people[] = {
    "Ларионенко Артём Александрович",
    "Иванова Е.Н.",
    "Римский-Корсаков Николай Андреевич",
    "Удалов Пётр",
    "Гак Владимир Григорьевич",
    "O'Brien Seán",
    "Łukasiewicz Jan",
    "Нгуен Ван Ань Тхи",
    "Ли Му",
    "Петров Иван (совм.)",
    "李 明",
};

static const char *const others[] = {
    "",
    "-",
    ". .",
    "Иванов",
    "Преподаватель .",
    "Петров (совм.)",
    "Удалить",
    "удалить!!!",
    "Удалить Иванов Иван",
    "Иванов Иван УДАЛЁН",
    "Иванов Иван (удалить)",
    "не использовать",
    "Вакансия",
    "Вакансия 2",
    "Вакансия Вакансия",
    "Кафедра ВМ",
    "(Каф.) ВМ ММ",
    "ГЭК №036, 2020",
    "ГЭК председатель",
    "Иванов Иван 2",
    "Иванов? Иван",
    "Иванов\x01 Иван",
    "№ Иван",
    "Иванов * Иван",
};

START_TEST(keeps_people)
{
    ck_assert_msg(teacher_name_is_person(people[_i]), "\"%s\"", people[_i]);
}
END_TEST

START_TEST(skips_what_is_none)
{
    ck_assert_msg(!teacher_name_is_person(others[_i]), "\"%s\"", others[_i]);
}
END_TEST

START_TEST(skips_a_name_that_sso_svc_would_not_take)
{
    char name[3 * TEACHER_NAME_CHARACTERS + 8] = "";

    for (unsigned i = 0; i < TEACHER_NAME_CHARACTERS / 2; i++)
        strcat(name, "б ");
    name[strlen(name) - 1] = '\0';
    ck_assert(teacher_name_is_person(name));
    strcat(name, " бб");
    ck_assert(!teacher_name_is_person(name));
}
END_TEST

static teacher_list list_of(const poly_teacher *source, size_t count, poly_arena *arena)
{
    teacher_list list = teacher_list_of(source, count, arena);

    ck_assert_uint_eq(list.fetched, count);
    ck_assert_uint_eq(list.skipped, count - list.count);
    return list;
}

START_TEST(is_sorted_and_trimmed)
{
    poly_arena *arena = poly_arena_create(0);
    const poly_teacher source[] = {
        {.id = 30, .full_name = "  Петров   Пётр\t Петрович "},
        {.id = 10, .full_name = "Удалить"},
        {.id = 20, .full_name = "Иванова\xC2\xA0 Анна"},
    };
    teacher_list list = list_of(source, POLY_LENGTH(source), arena);

    ck_assert_uint_eq(list.count, 2);
    ck_assert_int_eq(list.items[0].ruz_id, 20);
    ck_assert_str_eq(list.items[0].full_name, "Иванова Анна");
    ck_assert_str_eq(list.items[1].full_name, "Петров Пётр Петрович");
    poly_arena_destroy(&arena);
}
END_TEST

START_TEST(takes_the_first_person_of_an_id)
{
    poly_arena *arena = poly_arena_create(0);
    const poly_teacher source[] = {
        {.id = 7, .full_name = "Вакансия"},
        {.id = 7, .full_name = "Иванов Иван"},
        {.id = 7, .full_name = "Петров Пётр"},
        {.id = 7, .full_name = "Иванов Иван"},
    };
    teacher_list list = list_of(source, POLY_LENGTH(source), arena);

    ck_assert_uint_eq(list.count, 1);
    ck_assert_str_eq(list.items[0].full_name, "Иванов Иван");
    poly_arena_destroy(&arena);
}
END_TEST

START_TEST(keeps_namesakes_apart)
{
    poly_arena *arena = poly_arena_create(0);
    const poly_teacher source[] = {{.id = 2, .full_name = "Иванов Иван"}, {.id = 1, .full_name = "Иванов Иван"}};

    ck_assert_uint_eq(list_of(source, POLY_LENGTH(source), arena).count, 2);
    poly_arena_destroy(&arena);
}
END_TEST

START_TEST(skips_ids_that_cannot_be)
{
    poly_arena *arena = poly_arena_create(0);
    const poly_teacher source[] = {
        {.id = 0, .full_name = "Иванов Иван"},
        {.id = -5, .full_name = "Иванов Иван"},
        {.id = (int64_t)TEACHER_RUZ_ID_MAX + 1, .full_name = "Иванов Иван"},
    };

    ck_assert_uint_eq(list_of(source, POLY_LENGTH(source), arena).count, 0);
    ck_assert_uint_eq(list_of(NULL, 0, arena).count, 0);
    poly_arena_destroy(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/teacher_list");
    TCase *names = add_case(suite, "names");
    TCase *lists = add_case(suite, "lists");

    tcase_add_loop_test(names, keeps_people, 0, POLY_LENGTH(people));
    tcase_add_loop_test(names, skips_what_is_none, 0, POLY_LENGTH(others));
    tcase_add_test(names, skips_a_name_that_sso_svc_would_not_take);
    tcase_add_test(lists, is_sorted_and_trimmed);
    tcase_add_test(lists, takes_the_first_person_of_an_id);
    tcase_add_test(lists, keeps_namesakes_apart);
    tcase_add_test(lists, skips_ids_that_cannot_be);
    return run_suite(suite);
}

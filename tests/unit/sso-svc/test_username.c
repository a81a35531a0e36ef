/* SPDX-License-Identifier: MIT */
#include "username.h"

#include <stdio.h>
#include <string.h>

#include "suite.h"

static const struct {
    const char *name, *base;
} people[] = {
    {"Ларионенко Артём Александрович", "larionenko.aa"},
    {"  Ларионенко   Артём  Александрович ", "larionenko.aa"},
    {"ЛАРИОНЕНКО АРТЁМ АЛЕКСАНДРОВИЧ", "larionenko.aa"},
    {"Щукина Юлия Яковлевна", "shchukina.yy"},
    {"Жеребцов Хасан Цезаревич", "zherebtsov.kt"},
    {"Подъячев Игорь", "podyachev.i"},
    {"Соловьёв Эдуард Ёжикович", "solovev.ee"},
    {"Чайковский Пётр Ильич", "chaykovskiy.pi"},
    {"Римский-Корсаков Николай Андреевич", "rimskiy-korsakov.na"},
    {"Иванова Е.Н.", "ivanova.e"},
    {"Наумов", "naumov"},
    {"Ґалаґан Їжак Євгенович", "galagan.yy"},
    {"Müller Jürgen", "muller.j"},
    {"O'Brien Seán", "obrien.s"},
    {"Łukasiewicz Jan", "lukasiewicz.j"},
    {"Straße Æ", "strasse.a"},
    {"Нгуен Ван Ань Тхи", "nguen.va"},
    {"- Петров Иван", "petrov.i"},
    {"Петров - Иван", "petrov.i"},
    {"ГЭК №036, 2020", "gek.02"},
    {"李", "user"},
    {"李 明", "user"},
    {"", "user"},
    {"Ли", "user.li"},
    {"Ю Ю", "yu.y"},
    {"-- ..", "user"},
};

START_TEST(is_surname_and_initials_as_people_expect)
{
    char base[USERNAME_BASE_SIZE];

    username_base(people[_i].name, base);
    ck_assert_str_eq(base, people[_i].base);
}
END_TEST

START_TEST(is_cut_where_it_is_long)
{
    char base[USERNAME_BASE_SIZE], normal[USERNAME_SIZE];

    username_base("Шчшчшчшчшчшчшчшчшчшчшчшчшчшчшчшчшчшч Иван Иванович", base);
    ck_assert_uint_eq(strlen(base), USERNAME_BASE_SIZE - 1);
    ck_assert(username_normalise(base, normal));
}
END_TEST

/* Whatever a name is, what is made of it may be somebody's username. */
START_TEST(is_always_a_valid_username)
{
    char base[USERNAME_BASE_SIZE], normal[USERNAME_SIZE], name[USERNAME_SIZE];
    char full_name[16];

    for (unsigned first = 1; first < 256; first++) {
        snprintf(full_name, sizeof(full_name), "%c%c %c", (char)(first < 128 ? first : 'a'), 'b', '.');
        username_base(full_name, base);
        username_with_suffix(base, first, name);
        ck_assert_msg(username_normalise(name, normal), "\"%s\" of \"%s\"", name, full_name);
        ck_assert_str_eq(normal, name);
    }
}
END_TEST

START_TEST(the_next_of_the_same_have_numbers)
{
    char name[USERNAME_SIZE];

    username_with_suffix("larionenko.aa", 1, name);
    ck_assert_str_eq(name, "larionenko.aa");
    username_with_suffix("larionenko.aa", 2, name);
    ck_assert_str_eq(name, "larionenko.aa2");
    username_with_suffix("larionenko.aa", 1000, name);
    ck_assert_str_eq(name, "larionenko.aa1000");
}
END_TEST

static const struct {
    const char *typed, *normal; /* NULL: refused */
} typed[] = {
    {"admin", "admin"},
    {"Admin", "admin"},
    {"  a.b_c-d@e ", "a.b_c-d@e"},
    {"123", "123"},
    {"ab", NULL},
    {"", NULL},
    {".abc", NULL},
    {"a b c", NULL},
    {"админ", NULL},
    {"a\tb", NULL},
    {"a'b--", NULL},
    {"0123456789012345678901234567890123456789012345678901234567890123",
     "0123456789012345678901234567890123456789012345678901234567890123"},
    {"01234567890123456789012345678901234567890123456789012345678901234", NULL},
};

START_TEST(chosen_names_are_normalised_or_refused)
{
    char normal[USERNAME_SIZE];
    bool valid = username_normalise(typed[_i].typed, normal);

    ck_assert_int_eq(valid, typed[_i].normal != NULL);
    if (valid)
        ck_assert_str_eq(normal, typed[_i].normal);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("username");
    TCase *tests = add_case(suite, "username");

    tcase_add_loop_test(tests, is_surname_and_initials_as_people_expect, 0, POLY_LENGTH(people));
    tcase_add_test(tests, is_cut_where_it_is_long);
    tcase_add_test(tests, is_always_a_valid_username);
    tcase_add_test(tests, the_next_of_the_same_have_numbers);
    tcase_add_loop_test(tests, chosen_names_are_normalised_or_refused, 0, POLY_LENGTH(typed));
    return run_suite(suite);
}

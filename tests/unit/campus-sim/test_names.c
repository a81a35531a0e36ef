/* SPDX-License-Identifier: MIT */
#include "names.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define DRAWS 20000

static bool ends_with(const char *text, const char *suffix)
{
    size_t size = strlen(text);

    return size >= strlen(suffix) && strcmp(text + size - strlen(suffix), suffix) == 0;
}

START_TEST(parts_agree_in_gender)
{
    campus_dice dice = {1};
    unsigned women = 0;

    for (int i = 0; i < DRAWS; i++) {
        campus_name name;

        campus_name_draw(&dice, &name);
        if (ends_with(name.patronymic, "на")) {
            women++;
            ck_assert_msg(!ends_with(name.surname, "ов") && !ends_with(name.surname, "ин") &&
                              !ends_with(name.surname, "ев") && !ends_with(name.surname, "ий"),
                          "%s %s", name.surname, name.patronymic);
            ck_assert(ends_with(name.given, "а") || ends_with(name.given, "я"));
        } else {
            ck_assert_msg(ends_with(name.patronymic, "ич"), "%s", name.patronymic);
            ck_assert_msg(!ends_with(name.surname, "ова") && !ends_with(name.surname, "ая"), "%s", name.surname);
        }
    }
    ck_assert_uint_gt(women, DRAWS * 4 / 10);
    ck_assert_uint_lt(women, DRAWS * 6 / 10);
}
END_TEST

START_TEST(feminine_forms_are_right)
{
    static const char *const expected[] = {"Иванова", "Вишневская", "Коваленко", "Кравец", "Журавлёва"};
    bool seen[POLY_LENGTH(expected)] = {false};
    campus_dice dice = {2};

    for (int i = 0; i < DRAWS; i++) {
        campus_name name;

        campus_name_draw(&dice, &name);
        for (size_t n = 0; n < POLY_LENGTH(expected); n++)
            seen[n] |= ends_with(name.patronymic, "на") && strcmp(name.surname, expected[n]) == 0;
    }
    for (size_t n = 0; n < POLY_LENGTH(expected); n++)
        ck_assert_msg(seen[n], "%s", expected[n]);
}
END_TEST

START_TEST(same_dice_draw_the_same)
{
    campus_dice one = {7};
    campus_dice other = {7};
    campus_name a, b;

    for (int i = 0; i < 100; i++) {
        campus_name_draw(&one, &a);
        campus_name_draw(&other, &b);
        ck_assert_str_eq(a.surname, b.surname);
        ck_assert_str_eq(a.given, b.given);
        ck_assert_str_eq(a.patronymic, b.patronymic);
    }
}
END_TEST

START_TEST(abbreviates)
{
    campus_name name = {"Иванова", "Елена", "Николаевна"};
    char out[64];

    campus_name_abbreviate(&name, out, sizeof(out));
    ck_assert_str_eq(out, "Иванова Е.Н.");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus names");
    TCase *tcase = tcase_create("names");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, parts_agree_in_gender);
    tcase_add_test(tcase, feminine_forms_are_right);
    tcase_add_test(tcase, same_dice_draw_the_same);
    tcase_add_test(tcase, abbreviates);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

/* SPDX-License-Identifier: MIT */
#include "file_name.h"

#include <string.h>

#include "poly/text.h"

#include "suite.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static const struct {
    const char *sent, *shown;
} names[] = {
    {"справка.pdf", "справка.pdf"},
    {"../../etc/passwd", "passwd"},
    {"..\\..\\boot.ini", "boot.ini"},
    {"C:\\Users\\Иван\\скан 1.png", "скан 1.png"},
    {"a/b\\c/d.txt", "d.txt"},
    {"dir/", "file"},
    {"..", "file"},
    {" . ", "file"},
    {"", "file"},
    {"a\x01\x1f\x7f\xC2\x85.txt", "a.txt"},
    {"photo\xE2\x80\xAEgpj.exe", "photogpj.exe"}, /* right-to-left override */
    {"\xE2\x80\x8F\xD7\xA9.pdf", "\xD7\xA9.pdf"}, /* right-to-left mark */
    {"a\xE2\x81\xA6z\xE2\x81\xA9.pdf", "az.pdf"}, /* isolates */
    {"a\xE2\x80\x8B\xEF\xBB\xBF.pdf", "a.pdf"},   /* what cannot be seen */
    {"line\xE2\x80\xA8two.txt", "linetwo.txt"},
    {"  two   spaces .txt ", "two spaces .txt"},
    {"\"quoted\" 'name'.txt", "\"quoted\" 'name'.txt"},
    {".txt", ".txt"},
};

START_TEST(shows_what_a_person_may_see)
{
    ck_assert_str_eq(file_name_clean(arena, names[_i].sent), names[_i].shown);
}
END_TEST

START_TEST(keeps_the_ending_of_a_long_name)
{
    char sent[8200] = "";
    const char *shown;

    for (int i = 0; i < 2048; i++)
        strcat(sent, "я");
    strcat(sent, ".docx");
    shown = file_name_clean(arena, sent);
    ck_assert_uint_eq(poly_text_count(shown), FILE_NAME_MAX_CHARACTERS);
    ck_assert_str_eq(strrchr(shown, '.'), ".docx");
    ck_assert(poly_text_is_utf8(shown, strlen(shown)));
}
END_TEST

START_TEST(cuts_a_long_name_without_an_ending)
{
    char sent[401];

    memset(sent, 'a', sizeof(sent) - 1);
    sent[sizeof(sent) - 1] = '\0';
    ck_assert_uint_eq(strlen(file_name_clean(arena, sent)), FILE_NAME_MAX_CHARACTERS);
    sent[200] = '.'; /* that is no ending */
    ck_assert_uint_eq(strlen(file_name_clean(arena, sent)), FILE_NAME_MAX_CHARACTERS);
}
END_TEST

static const struct {
    const char *name, *field;
} fields[] = {
    {"a b.txt", "attachment; filename=\"a b.txt\""},
    {"say \"hi\".txt", "attachment; filename=\"say _hi_.txt\"; filename*=UTF-8''say%20%22hi%22.txt"},
    {"100%\\x.txt", "attachment; filename=\"100__x.txt\"; filename*=UTF-8''100%25%5Cx.txt"},
    {"ёж.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%D1%91%D0%B6.pdf"},
    {"a;b=c'd.txt", "attachment; filename=\"a;b=c'd.txt\""},
    {"é'(1).txt", "attachment; filename=\"_'(1).txt\"; filename*=UTF-8''%C3%A9%27%281%29.txt"},
};

START_TEST(names_the_file_to_old_and_new_clients)
{
    ck_assert_str_eq(file_name_disposition(arena, fields[_i].name), fields[_i].field);
}
END_TEST

START_TEST(names_the_longest_file)
{
    char sent[1024] = "";

    for (int i = 0; i < FILE_NAME_MAX_CHARACTERS; i++)
        strcat(sent, "𝄞");
    ck_assert_ptr_nonnull(strstr(file_name_disposition(arena, file_name_clean(arena, sent)), "%9D%84%9E"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file_name");
    TCase *tests = add_case(suite, "file_name");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, shows_what_a_person_may_see, 0, (int)POLY_LENGTH(names));
    tcase_add_test(tests, keeps_the_ending_of_a_long_name);
    tcase_add_test(tests, cuts_a_long_name_without_an_ending);
    tcase_add_loop_test(tests, names_the_file_to_old_and_new_clients, 0, (int)POLY_LENGTH(fields));
    tcase_add_test(tests, names_the_longest_file);
    return run_suite(suite);
}

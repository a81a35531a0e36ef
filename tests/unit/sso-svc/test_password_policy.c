/* SPDX-License-Identifier: MIT */
#include "password_policy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"

static breached_passwords *breached;
static poly_strbuf fault;
static char path[] = "/tmp/poly-test-breached-XXXXXX";

static void make_file(void)
{
    close(mkstemp(path));
}

static void remove_file(void)
{
    unlink(path);
}

static void begin(void)
{
    poly_strbuf_init(&fault, 4096);
    breached = breached_passwords_load("", &fault);
    ck_assert_ptr_nonnull(breached);
}

static void end(void)
{
    breached_passwords_destroy(&breached);
    poly_strbuf_release(&fault);
}

static const char *repeated(const char *text, size_t count)
{
    static char out[2048];

    out[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s", text);
    return out;
}

START_TEST(length_is_counted_in_characters_of_any_script)
{
    ck_assert_int_eq(password_judge(breached, "зх8 ыя6", ""), PASSWORD_TOO_SHORT);
    ck_assert_int_eq(password_judge(breached, "зх8 ыя6ъ", ""), PASSWORD_FINE);
    ck_assert_int_eq(password_judge(breached, "", ""), PASSWORD_TOO_SHORT);
    ck_assert_int_eq(password_judge(breached, repeated("ъ", 128), ""), PASSWORD_FINE);
    ck_assert_int_eq(password_judge(breached, repeated("ъ", 129), ""), PASSWORD_TOO_LONG);
    ck_assert_int_eq(password_judge(breached, repeated("😀", 8), ""), PASSWORD_FINE);
}
END_TEST

START_TEST(there_are_no_rules_of_composition)
{
    ck_assert_int_eq(password_judge(breached, "correct horse battery", ""), PASSWORD_FINE);
    ck_assert_int_eq(password_judge(breached, "        .       ", ""), PASSWORD_FINE);
}
END_TEST

START_TEST(it_is_not_the_username)
{
    ck_assert_int_eq(password_judge(breached, "Larionenko.AA", "larionenko.aa"), PASSWORD_IS_USERNAME);
    ck_assert_int_eq(password_judge(breached, "larionenko.aa1", "larionenko.aa"), PASSWORD_FINE);
}
END_TEST

static const char *const bad[] = {
    "password",  "PASSWORD",  "Password1", "12345678", "qwertyui", "qwerty123",     "йцукенгш",
    "пароль123", "gfhjkm123", "1qaz2wsx",  "iloveyou", "p@ssw0rd", "администратор", "sunshine1",
};

START_TEST(what_attackers_try_first_is_refused)
{
    ck_assert_int_eq(password_judge(breached, bad[_i], "somebody"), PASSWORD_BREACHED);
}
END_TEST

START_TEST(an_operator_adds_a_file)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    fputs("Unlikely Phrase One\r\n\nвторая ФРАЗА тут\n\xff\xfe is no text\nlast without newline", file);
    fclose(file);
    breached_passwords_destroy(&breached);
    breached = breached_passwords_load(path, &fault);
    ck_assert_msg(breached != NULL, "%s", poly_strbuf_text(&fault));
    ck_assert(breached_passwords_contain(breached, "unlikely phrase one"));
    ck_assert(breached_passwords_contain(breached, "Вторая фраза тут"));
    ck_assert(breached_passwords_contain(breached, "last without newline"));
    ck_assert(breached_passwords_contain(breached, "password"));
    ck_assert(!breached_passwords_contain(breached, "unlikely phrase two"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_said)
{
    ck_assert_ptr_null(breached_passwords_load("/nonexistent/file", &fault));
    ck_assert_str_eq(poly_strbuf_text(&fault),
                     "BREACHED_PASSWORDS_FILE \"/nonexistent/file\" cannot be read: No such file or directory");
    poly_strbuf_clear(&fault);
    ck_assert_ptr_null(breached_passwords_load("/tmp", &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "cannot be read"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("password policy");
    TCase *tests = add_case(suite, "policy");

    tcase_add_unchecked_fixture(tests, make_file, remove_file);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, length_is_counted_in_characters_of_any_script);
    tcase_add_test(tests, there_are_no_rules_of_composition);
    tcase_add_test(tests, it_is_not_the_username);
    tcase_add_loop_test(tests, what_attackers_try_first_is_refused, 0, POLY_LENGTH(bad));
    tcase_add_test(tests, an_operator_adds_a_file);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_said);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "qr_code.h"
#include "suite.h"

#include <ctype.h>
#include <string.h>

#define SESSION "5f0c1a52-8a0e-4d43-9a7e-2f7d3f4c9b10"
#define SECRET  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* printf '%s|%s' SESSION 179000000 | openssl dgst -sha256 -hmac SECRET */
#define WINDOW INT64_C(179000000)
#define CODE   "85fad7cfbf587cb9"

START_TEST(the_code_is_that_of_the_contract)
{
    char code[QR_CODE_SIZE];

    qr_code_make(SESSION, SECRET, WINDOW, code);
    ck_assert_str_eq(code, CODE);
}
END_TEST

START_TEST(the_present_window_and_the_one_before_count)
{
    ck_assert(qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10, CODE));
    ck_assert(qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10 + 9, CODE));
    ck_assert(qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10 + 19, CODE));
    ck_assert(!qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10 + 20, CODE));
    ck_assert(!qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10 - 1, CODE));
}
END_TEST

START_TEST(nothing_else_does)
{
    static const char *const wrong[] = {"", "0", "0000000000000000", CODE "0", CODE "\n"};
    char code[QR_CODE_SIZE];

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert(!qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10, wrong[i]));
    for (size_t i = 0; i < QR_CODE_SIZE - 1; i++) {
        memcpy(code, CODE, sizeof(code));
        code[i] = code[i] == 'f' ? '0' : 'f';
        ck_assert(!qr_code_is_valid(SESSION, SECRET, 10, WINDOW * 10, code));
    }
}
END_TEST

START_TEST(another_session_or_secret_has_other_codes)
{
    ck_assert(!qr_code_is_valid("6f0c1a52-8a0e-4d43-9a7e-2f7d3f4c9b10", SECRET, 10, WINDOW * 10, CODE));
    ck_assert(!qr_code_is_valid(SESSION, SECRET "0", 10, WINDOW * 10, CODE));
}
END_TEST

START_TEST(secrets_are_long_and_differ)
{
    char one[QR_SECRET_SIZE], other[QR_SECRET_SIZE];

    qr_secret_make(one);
    qr_secret_make(other);
    ck_assert_uint_eq(strlen(one), 64);
    for (const char *at = one; *at; at++)
        ck_assert(isxdigit((unsigned char)*at) && !isupper((unsigned char)*at));
    ck_assert_str_ne(one, other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("qr_code");
    TCase *tests = add_case(suite, "codes");

    tcase_add_test(tests, the_code_is_that_of_the_contract);
    tcase_add_test(tests, the_present_window_and_the_one_before_count);
    tcase_add_test(tests, nothing_else_does);
    tcase_add_test(tests, another_session_or_secret_has_other_codes);
    tcase_add_test(tests, secrets_are_long_and_differ);
    return run_suite(suite);
}

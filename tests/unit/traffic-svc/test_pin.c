/* SPDX-License-Identifier: MIT */
#include "pin.h"
#include "suite.h"

#include <string.h>

START_TEST(a_pin_is_six_digits)
{
    static const char *const wrong[] = {"", "12345", "1234567", "12345a", " 12345", "12 456", "-12345", "12345\n"};
    char pin[PIN_SIZE];

    ck_assert(pin_is_valid("000000") && pin_is_valid("999999"));
    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!pin_is_valid(wrong[i]), "'%s'", wrong[i]);
    for (int i = 0; i < 1000; i++) {
        pin_make(pin);
        ck_assert(pin_is_valid(pin));
    }
}
END_TEST

/* A generator that repeats itself, or whose first digits are always the same, would be noticed. */
START_TEST(pins_are_spread_over_the_million)
{
    bool first_digits[10] = {false};
    char pin[PIN_SIZE], before[PIN_SIZE] = "";
    int repeated = 0;

    for (int i = 0; i < 1000; i++) {
        pin_make(pin);
        first_digits[pin[0] - '0'] = true;
        repeated += strcmp(pin, before) == 0;
        memcpy(before, pin, sizeof(pin));
    }
    for (size_t i = 0; i < POLY_LENGTH(first_digits); i++)
        ck_assert(first_digits[i]);
    ck_assert_int_lt(repeated, 3);
}
END_TEST

START_TEST(a_secret_matches_its_own_hash_only)
{
    char secret[TABLET_SECRET_SIZE], other[TABLET_SECRET_SIZE];
    uint8_t hash[POLY_SHA256_SIZE];
    poly_slice kept = {(const char *)hash, sizeof(hash)};

    tablet_secret_make(secret);
    tablet_secret_make(other);
    ck_assert_uint_eq(strlen(secret), TABLET_SECRET_SIZE - 1);
    tablet_secret_hash(secret, hash);
    ck_assert(tablet_secret_matches(secret, kept));
    ck_assert(!tablet_secret_matches(other, kept));
    ck_assert(!tablet_secret_matches("", kept));
    ck_assert(!tablet_secret_matches(NULL, kept));
    ck_assert(!tablet_secret_matches(secret, (poly_slice){NULL, 0}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pin");
    TCase *tests = add_case(suite, "pins");

    tcase_add_test(tests, a_pin_is_six_digits);
    tcase_add_test(tests, pins_are_spread_over_the_million);
    tcase_add_test(tests, a_secret_matches_its_own_hash_only);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "claim.h"
#include "suite.h"

#include <string.h>

#define SESSION "5f0c1a52-8a0e-4d43-9a7e-2f7d3f4c9b10"
#define SECRET  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NOW     INT64_C(1790000000)

START_TEST(a_claim_is_good_for_five_minutes)
{
    char claim[CLAIM_SIZE];

    claim_make(SESSION, SECRET, NOW, claim);
    ck_assert_uint_eq(strlen(claim), CLAIM_SIZE - 1);
    ck_assert(claim_is_valid(SESSION, SECRET, NOW, claim));
    ck_assert(claim_is_valid(SESSION, SECRET, NOW + CLAIM_SECONDS, claim));
    ck_assert(!claim_is_valid(SESSION, SECRET, NOW + CLAIM_SECONDS + 1, claim));
}
END_TEST

START_TEST(a_replica_whose_clock_is_behind_takes_it)
{
    char claim[CLAIM_SIZE];

    claim_make(SESSION, SECRET, NOW, claim);
    ck_assert(claim_is_valid(SESSION, SECRET, NOW - 2, claim));
    ck_assert(!claim_is_valid(SESSION, SECRET, NOW - CLAIM_SECONDS - 1, claim));
}
END_TEST

START_TEST(no_two_are_the_same)
{
    char one[CLAIM_SIZE], other[CLAIM_SIZE];

    claim_make(SESSION, SECRET, NOW, one);
    claim_make(SESSION, SECRET, NOW, other);
    ck_assert_str_ne(one, other);
}
END_TEST

START_TEST(it_is_of_one_session)
{
    char claim[CLAIM_SIZE];

    claim_make(SESSION, SECRET, NOW, claim);
    ck_assert(!claim_is_valid("6f0c1a52-8a0e-4d43-9a7e-2f7d3f4c9b10", SECRET, NOW, claim));
    ck_assert(!claim_is_valid(SESSION, "another secret", NOW, claim));
}
END_TEST

START_TEST(every_character_counts)
{
    char claim[CLAIM_SIZE];

    claim_make(SESSION, SECRET, NOW, claim);
    for (size_t i = 0; i < CLAIM_SIZE - 1; i++) {
        char kept = claim[i];

        claim[i] = kept == 'A' ? 'B' : 'A';
        ck_assert_msg(!claim_is_valid(SESSION, SECRET, NOW, claim), "character %zu", i);
        claim[i] = kept;
    }
    ck_assert(claim_is_valid(SESSION, SECRET, NOW, claim));
}
END_TEST

START_TEST(what_is_no_claim_is_none)
{
    static const char *const wrong[] = {"", "A", "not base64url!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    char claim[CLAIM_SIZE + 4];

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert(!claim_is_valid(SESSION, SECRET, NOW, wrong[i]));
    claim_make(SESSION, SECRET, NOW, claim);
    memcpy(claim + CLAIM_SIZE - 1, "AA", 3);
    ck_assert(!claim_is_valid(SESSION, SECRET, NOW, claim));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("claim");
    TCase *tests = add_case(suite, "claims");

    tcase_add_test(tests, a_claim_is_good_for_five_minutes);
    tcase_add_test(tests, a_replica_whose_clock_is_behind_takes_it);
    tcase_add_test(tests, no_two_are_the_same);
    tcase_add_test(tests, it_is_of_one_session);
    tcase_add_test(tests, every_character_counts);
    tcase_add_test(tests, what_is_no_claim_is_none);
    return run_suite(suite);
}

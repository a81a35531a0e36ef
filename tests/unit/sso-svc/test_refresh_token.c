/* SPDX-License-Identifier: MIT */
#include "refresh_token.h"

#include <string.h>

#include "suite.h"

static poly_slice sealed_slice(const uint8_t *sealed, size_t size)
{
    return (poly_slice){(const char *)sealed, size};
}

START_TEST(a_token_is_read_as_it_was_made)
{
    refresh_token made, read;

    refresh_token_make(&made);
    ck_assert_uint_eq(strlen(made.text), 43);
    ck_assert(refresh_token_read(made.text, &read));
    ck_assert_mem_eq(&made, &read, sizeof(made));
    ck_assert_uint_eq(refresh_token_hash(&read).size, POLY_SHA256_SIZE);
}
END_TEST

START_TEST(two_tokens_are_never_the_same)
{
    refresh_token one, other;

    refresh_token_make(&one);
    refresh_token_make(&other);
    ck_assert_str_ne(one.text, other.text);
}
END_TEST

static const char *const wrong[] = {
    "",
    "short",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",   /* a character less */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* one more */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", /* padded */
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",  /* stray bits */
    "AAAAAAAAAAAAAAAAAAAAA+AAAAAAAAAAAAAAAAAAAAA",  /* the other alphabet */
};

START_TEST(what_can_be_no_token_is_refused)
{
    refresh_token token;

    ck_assert(!refresh_token_read(wrong[_i], &token));
}
END_TEST

START_TEST(a_successor_opens_for_its_predecessor_only)
{
    refresh_token token, other, successor, opened;
    uint8_t sealed[SEALED_TOKEN_SIZE];

    refresh_token_make(&token);
    refresh_token_make(&other);
    refresh_token_make(&successor);
    refresh_token_seal(&token, &successor, sealed);
    ck_assert(refresh_token_unseal(&token, sealed_slice(sealed, sizeof(sealed)), &opened));
    ck_assert_mem_eq(&opened, &successor, sizeof(opened));
    ck_assert(!refresh_token_unseal(&other, sealed_slice(sealed, sizeof(sealed)), &opened));
    ck_assert(!refresh_token_unseal(&token, sealed_slice(sealed, sizeof(sealed) - 1), &opened));
    ck_assert(!refresh_token_unseal(&token, (poly_slice){NULL, 0}, &opened));
    sealed[30] ^= 1;
    ck_assert(!refresh_token_unseal(&token, sealed_slice(sealed, sizeof(sealed)), &opened));
}
END_TEST

static const struct {
    refresh_state state; /* live, used, within the grace, successor fresh */
    refresh_verdict verdict;
} judgements[] = {
    {{true, true, true, true}, REFRESH_AGAIN},    {{true, true, true, false}, REFRESH_REUSE},
    {{true, true, false, true}, REFRESH_REUSE},   {{true, true, false, false}, REFRESH_REUSE},
    {{true, false, false, false}, REFRESH_RETRY}, {{false, true, true, true}, REFRESH_REFUSE},
    {{false, true, false, true}, REFRESH_REFUSE}, {{false, false, false, false}, REFRESH_REFUSE},
};

START_TEST(reuse_is_told_from_a_lost_answer)
{
    ck_assert_int_eq(refresh_judge(&judgements[_i].state), judgements[_i].verdict);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refresh token");
    TCase *tests = add_case(suite, "refresh token");

    tcase_add_test(tests, a_token_is_read_as_it_was_made);
    tcase_add_test(tests, two_tokens_are_never_the_same);
    tcase_add_loop_test(tests, what_can_be_no_token_is_refused, 0, POLY_LENGTH(wrong));
    tcase_add_test(tests, a_successor_opens_for_its_predecessor_only);
    tcase_add_loop_test(tests, reuse_is_told_from_a_lost_answer, 0, POLY_LENGTH(judgements));
    return run_suite(suite);
}

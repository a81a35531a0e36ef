/* SPDX-License-Identifier: MIT */
#include "byte_range.h"

#include <string.h>

#include "suite.h"

#define ETAG "\"abc\""

static const struct {
    const char *header, *if_range;
    uint64_t size;
    byte_range_answer answer;
    uint64_t first, count;
} asked[] = {
    {NULL, NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-499", NULL, 1000, RANGE_PART, 0, 500},
    {"bytes=500-999", NULL, 1000, RANGE_PART, 500, 500},
    {"bytes=500-", NULL, 1000, RANGE_PART, 500, 500},
    {"bytes=-1", NULL, 1000, RANGE_PART, 999, 1},
    {"bytes=-5000", NULL, 1000, RANGE_PART, 0, 1000},
    {"bytes=999-5000", NULL, 1000, RANGE_PART, 999, 1},
    {"bytes=0-0", NULL, 1000, RANGE_PART, 0, 1},
    {"BYTES=0-0", NULL, 1000, RANGE_PART, 0, 1},
    {"bytes= 1-2 ", NULL, 1000, RANGE_PART, 1, 2},
    {"bytes=0-99999999999999999999999999", NULL, 1000, RANGE_PART, 0, 1000},
    {"bytes=1000-", NULL, 1000, RANGE_UNSATISFIABLE, 0, 1000},
    {"bytes=99999999999999999999999999-", NULL, 1000, RANGE_UNSATISFIABLE, 0, 1000},
    {"bytes=-0", NULL, 1000, RANGE_UNSATISFIABLE, 0, 1000},
    {"bytes=0-", NULL, 0, RANGE_UNSATISFIABLE, 0, 0},
    {"bytes=5-4", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-1,5-6", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes= ", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=-", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=--1", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=a-b", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=1", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=+1-2", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"lines=1-2", NULL, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-0", ETAG, 1000, RANGE_PART, 0, 1},
    {"bytes=0-0", "\"other\"", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-0", "W/" ETAG, 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=5000-", "\"other\"", 1000, RANGE_WHOLE, 0, 1000},
    {"bytes=0-0", "Tue, 01 Sep 2026 08:00:00 GMT", 1000, RANGE_WHOLE, 0, 1000},
};

START_TEST(reads_a_range)
{
    byte_range range;

    ck_assert_int_eq(byte_range_read(poly_slice_of(asked[_i].header), poly_slice_of(asked[_i].if_range), ETAG,
                                     asked[_i].size, &range),
                     asked[_i].answer);
    ck_assert_uint_eq(range.first, asked[_i].first);
    ck_assert_uint_eq(range.size, asked[_i].count);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("byte_range");

    tcase_add_loop_test(add_case(suite, "byte_range"), reads_a_range, 0, (int)POLY_LENGTH(asked));
    return run_suite(suite);
}

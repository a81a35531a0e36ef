/* SPDX-License-Identifier: MIT */
#include "poly/arena.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static poly_arena *arena;

static void create(void)
{
    arena = poly_arena_create(0);
}

static void destroy(void)
{
    poly_arena_destroy(&arena);
}

START_TEST(aligns_every_piece)
{
    for (size_t size = 0; size < 70; size++) {
        char *piece = poly_arena_alloc(arena, size);

        ck_assert_uint_eq((uintptr_t)piece % 16, 0);
        memset(piece, (int)size, size);
    }
}
END_TEST

START_TEST(keeps_pieces_apart)
{
    enum { COUNT = 5000 };
    unsigned char **pieces = poly_arena_alloc(arena, COUNT * sizeof(*pieces));

    for (int i = 0; i < COUNT; i++) {
        size_t size = (size_t)i % 61;

        pieces[i] = poly_arena_alloc(arena, size);
        memset(pieces[i], i & 0xff, size);
    }
    for (int i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < (size_t)i % 61; j++) {
            if (pieces[i][j] != (i & 0xff))
                ck_abort_msg("piece %d at %zu", i, j);
        }
    }
}
END_TEST

START_TEST(takes_pieces_larger_than_any_block)
{
    char *large = poly_arena_alloc(arena, 1000000);
    char *small = poly_arena_alloc(arena, 16);

    memset(large, 'x', 1000000);
    memset(small, 'y', 16);
    ck_assert_int_eq(large[999999], 'x');
    ck_assert_uint_ge(poly_arena_footprint(arena), 1000000);
    ck_assert_uint_lt(poly_arena_footprint(arena), 1010000);
}
END_TEST

START_TEST(large_pieces_leave_the_block_to_small_ones)
{
    size_t before;

    poly_arena_alloc(arena, 2000);
    before = poly_arena_footprint(arena);
    poly_arena_alloc(arena, 3000); /* fits neither the first block nor a quarter of the next */
    ck_assert_uint_lt(poly_arena_footprint(arena) - before, 3100);
    before = poly_arena_footprint(arena);
    for (int i = 0; i < 50; i++)
        poly_arena_alloc(arena, 16);
    ck_assert_uint_eq(poly_arena_footprint(arena), before);
}
END_TEST

START_TEST(reset_returns_to_the_first_block)
{
    size_t fresh = poly_arena_footprint(arena);
    char *first = poly_arena_alloc(arena, 100);

    for (int i = 0; i < 1000; i++)
        poly_arena_alloc(arena, 100);
    ck_assert_uint_gt(poly_arena_footprint(arena), fresh);
    poly_arena_reset(arena);
    ck_assert_uint_eq(poly_arena_footprint(arena), fresh);
    ck_assert_ptr_eq(poly_arena_alloc(arena, 100), first);
}
END_TEST

START_TEST(blocks_grow_to_a_bound)
{
    size_t last, largest = 0;

    last = poly_arena_footprint(arena);
    for (int i = 0; i < 20000; i++) {
        poly_arena_alloc(arena, 64);
        if (poly_arena_footprint(arena) - last > largest)
            largest = poly_arena_footprint(arena) - last;
        last = poly_arena_footprint(arena);
    }
    ck_assert_uint_ge(largest, 65536);
    ck_assert_uint_lt(largest, 65536 + 100);
}
END_TEST

START_TEST(zeroes_what_was_used_before)
{
    char *piece = poly_arena_alloc(arena, 256);

    memset(piece, 0xff, 256);
    poly_arena_reset(arena);
    piece = poly_arena_alloc_zero(arena, 16, 16);
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(piece[i], 0);
}
END_TEST

/* Of the first block, of a later one and of a large one; the pieces stay where they are. */
START_TEST(wipes_what_is_there)
{
    static const size_t sizes[] = {64, 3000, 40000, 64};
    poly_arena *small = poly_arena_create(1024);
    char *pieces[POLY_LENGTH(sizes)];

    for (size_t i = 0; i < POLY_LENGTH(sizes); i++) {
        pieces[i] = poly_arena_alloc(small, sizes[i]);
        memset(pieces[i], 'x', sizes[i]);
    }
    poly_arena_wipe(small);
    for (size_t i = 0; i < POLY_LENGTH(sizes); i++)
        for (size_t at = 0; at < sizes[i]; at++)
            ck_assert_int_eq(pieces[i][at], 0);
    ck_assert_str_eq(poly_arena_strdup(small, "still good"), "still good");
    poly_arena_destroy(&small);
}
END_TEST

START_TEST(copies_and_formats_text)
{
    char expected[1001];

    memset(expected, 'a', 1000);
    expected[1000] = '\0';
    ck_assert_str_eq(poly_arena_strdup(arena, "Политех"), "Политех");
    ck_assert_str_eq(poly_arena_strndup(arena, "abc", 2), "ab");
    ck_assert_str_eq(poly_arena_strndup(arena, "abc", 10), "abc");
    ck_assert_str_eq(poly_arena_printf(arena, "%s/%d", "group", 7), "group/7");
    ck_assert_str_eq(poly_arena_printf(arena, "%s", expected), expected);
    ck_assert_str_eq(poly_arena_printf(arena, "%.255s", expected), expected + 745);
    ck_assert_str_eq(poly_arena_printf(arena, "%.256s", expected), expected + 744);
}
END_TEST

START_TEST(refuses_a_product_that_wraps)
{
    poly_arena_alloc_zero(arena, SIZE_MAX / 2 + 2, 2);
}
END_TEST

START_TEST(destroys_nothing)
{
    poly_arena *none = NULL;

    poly_arena_destroy(&none);
    ck_assert_ptr_null(none);
    poly_arena_destroy(&arena);
    ck_assert_ptr_null(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, create, destroy);
    tcase_add_test(tests, aligns_every_piece);
    tcase_add_test(tests, keeps_pieces_apart);
    tcase_add_test(tests, takes_pieces_larger_than_any_block);
    tcase_add_test(tests, large_pieces_leave_the_block_to_small_ones);
    tcase_add_test(tests, reset_returns_to_the_first_block);
    tcase_add_test(tests, blocks_grow_to_a_bound);
    tcase_add_test(tests, zeroes_what_was_used_before);
    tcase_add_test(tests, wipes_what_is_there);
    tcase_add_test(tests, copies_and_formats_text);
    tcase_add_test_raise_signal(tests, refuses_a_product_that_wraps, SIGABRT);
    tcase_add_test(tests, destroys_nothing);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

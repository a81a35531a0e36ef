/* SPDX-License-Identifier: MIT */
#include "session_keys.h"
#include "suite.h"

#include "poly/random.h"

static poly_arena *arena;
static session_keys *keys;

static void set_up(void)
{
    arena = poly_arena_create(0);
    keys = session_keys_create();
}

static void tear_down(void)
{
    session_keys_destroy(&keys);
    poly_arena_destroy(&arena);
}

START_TEST(what_is_kept_is_found)
{
    char id[POLY_UUID_SIZE], other[POLY_UUID_SIZE];
    session_key key;

    poly_uuid_make(id);
    poly_uuid_make(other);
    ck_assert(!session_keys_find(keys, id, arena, &key));
    session_keys_keep(keys, id, &(session_key){.qr_secret = "abc", .rotate_seconds = 10});
    ck_assert(session_keys_find(keys, id, arena, &key));
    ck_assert_str_eq(key.qr_secret, "abc");
    ck_assert_int_eq(key.rotate_seconds, 10);
    ck_assert(!session_keys_find(keys, other, arena, &key));
}
END_TEST

/* However many there are, a session is found with its own secret or not at all. */
START_TEST(those_that_meet_are_not_mistaken_for_each_other)
{
    enum { SESSIONS = 30000 };
    char(*ids)[POLY_UUID_SIZE] = poly_alloc(SESSIONS * sizeof(*ids));
    size_t found = 0;
    session_key key;

    for (size_t i = 0; i < SESSIONS; i++) {
        poly_uuid_make(ids[i]);
        session_keys_keep(keys, ids[i], &(session_key){.qr_secret = ids[i], .rotate_seconds = (int64_t)i});
    }
    for (size_t i = 0; i < SESSIONS; i++) {
        if (!session_keys_find(keys, ids[i], arena, &key))
            continue;
        ck_assert_str_eq(key.qr_secret, ids[i]);
        ck_assert_int_eq(key.rotate_seconds, (int64_t)i);
        found++;
        poly_arena_reset(arena);
    }
    ck_assert_uint_gt(found, SESSIONS / 10);
    ck_assert_uint_lt(found, SESSIONS / 2);
    free(ids);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session_keys");
    TCase *tests = add_case(suite, "keys");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_is_kept_is_found);
    tcase_add_test(tests, those_that_meet_are_not_mistaken_for_each_other);
    return run_suite(suite);
}

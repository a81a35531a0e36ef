/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "token/verified_cache.h"

#include <pthread.h>
#include <stdatomic.h>

static const token_shape *shape;
static token_cache *cache;
static token_key *key;

static void use(size_t tokens)
{
    token_cache_destroy(&cache);
    cache = token_cache_create(shape, poly_key_directory_keys(directory), tokens);
}

static void set_up(void)
{
    open_scene();
    shape = token_shape_of(POLY_TOKEN_LAUNCH);
    key = own_key();
    use(0);
}

static void tear_down(void)
{
    token_cache_destroy(&cache);
    token_key_unref(&key);
    close_scene();
}

static void hash_of(int number, unsigned char hash[TOKEN_HASH_SIZE])
{
    token_cache_hash((poly_slice){(const char *)&number, sizeof(number)}, hash);
}

static token_verified verified(const poly_launch_token *claims)
{
    return (token_verified){.claims = claims,
                            .valid_from = claims->base.issued_at,
                            .key = key->serial,
                            .generation = token_key_set_generation(poly_key_directory_keys(directory))};
}

static poly_launch_token make_claims(const char *name)
{
    return (poly_launch_token){
        .base = {.issuer = "main-svc", .audience = {"a", "b"}, .id = "j", .issued_at = NOW, .expires_at = NOW + 300},
        .student_id = "s",
        .student_name = name,
        .student_email = "",
    };
}

static void put(int number, const char *name)
{
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_launch_token claims = make_claims(name);
    token_verified entry = verified(&claims);

    hash_of(number, hash);
    token_cache_put(cache, hash, NOW, &entry);
}

/* The student's name, in the arena; NULL if nothing is known. */
static const char *get(int number, int64_t now)
{
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_launch_token claims;

    hash_of(number, hash);
    return token_cache_get(cache, hash, now, arena, &claims) ? claims.student_name : NULL;
}

START_TEST(what_is_put_is_found_until_exp)
{
    put(1, "one");
    put(2, "two");
    ck_assert_str_eq(get(1, NOW), "one");
    ck_assert_str_eq(get(2, NOW + 299), "two");
    ck_assert_ptr_null(get(3, NOW));
    ck_assert_ptr_null(get(1, NOW + 300)); /* no skew here: behind exp everything is looked at again */
    ck_assert_ptr_null(get(1, NOW));       /* and forgotten */
    ck_assert_str_eq(get(2, NOW - 30), "two");
    ck_assert_ptr_null(get(2, NOW - 31)); /* the clock was set back */
    ck_assert_str_eq(get(2, NOW), "two");
}
END_TEST

START_TEST(claims_do_not_depend_on_the_entry)
{
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_launch_token claims;

    put(1, "one");
    hash_of(1, hash);
    ck_assert(token_cache_get(cache, hash, NOW, arena, &claims));
    token_cache_destroy(&cache);
    ck_assert_str_eq(claims.base.issuer, "main-svc");
    ck_assert_str_eq(claims.base.audience[0], "a");
    ck_assert_str_eq(claims.base.audience[1], "b");
    ck_assert_ptr_null(claims.base.audience[2]);
    ck_assert_str_eq(claims.student_name, "one");
}
END_TEST

START_TEST(large_and_expired_tokens_are_not_kept)
{
    char name[3000];
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_launch_token claims = make_claims("late");
    token_verified entry = verified(&claims);

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    put(1, name);
    ck_assert_ptr_null(get(1, NOW));
    hash_of(2, hash);
    token_cache_put(cache, hash, NOW + 300, &entry);
    ck_assert_ptr_null(get(2, NOW));
}
END_TEST

START_TEST(the_number_is_bounded)
{
    int found = 0;

    use(256);
    put(0, "kept");
    for (int i = 1; i < 5000; i++) {
        put(i, "x");
        ck_assert_ptr_nonnull(get(0, NOW)); /* in use, so it stays */
    }
    for (int i = 0; i < 5000; i++)
        found += get(i, NOW) != NULL;
    ck_assert_int_le(found, 256);
    ck_assert_int_ge(found, 200);
}
END_TEST

START_TEST(a_retired_key_takes_its_tokens_along)
{
    char id[POLY_KEY_ID_SIZE];
    token_key *old = key;

    put(1, "of the old key");
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    ck_assert_str_eq(get(1, NOW), "of the old key"); /* a new key takes nothing from the old one */
    key = token_key_directory_signing(directory, poly_time_unix() + HOUR);
    put(2, "of the new key");
    ck_assert_int_eq(poly_key_directory_retire(directory, old->id), POLY_OK);
    ck_assert_ptr_null(get(1, NOW));
    ck_assert_str_eq(get(2, NOW), "of the new key");
    token_key_unref(&old);
}
END_TEST

/* The key went between the look at it and the end of the verification. */
START_TEST(what_was_verified_before_the_change_is_not_kept)
{
    unsigned char hash[TOKEN_HASH_SIZE];
    poly_launch_token claims = make_claims("late");
    token_verified entry = verified(&claims);
    char id[POLY_KEY_ID_SIZE];

    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    hash_of(1, hash);
    token_cache_put(cache, hash, NOW, &entry);
    ck_assert_ptr_null(get(1, NOW));
}
END_TEST

/* --- threads --- */

static atomic_bool wrong;

static void *hammer(void *argument)
{
    poly_arena *own = poly_arena_create(0);
    char name[16];

    for (int i = 0; i < 4000; i++) {
        int number = (i * 7 + *(int *)argument) % 400;
        unsigned char hash[TOKEN_HASH_SIZE];
        poly_launch_token claims;

        hash_of(number, hash);
        snprintf(name, sizeof(name), "%d", number);
        if (token_cache_get(cache, hash, NOW, own, &claims) && strcmp(claims.student_name, name) != 0)
            atomic_store(&wrong, true);
        put(number, name);
        poly_arena_reset(own);
    }
    poly_arena_destroy(&own);
    return NULL;
}

START_TEST(threads_see_whole_entries)
{
    pthread_t threads[4];
    int starts[POLY_LENGTH(threads)];
    char id[POLY_KEY_ID_SIZE];

    use(128); /* so that entries give way all the time */
    for (size_t i = 0; i < POLY_LENGTH(threads); i++) {
        starts[i] = (int)i * 100;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &starts[i]), 0);
    }
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert(!atomic_load(&wrong));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_put_is_found_until_exp,
        claims_do_not_depend_on_the_entry,
        large_and_expired_tokens_are_not_kept,
        the_number_is_bounded,
        a_retired_key_takes_its_tokens_along,
        what_was_verified_before_the_change_is_not_kept,
        threads_see_whole_entries,
    };

    return run_cases("verified cache", tests, POLY_LENGTH(tests), set_up, tear_down);
}

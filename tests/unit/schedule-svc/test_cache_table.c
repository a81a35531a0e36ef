/* SPDX-License-Identifier: MIT */
/* What the cache keeps when its room is full, and what it takes over from a snapshot. */
#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "on_fiber.h"
#include "poly/random.h"

#define ANSWER_SIZE 4000
#define MAX_BYTES   ((size_t)256 << 10)

/* What has a greater id is unknown or fails. */
#define LAST_ANSWERED 1000000u

static atomic_uint_fast64_t test_clock;
static atomic_uint loads;

static uint64_t read_clock(void)
{
    return atomic_load(&test_clock);
}

/* Hexadecimal noise: compresses to about half. */
static poly_result load(void *context, const resource_key *key, poly_strbuf *json)
{
    unsigned char noise[ANSWER_SIZE / 2];
    char text[ANSWER_SIZE + 1];

    (void)context;
    atomic_fetch_add(&loads, 1);
    if (key->id > LAST_ANSWERED)
        return key->id % 2 ? POLY_NOT_FOUND : POLY_OVERLOADED;
    poly_random_bytes(noise, sizeof(noise));
    poly_hex_encode(noise, sizeof(noise), text);
    poly_strbuf_append(json, text, ANSWER_SIZE);
    return POLY_OK;
}

static uint64_t fresh_for(void *context, const resource_key *key)
{
    (void)context;
    (void)key;
    return POLY_SECONDS(100000);
}

static void reset(void)
{
    atomic_store(&test_clock, POLY_SECONDS(1000000));
    atomic_store(&loads, 0);
}

static answer_cache *make_cache(unsigned shards)
{
    reset();
    return cache_create(&(cache_options){
        .max_bytes = MAX_BYTES,
        .shards = shards,
        .stale = POLY_SECONDS(900),
        .stale_if_error = POLY_SECONDS(200000),
        .stale_wait = POLY_SECONDS(1),
        .negative = POLY_SECONDS(30),
        .failure = POLY_SECONDS(1),
        .load_deadline = POLY_SECONDS(10),
        .clock = read_clock,
        .load = load,
        .fresh_for = fresh_for,
    });
}

static resource_key key_of(unsigned id)
{
    return resource_one(RESOURCE_GROUP, id);
}

/* One use of an entry, two seconds after the last. */
static void use(answer_cache *cache, unsigned id, unsigned flags)
{
    resource_key key = key_of(id);
    cached item;

    atomic_fetch_add(&test_clock, POLY_SECONDS(2));
    if (cache_get(cache, &key, flags, POLY_NO_DEADLINE, &item) != POLY_OK)
        abort();
    if ((flags & CACHE_IDENTITY) && item.identity->size != ANSWER_SIZE)
        abort();
    cached_release(&item);
}

static bool is_there(answer_cache *cache, unsigned id)
{
    resource_key key = key_of(id);

    return cache_has(cache, &key);
}

struct filling {
    answer_cache *cache;
    size_t largest;
    bool kept_used, threw_oldest, kept_newest;
    unsigned last;
};

/* Fills up far beyond the bound while entry 1 stays in use. */
static void fill(void *argument)
{
    struct filling *filling = argument;

    for (unsigned id = 1; id <= filling->last; id++) {
        use(filling->cache, id, 0);
        use(filling->cache, 1, 0);
        if (cache_bytes(filling->cache) > filling->largest)
            filling->largest = cache_bytes(filling->cache);
    }
    filling->kept_used = atomic_load(&loads) == filling->last; /* entry 1 was fetched once */
    filling->threw_oldest = !is_there(filling->cache, 2);
    filling->kept_newest = is_there(filling->cache, filling->last);
}

START_TEST(the_bound_is_kept_and_the_least_recently_used_goes_first)
{
    struct filling filling = {.cache = make_cache(_i ? 16 : 1), .last = 400};

    on_fiber(fill, &filling);
    ck_assert_uint_le(filling.largest, MAX_BYTES);
    ck_assert_uint_gt(filling.largest, MAX_BYTES / 10 * 9);
    ck_assert(filling.kept_used);
    ck_assert(filling.threw_oldest);
    ck_assert(filling.kept_newest);
    ck_assert_uint_gt(cache_count(filling.cache), 50);
    ck_assert_uint_lt(cache_count(filling.cache), 200);
    cache_destroy(&filling.cache);
}
END_TEST

/* Exactly the newest remain, without a gap. */
static void fill_in_order(void *argument)
{
    struct filling *filling = argument;
    unsigned first_kept = 1;

    for (unsigned id = 1; id <= filling->last; id++)
        use(filling->cache, id, 0);
    while (!is_there(filling->cache, first_kept))
        first_kept++;
    filling->kept_newest = cache_count(filling->cache) == filling->last - first_kept + 1;
}

START_TEST(they_go_in_the_order_of_use_over_all_shards)
{
    struct filling filling = {.cache = make_cache(16), .last = 400};

    on_fiber(fill_in_order, &filling);
    ck_assert(filling.kept_newest);
    cache_destroy(&filling.cache);
}
END_TEST

struct unpacking {
    answer_cache *cache;
    unsigned entries;
    size_t bytes_packed, bytes_unpacked;
    bool kept_all;
    unsigned loads;
};

/* As many entries as fit, then each in plain form, which does not fit. */
static void unpack_all(void *argument)
{
    struct unpacking *unpacking = argument;

    for (unsigned id = 1; id <= unpacking->entries; id++)
        use(unpacking->cache, id, 0);
    unpacking->bytes_packed = cache_bytes(unpacking->cache);
    for (unsigned id = 1; id <= unpacking->entries; id++)
        use(unpacking->cache, id, CACHE_IDENTITY);
    unpacking->bytes_unpacked = cache_bytes(unpacking->cache);
    unpacking->kept_all = cache_count(unpacking->cache) == unpacking->entries;
    unpacking->loads = atomic_load(&loads);
}

START_TEST(plain_forms_go_before_entries)
{
    struct unpacking unpacking = {.cache = make_cache(4), .entries = 90};

    on_fiber(unpack_all, &unpacking);
    ck_assert(unpacking.kept_all);
    ck_assert_uint_eq(unpacking.loads, 90);
    ck_assert_uint_le(unpacking.bytes_unpacked, MAX_BYTES);
    cache_destroy(&unpacking.cache);
}
END_TEST

static void get_huge(void *argument)
{
    struct filling *filling = argument;

    for (unsigned id = 1; id <= 20; id++)
        use(filling->cache, id, CACHE_IDENTITY);
    filling->largest = cache_bytes(filling->cache);
}

START_TEST(an_answer_is_given_even_where_nothing_can_be_kept)
{
    struct filling filling = {.cache = NULL};

    reset();
    filling.cache = cache_create(&(cache_options){.max_bytes = 100,
                                                  .load_deadline = POLY_SECONDS(10),
                                                  .clock = read_clock,
                                                  .load = load,
                                                  .fresh_for = fresh_for});
    on_fiber(get_huge, &filling); /* which checks each answer */
    ck_assert_uint_eq(cache_count(filling.cache), 0);
    cache_destroy(&filling.cache);
}
END_TEST

/* Fills half of the room, then asks for very much that is not there, a part of it twice. */
static void ask_for_nothing(void *argument)
{
    struct filling *filling = argument;
    cached item;

    for (unsigned id = 1; id <= 50; id++)
        use(filling->cache, id, 0);
    for (unsigned id = LAST_ANSWERED + 1; id <= LAST_ANSWERED + 4000; id++) {
        resource_key key = key_of(id - (id % 3 == 0));

        atomic_fetch_add(&test_clock, POLY_SECONDS(2));
        if (cache_get(filling->cache, &key, 0, POLY_NO_DEADLINE, &item) == POLY_OK)
            abort();
        if (cache_count(filling->cache) > filling->largest)
            filling->largest = cache_count(filling->cache);
    }
    filling->kept_used = true;
    for (unsigned id = 1; id <= 50; id++)
        filling->kept_used = filling->kept_used && is_there(filling->cache, id);
}

START_TEST(what_has_no_answer_drives_out_no_answer)
{
    struct filling filling = {.cache = make_cache(_i ? 16 : 1)};

    on_fiber(ask_for_nothing, &filling);
    ck_assert(filling.kept_used);
    ck_assert_uint_gt(filling.largest, 50 + 20); /* some of it is remembered */
    ck_assert_uint_lt(filling.largest, 50 + 150);
    cache_destroy(&filling.cache);
}
END_TEST

/* --- what a snapshot brings --- */

struct restoring {
    answer_cache *cache;
    bool stale, asked_again;
    uint64_t age;
    poly_result result;
};

static cache_item item_of(answer_cache *cache, unsigned id, const poly_blob *plain)
{
    int64_t now = cache_clock(cache);

    return (cache_item){
        .key = key_of(id),
        .gzip = poly_blob_gzip(plain, 6),
        .identity_size = (uint32_t)plain->size,
        .etag = "0123456789abcdef",
        .fetched_at = now - (int64_t)POLY_SECONDS(60),
        .fresh_until = now + (int64_t)POLY_SECONDS(600),
        .asked_at = INT64_MIN,
        .modified = 5,
    };
}

static void restore(void *argument)
{
    struct restoring *restoring = argument;
    poly_blob *plain = poly_blob_create("{}", 2);
    cache_item item = item_of(restoring->cache, 1, plain);
    cached seen;

    cache_restore(restoring->cache, &item);
    restoring->result = cache_get(restoring->cache, &item.key, CACHE_IDENTITY, POLY_NO_DEADLINE, &seen);
    restoring->stale = seen.provenance.fresh_for == 0;
    restoring->age = seen.provenance.age;
    cached_release(&seen);
    while (!cache_is_fresh(restoring->cache, &item.key, 1))
        poly_fiber_yield();
    restoring->asked_again = atomic_load(&loads) == 1;
    poly_blob_unref(&item.gzip);
    poly_blob_unref(&plain);
}

START_TEST(what_was_restored_is_never_fresh)
{
    struct restoring restoring = {.cache = make_cache(1)};

    on_fiber(restore, &restoring);
    ck_assert_int_eq(restoring.result, POLY_OK);
    ck_assert(restoring.stale);
    ck_assert_uint_eq(restoring.age, POLY_SECONDS(60));
    ck_assert(restoring.asked_again);
    cache_destroy(&restoring.cache);
}
END_TEST

static void find_size(void *argument, const cache_item *item)
{
    if (item->key.id == 5000)
        *(uint32_t *)argument = item->identity_size;
}

START_TEST(restoring_keeps_the_bound_and_replaces_nothing)
{
    answer_cache *cache = make_cache(1);
    poly_blob *plain = poly_blob_create("[]", 2), *other = poly_blob_create("[1]", 3);
    uint32_t size = 0;
    cache_item item;

    for (unsigned id = 1; id <= 5000; id++) {
        item = item_of(cache, id, plain);
        cache_restore(cache, &item);
        poly_blob_unref(&item.gzip);
    }
    ck_assert_uint_le(cache_bytes(cache), MAX_BYTES);
    ck_assert(is_there(cache, 5000));
    ck_assert(!is_there(cache, 1));
    item = item_of(cache, 5000, other);
    cache_restore(cache, &item);
    poly_blob_unref(&item.gzip);
    cache_visit(cache, find_size, &size);
    ck_assert_uint_eq(size, 2);
    ck_assert_uint_eq(cache_generation(cache), 0);
    poly_blob_unref(&plain);
    poly_blob_unref(&other);
    cache_destroy(&cache);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cache_table");
    TCase *tcase = tcase_create("room");

    tcase_add_loop_test(tcase, the_bound_is_kept_and_the_least_recently_used_goes_first, 0, 2);
    tcase_add_test(tcase, they_go_in_the_order_of_use_over_all_shards);
    tcase_add_test(tcase, plain_forms_go_before_entries);
    tcase_add_test(tcase, an_answer_is_given_even_where_nothing_can_be_kept);
    tcase_add_loop_test(tcase, what_has_no_answer_drives_out_no_answer, 0, 2);
    tcase_add_test(tcase, what_was_restored_is_never_fresh);
    tcase_add_test(tcase, restoring_keeps_the_bound_and_replaces_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "on_fiber.h"
#include "poly/runtime.h"
#include "poly/time.h"
#include "relay_cache.h"

struct scene {
    relay_cache *cache;
    atomic_int loads;
    poly_result result; /* of loads */
    unsigned pause_ms;
    size_t size; /* of what is loaded */
    atomic_int good, bad;
};

static poly_result load(void *context, relayed *answer)
{
    struct scene *scene = context;
    char *bytes = poly_alloc_zero(1, scene->size + 1);

    atomic_fetch_add(&scene->loads, 1);
    if (scene->pause_ms && poly_fiber_sleep(POLY_MILLISECONDS(scene->pause_ms)) != POLY_OK) {
        free(bytes);
        return POLY_CANCELLED;
    }
    if (scene->result == POLY_OK)
        answer->json = poly_blob_create(bytes, scene->size);
    answer->group_id = 7;
    free(bytes);
    return scene->result;
}

static void ask(struct scene *scene, const char *key)
{
    relayed answer;

    if (relay_cache_get(scene->cache, key, load, scene, &answer) == POLY_OK) {
        atomic_fetch_add(answer.json->size == scene->size && answer.group_id == 7 ? &scene->good : &scene->bad, 1);
        relayed_release(&answer);
    } else {
        atomic_fetch_add(&scene->bad, 1);
    }
}

static void ask_twice(void *argument)
{
    ask(argument, "one");
    ask(argument, "one");
}

START_TEST(given_again)
{
    struct scene scene = {.cache = relay_cache_create(60, 65536), .size = 100};

    on_fiber(ask_twice, &scene);
    ck_assert_int_eq(scene.loads, 1);
    ck_assert_int_eq(scene.good, 2);
    ck_assert_uint_gt(relay_cache_bytes(scene.cache), 100);
    relay_cache_destroy(&scene.cache);
    ck_assert_ptr_null(scene.cache);
}
END_TEST

START_TEST(nothing_is_kept_for_no_time)
{
    struct scene scene = {.cache = relay_cache_create(0, 65536), .size = 100};

    on_fiber(ask_twice, &scene);
    ck_assert_int_eq(scene.loads, 2);
    ck_assert_uint_eq(relay_cache_bytes(scene.cache), 0);
    relay_cache_destroy(&scene.cache);
}
END_TEST

START_TEST(failures_are_not_kept)
{
    struct scene scene = {.cache = relay_cache_create(60, 65536), .size = 100, .result = POLY_UNAVAILABLE};

    on_fiber(ask_twice, &scene);
    ck_assert_int_eq(scene.loads, 2);
    ck_assert_int_eq(scene.bad, 2);
    relay_cache_destroy(&scene.cache);
}
END_TEST

static void ask_once(void *argument)
{
    ask(argument, "one");
}

START_TEST(many_share_one_fetch)
{
    struct scene scene = {.cache = relay_cache_create(60, 65536), .size = 100, .pause_ms = 100};

    on_each_loop(4, ask_once, &scene);
    ck_assert_int_eq(scene.loads, 1);
    ck_assert_int_eq(scene.good, 4);
    scene.result = POLY_TIMEOUT;
    relay_cache_destroy(&scene.cache);
    scene.cache = relay_cache_create(60, 65536);
    on_each_loop(4, ask_once, &scene);
    ck_assert_int_eq(scene.loads, 2);
    ck_assert_int_eq(scene.bad, 4);
    relay_cache_destroy(&scene.cache);
}
END_TEST

static void ask_for_many(void *argument)
{
    char key[32];

    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof(key), "key %d", i % 300);
        ask(argument, key);
    }
}

START_TEST(bounded)
{
    struct scene scene = {.cache = relay_cache_create(60, 20000), .size = 700};

    on_fiber(ask_for_many, &scene);
    ck_assert_int_eq(scene.good, 1000);
    ck_assert_uint_le(relay_cache_bytes(scene.cache), 20000);
    ck_assert_uint_gt(relay_cache_bytes(scene.cache), 10000);
    scene.size = 30000; /* does not fit at all */
    on_fiber(ask_for_many, &scene);
    ck_assert_uint_le(relay_cache_bytes(scene.cache), 20000);
    relay_cache_destroy(&scene.cache);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("relay_cache");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, given_again);
    tcase_add_test(tcase, nothing_is_kept_for_no_time);
    tcase_add_test(tcase, failures_are_not_kept);
    tcase_add_test(tcase, many_share_one_fetch);
    tcase_add_test(tcase, bounded);
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

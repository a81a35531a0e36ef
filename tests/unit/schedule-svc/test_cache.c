/* SPDX-License-Identifier: MIT */
/* When the cache gives what: freshness, failures, single flight, by a clock that the tests set. */
#include <check.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "on_fiber.h"

#define FRESH_SECONDS    100
#define STALE_SECONDS    50
#define IF_ERROR_SECONDS 1000
#define NEGATIVE_SECONDS 30

/* The upstream that the cache loads from. */
struct source {
    answer_cache *cache;
    atomic_uint loads;
    atomic_uint version; /* the content */
    _Atomic poly_result result;
    poly_latch *hold; /* NULL: answers at once */
    atomic_uint replaced;
    char before[64], after[64];
};

/* What one cache_get saw. */
struct seen {
    poly_result result;
    char text[64];
    char etag[CACHE_ETAG_SIZE];
    bool stale;
    uint64_t age, fresh_for;
    int64_t modified;
    unsigned loads; /* by then */
};

static atomic_uint_fast64_t test_clock;

static uint64_t read_clock(void)
{
    return atomic_load(&test_clock);
}

static void pass_seconds(uint64_t seconds)
{
    atomic_fetch_add(&test_clock, POLY_SECONDS(seconds));
}

static poly_result load(void *context, const resource_key *key, poly_strbuf *json)
{
    struct source *source = context;
    poly_result result = POLY_OK;

    atomic_fetch_add(&source->loads, 1);
    if (source->hold)
        result = poly_latch_wait(source->hold, poly_fiber_deadline());
    if (result == POLY_OK)
        result = atomic_load(&source->result);
    if (result == POLY_OK)
        poly_strbuf_printf(json, "{\"id\":%u,\"version\":%u}", key->id, atomic_load(&source->version));
    return result;
}

static uint64_t fresh_for(void *context, const resource_key *key)
{
    (void)context;
    (void)key;
    return POLY_SECONDS(FRESH_SECONDS);
}

static void replaced(void *context, const resource_key *key, const poly_blob *before, const poly_blob *after)
{
    struct source *source = context;

    (void)key;
    snprintf(source->before, sizeof(source->before), "%s", before->data);
    snprintf(source->after, sizeof(source->after), "%s", after->data);
    atomic_fetch_add(&source->replaced, 1);
}

static void open_source(struct source *source)
{
    *source = (struct source){.version = 1};
    atomic_store(&source->result, POLY_OK);
    atomic_store(&test_clock, POLY_SECONDS(10000));
    source->cache = cache_create(&(cache_options){
        .max_bytes = 1 << 20,
        .stale = POLY_SECONDS(STALE_SECONDS),
        .stale_if_error = POLY_SECONDS(IF_ERROR_SECONDS),
        .stale_wait = POLY_MILLISECONDS(30),
        .negative = POLY_SECONDS(NEGATIVE_SECONDS),
        .failure = POLY_SECONDS(1),
        .load_deadline = POLY_SECONDS(10),
        .clock = read_clock,
        .context = source,
        .load = load,
        .fresh_for = fresh_for,
        .replaced = replaced,
    });
}

static void close_source(struct source *source)
{
    cache_destroy(&source->cache);
    poly_latch_unref(&source->hold);
}

static const resource_key some_key = {.kind = RESOURCE_GROUP_WEEK, .id = 7, .monday = 20000};

static struct seen look(struct source *source, unsigned flags, uint64_t patience)
{
    struct seen seen = {0};
    cached item;

    seen.result = cache_get(source->cache, &some_key, flags | CACHE_IDENTITY, poly_time_monotonic() + patience, &item);
    if (seen.result == POLY_OK) {
        snprintf(seen.text, sizeof(seen.text), "%s", item.identity->data);
        memcpy(seen.etag, item.etag, sizeof(seen.etag));
        seen.stale = item.provenance.fresh_for == 0;
        seen.age = item.provenance.age;
        seen.fresh_for = item.provenance.fresh_for;
        seen.modified = item.provenance.modified;
    }
    cached_release(&item);
    seen.loads = atomic_load(&source->loads);
    return seen;
}

static struct seen get(struct source *source)
{
    return look(source, 0, POLY_SECONDS(5));
}

/* Until the fetch behind a stale answer is over. */
static void await_fresh(struct source *source)
{
    while (!cache_is_fresh(source->cache, &some_key, 1))
        poly_fiber_yield();
}

/* A test is a story on a fiber, which keeps what it saw, and the checks after it. */
struct story {
    struct source source;
    struct seen seen[8];
};

static void tell(struct story *story, void (*work)(void *story))
{
    memset(story, 0, sizeof(*story));
    open_source(&story->source);
    on_fiber(work, story);
    close_source(&story->source);
}

static void fresh_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    atomic_store(&story->source.version, 2);
    pass_seconds(FRESH_SECONDS * 8 / 10);
    story->seen[1] = get(&story->source);
}

START_TEST(fresh_is_given_without_a_fetch)
{
    struct story story;

    tell(&story, fresh_story);
    ck_assert_int_eq(story.seen[0].result, POLY_OK);
    ck_assert_str_eq(story.seen[0].text, "{\"id\":7,\"version\":1}");
    ck_assert(!story.seen[0].stale);
    ck_assert_uint_eq(story.seen[0].age, 0);
    /* a tenth of jitter, up or down */
    ck_assert_uint_ge(story.seen[0].fresh_for, POLY_SECONDS(FRESH_SECONDS) / 10 * 9);
    ck_assert_uint_le(story.seen[0].fresh_for, POLY_SECONDS(FRESH_SECONDS) / 10 * 11);
    ck_assert_str_eq(story.seen[1].text, "{\"id\":7,\"version\":1}");
    ck_assert_uint_eq(story.seen[1].loads, 1);
    ck_assert_uint_eq(story.seen[1].age, POLY_SECONDS(FRESH_SECONDS * 8 / 10));
}
END_TEST

static void stale_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    atomic_store(&story->source.version, 2);
    pass_seconds(FRESH_SECONDS + FRESH_SECONDS / 10 + 1);
    story->seen[1] = get(&story->source);
    await_fresh(&story->source);
    story->seen[2] = get(&story->source);
}

START_TEST(stale_is_given_at_once_and_fetched_anew)
{
    struct story story;

    tell(&story, stale_story);
    ck_assert_str_eq(story.seen[1].text, "{\"id\":7,\"version\":1}");
    ck_assert(story.seen[1].stale);
    ck_assert_uint_eq(story.seen[1].age, POLY_SECONDS(FRESH_SECONDS + FRESH_SECONDS / 10 + 1));
    ck_assert_str_eq(story.seen[2].text, "{\"id\":7,\"version\":2}");
    ck_assert(!story.seen[2].stale);
    ck_assert_uint_eq(story.seen[2].loads, 2);
    ck_assert_str_ne(story.seen[2].etag, story.seen[1].etag);
}
END_TEST

static void expired_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    atomic_store(&story->source.version, 2);
    pass_seconds(FRESH_SECONDS * 2 + STALE_SECONDS);
    story->seen[1] = get(&story->source);
}

START_TEST(expired_waits_for_the_fetch)
{
    struct story story;

    tell(&story, expired_story);
    ck_assert_str_eq(story.seen[1].text, "{\"id\":7,\"version\":2}");
    ck_assert(!story.seen[1].stale);
}
END_TEST

static void failing_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    atomic_store(&story->source.result, POLY_BAD_ANSWER);
    pass_seconds(FRESH_SECONDS * 2 + STALE_SECONDS);
    story->seen[1] = get(&story->source);
    story->seen[2] = get(&story->source); /* within the second after the failure */
    pass_seconds(2);
    story->seen[3] = get(&story->source);
    pass_seconds(IF_ERROR_SECONDS);
    story->seen[4] = get(&story->source);
    story->seen[5] = get(&story->source);
    atomic_store(&story->source.result, POLY_OK);
    pass_seconds(2);
    story->seen[6] = get(&story->source);
}

START_TEST(a_failure_gives_the_old_answer_as_long_as_it_may)
{
    struct story story;

    tell(&story, failing_story);
    ck_assert_int_eq(story.seen[1].result, POLY_OK);
    ck_assert(story.seen[1].stale);
    ck_assert_str_eq(story.seen[1].text, "{\"id\":7,\"version\":1}");
    ck_assert_uint_eq(story.seen[1].loads, 2);
    ck_assert_int_eq(story.seen[2].result, POLY_OK);
    ck_assert_uint_eq(story.seen[2].loads, 2);
    ck_assert_uint_eq(story.seen[3].loads, 3);
    ck_assert_int_eq(story.seen[3].result, POLY_OK);
    ck_assert_int_eq(story.seen[4].result, POLY_BAD_ANSWER);
    ck_assert_uint_eq(story.seen[4].loads, 4);
    ck_assert_int_eq(story.seen[5].result, POLY_BAD_ANSWER);
    ck_assert_uint_eq(story.seen[5].loads, 4);
    ck_assert_int_eq(story.seen[6].result, POLY_OK);
    ck_assert(!story.seen[6].stale);
}
END_TEST

static void failing_first_story(void *argument)
{
    struct story *story = argument;

    atomic_store(&story->source.result, POLY_TIMEOUT);
    story->seen[0] = get(&story->source);
    atomic_store(&story->source.result, POLY_CANCELLED);
    pass_seconds(2);
    story->seen[1] = get(&story->source);
}

START_TEST(without_an_old_answer_the_failure_is_given)
{
    struct story story;

    tell(&story, failing_first_story);
    ck_assert_int_eq(story.seen[0].result, POLY_TIMEOUT);
    ck_assert_int_eq(story.seen[1].result, POLY_UNAVAILABLE); /* it is the fetch that was cancelled, not the request */
}
END_TEST

static void hanging_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    pass_seconds(FRESH_SECONDS * 2 + STALE_SECONDS);
    story->source.hold = poly_latch_create();
    atomic_store(&story->source.version, 2);
    story->seen[1] = get(&story->source);
    story->seen[2] = look(&story->source, 0, 0);
    poly_latch_open(story->source.hold);
    await_fresh(&story->source);
    story->seen[3] = get(&story->source);
}

START_TEST(a_hanging_fetch_is_waited_for_a_short_time_only_when_there_is_an_old_answer)
{
    struct story story;

    tell(&story, hanging_story);
    ck_assert_int_eq(story.seen[1].result, POLY_OK);
    ck_assert(story.seen[1].stale);
    ck_assert_str_eq(story.seen[1].text, "{\"id\":7,\"version\":1}");
    ck_assert_int_eq(story.seen[2].result, POLY_OK);
    ck_assert_uint_eq(story.seen[2].loads, 2);
    ck_assert_str_eq(story.seen[3].text, "{\"id\":7,\"version\":2}");
    ck_assert_uint_eq(story.seen[3].loads, 2);
}
END_TEST

static void leaving_story(void *argument)
{
    struct story *story = argument;

    story->source.hold = poly_latch_create();
    story->seen[0] = look(&story->source, 0, POLY_MILLISECONDS(1));
    poly_latch_open(story->source.hold);
    story->seen[1] = get(&story->source);
}

START_TEST(who_leaves_takes_the_fetch_from_nobody)
{
    struct story story;

    tell(&story, leaving_story);
    ck_assert_int_eq(story.seen[0].result, POLY_TIMEOUT);
    ck_assert_int_eq(story.seen[1].result, POLY_OK);
    ck_assert_uint_eq(story.seen[1].loads, 1);
}
END_TEST

static void missing_story(void *argument)
{
    struct story *story = argument;

    atomic_store(&story->source.result, POLY_NOT_FOUND);
    story->seen[0] = get(&story->source);
    pass_seconds(NEGATIVE_SECONDS - 1);
    story->seen[1] = get(&story->source);
    pass_seconds(2);
    atomic_store(&story->source.result, POLY_OK);
    story->seen[2] = get(&story->source);
    story->seen[5] = get(&story->source);
    pass_seconds(FRESH_SECONDS * 2 + STALE_SECONDS);
    atomic_store(&story->source.result, POLY_NOT_FOUND);
    story->seen[3] = get(&story->source);
    atomic_store(&story->source.result, POLY_UNAVAILABLE);
    pass_seconds(NEGATIVE_SECONDS + 1);
    story->seen[4] = get(&story->source);
}

START_TEST(what_is_not_there_is_remembered_for_a_short_time)
{
    struct story story;

    tell(&story, missing_story);
    ck_assert_int_eq(story.seen[0].result, POLY_NOT_FOUND);
    ck_assert_int_eq(story.seen[1].result, POLY_NOT_FOUND);
    ck_assert_uint_eq(story.seen[1].loads, 1);
    ck_assert_int_eq(story.seen[2].result, POLY_OK);
    ck_assert_uint_eq(story.seen[2].loads, 2);
    ck_assert_int_eq(story.seen[5].result, POLY_OK);
    ck_assert_uint_eq(story.seen[5].loads, 2);
    ck_assert_int_eq(story.seen[3].result, POLY_NOT_FOUND);
    ck_assert_int_eq(story.seen[4].result, POLY_UNAVAILABLE);
}
END_TEST

static void as_is_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = look(&story->source, CACHE_AS_IS, 0);
    story->seen[1] = get(&story->source);
    pass_seconds(FRESH_SECONDS * 2 + STALE_SECONDS);
    story->seen[2] = look(&story->source, CACHE_AS_IS, 0);
    pass_seconds(IF_ERROR_SECONDS);
    story->seen[3] = look(&story->source, CACHE_AS_IS, 0);
}

START_TEST(as_it_is_asks_nobody)
{
    struct story story;

    tell(&story, as_is_story);
    ck_assert_int_eq(story.seen[0].result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(story.seen[0].loads, 0);
    ck_assert_int_eq(story.seen[2].result, POLY_OK);
    ck_assert(story.seen[2].stale);
    ck_assert_int_eq(story.seen[3].result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(story.seen[3].loads, 1);
}
END_TEST

static void await_refresh(struct source *source)
{
    poly_latch *latch = cache_refresh(source->cache, &some_key);

    if (latch && poly_latch_wait(latch, POLY_NO_DEADLINE) != POLY_OK)
        abort();
    poly_latch_unref(&latch);
}

static void replacing_story(void *argument)
{
    struct story *story = argument;

    story->seen[0] = get(&story->source);
    await_refresh(&story->source); /* the same content */
    story->seen[1] = get(&story->source);
    atomic_store(&story->source.version, 2);
    await_refresh(&story->source);
    while (atomic_load(&story->source.replaced) == 0)
        poly_fiber_yield();
    story->seen[2] = get(&story->source);
}

START_TEST(a_replaced_answer_is_told_with_both_sides)
{
    struct story story;

    tell(&story, replacing_story);
    ck_assert_uint_eq(story.seen[1].loads, 2);
    ck_assert_str_eq(story.seen[0].etag, story.seen[1].etag);
    ck_assert_int_eq(story.seen[0].modified, story.seen[1].modified);
    ck_assert_uint_eq(atomic_load(&story.source.replaced), 1);
    ck_assert_str_eq(story.source.before, "{\"id\":7,\"version\":1}");
    ck_assert_str_eq(story.source.after, "{\"id\":7,\"version\":2}");
    ck_assert_str_eq(story.seen[2].text, "{\"id\":7,\"version\":2}");
}
END_TEST

/* --- single flight --- */

#define WAITERS 50

struct crowd {
    struct source source;
    atomic_uint arrived, wrong;
    unsigned everybody;
};

static void one_of_the_crowd(void *argument)
{
    struct crowd *crowd = argument;
    struct seen seen;

    atomic_fetch_add(&crowd->arrived, 1);
    seen = get(&crowd->source);
    if (seen.result != POLY_OK || strcmp(seen.text, "{\"id\":7,\"version\":1}") != 0)
        atomic_fetch_add(&crowd->wrong, 1);
    atomic_fetch_sub(&crowd->arrived, 1);
}

static void bring_the_crowd(void *argument)
{
    struct crowd *crowd = argument;

    for (unsigned i = 0; i < WAITERS; i++)
        poly_fiber_start(poly_loop_current(), "waiter", one_of_the_crowd, crowd);
    while (atomic_load(&crowd->arrived) < crowd->everybody && !poly_latch_is_open(crowd->source.hold))
        poly_fiber_yield();
    poly_latch_open(crowd->source.hold);
    while (atomic_load(&crowd->arrived) > 0)
        poly_fiber_yield();
}

START_TEST(one_fetch_serves_waiters_of_all_loops)
{
    struct crowd crowd = {.everybody = 2 * WAITERS};

    open_source(&crowd.source);
    crowd.source.hold = poly_latch_create();
    on_each_loop(2, bring_the_crowd, &crowd);
    ck_assert_uint_eq(atomic_load(&crowd.wrong), 0);
    ck_assert_uint_eq(atomic_load(&crowd.source.loads), 1);
    close_source(&crowd.source);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cache");
    TCase *tcase = tcase_create("when");

    tcase_add_test(tcase, fresh_is_given_without_a_fetch);
    tcase_add_test(tcase, stale_is_given_at_once_and_fetched_anew);
    tcase_add_test(tcase, expired_waits_for_the_fetch);
    tcase_add_test(tcase, a_failure_gives_the_old_answer_as_long_as_it_may);
    tcase_add_test(tcase, without_an_old_answer_the_failure_is_given);
    tcase_add_test(tcase, a_hanging_fetch_is_waited_for_a_short_time_only_when_there_is_an_old_answer);
    tcase_add_test(tcase, who_leaves_takes_the_fetch_from_nobody);
    tcase_add_test(tcase, what_is_not_there_is_remembered_for_a_short_time);
    tcase_add_test(tcase, as_it_is_asks_nobody);
    tcase_add_test(tcase, a_replaced_answer_is_told_with_both_sides);
    tcase_add_test(tcase, one_fetch_serves_waiters_of_all_loops);
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

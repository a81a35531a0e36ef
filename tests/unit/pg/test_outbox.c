/* SPDX-License-Identifier: MIT */
/* What commits is delivered, at least once, in the order of its key, by two replicas. */
#include <sched.h>

#include "poly/outbox.h"
#include "scene.h"

#define TABLE                                                                                                     \
    "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, key text,"     \
    " payload jsonb NOT NULL, attempts integer NOT NULL DEFAULT 0, next_attempt_at timestamptz NOT NULL DEFAULT " \
    "now(),"                                                                                                      \
    " dead_at timestamptz, last_error text, created_at timestamptz NOT NULL DEFAULT now());"                      \
    "CREATE INDEX outbox_due ON outbox (next_attempt_at, id) WHERE dead_at IS NULL;"                              \
    "CREATE INDEX outbox_key ON outbox (key, id) WHERE dead_at IS NULL;"

enum { MESSAGES = 300, REPLICAS = 2 };

static poly_outbox *replicas[REPLICAS];
static atomic_int deliveries[MESSAGES + 1];
static atomic_int delivered;
static atomic_int by_replica[REPLICAS];
static atomic_int failures_wanted;

static void begin_outbox(void)
{
    postgres_run(url, TABLE);
    use_workers((poly_pg_options){0}, REPLICAS);
}

static void start_replicas(unsigned count, poly_outbox_options options, poly_outbox_handler *handler)
{
    static const unsigned numbers[REPLICAS] = {0, 1};

    options.handler = handler;
    for (unsigned i = 0; i < count; i++) {
        options.context = (void *)&numbers[i];
        replicas[i] = poly_outbox_start(pool, poly_runtime_loop(runtime, i), &options);
    }
}

static void stop_all(struct errand *errand)
{
    for (unsigned i = 0; i < REPLICAS; i++)
        poly_outbox_stop(&replicas[i]);
    errand->result = POLY_OK;
}

static void stop_replicas(void)
{
    struct errand errand = {0};

    do_errand(&errand, stop_all);
}

static void await_count(atomic_int *what, int expected)
{
    uint64_t until = poly_time_monotonic() + POLY_SECONDS(30);

    while (atomic_load(what) < expected && poly_time_monotonic() < until)
        sched_yield();
    ck_assert_int_ge(atomic_load(what), expected);
}

/* --- adding --- */

static poly_result add_numbers(poly_pg_transaction *transaction, void *context)
{
    struct errand *errand = context;
    poly_result result = POLY_OK;

    for (int64_t i = 0; i < errand->number && result == POLY_OK; i++) {
        int64_t id;

        result = poly_outbox_add(transaction, "user.create", errand->text,
                                 poly_arena_printf(errand->arena, "{\"n\": %lld}", (long long)i), errand->arena, &id);
    }
    return result;
}

static void add_all(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, add_numbers, errand);
}

static poly_result add_and_fail(poly_pg_transaction *transaction, void *context)
{
    poly_result result = add_numbers(transaction, context);

    return result == POLY_OK ? POLY_REJECTED : result;
}

static void add_none(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, add_and_fail, errand);
}

static void add(int64_t count, const char *key)
{
    struct errand errand = {.number = count, .text = key};

    do_errand(&errand, add_all);
    expect(errand.result, POLY_OK);
}

/* --- handlers --- */

static poly_result take(const poly_outbox_message *message, poly_arena *arena, void *context)
{
    (void)arena;
    if (message->id <= MESSAGES)
        atomic_fetch_add(&deliveries[message->id], 1);
    atomic_fetch_add(&by_replica[*(const unsigned *)context], 1);
    /* A delivery takes a moment, so that both replicas get their share. */
    if (poly_fiber_sleep(POLY_MILLISECONDS(1)) != POLY_OK)
        return POLY_CANCELLED;
    atomic_fetch_add(&delivered, 1);
    return POLY_OK;
}

static poly_result fail_first(const poly_outbox_message *message, poly_arena *arena, void *context)
{
    if (atomic_fetch_sub(&failures_wanted, 1) > 0)
        return POLY_UNAVAILABLE;
    return take(message, arena, context);
}

static poly_result refuse(const poly_outbox_message *message, poly_arena *arena, void *context)
{
    (void)arena;
    (void)context;
    atomic_fetch_add(&deliveries[message->id], 1);
    return strcmp(message->key, "refused") == 0 ? POLY_REJECTED : POLY_TIMEOUT;
}

/* --- tests --- */

START_TEST(only_what_commits_is_delivered)
{
    struct errand failing = {.number = 3};

    begin_outbox();
    start_replicas(1, (poly_outbox_options){0}, take);
    do_errand(&failing, add_none);
    expect(failing.result, POLY_REJECTED);
    add(1, NULL);
    await_count(&delivered, 1);
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
    stop_replicas();
    ck_assert_int_eq(atomic_load(&delivered), 1);
    ck_assert_int_eq(atomic_load(&deliveries[4]), 1);
}
END_TEST

START_TEST(a_notification_wakes_it)
{
    uint64_t began;

    begin_outbox();
    start_replicas(1, (poly_outbox_options){.poll_ms = 60000}, take);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%LISTEN%' AND pid <> pg_backend_pid()",
                   "1");
    add(1, NULL);
    await_count(&delivered, 1);
    began = poly_time_monotonic();
    add(20, NULL);
    await_count(&delivered, 21);
    ck_assert_uint_lt(poly_time_monotonic() - began, POLY_SECONDS(5));
    stop_replicas();
}
END_TEST

START_TEST(two_replicas_deliver_each_message)
{
    begin_outbox();
    add(MESSAGES, NULL);
    start_replicas(REPLICAS, (poly_outbox_options){0}, take);
    await_count(&delivered, MESSAGES);
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
    stop_replicas();
    for (int i = 1; i <= MESSAGES; i++)
        ck_assert_int_eq(atomic_load(&deliveries[i]), 1);
    for (int i = 0; i < REPLICAS; i++)
        ck_assert_int_gt(atomic_load(&by_replica[i]), MESSAGES / 10);
}
END_TEST

START_TEST(a_failed_delivery_is_repeated)
{
    begin_outbox();
    atomic_store(&failures_wanted, 3);
    start_replicas(REPLICAS, (poly_outbox_options){.first_backoff_ms = 20, .poll_ms = 20}, fail_first);
    add(1, NULL);
    await_count(&delivered, 1);
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
    stop_replicas();
    ck_assert_int_eq(atomic_load(&delivered), 1);
}
END_TEST

START_TEST(hopeless_messages_are_kept_dead)
{
    begin_outbox();
    add(1, "refused");
    add(1, "late");
    start_replicas(REPLICAS, (poly_outbox_options){.max_attempts = 3, .first_backoff_ms = 10, .poll_ms = 10}, refuse);
    postgres_await(url, "SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL", "2");
    stop_replicas();
    ck_assert_str_eq(postgres_run(url, "SELECT string_agg(key || attempts || last_error, ' ' ORDER BY id) FROM outbox"),
                     "refused1rejected late3timeout");
    ck_assert_int_eq(atomic_load(&deliveries[1]), 1);
    ck_assert_int_eq(atomic_load(&deliveries[2]), 3);
}
END_TEST

/* As if a replica had been killed while it delivered: the message is taken and its lease is over in a moment. */
START_TEST(what_a_dead_replica_took_is_delivered)
{
    begin_outbox();
    add(1, NULL);
    postgres_run(url, "UPDATE outbox SET attempts = 1, next_attempt_at = clock_timestamp() + interval '300 ms'");
    start_replicas(1, (poly_outbox_options){.poll_ms = 20}, take);
    await_count(&delivered, 1);
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
    stop_replicas();
}
END_TEST

static atomic_int next_of_key;
static atomic_int out_of_order;

static poly_result check_order(const poly_outbox_message *message, poly_arena *arena, void *context)
{
    (void)context;
    /* Every other delivery fails at first, and what comes behind has to wait. */
    if (message->attempt == 1 && message->id % 2 == 0)
        return POLY_UNAVAILABLE;
    if (atomic_load(&next_of_key) + 1 != message->id)
        atomic_fetch_add(&out_of_order, 1);
    (void)arena;
    if (poly_fiber_sleep(POLY_MILLISECONDS(2)) != POLY_OK)
        return POLY_CANCELLED;
    atomic_store(&next_of_key, (int)message->id);
    return POLY_OK;
}

START_TEST(messages_of_a_key_keep_their_order)
{
    begin_outbox();
    add(30, "entity");
    start_replicas(REPLICAS, (poly_outbox_options){.first_backoff_ms = 5, .poll_ms = 5}, check_order);
    await_count(&next_of_key, 30);
    stop_replicas();
    ck_assert_int_eq(atomic_load(&out_of_order), 0);
}
END_TEST

START_TEST(a_crash_of_the_server_loses_no_message)
{
    begin_outbox();
    add(MESSAGES, NULL);
    start_replicas(REPLICAS, (poly_outbox_options){.lease_ms = 1000, .poll_ms = 50}, take);
    await_count(&delivered, 20);
    postgres_crash();
    postgres_restart();
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
    stop_replicas();
    for (int i = 1; i <= MESSAGES; i++)
        ck_assert_int_ge(atomic_load(&deliveries[i]), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pg outbox");

    postgres_begin();
    add_case(suite, "commit", only_what_commits_is_delivered);
    add_case(suite, "wake", a_notification_wakes_it);
    add_case(suite, "replicas", two_replicas_deliver_each_message);
    add_case(suite, "repeat", a_failed_delivery_is_repeated);
    add_case(suite, "dead", hopeless_messages_are_kept_dead);
    add_case(suite, "lease", what_a_dead_replica_took_is_delivered);
    add_case(suite, "order", messages_of_a_key_keep_their_order);
    add_case(suite, "crash", a_crash_of_the_server_loses_no_message);
    return run_suite(suite);
}

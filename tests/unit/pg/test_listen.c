/* SPDX-License-Identifier: MIT */
/* Notifications, and that none is missed when the connection is lost. */
#include <sched.h>

#include "poly/pg_listen.h"
#include "scene.h"

static const char *const channels[] = {"events", "others", NULL};
static const poly_statement events_after = {
    .name = "events_after",
    .sql = "SELECT id FROM events WHERE id > $1 ORDER BY id",
    .use = POLY_PG_READ,
    .types = {POLY_PG_INT},
};

/* Written by the listener's fiber. */
static atomic_int notifications;
static atomic_int catch_ups;
static atomic_int failures_wanted;
static atomic_llong last_seen;
static atomic_llong seen_count;
static char last_channel[32];
static char last_payload[32];

/* The subscriber's way: whatever the hint, read what came after the last event seen. */
static poly_result read_events(void)
{
    poly_arena *arena = poly_arena_create(0);
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pool, &events_after, POLY_PG_VALUES(poly_pg_int(atomic_load(&last_seen))), arena, &rows);

    for (size_t i = 0; result == POLY_OK && i < rows.count; i++) {
        atomic_store(&last_seen, poly_pg_get_int(&rows, i, 0));
        atomic_fetch_add(&seen_count, 1);
    }
    poly_arena_destroy(&arena);
    return result;
}

static void notified(const char *channel, const char *payload, void *context)
{
    (void)context;
    snprintf(last_channel, sizeof(last_channel), "%s", channel);
    snprintf(last_payload, sizeof(last_payload), "%s", payload);
    if (read_events() == POLY_OK)
        atomic_fetch_add(&notifications, 1);
}

static poly_result catch_up(void *context)
{
    (void)context;
    atomic_fetch_add(&catch_ups, 1);
    if (atomic_load(&failures_wanted) > 0) {
        atomic_fetch_sub(&failures_wanted, 1);
        return POLY_UNAVAILABLE;
    }
    return read_events();
}

static poly_pg_listener *listener;

static void listen_to_events(void)
{
    postgres_run(url, "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, note text)");
    use((poly_pg_options){0});
    listener =
        poly_pg_listen(pool, poly_runtime_loop(runtime, 0),
                       &(poly_pg_listener_options){.channels = channels, .notified = notified, .catch_up = catch_up});
}

static void await_count(atomic_int *what, int expected)
{
    uint64_t until = poly_time_monotonic() + POLY_SECONDS(20);

    while (atomic_load(what) < expected && poly_time_monotonic() < until)
        sched_yield();
    ck_assert_int_ge(atomic_load(what), expected);
}

static void await_seen(long long count)
{
    uint64_t until = poly_time_monotonic() + POLY_SECONDS(20);
    long long seen;

    while ((seen = atomic_load(&seen_count)) < count && poly_time_monotonic() < until)
        sched_yield();
    ck_assert_int_eq(seen, count);
}

static void await_event(long long id)
{
    long long last;

    await_seen(id);
    last = atomic_load(&last_seen);
    ck_assert_int_eq(last, id);
}

static void stop_listening(struct errand *errand)
{
    poly_pg_listener_stop(&listener);
    errand->result = POLY_OK;
}

static void stop(void)
{
    struct errand errand = {0};

    do_errand(&errand, stop_listening);
    ck_assert_ptr_null(listener);
}

#define LISTENING \
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%LISTEN \"events\"%' AND pid <> pg_backend_pid()"

START_TEST(a_notification_arrives)
{
    listen_to_events();
    await_count(&catch_ups, 1);
    postgres_run(url, "INSERT INTO events (note) VALUES ('a'); SELECT pg_notify('others', 'hello')");
    await_event(1);
    await_count(&notifications, 1);
    ck_assert_str_eq(last_channel, "others");
    ck_assert_str_eq(last_payload, "hello");
    ck_assert_int_eq(atomic_load(&catch_ups), 1);
    stop();
    postgres_await(url, LISTENING, "0");
}
END_TEST

START_TEST(nothing_is_missed_when_the_connection_is_cut)
{
    listen_to_events();
    await_count(&catch_ups, 1);
    for (int i = 1; i <= 5; i++) {
        postgres_await(url, LISTENING, "1");
        /* The event comes while nobody listens, so that its notification is lost. */
        postgres_run(url, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE '%LISTEN%'"
                          " AND pid <> pg_backend_pid()");
        postgres_run(url, "INSERT INTO events (note) VALUES ('lost'); NOTIFY events");
        await_event(i);
        await_count(&catch_ups, 1 + i);
    }
    stop();
}
END_TEST

START_TEST(nothing_is_missed_when_the_server_crashes)
{
    listen_to_events();
    await_count(&catch_ups, 1);
    postgres_run(url, "INSERT INTO events (note) VALUES ('before'); NOTIFY events");
    await_event(1);
    postgres_crash();
    postgres_restart();
    postgres_run(url, "INSERT INTO events (note) VALUES ('after'); NOTIFY events");
    /* A crash leaves a gap in the numbers. */
    await_seen(2);
    ck_assert_int_ge(atomic_load(&catch_ups), 2);
    stop();
}
END_TEST

START_TEST(catching_up_is_repeated_until_it_works)
{
    atomic_store(&failures_wanted, 3);
    listen_to_events();
    postgres_run(url, "INSERT INTO events (note) VALUES ('a')");
    await_count(&catch_ups, 4);
    await_event(1);
    stop();
}
END_TEST

START_TEST(the_end_of_the_runtime_ends_it)
{
    listen_to_events();
    await_count(&catch_ups, 1);
    poly_runtime_stop(runtime);
    poly_pg_listener_stop(&listener);
    poly_runtime_destroy(&runtime);
    poly_pg_destroy(&pool);
    postgres_await(url, LISTENING, "0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pg listen");

    postgres_begin();
    add_case(suite, "arrives", a_notification_arrives);
    add_case(suite, "cut", nothing_is_missed_when_the_connection_is_cut);
    add_case(suite, "crash", nothing_is_missed_when_the_server_crashes);
    add_case(suite, "repeat", catching_up_is_repeated_until_it_works);
    add_case(suite, "runtime", the_end_of_the_runtime_ends_it);
    return run_suite(suite);
}

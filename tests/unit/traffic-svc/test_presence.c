/* SPDX-License-Identifier: MIT */
/* Who has a stream here, and what the database hears of it. */
#include "kiosk_scene.h"

#include "poly/time.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MANY = 4500, THREADS = 4, ROUNDS = 3000 };

static const poly_route no_routes[] = {{.path = NULL}};

static void set_up(void)
{
    make_database();
    begin_scene(no_routes);
}

static void start(void)
{
    presence_start(presence, poly_runtime_loop(loopback.runtime, 0));
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    end_scene();
}

static size_t count_watched(void)
{
    poly_arena *arena = poly_arena_create(0);
    size_t count;

    presence_watched(presence, arena, &count);
    poly_arena_destroy(&arena);
    return count;
}

static void await_offline(const char *id)
{
    uint64_t give_up = poly_time_monotonic() + POLY_SECONDS(20);

    while (presence_is_online(presence, id) && poly_time_monotonic() < give_up)
        sched_yield();
    ck_assert(!presence_is_online(presence, id));
}

#define HERE "SELECT count(*) FROM kiosk_presence WHERE left_at IS NULL"
#define GONE "SELECT count(*) FROM kiosk_presence WHERE left_at IS NOT NULL"

/* --- who is here --- */

START_TEST(a_kiosk_is_online_while_it_has_a_stream)
{
    ck_assert(!presence_is_online(presence, kiosk(1)));
    ck_assert(!presence_is_watched(presence, kiosk(1)));
    presence_enter(presence, kiosk(1), true);
    presence_enter(presence, kiosk(1), true);
    ck_assert(presence_is_online(presence, kiosk(1)));
    ck_assert(presence_is_watched(presence, kiosk(1)));
    ck_assert(!presence_is_online(presence, kiosk(2)));
    ck_assert_int_eq(poly_gauge_value(gauge), 2);
    presence_leave(presence, kiosk(1), true);
    ck_assert(presence_is_online(presence, kiosk(1)));
    ck_assert(presence_is_watched(presence, kiosk(1)));
    presence_leave(presence, kiosk(1), true);
    ck_assert(!presence_is_watched(presence, kiosk(1)));
    ck_assert_int_eq(poly_gauge_value(gauge), 0);
}
END_TEST

START_TEST(who_only_looks_on_makes_nobody_online)
{
    presence_enter(presence, kiosk(1), false);
    ck_assert(!presence_is_online(presence, kiosk(1)));
    ck_assert(presence_is_watched(presence, kiosk(1)));
    ck_assert_int_eq(poly_gauge_value(gauge), 0);
    presence_enter(presence, kiosk(1), true);
    presence_leave(presence, kiosk(1), true);
    ck_assert(presence_is_watched(presence, kiosk(1)));
    presence_leave(presence, kiosk(1), false);
    ck_assert(!presence_is_watched(presence, kiosk(1)));
}
END_TEST

START_TEST(all_that_are_watched_are_listed_once)
{
    for (unsigned i = 0; i < MANY; i++) {
        presence_enter(presence, kiosk(i), i % 2);
        presence_enter(presence, kiosk(i), i % 3 == 0);
    }
    ck_assert_uint_eq(count_watched(), MANY);
    for (unsigned i = 0; i < MANY; i++)
        presence_leave(presence, kiosk(i), i % 2);
    ck_assert_uint_eq(count_watched(), MANY);
    for (unsigned i = 0; i < MANY; i++)
        presence_leave(presence, kiosk(i), i % 3 == 0);
    ck_assert_uint_eq(count_watched(), 0);
}
END_TEST

static atomic_uint mistaken;

static void *come_and_go(void *argument)
{
    const char *id = argument;

    for (unsigned i = 0; i < ROUNDS; i++) {
        presence_enter(presence, id, i % 2);
        if (!presence_is_watched(presence, id))
            atomic_fetch_add(&mistaken, 1);
        presence_leave(presence, id, i % 2);
    }
    return NULL;
}

/* While the database is told of it, too. */
START_TEST(loops_come_and_go_at_once)
{
    char id[POLY_UUID_SIZE];
    pthread_t threads[THREADS];

    memcpy(id, kiosk(0), sizeof(id));
    start();
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, id), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(atomic_load(&mistaken), 0);
    ck_assert_uint_eq(count_watched(), 0);
    ck_assert_int_eq(poly_gauge_value(gauge), 0);
    postgres_await(url, GONE, "1");
    await_offline(id);
}
END_TEST

/* --- what the database hears --- */

START_TEST(the_database_hears_of_comings_and_goings)
{
    start();
    presence_enter(presence, kiosk(1), true);
    presence_enter(presence, kiosk(2), false);
    postgres_await(url, "SELECT string_agg(tablet_id::text, ' ') FROM kiosk_presence WHERE left_at IS NULL", kiosk(1));
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM kiosk_presence p JOIN replicas r ON r.id = p.replica_id"
                                       " WHERE r.seen_at > now() - interval '20 seconds'"),
                     "1");
    ck_assert_str_eq(postgres_run(url, "SELECT replica_id FROM kiosk_presence"), presence_replica_id(presence));
    presence_leave(presence, kiosk(1), true);
    postgres_await(url, GONE, "1");
    await_offline(kiosk(1));
    presence_enter(presence, kiosk(1), true);
    postgres_await(url, HERE, "1");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM kiosk_presence"), "1");
}
END_TEST

/* It was online, if only for a moment, and counts as that for the grace. */
START_TEST(one_that_came_and_went_is_not_passed_over)
{
    presence_enter(presence, kiosk(1), true);
    presence_leave(presence, kiosk(1), true);
    ck_assert(presence_is_online(presence, kiosk(1)));
    start();
    postgres_await(url, GONE, "1");
    await_offline(kiosk(1));
}
END_TEST

START_TEST(a_crowd_is_told_in_batches)
{
    start();
    for (unsigned i = 0; i < MANY; i++)
        presence_enter(presence, kiosk(i), true);
    postgres_await(url, HERE, "4500");
    for (unsigned i = 0; i < MANY; i++)
        presence_leave(presence, kiosk(i), true);
    postgres_await(url, GONE, "4500");
}
END_TEST

/* The row is locked, so that the statement waits while the kiosk changes its mind. */
START_TEST(one_that_is_back_before_its_going_was_told_is_here)
{
    PGconn *held;

    start();
    presence_enter(presence, kiosk(1), true);
    postgres_await(url, HERE, "1");
    held = hold_connection();
    say(held, "BEGIN");
    say(held, "SELECT FROM kiosk_presence FOR UPDATE");
    presence_leave(presence, kiosk(1), true);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", "1");
    presence_enter(presence, kiosk(1), true);
    say(held, "COMMIT");
    PQfinish(held);
    postgres_await(url, GONE, "0");
    ck_assert(presence_is_online(presence, kiosk(1)));
}
END_TEST

START_TEST(one_that_leaves_while_its_coming_is_told_is_gone)
{
    PGconn *held = hold_connection();

    say(held, "BEGIN");
    say(held, "LOCK kiosk_presence IN EXCLUSIVE MODE");
    start();
    presence_enter(presence, kiosk(1), true);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", "1");
    presence_leave(presence, kiosk(1), true);
    say(held, "COMMIT");
    PQfinish(held);
    postgres_await(url, GONE, "1");
    await_offline(kiosk(1));
}
END_TEST

START_TEST(what_a_crash_kept_from_the_database_is_told_after_it)
{
    start();
    presence_enter(presence, kiosk(1), true);
    postgres_await(url, HERE, "1");
    postgres_crash();
    presence_leave(presence, kiosk(1), true);
    presence_enter(presence, kiosk(2), true);
    ck_assert(presence_is_online(presence, kiosk(1)));
    postgres_restart();
    postgres_await(url, "SELECT string_agg(tablet_id::text, ' ') FROM kiosk_presence WHERE left_at IS NULL", kiosk(2));
    postgres_await(url, GONE, "1");
    await_offline(kiosk(1));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_kiosk_is_online_while_it_has_a_stream,
        who_only_looks_on_makes_nobody_online,
        all_that_are_watched_are_listed_once,
        loops_come_and_go_at_once,
        the_database_hears_of_comings_and_goings,
        one_that_came_and_went_is_not_passed_over,
        a_crowd_is_told_in_batches,
        one_that_is_back_before_its_going_was_told_is_here,
        one_that_leaves_while_its_coming_is_told_is_gone,
        what_a_crash_kept_from_the_database_is_told_after_it,
    };
    Suite *suite = suite_create("presence");
    TCase *cases = add_case(suite, "presence");

    postgres_begin();
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
    return run_suite(suite);
}

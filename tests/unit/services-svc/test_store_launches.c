/* SPDX-License-Identifier: MIT */
/* A launch token is exchanged once, and again for who lost the answer. */
#include "loopback.h"
#include "postgres.h"
#include "store.h"
#include "suite.h"

#include "poly/pg_migrate.h"
#include "poly/time.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

extern const poly_migrations services_svc_migrations;

static const poly_route no_routes[] = {{.path = NULL}};
static struct loopback loopback;
static char url[256];
static poly_pg *pool;
static poly_arena *arena;
static sem_t done;

static poly_result result;
static exchange_state state;
static poly_slice kept;

static void set_up(void)
{
    poly_strbuf report;

    snprintf(url, sizeof(url), "%s", postgres_new_database());
    poly_strbuf_init(&report, 4096);
    ck_assert_msg(poly_pg_migrate(url, &services_svc_migrations, &report) == POLY_OK, "%s", poly_strbuf_text(&report));
    poly_strbuf_release(&report);
    loopback_start(&loopback, no_routes, (poly_server_options){.drain_ms = 3000}, 1);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
    arena = poly_arena_create(0);
    sem_init(&done, 0, 0);
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    poly_pg_destroy(&pool);
    poly_arena_destroy(&arena);
    sem_destroy(&done);
}

static void exchange_it(void *session)
{
    result = store_exchange_launch(pool, arena, poly_slice_of("hash"), poly_slice_of(session), poly_time_unix() + 60,
                                   &state, &kept);
    sem_post(&done);
}

static void exchange(const char *session)
{
    kept = (poly_slice){0};
    poly_fiber_start(poly_runtime_loop(loopback.runtime, 0), "test", exchange_it, (void *)(uintptr_t)session);
    while (sem_wait(&done) != 0)
        ;
}

START_TEST(the_first_counts_and_is_repeated_for_a_moment)
{
    exchange("first");
    ck_assert_int_eq(result, POLY_OK);
    ck_assert_int_eq(state, EXCHANGE_FIRST);
    exchange("second");
    ck_assert_int_eq(result, POLY_OK);
    ck_assert_int_eq(state, EXCHANGE_REPEATED);
    ck_assert_uint_eq(kept.size, 5);
    ck_assert_mem_eq(kept.data, "first", 5);
    postgres_run(url, "UPDATE launch_exchanges SET exchanged_at = now() - interval '11 seconds'");
    exchange("third");
    ck_assert_int_eq(result, POLY_OK);
    ck_assert_int_eq(state, EXCHANGE_SPENT);
    ck_assert_ptr_null(kept.data);
}
END_TEST

START_TEST(a_database_that_does_not_keep_it_is_an_error)
{
    postgres_run(url, "ALTER TABLE launch_exchanges RENAME TO elsewhere");
    exchange("first");
    ck_assert_int_eq(result, POLY_REJECTED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_launches");
    TCase *tests = add_case(suite, "store_launches");

    postgres_begin();
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_first_counts_and_is_repeated_for_a_moment);
    tcase_add_test(tests, a_database_that_does_not_keep_it_is_an_error);
    return run_suite(suite);
}

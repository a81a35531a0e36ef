/* SPDX-License-Identifier: MIT */
/*
 * A database of its own, a runtime and a pool for one test. Fibers note what they see in an `errand`; the main thread
 * asserts on it afterwards.
 */
#ifndef TESTS_PG_SCENE_H
#define TESTS_PG_SCENE_H

#include <check.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/metrics.h"
#include "poly/pg.h"
#include "poly/time.h"
#include "postgres.h"

static char url[256];
static poly_runtime *runtime;
static poly_pg *pool;

static inline void use_workers(poly_pg_options options, unsigned workers)
{
    if (!options.url)
        options.url = url;
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = workers});
    poly_runtime_start(runtime);
    pool = poly_pg_create(&options);
}

static inline void use(poly_pg_options options)
{
    use_workers(options, 1);
}

static inline void begin_scene(void)
{
    snprintf(url, sizeof(url), "%s", postgres_new_database());
}

static inline void end_scene(void)
{
    if (!runtime)
        return;
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
    poly_pg_destroy(&pool);
}

/* One fiber's work and what it saw. */
struct errand {
    void (*work)(struct errand *errand);
    const char *text; /* for the work to use */
    int64_t number;   /* in and out */
    poly_result result;
    char sqlstate[POLY_PG_SQLSTATE_SIZE];
    char constraint[POLY_PG_CONSTRAINT_SIZE];
    char answer[64];
    uint64_t microseconds;
    poly_arena *arena;
    sem_t ended;
};

static inline void run_errand(void *argument)
{
    struct errand *errand = argument;
    uint64_t began = poly_time_monotonic();

    errand->arena = poly_arena_create(0);
    errand->work(errand);
    errand->microseconds = poly_time_monotonic() - began;
    poly_arena_destroy(&errand->arena);
    sem_post(&errand->ended);
}

static inline void start_errand(struct errand *errand, void (*work)(struct errand *errand), unsigned loop)
{
    errand->work = work;
    sem_init(&errand->ended, 0, 0);
    poly_fiber_start(poly_runtime_loop(runtime, loop), "test", run_errand, errand);
}

static inline void await_errand(struct errand *errand)
{
    while (sem_wait(&errand->ended) != 0)
        ;
    sem_destroy(&errand->ended);
}

static inline void do_errand(struct errand *errand, void (*work)(struct errand *errand))
{
    start_errand(errand, work, 0);
    await_errand(errand);
}

/* On a fiber: runs the statement and notes the outcome, and the first cell as text. */
static inline void note(struct errand *errand, poly_result result, const poly_pg_rows *rows)
{
    errand->result = result;
    memcpy(errand->sqlstate, rows->sqlstate, sizeof(errand->sqlstate));
    memcpy(errand->constraint, rows->constraint, sizeof(errand->constraint));
    if (result == POLY_OK && rows->count > 0 && !poly_pg_is_null(rows, 0, 0))
        snprintf(errand->answer, sizeof(errand->answer), "%s", poly_pg_get_text(rows, 0, 0));
}

static inline void query(struct errand *errand, const poly_statement *statement, const poly_pg_value *values)
{
    poly_pg_rows rows;

    note(errand, poly_pg_query(pool, statement, values, errand->arena, &rows), &rows);
}

static inline void expect(poly_result result, poly_result expected)
{
    ck_assert_msg(result == expected, "it is %s, not %s", poly_result_name(result), poly_result_name(expected));
}

static inline void add_case(Suite *suite, const char *name, const TTest *test)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin_scene, end_scene);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

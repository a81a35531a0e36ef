/* SPDX-License-Identifier: MIT */
/*
 * A runtime for one test, and the main thread's way to wait for its fibers. Fibers note what they see; the main thread
 * asserts on it afterwards.
 */
#ifndef TESTS_RUNTIME_FIXTURE_H
#define TESTS_RUNTIME_FIXTURE_H

#include <check.h>
#include <semaphore.h>
#include <stdlib.h>

#include "poly/time.h"
#include "runtime/loop.h"

static poly_runtime *runtime;

static inline poly_loop *loop_at(unsigned index)
{
    return poly_runtime_loop(runtime, index);
}

static inline void start_runtime(unsigned workers)
{
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = workers});
    poly_runtime_start(runtime);
}

static inline void stop_runtime(void)
{
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
}

struct task {
    void (*run)(void *argument);
    void *argument;
    sem_t ended;
};

static inline void run_task(void *argument)
{
    struct task *task = argument;

    task->run(task->argument);
    sem_post(&task->ended);
}

/* Waits for the task's end; at most the test's own time limit. */
static inline void await(sem_t *ended)
{
    while (sem_wait(ended) != 0)
        ;
}

static inline void on_fiber(poly_loop *loop, void (*run)(void *argument), void *argument)
{
    struct task task = {.run = run, .argument = argument};

    sem_init(&task.ended, 0, 0);
    poly_fiber_start(loop, "test", run_task, &task);
    await(&task.ended);
    sem_destroy(&task.ended);
}

static inline void on_loop(poly_loop *loop, void (*run)(void *argument), void *argument)
{
    struct task task = {.run = run, .argument = argument};

    sem_init(&task.ended, 0, 0);
    poly_loop_post(loop, run_task, &task);
    await(&task.ended);
    sem_destroy(&task.ended);
}

static inline void add_case(Suite *suite, const char *name, const TTest *test)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
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

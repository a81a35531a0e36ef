/* SPDX-License-Identifier: MIT */
#include "on_fiber.h"

#include "poly/runtime.h"

#include <semaphore.h>

struct errand {
    void (*work)(void *argument);
    void *argument;
    sem_t done;
};

static void run(void *argument)
{
    struct errand *errand = argument;

    errand->work(errand->argument);
    sem_post(&errand->done);
}

void on_each_loop(unsigned workers, void (*work)(void *argument), void *argument)
{
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = workers});
    struct errand errand = {.work = work, .argument = argument};

    sem_init(&errand.done, 0, 0);
    poly_runtime_start(runtime);
    for (unsigned i = 0; i < workers; i++)
        poly_fiber_start(poly_runtime_loop(runtime, i), "test", run, &errand);
    for (unsigned i = 0; i < workers; i++)
        while (sem_wait(&errand.done) != 0)
            ;
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
    sem_destroy(&errand.done);
}

void on_fiber(void (*work)(void *argument), void *argument)
{
    on_each_loop(1, work, argument);
}

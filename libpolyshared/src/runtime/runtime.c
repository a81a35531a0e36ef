/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "poly/log.h"
#include "runtime/fatal.h"
#include "runtime/loop_state.h"
#include "runtime/offload.h"
#include "runtime/runtime_state.h"

#define OFFLOAD_THREADS 2u

POLY_NORETURN void poly_runtime_fatal(const char *what, int error)
{
    poly_log(POLY_LOG_ERROR, what, poly_int_field("errno", error));
    poly_log_stop();
    abort();
}

unsigned poly_count_cores(void)
{
    cpu_set_t cores;

    /* What this process may run on, which a container makes less than what the machine has. */
    if (sched_getaffinity(0, sizeof(cores), &cores) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&cores);
}

poly_runtime *poly_runtime_create(const poly_runtime_options *options)
{
    poly_runtime *runtime = poly_alloc_zero(1, sizeof(*runtime));

    runtime->workers = options->workers ? options->workers : poly_count_cores();
    runtime->loops = poly_alloc_zero(runtime->workers, sizeof(poly_loop *));
    runtime->threads = poly_alloc_zero(runtime->workers, sizeof(pthread_t));
    runtime->offload = poly_offload_pool_create(&(poly_offload_pool_options){
        .name = "work",
        .threads = options->offload_threads ? options->offload_threads : OFFLOAD_THREADS,
        .queue = options->offload_queue,
    });
    for (unsigned i = 0; i < runtime->workers; i++)
        runtime->loops[i] = poly_loop_create(runtime, i);
    return runtime;
}

static void block_signals(sigset_t *old)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t i = 0; i < POLY_LENGTH(faults); i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, old);
}

int poly_thread_start(pthread_t *thread, const char *name, unsigned index, void *(*run)(void *argument), void *argument)
{
    char full_name[16]; /* what the kernel keeps */
    sigset_t old;
    int error;

    block_signals(&old);
    error = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error)
        return error;
    snprintf(full_name, sizeof(full_name), "%s-%u", name, index);
    pthread_setname_np(*thread, full_name);
    return 0;
}

static void *run_loop(void *argument)
{
    poly_loop_run(argument);
    return NULL;
}

void poly_runtime_start(poly_runtime *runtime)
{
    assert(atomic_load(&runtime->phase) == RUNTIME_CREATED);
    atomic_store(&runtime->phase, RUNTIME_RUNNING);
    for (unsigned i = 0; i < runtime->workers; i++) {
        int error = poly_thread_start(&runtime->threads[i], "poly-loop", i, run_loop, runtime->loops[i]);

        if (error)
            poly_runtime_fatal("cannot start a loop's thread", error);
    }
}

static void run_leftovers(poly_runtime *runtime)
{
    bool any;

    do {
        any = false;
        for (unsigned i = 0; i < runtime->workers; i++)
            any |= poly_loop_run_leftovers(runtime->loops[i]);
    } while (any);
}

void poly_runtime_stop(poly_runtime *runtime)
{
    assert(!poly_loop_current());
    if (atomic_load(&runtime->phase) != RUNTIME_RUNNING)
        return;
    atomic_store(&runtime->phase, RUNTIME_STOPPING);
    for (unsigned i = 0; i < runtime->workers; i++)
        poly_loop_wake(runtime->loops[i]);
    for (unsigned i = 0; i < runtime->workers; i++)
        pthread_join(runtime->threads[i], NULL);
    run_leftovers(runtime);
    poly_offload_pool_stop(runtime->offload);
}

void poly_runtime_destroy(poly_runtime **runtime)
{
    poly_runtime *self = *runtime;

    if (!self)
        return;
    poly_runtime_stop(self);
    for (unsigned i = 0; i < self->workers; i++)
        poly_loop_destroy(&self->loops[i]);
    poly_offload_pool_destroy(&self->offload);
    free(self->threads);
    free(self->loops);
    free(self);
    *runtime = NULL;
}

unsigned poly_runtime_workers(const poly_runtime *runtime)
{
    return runtime->workers;
}

poly_loop *poly_runtime_loop(poly_runtime *runtime, unsigned index)
{
    assert(index < runtime->workers);
    return runtime->loops[index];
}

/* SPDX-License-Identifier: MIT */
/*
 * How a runtime stops: RUNNING, then STOPPING, in which every fiber is cancelled and runs to its end, then ENDING once
 * no loop has a fiber or message left. A fiber on one loop may give work to another loop until then, so a loop alone
 * cannot know that it is done; the count of settled loops tells.
 */
#ifndef POLY_RUNTIME_RUNTIME_STATE_H
#define POLY_RUNTIME_RUNTIME_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "poly/runtime.h"

typedef enum runtime_phase { RUNTIME_CREATED, RUNTIME_RUNNING, RUNTIME_STOPPING, RUNTIME_ENDING } runtime_phase;

struct poly_runtime {
    unsigned workers;
    poly_loop **loops;
    pthread_t *threads;
    _Atomic runtime_phase phase;
    atomic_uint settled;
    poly_offload_pool *offload;
};

unsigned poly_count_cores(void);

/* Starts a named thread that leaves the process's signals to the main thread. Answers pthread_create's error. */
int poly_thread_start(pthread_t *thread, const char *name, unsigned index, void *(*run)(void *argument),
                      void *argument) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The runtime: worker threads, each with an event loop that runs fibers; messages between the loops; a bounded
 * pool of threads for work that would block a loop.
 *
 * A fiber is a function on a small guarded stack of its own (128 KiB). It runs until it waits, stays on its loop
 * for life, and needs no lock against other fibers of the same loop. "Fiber only" below means: call it from a
 * fiber. "Loop only": from a fiber or a callback of that loop. A call that says neither may come from any thread.
 */
#ifndef POLY_RUNTIME_H
#define POLY_RUNTIME_H

#include "poly/base.h"

typedef struct poly_runtime poly_runtime;
typedef struct poly_loop poly_loop;
typedef struct poly_fiber poly_fiber;
typedef struct poly_timer poly_timer;
typedef struct poly_latch poly_latch;

/* --- runtime: main thread --- */

typedef struct poly_runtime_options {
    unsigned workers;         /* 0: one per core */
    unsigned offload_threads; /* 0: 2; started with the first job */
    unsigned offload_queue;   /* 0: 256 jobs waiting */
} poly_runtime_options;

/* Creates the loops; their threads start with poly_runtime_start. */
poly_runtime *poly_runtime_create(const poly_runtime_options *options);
void poly_runtime_start(poly_runtime *runtime);
/* Asks every loop to stop, joins all threads. Fibers that still wait are cancelled first and run to their end. */
void poly_runtime_stop(poly_runtime *runtime);
void poly_runtime_destroy(poly_runtime **runtime);

unsigned poly_runtime_workers(const poly_runtime *runtime);
poly_loop *poly_runtime_loop(poly_runtime *runtime, unsigned index);

/* --- loops --- */

poly_loop *poly_loop_current(void); /* NULL outside the loops' threads */
poly_runtime *poly_loop_runtime(poly_loop *loop);
unsigned poly_loop_index(const poly_loop *loop); /* 0 to workers - 1 */

/* Has the loop call `run(argument)` soon, in order of posting from one thread. */
void poly_loop_post(poly_loop *loop, void (*run)(void *argument), void *argument);

/* Monotonic µs of the present loop turn; cheaper than the clock. Loop only. */
uint64_t poly_loop_now(const poly_loop *loop);

/* --- timers: loop only --- */

/* Calls `fire(argument)` once, `microseconds` from now; start again to repeat. Created stopped. */
poly_timer *poly_timer_create(poly_loop *loop, void (*fire)(void *argument), void *argument);
void poly_timer_start(poly_timer *timer, uint64_t microseconds);
void poly_timer_stop(poly_timer *timer);
void poly_timer_destroy(poly_timer **timer);

/* --- fibers --- */

/* Starts a fiber on `loop`; `run` begins at a later moment on the loop's thread. `name` is static, for debugging. */
void poly_fiber_start(poly_loop *loop, const char *name, void (*run)(void *argument), void *argument);
poly_fiber *poly_fiber_current(void); /* NULL outside a fiber */

/*
 * Every wait of the fiber ends with POLY_TIMEOUT at its deadline (monotonic µs; POLY_NO_DEADLINE for none) and with
 * POLY_CANCELLED once it has been cancelled, cancelled waits included that begin later. Fiber only.
 */
void poly_fiber_set_deadline(uint64_t deadline);
uint64_t poly_fiber_deadline(void);
bool poly_fiber_is_cancelled(void);
/* Loop only, from the fiber's own loop. */
void poly_fiber_cancel(poly_fiber *fiber);

/* Sleeps; POLY_OK when the time has passed. Fiber only. */
poly_result poly_fiber_sleep(uint64_t microseconds);
/* Lets the loop do one turn. Fiber only. */
void poly_fiber_yield(void);

/*
 * A wait for one completion on the same loop: embed it in the operation, start the operation, wait. poly_wait_finish
 * may come before poly_wait_until, which then returns at once. Before a wait that ended in anything but POLY_OK is
 * discarded, the operation must be undone so that poly_wait_finish cannot come later.
 */
typedef struct poly_wait {
    poly_fiber *fiber;
    bool finished;
} poly_wait;
void poly_wait_init(poly_wait *wait);                                            /* fiber only */
poly_result poly_wait_until(poly_wait *wait, uint64_t deadline) POLY_MUST_CHECK; /* fiber only */
void poly_wait_finish(poly_wait *wait); /* loop only, the waiting fiber's loop */

/*
 * A latch opens once, from any thread; fibers of all loops may wait for it. Reference-counted.
 */
poly_latch *poly_latch_create(void);
poly_latch *poly_latch_ref(poly_latch *latch);
void poly_latch_unref(poly_latch **latch);
void poly_latch_open(poly_latch *latch);
bool poly_latch_is_open(const poly_latch *latch);
poly_result poly_latch_wait(poly_latch *latch, uint64_t deadline) POLY_MUST_CHECK; /* fiber only */

/*
 * A counting limit on how many fibers, of any loop, are inside at once. Waiters enter in order of arrival;
 * beyond `max_waiting` of them the answer is POLY_OVERLOADED. Each POLY_OK needs one poly_gate_leave.
 */
typedef struct poly_gate poly_gate;
poly_gate *poly_gate_create(unsigned max_inside, unsigned max_waiting);
void poly_gate_destroy(poly_gate **gate);                                        /* nobody inside or waiting */
poly_result poly_gate_enter(poly_gate *gate, uint64_t deadline) POLY_MUST_CHECK; /* fiber only */
void poly_gate_leave(poly_gate *gate);

/* --- work off the loops --- */

/* Threads for work that would block a loop, with a bounded queue before them. They start with the first jobs. */
typedef struct poly_offload_pool poly_offload_pool;

typedef struct poly_offload_pool_options {
    const char *name; /* static: of its threads, and the label of its metrics; at most 8 characters */
    unsigned threads; /* 0: one per core */
    unsigned queue;   /* jobs waiting; 0: 256 */
    int niceness;     /* 0 to 19, added to the process's for its threads: so that the loops come first */
} poly_offload_pool_options;

/* For work that must neither hold up other off-loop work nor be held up by it. Any thread. */
poly_offload_pool *poly_offload_pool_create(const poly_offload_pool_options *options);
void poly_offload_pool_destroy(poly_offload_pool **pool); /* after poly_runtime_stop */

/*
 * Runs `work(argument)` on a thread of the pool while the fiber waits: fsync, password hashing, compression of large
 * bodies, whatever blocks or takes over a millisecond. Once started it is always waited for, past deadline and
 * cancellation, since it uses the fiber's memory. POLY_OVERLOADED when the queue is full. Fiber only.
 */
poly_result poly_offload_to(poly_offload_pool *pool, void (*work)(void *argument), void *argument) POLY_MUST_CHECK;
/* The same on the runtime's own pool. */
poly_result poly_offload(void (*work)(void *argument), void *argument) POLY_MUST_CHECK;

#endif

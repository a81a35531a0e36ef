/* SPDX-License-Identifier: MIT */
/* What a fiber is to the runtime. All of it for the fiber's loop's thread only. */
#ifndef POLY_RUNTIME_FIBER_H
#define POLY_RUNTIME_FIBER_H

#include "poly/log.h"
#include "poly/runtime.h"
#include "runtime/context.h"
#include "runtime/stack.h"
#include "runtime/timers.h"

/* The state says where the fiber is linked beside the loop's list of living fibers. */
typedef enum fiber_state {
    FIBER_IDLE,    /* the pool */
    FIBER_RUNNING, /* nowhere: it is the loop's `running` */
    FIBER_WAITING, /* nowhere: its `wait` or its timer finds it */
    FIBER_READY,   /* the loop's queue of ready or of yielded fibers */
} fiber_state;

/* Lies at the upper end of its own stack's mapping, so that a fiber from the pool costs no allocation. */
struct poly_fiber {
    struct context context;
    poly_loop *loop;
    const char *name;
    void (*run)(void *argument);
    void *argument;
    fiber_state state;
    bool cancelled;
    bool interruptible; /* the present wait ends with cancellation */
    int error;          /* errno while it does not run */
    uint64_t deadline;
    poly_wait *wait;              /* what it waits for */
    poly_log_context log_context; /* while it does not run */
    struct timer_entry timer;
    poly_fiber *next; /* of the queue or pool that `state` names */
    poly_fiber *living_next;
    poly_fiber *living_previous;
    struct fiber_stack stack;
};

struct fiber_queue {
    poly_fiber *first;
    poly_fiber *last;
};

void poly_fiber_enqueue(struct fiber_queue *queue, poly_fiber *fiber);
poly_fiber *poly_fiber_dequeue(struct fiber_queue *queue); /* NULL: empty */

/* From the loop's own stack: runs the fiber until it next waits or ends. */
void poly_fiber_resume(poly_fiber *fiber);
/* From the fiber: goes on in the loop until the next poly_fiber_resume. */
void poly_fiber_suspend(poly_fiber *fiber);
/* Puts a waiting fiber into its loop's queue; one in another state is left alone. */
void poly_fiber_make_ready(poly_fiber *fiber);

/* As poly_wait_until, but only poly_wait_finish ends it: for what uses the fiber's memory and cannot be undone. */
void poly_wait_always(poly_wait *wait);

void poly_fiber_cancel_all(poly_loop *loop);
/* Unmaps the stacks in the pool. */
void poly_fiber_release_idle(poly_loop *loop);

#endif

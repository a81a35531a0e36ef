/* SPDX-License-Identifier: MIT */
/*
 * A loop from within. One turn: messages, due timers, ready fibers, then the events that epoll has. Only the mailbox
 * is shared with other threads.
 */
#ifndef POLY_RUNTIME_LOOP_STATE_H
#define POLY_RUNTIME_LOOP_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/fiber.h"
#include "runtime/loop.h"

struct event;

struct message {
    struct message *next;
    void (*run)(void *argument);
    void *argument;
    const char *fiber_name; /* run it on a fiber of this name; NULL: on the loop */
};

struct mailbox {
    pthread_mutex_t mutex;
    struct message *first;
    struct message *last;
    bool settled;       /* counted in the runtime's `settled`: nothing to do here while the runtime stops */
    atomic_bool filled; /* `first` is set; a hint that needs no lock */
};

struct loop_slot {
    void *value;
    void (*destroy)(void *value);
};

struct poly_loop {
    poly_runtime *runtime;
    unsigned index;
    struct event_base *base;
    uint64_t now; /* of this turn; 0: not asked for yet */
    bool stopping;

    poly_fiber *running;
    struct context context; /* the loop's own stack while a fiber runs */
    poly_fiber *living;     /* every fiber that has begun and not ended */
    size_t living_count;
    poly_fiber *idle; /* the pool of stacks */
    size_t idle_count;
    struct fiber_queue ready;
    struct fiber_queue yielded; /* ready after the next look at the events */

    struct timer_heap timers;
    int timer_fd;
    uint64_t timer_armed; /* when timer_fd fires; never later than the earliest timer while the loop sleeps */
    struct event *timer_event;

    struct message *inbox; /* taken out of the mailbox, not yet run */
    struct mailbox mailbox;
    int wake_fd;
    struct event *wake_event;

    struct loop_slot slots[POLY_SLOT_COUNT];
};

poly_loop *poly_loop_create(poly_runtime *runtime, unsigned index);
/* After its thread has ended. Messages that are left are dropped. */
void poly_loop_destroy(poly_loop **loop);
/* The thread's work, until the runtime has stopped. */
void poly_loop_run(poly_loop *loop);
/* After all threads have ended: runs what reached the loop too late for its thread. False: there was nothing. */
bool poly_loop_run_leftovers(poly_loop *loop);
/* Ends a wait for events. Any thread. */
void poly_loop_wake(poly_loop *loop);
/* A stopping loop that had nothing to do has something again. Loop only. */
void poly_loop_unsettle(poly_loop *loop);

#endif

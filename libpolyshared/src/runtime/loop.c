/* SPDX-License-Identifier: MIT */
/*
 * The loop's turn. libevent waits for descriptors; deadlines are in a heap of our own behind one timerfd, because
 * libevent's timers are either as coarse as the kernel's tick or cost a system call each turn. Both descriptors are
 * edge-triggered: nobody reads them.
 */
#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "poly/time.h"
#include "runtime/fatal.h"
#include "runtime/loop_state.h"
#include "runtime/runtime_state.h"

/* Fibers or messages run before the loop looks at its descriptors again. */
#define TURN_BATCH 256u

static _Thread_local poly_loop *current_loop;

poly_loop *poly_loop_current(void)
{
    return current_loop;
}

poly_runtime *poly_loop_runtime(poly_loop *loop)
{
    return loop->runtime;
}

unsigned poly_loop_index(const poly_loop *loop)
{
    return loop->index;
}

struct event_base *poly_loop_base(poly_loop *loop)
{
    return loop->base;
}

uint64_t poly_loop_now(const poly_loop *loop)
{
    /* Read by the first who asks after epoll_wait, for which libevent has no hook. */
    if (loop->now == 0)
        ((poly_loop *)loop)->now = poly_time_monotonic();
    return loop->now;
}

void *poly_loop_get(poly_loop *loop, poly_loop_slot slot)
{
    assert(loop == current_loop);
    return loop->slots[slot].value;
}

void poly_loop_set(poly_loop *loop, poly_loop_slot slot, void *value, void (*destroy)(void *value))
{
    assert(loop == current_loop);
    loop->slots[slot] = (struct loop_slot){.value = value, .destroy = destroy};
}

/* --- the turn --- */

static void arm_timer(poly_loop *loop)
{
    uint64_t earliest = poly_timers_earliest(&loop->timers);
    struct itimerspec when = {0};

    /* A timer that was stopped leaves the descriptor armed: it then wakes the loop once for nothing, which is rarer
     * than stopping. */
    if (earliest >= loop->timer_armed)
        return;
    when.it_value.tv_sec = (time_t)(earliest / 1000000);
    when.it_value.tv_nsec = (long)(earliest % 1000000 * 1000) + 1; /* zero would disarm */
    if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        poly_runtime_fatal("cannot set a loop's timer", errno);
    loop->timer_armed = earliest;
}

static void timer_fired(evutil_socket_t fd, short what, void *argument)
{
    poly_loop *loop = argument;

    (void)fd;
    (void)what;
    loop->timer_armed = POLY_NO_DEADLINE;
}

static void woken(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    (void)argument;
}

static void take_mail(poly_loop *loop)
{
    struct mailbox *mailbox = &loop->mailbox;

    if (loop->inbox || !atomic_load_explicit(&mailbox->filled, memory_order_relaxed))
        return;
    pthread_mutex_lock(&mailbox->mutex);
    loop->inbox = mailbox->first;
    mailbox->first = NULL;
    mailbox->last = NULL;
    atomic_store_explicit(&mailbox->filled, false, memory_order_relaxed);
    pthread_mutex_unlock(&mailbox->mutex);
}

static void run_message(poly_loop *loop, struct message *message)
{
    struct message copy = *message;

    free(message);
    if (copy.fiber_name)
        poly_fiber_run(loop, copy.fiber_name, copy.run, copy.argument);
    else
        copy.run(copy.argument);
}

static void run_mail(poly_loop *loop)
{
    take_mail(loop);
    for (unsigned left = TURN_BATCH; left > 0 && loop->inbox; left--) {
        struct message *message = loop->inbox;

        loop->inbox = message->next;
        run_message(loop, message);
    }
}

static void run_ready(poly_loop *loop)
{
    for (unsigned left = TURN_BATCH; left > 0 && loop->ready.first; left--)
        poly_fiber_resume(poly_fiber_dequeue(&loop->ready));
}

static bool has_work(const poly_loop *loop)
{
    return loop->ready.first || loop->yielded.first || loop->inbox ||
           atomic_load_explicit(&loop->mailbox.filled, memory_order_relaxed);
}

static void run_work(poly_loop *loop)
{
    run_mail(loop);
    if (loop->timers.count)
        poly_timers_expire(&loop->timers, poly_loop_now(loop));
    run_ready(loop);
}

static void run_events(poly_loop *loop)
{
    poly_fiber *fiber;

    arm_timer(loop);
    loop->now = 0;
    if (event_base_loop(loop->base, EVLOOP_ONCE | (has_work(loop) ? EVLOOP_NONBLOCK : 0)) < 0)
        poly_runtime_fatal("cannot wait for events", errno);
    while ((fiber = poly_fiber_dequeue(&loop->yielded)) != NULL)
        poly_fiber_enqueue(&loop->ready, fiber);
}

/* --- the life of the thread --- */

static void enter(poly_loop *loop)
{
    current_loop = loop;
#if POLY_WITH_TSAN
    loop->context.tsan_fiber = __tsan_get_current_fiber();
#endif
}

static void leave(poly_loop *loop)
{
    poly_fiber_release_idle(loop);
    current_loop = NULL;
}

static bool has_rest(const poly_loop *loop)
{
    return loop->living_count > 0 || has_work(loop);
}

static bool is_in_phase(const poly_loop *loop, runtime_phase phase)
{
    return atomic_load_explicit(&loop->runtime->phase, memory_order_acquire) == phase;
}

/* The last loop to settle ends the runtime. */
static void settle(poly_loop *loop)
{
    struct mailbox *mailbox = &loop->mailbox;
    poly_runtime *runtime = loop->runtime;
    bool last = false;

    pthread_mutex_lock(&mailbox->mutex);
    if (!mailbox->settled && !mailbox->first) {
        mailbox->settled = true;
        last = atomic_fetch_add(&runtime->settled, 1) + 1 == runtime->workers;
    }
    pthread_mutex_unlock(&mailbox->mutex);
    if (!last)
        return;
    atomic_store_explicit(&runtime->phase, RUNTIME_ENDING, memory_order_release);
    for (unsigned i = 0; i < runtime->workers; i++)
        poly_loop_wake(runtime->loops[i]);
}

/* With the mailbox locked. */
static void count_unsettled(poly_loop *loop)
{
    if (loop->mailbox.settled) {
        loop->mailbox.settled = false;
        atomic_fetch_sub(&loop->runtime->settled, 1);
    }
}

void poly_loop_unsettle(poly_loop *loop)
{
    pthread_mutex_lock(&loop->mailbox.mutex);
    count_unsettled(loop);
    pthread_mutex_unlock(&loop->mailbox.mutex);
}

static bool destroy_slots(poly_loop *loop)
{
    bool any = false;

    for (size_t i = POLY_SLOT_COUNT; i-- > 0;) {
        struct loop_slot slot = loop->slots[i];

        loop->slots[i] = (struct loop_slot){0};
        if (slot.value) {
            slot.destroy(slot.value);
            any = true;
        }
    }
    return any;
}

/* A slot's destroy may give the loop work, and that may fill a slot again. */
static void finish(poly_loop *loop)
{
    do {
        while (has_rest(loop)) {
            run_work(loop);
            if (has_rest(loop))
                run_events(loop);
        }
    } while (destroy_slots(loop) || has_rest(loop));
}

void poly_loop_run(poly_loop *loop)
{
    enter(loop);
    while (is_in_phase(loop, RUNTIME_RUNNING)) {
        run_work(loop);
        run_events(loop);
    }
    loop->stopping = true;
    poly_fiber_cancel_all(loop);
    for (;;) {
        run_work(loop);
        if (!has_rest(loop))
            settle(loop);
        if (is_in_phase(loop, RUNTIME_ENDING))
            break;
        run_events(loop);
    }
    finish(loop);
    leave(loop);
}

bool poly_loop_run_leftovers(poly_loop *loop)
{
    if (!has_rest(loop))
        return false;
    enter(loop);
    finish(loop);
    leave(loop);
    return true;
}

/* --- messages --- */

void poly_loop_wake(poly_loop *loop)
{
    uint64_t one = 1;

    if (write(loop->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
        poly_runtime_fatal("cannot wake a loop", errno);
}

static void post(poly_loop *loop, struct message content)
{
    struct mailbox *mailbox = &loop->mailbox;
    struct message *message = poly_alloc(sizeof(*message));
    bool was_empty;

    *message = content;
    pthread_mutex_lock(&mailbox->mutex);
    was_empty = !mailbox->first;
    if (was_empty)
        mailbox->first = message;
    else
        mailbox->last->next = message;
    mailbox->last = message;
    atomic_store_explicit(&mailbox->filled, true, memory_order_relaxed);
    count_unsettled(loop);
    /* The loop's own thread looks at `filled` before it sleeps. The lock is held over the wake-up because a loop that
     * has been given the message may end, and its descriptor with it. */
    if (was_empty && loop != current_loop)
        poly_loop_wake(loop);
    pthread_mutex_unlock(&mailbox->mutex);
}

void poly_loop_post(poly_loop *loop, void (*run)(void *argument), void *argument)
{
    post(loop, (struct message){.run = run, .argument = argument});
}

void poly_fiber_start(poly_loop *loop, const char *name, void (*run)(void *argument), void *argument)
{
    post(loop, (struct message){.run = run, .argument = argument, .fiber_name = name ? name : ""});
}

/* --- create and destroy --- */

static struct event_base *create_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    /* Without EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST: it saves little and breaks on descriptors that were duplicated. */
    if (config && event_config_require_features(config, EV_FEATURE_ET) == 0 &&
        event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
        base = event_base_new_with_config(config);
    if (!base)
        poly_runtime_fatal("cannot create an event loop", errno);
    event_config_free(config);
    return base;
}

static struct event *watch(poly_loop *loop, int fd, event_callback_fn callback)
{
    struct event *event = event_new(loop->base, fd, EV_READ | EV_PERSIST | EV_ET, callback, loop);

    if (!event || event_add(event, NULL) != 0)
        poly_runtime_fatal("cannot watch a loop's descriptor", errno);
    return event;
}

poly_loop *poly_loop_create(poly_runtime *runtime, unsigned index)
{
    poly_loop *loop = poly_alloc_zero(1, sizeof(*loop));

    loop->runtime = runtime;
    loop->index = index;
    loop->base = create_base();
    loop->timer_armed = POLY_NO_DEADLINE;
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->timer_fd < 0 || loop->wake_fd < 0)
        poly_runtime_fatal("cannot create a loop's descriptors", errno);
    loop->timer_event = watch(loop, loop->timer_fd, timer_fired);
    loop->wake_event = watch(loop, loop->wake_fd, woken);
    pthread_mutex_init(&loop->mailbox.mutex, NULL);
    return loop;
}

static void drop_messages(struct message *message)
{
    while (message) {
        struct message *next = message->next;

        free(message);
        message = next;
    }
}

void poly_loop_destroy(poly_loop **loop)
{
    poly_loop *self = *loop;

    if (!self)
        return;
    drop_messages(self->mailbox.first);
    event_free(self->wake_event);
    event_free(self->timer_event);
    event_base_free(self->base);
    close(self->wake_fd);
    close(self->timer_fd);
    poly_timers_release(&self->timers);
    pthread_mutex_destroy(&self->mailbox.mutex);
    free(self);
    *loop = NULL;
}

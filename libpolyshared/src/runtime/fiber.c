/* SPDX-License-Identifier: MIT */
/*
 * Making, switching and pooling fibers. makecontext only gives a new stack its first frame; every switch after that
 * is sigsetjmp without the signal mask and siglongjmp, which make no system call. Compiled without _FORTIFY_SOURCE,
 * whose longjmp takes a jump to another stack for a fault.
 */
#include "runtime/fiber.h"

#include <assert.h>
#include <errno.h>
#include <ucontext.h>

#include "poly/time.h"
#include "runtime/fatal.h"
#include "runtime/loop_state.h"

/* Idle stacks that a loop keeps. A burst beyond that is unmapped as it ends. */
#define POOL_BOUND 64u

/* Not inlined: no caller has a variable in a register that siglongjmp would turn back. */
__attribute__((noinline)) static void switch_context(struct context *from, struct context *to)
{
    if (sigsetjmp(from->place, 0) == 0) {
        context_leave(from, to, false);
        siglongjmp(to->place, 1);
    }
    context_arrive(from, to, false);
}

/* The bottom frame of every fiber. It serves one run after the other until it is resumed without one. */
static void fiber_main(void)
{
    poly_fiber *fiber = poly_loop_current()->running;
    struct context *loop = &fiber->loop->context;

    context_arrive(&fiber->context, loop, true);
    switch_context(&fiber->context, loop);
    while (fiber->run) {
        fiber->run(fiber->argument);
        fiber->state = FIBER_IDLE;
        switch_context(&fiber->context, loop);
    }
    context_leave(&fiber->context, loop, true);
    siglongjmp(loop->place, 1);
}

/* Enters a new stack for the first time; comes back as soon as fiber_main can be resumed. */
__attribute__((noinline)) static void enter_stack(poly_loop *loop, poly_fiber *fiber)
{
    ucontext_t start;

    if (getcontext(&start) != 0)
        poly_runtime_fatal("cannot make a fiber", errno);
    start.uc_link = NULL;
    start.uc_stack.ss_sp = fiber->stack.low;
    start.uc_stack.ss_size = fiber->stack.size;
    makecontext(&start, fiber_main, 0);
    if (sigsetjmp(loop->context.place, 0) == 0) {
        context_leave(&loop->context, &fiber->context, false);
        setcontext(&start);
        poly_runtime_fatal("cannot enter a fiber", errno);
    }
    context_arrive(&loop->context, &fiber->context, false);
}

static void timer_expired(struct timer_entry *entry)
{
    poly_fiber_make_ready((poly_fiber *)((char *)entry - offsetof(poly_fiber, timer)));
}

static poly_fiber *make_fiber(poly_loop *loop)
{
    struct fiber_stack stack;
    poly_fiber *fiber = poly_stack_map(&stack, sizeof(*fiber));

    fiber->stack = stack;
    fiber->loop = loop;
    fiber->timer.expire = timer_expired;
#if POLY_WITH_ASAN
    fiber->context.stack_low = stack.low;
    fiber->context.stack_size = stack.size;
#endif
#if POLY_WITH_TSAN
    fiber->context.tsan_fiber = __tsan_create_fiber(0);
#endif
    loop->running = fiber;
    enter_stack(loop, fiber);
    loop->running = NULL;
    return fiber;
}

static void unmake_fiber(poly_loop *loop, poly_fiber *fiber)
{
    struct fiber_stack stack = fiber->stack;

    /* It leaves its bottom frame by itself, so that the sanitizers can forget the stack. */
    fiber->run = NULL;
    switch_context(&loop->context, &fiber->context);
#if POLY_WITH_TSAN
    __tsan_destroy_fiber(fiber->context.tsan_fiber);
#endif
    poly_stack_unmap(&stack);
}

static poly_fiber *take_fiber(poly_loop *loop)
{
    poly_fiber *fiber = loop->idle;

    if (!fiber)
        return make_fiber(loop);
    loop->idle = fiber->next;
    loop->idle_count--;
    return fiber;
}

static void give_fiber_back(poly_loop *loop, poly_fiber *fiber)
{
    if (loop->idle_count >= POOL_BOUND) {
        unmake_fiber(loop, fiber);
        return;
    }
    fiber->next = loop->idle;
    loop->idle = fiber;
    loop->idle_count++;
}

void poly_fiber_release_idle(poly_loop *loop)
{
    while (loop->idle)
        unmake_fiber(loop, take_fiber(loop));
}

static void begin_life(poly_loop *loop, poly_fiber *fiber)
{
    fiber->living_previous = NULL;
    fiber->living_next = loop->living;
    if (loop->living)
        loop->living->living_previous = fiber;
    loop->living = fiber;
    loop->living_count++;
    if (loop->stopping)
        poly_loop_unsettle(loop);
}

static void end_life(poly_loop *loop, poly_fiber *fiber)
{
    if (fiber->living_previous)
        fiber->living_previous->living_next = fiber->living_next;
    else
        loop->living = fiber->living_next;
    if (fiber->living_next)
        fiber->living_next->living_previous = fiber->living_previous;
    loop->living_count--;
    give_fiber_back(loop, fiber);
}

void poly_fiber_run(poly_loop *loop, const char *name, void (*run)(void *argument), void *argument)
{
    poly_fiber *fiber;

    assert(loop == poly_loop_current() && !loop->running);
    fiber = take_fiber(loop);
    fiber->name = name;
    fiber->run = run;
    fiber->argument = argument;
    fiber->cancelled = loop->stopping;
    fiber->interruptible = false;
    fiber->error = 0;
    fiber->deadline = POLY_NO_DEADLINE;
    fiber->wait = NULL;
    fiber->log_context = (poly_log_context){0};
    begin_life(loop, fiber);
    poly_fiber_resume(fiber);
}

void poly_fiber_resume(poly_fiber *fiber)
{
    poly_loop *loop = fiber->loop;
    poly_log_context outer = *poly_log_get_context();
    int error = errno;

    assert(!loop->running);
    loop->running = fiber;
    fiber->state = FIBER_RUNNING;
    poly_log_set_context(&fiber->log_context);
    errno = fiber->error;
    switch_context(&loop->context, &fiber->context);
    fiber->error = errno;
    fiber->log_context = *poly_log_get_context();
    errno = error;
    poly_log_set_context(&outer);
    loop->running = NULL;
    if (fiber->state == FIBER_IDLE)
        end_life(loop, fiber);
}

void poly_fiber_suspend(poly_fiber *fiber)
{
    switch_context(&fiber->context, &fiber->loop->context);
}

poly_fiber *poly_fiber_current(void)
{
    poly_loop *loop = poly_loop_current();

    return loop ? loop->running : NULL;
}

void poly_fiber_enqueue(struct fiber_queue *queue, poly_fiber *fiber)
{
    fiber->state = FIBER_READY;
    fiber->next = NULL;
    if (queue->last)
        queue->last->next = fiber;
    else
        queue->first = fiber;
    queue->last = fiber;
}

poly_fiber *poly_fiber_dequeue(struct fiber_queue *queue)
{
    poly_fiber *fiber = queue->first;

    if (!fiber)
        return NULL;
    queue->first = fiber->next;
    if (!queue->first)
        queue->last = NULL;
    return fiber;
}

void poly_fiber_make_ready(poly_fiber *fiber)
{
    if (fiber->state == FIBER_WAITING)
        poly_fiber_enqueue(&fiber->loop->ready, fiber);
}

void poly_fiber_cancel_all(poly_loop *loop)
{
    for (poly_fiber *fiber = loop->living; fiber; fiber = fiber->living_next)
        poly_fiber_cancel(fiber);
}

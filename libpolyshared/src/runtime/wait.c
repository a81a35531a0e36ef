/* SPDX-License-Identifier: MIT */
/* Waiting on a fiber: completions, sleep, yield, deadlines and cancellation. */
#include <assert.h>

#include "poly/time.h"
#include "runtime/fiber.h"
#include "runtime/loop_state.h"

static poly_fiber *current(void)
{
    poly_fiber *fiber = poly_fiber_current();

    assert(fiber);
    return fiber;
}

void poly_fiber_set_deadline(uint64_t deadline)
{
    current()->deadline = deadline;
}

uint64_t poly_fiber_deadline(void)
{
    return current()->deadline;
}

bool poly_fiber_is_cancelled(void)
{
    return current()->cancelled;
}

void poly_fiber_cancel(poly_fiber *fiber)
{
    assert(fiber->loop == poly_loop_current());
    fiber->cancelled = true;
    if (fiber->interruptible)
        poly_fiber_make_ready(fiber);
}

void poly_wait_init(poly_wait *wait)
{
    wait->fiber = current();
    wait->finished = false;
}

static void suspend_for(poly_wait *wait, bool interruptible)
{
    poly_fiber *fiber = wait->fiber;

    assert(fiber == poly_fiber_current());
    fiber->wait = wait;
    fiber->interruptible = interruptible;
    fiber->state = FIBER_WAITING;
    poly_fiber_suspend(fiber);
    fiber->interruptible = false;
    fiber->wait = NULL;
}

/*
 * The result is made when the fiber runs again, not when it is woken: a completion that comes between a cancellation
 * or timeout and that moment counts, because it can no longer be undone.
 */
poly_result poly_wait_until(poly_wait *wait, uint64_t deadline)
{
    poly_fiber *fiber = wait->fiber;
    poly_loop *loop = fiber->loop;

    if (wait->finished)
        return POLY_OK;
    if (fiber->cancelled)
        return POLY_CANCELLED;
    if (fiber->deadline < deadline)
        deadline = fiber->deadline;
    if (deadline <= poly_loop_now(loop))
        return POLY_TIMEOUT;
    if (deadline != POLY_NO_DEADLINE)
        poly_timers_add(&loop->timers, &fiber->timer, deadline);
    suspend_for(wait, true);
    poly_timers_remove(&loop->timers, &fiber->timer);
    if (wait->finished)
        return POLY_OK;
    return fiber->cancelled ? POLY_CANCELLED : POLY_TIMEOUT;
}

void poly_wait_always(poly_wait *wait)
{
    if (!wait->finished)
        suspend_for(wait, false);
}

void poly_wait_finish(poly_wait *wait)
{
    poly_fiber *fiber = wait->fiber;

    assert(fiber->loop == poly_loop_current());
    wait->finished = true;
    if (fiber->wait == wait)
        poly_fiber_make_ready(fiber);
}

poly_result poly_fiber_sleep(uint64_t microseconds)
{
    uint64_t now = poly_time_monotonic();
    uint64_t until = microseconds < POLY_NO_DEADLINE - now ? now + microseconds : POLY_NO_DEADLINE;
    poly_wait wait;
    poly_result result;

    poly_wait_init(&wait);
    result = poly_wait_until(&wait, until);
    return result == POLY_TIMEOUT && until <= wait.fiber->deadline ? POLY_OK : result;
}

void poly_fiber_yield(void)
{
    poly_fiber *fiber = current();

    poly_fiber_enqueue(&fiber->loop->yielded, fiber);
    poly_fiber_suspend(fiber);
}

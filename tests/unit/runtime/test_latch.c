/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>

#include "fixture.h"

#define LOOPS 3

struct latch_wait {
    poly_latch *latch;
    uint64_t deadline; /* from now; 0: none */
    bool cancelled;
    poly_result result;
    bool open_after;
};

static void wait_for_latch(void *argument)
{
    struct latch_wait *wait = argument;
    uint64_t deadline = wait->deadline ? poly_time_monotonic() + wait->deadline : POLY_NO_DEADLINE;

    if (wait->cancelled)
        poly_fiber_cancel(poly_fiber_current());
    wait->result = poly_latch_wait(wait->latch, deadline);
    wait->open_after = poly_latch_is_open(wait->latch);
}

START_TEST(an_open_latch_holds_nobody)
{
    struct latch_wait wait = {.latch = poly_latch_create(), .cancelled = true, .result = POLY_IO};

    ck_assert(!poly_latch_is_open(wait.latch));
    poly_latch_open(wait.latch);
    poly_latch_open(wait.latch);
    ck_assert(poly_latch_is_open(wait.latch));
    start_runtime(1);
    on_fiber(loop_at(0), wait_for_latch, &wait);
    stop_runtime();
    ck_assert_int_eq(wait.result, POLY_OK);
    poly_latch_unref(&wait.latch);
    ck_assert_ptr_null(wait.latch);
    poly_latch_unref(&wait.latch);
}
END_TEST

START_TEST(a_closed_latch_times_out_and_heeds_cancellation)
{
    struct latch_wait timed = {.latch = poly_latch_create(), .deadline = 2000};
    struct latch_wait cancelled = {.latch = poly_latch_ref(timed.latch), .cancelled = true};

    start_runtime(1);
    on_fiber(loop_at(0), wait_for_latch, &timed);
    on_fiber(loop_at(0), wait_for_latch, &cancelled);
    stop_runtime();
    ck_assert_int_eq(timed.result, POLY_TIMEOUT);
    ck_assert_int_eq(cancelled.result, POLY_CANCELLED);
    ck_assert(!timed.open_after);
    poly_latch_open(timed.latch); /* nobody is left on it */
    poly_latch_unref(&timed.latch);
    ck_assert(poly_latch_is_open(cancelled.latch));
    poly_latch_unref(&cancelled.latch);
}
END_TEST

/* --- many waiters, on all loops, whose deadlines pass while the latch opens --- */

#define WAITERS 200
#define ROUNDS  60

struct round {
    poly_latch *latch;
    uint64_t deadline_spread;
    atomic_uint begun;
    atomic_uint passed;
    atomic_uint timed_out;
    atomic_uint wrong;
    atomic_uint ended;
    sem_t all_ended;
};

static void wait_in_round(void *argument)
{
    struct round *round = argument;
    unsigned number = atomic_fetch_add(&round->begun, 1);
    uint64_t deadline = POLY_NO_DEADLINE;

    if (round->deadline_spread)
        deadline = poly_time_monotonic() + 1 + number * 7919u % round->deadline_spread;
    switch (poly_latch_wait(round->latch, deadline)) {
    case POLY_OK:
        atomic_fetch_add(poly_latch_is_open(round->latch) ? &round->passed : &round->wrong, 1);
        break;
    case POLY_TIMEOUT:
        atomic_fetch_add(round->deadline_spread ? &round->timed_out : &round->wrong, 1);
        break;
    default:
        atomic_fetch_add(&round->wrong, 1);
    }
    if (atomic_fetch_add(&round->ended, 1) + 1 == WAITERS)
        sem_post(&round->all_ended);
}

static void open_latch(void *argument)
{
    poly_latch_open(((struct round *)argument)->latch);
}

static void start_round(struct round *round)
{
    round->latch = poly_latch_create();
    sem_init(&round->all_ended, 0, 0);
    for (unsigned i = 0; i < WAITERS; i++)
        poly_fiber_start(loop_at(i % LOOPS), "waiter", wait_in_round, round);
}

static void end_round(struct round *round)
{
    await(&round->all_ended);
    poly_latch_unref(&round->latch);
    sem_destroy(&round->all_ended);
}

START_TEST(all_loops_waiters_pass)
{
    start_runtime(LOOPS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct round round = {0};

        start_round(&round);
        if (i % 2)
            on_loop(loop_at(i % LOOPS), open_latch, &round);
        else
            open_latch(&round);
        end_round(&round);
        ck_assert_uint_eq(round.passed, WAITERS);
        ck_assert_uint_eq(round.wrong, 0);
    }
    stop_runtime();
}
END_TEST

/* The opener comes as the deadlines pass, so that both reach for the same waiters. */
static unsigned race_a_round(unsigned i, unsigned *timed_out)
{
    struct round round = {.deadline_spread = 2000};

    start_round(&round);
    while (atomic_load(&round.ended) < (i % 10) * WAITERS / 10)
        ;
    if (i % 2)
        on_loop(loop_at(i % LOOPS), open_latch, &round);
    else
        open_latch(&round);
    end_round(&round);
    ck_assert_uint_eq(round.wrong, 0);
    ck_assert_uint_eq(round.passed + round.timed_out, WAITERS);
    *timed_out += round.timed_out;
    return round.passed;
}

START_TEST(opening_races_with_deadlines)
{
    unsigned timed_out = 0;
    unsigned passed = 0;

    start_runtime(LOOPS);
    for (unsigned i = 0; i < ROUNDS; i++)
        passed += race_a_round(i, &timed_out);
    stop_runtime();
    ck_assert_uint_gt(passed, 0);
    ck_assert_uint_gt(timed_out, 0);
}
END_TEST

/* --- the opener has taken a waiter whose deadline passes before the message comes --- */

struct late {
    poly_latch *latch;
    poly_fiber *waiter;
    poly_result result;
    bool was_cancelled;
    sem_t waiting;
    sem_t ended;
};

static void wait_late(void *argument)
{
    struct late *late = argument;

    late->waiter = poly_fiber_current();
    sem_post(&late->waiting);
    late->result = poly_latch_wait(late->latch, POLY_NO_DEADLINE);
    late->was_cancelled = poly_fiber_is_cancelled();
    sem_post(&late->ended);
}

static void *open_in_thread(void *argument)
{
    poly_latch_open(argument);
    return NULL;
}

/* On the waiter's loop: the latch opens elsewhere, and before its message can run here the waiter is cancelled. */
static void open_elsewhere_then_cancel(void *argument)
{
    struct late *late = argument;
    pthread_t thread;

    if (pthread_create(&thread, NULL, open_in_thread, late->latch) != 0)
        return;
    pthread_join(thread, NULL);
    poly_fiber_cancel(late->waiter);
}

START_TEST(a_taken_waiter_passes_whatever_comes)
{
    struct late late = {.latch = poly_latch_create(), .result = POLY_IO};

    sem_init(&late.waiting, 0, 0);
    sem_init(&late.ended, 0, 0);
    start_runtime(1);
    poly_fiber_start(loop_at(0), "late", wait_late, &late);
    await(&late.waiting);
    on_loop(loop_at(0), open_elsewhere_then_cancel, &late);
    await(&late.ended);
    stop_runtime();
    ck_assert_int_eq(late.result, POLY_OK);
    ck_assert(late.was_cancelled);
    poly_latch_unref(&late.latch);
}
END_TEST

/* --- the latch opens just as somebody comes to wait --- */

#define MEETINGS 20000

struct meetings {
    poly_latch *latches[MEETINGS];
    atomic_uint next; /* one that a fiber is about to wait for, from 1 */
    unsigned passed;
};

static void wait_for_each(void *argument)
{
    struct meetings *meetings = argument;

    for (unsigned i = 0; i < MEETINGS; i++) {
        atomic_store(&meetings->next, i + 1);
        for (volatile unsigned delay = i % 1024; delay > 0; delay--)
            ;
        meetings->passed += poly_latch_wait(meetings->latches[i], POLY_NO_DEADLINE) == POLY_OK;
    }
}

static void *open_each(void *argument)
{
    struct meetings *meetings = argument;

    for (unsigned i = 0; i < MEETINGS; i++) {
        while (atomic_load(&meetings->next) <= i)
            ;
        poly_latch_open(meetings->latches[i]);
    }
    return NULL;
}

START_TEST(no_waiter_is_missed_by_the_opener)
{
    static struct meetings meetings;
    pthread_t opener;

    for (unsigned i = 0; i < MEETINGS; i++)
        meetings.latches[i] = poly_latch_create();
    start_runtime(1);
    ck_assert_int_eq(pthread_create(&opener, NULL, open_each, &meetings), 0);
    on_fiber(loop_at(0), wait_for_each, &meetings);
    pthread_join(opener, NULL);
    stop_runtime();
    ck_assert_uint_eq(meetings.passed, MEETINGS);
    for (unsigned i = 0; i < MEETINGS; i++)
        poly_latch_unref(&meetings.latches[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("latch");

    add_case(suite, "open", an_open_latch_holds_nobody);
    add_case(suite, "closed", a_closed_latch_times_out_and_heeds_cancellation);
    add_case(suite, "all", all_loops_waiters_pass);
    add_case(suite, "race", opening_races_with_deadlines);
    add_case(suite, "meeting", no_waiter_is_missed_by_the_opener);
    add_case(suite, "taken", a_taken_waiter_passes_whatever_comes);
    return run_suite(suite);
}

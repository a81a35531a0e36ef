/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fixture.h"

#define LONG POLY_SECONDS(30)

/* One fiber waits; another, or the loop, acts on it. */
struct scene {
    poly_wait wait;
    poly_fiber *waiter;
    uint64_t deadline;       /* from now, of the wait; 0: none */
    uint64_t fiber_deadline; /* from now; 0: none */
    void (*act)(struct scene *scene);
    poly_result result;
    poly_result again; /* of another wait, afterwards */
    uint64_t elapsed;
    unsigned acted;
    char trail[3];
    unsigned steps;
    sem_t ended;
};

static void wait_in_scene(void *argument)
{
    struct scene *scene = argument;
    uint64_t now = poly_loop_now(poly_loop_current()); /* so that no deadline passes before the wait begins */
    poly_wait never;

    poly_wait_init(&scene->wait);
    poly_wait_init(&never);
    scene->waiter = poly_fiber_current();
    if (scene->fiber_deadline)
        poly_fiber_set_deadline(now + scene->fiber_deadline);
    scene->result = poly_wait_until(&scene->wait, scene->deadline ? now + scene->deadline : POLY_NO_DEADLINE);
    scene->elapsed = poly_time_monotonic() - now;
    scene->again = poly_wait_until(&never, poly_time_monotonic() + 500);
    sem_post(&scene->ended);
}

static void play(void *argument)
{
    struct scene *scene = argument;

    poly_fiber_run(poly_loop_current(), "waiter", wait_in_scene, scene);
    if (scene->act)
        scene->act(scene);
}

static void show(struct scene *scene)
{
    sem_init(&scene->ended, 0, 0);
    start_runtime(1);
    on_loop(loop_at(0), play, scene);
    await(&scene->ended);
    stop_runtime();
    sem_destroy(&scene->ended);
}

static void finish_it(struct scene *scene)
{
    poly_wait_finish(&scene->wait);
}

static void cancel_it(struct scene *scene)
{
    poly_fiber_cancel(scene->waiter);
}

static void cancel_then_finish(struct scene *scene)
{
    poly_fiber_cancel(scene->waiter);
    poly_wait_finish(&scene->wait);
}

static void finish_then_cancel(struct scene *scene)
{
    poly_wait_finish(&scene->wait);
    poly_fiber_cancel(scene->waiter);
}

static void finish_past_the_deadline(struct scene *scene)
{
    uint64_t until = poly_loop_now(poly_loop_current()) + scene->deadline + 1;

    while (poly_time_monotonic() < until)
        ;
    poly_wait_finish(&scene->wait);
}

START_TEST(a_finished_wait_is_ok)
{
    struct scene scene = {.deadline = LONG, .act = finish_it};

    show(&scene);
    ck_assert_int_eq(scene.result, POLY_OK);
    ck_assert_uint_lt(scene.elapsed, LONG);
    ck_assert_int_eq(scene.again, POLY_TIMEOUT);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
    struct scene scene = {.deadline = 3000, .fiber_deadline = LONG};

    show(&scene);
    ck_assert_int_eq(scene.result, POLY_TIMEOUT);
    ck_assert_uint_ge(scene.elapsed, 3000);
    ck_assert_int_eq(scene.again, POLY_TIMEOUT);
}
END_TEST

START_TEST(a_wait_ends_at_the_fibers_deadline)
{
    struct scene scene = {.deadline = LONG, .fiber_deadline = 3000};

    show(&scene);
    ck_assert_int_eq(scene.result, POLY_TIMEOUT);
    ck_assert_uint_ge(scene.elapsed, 3000);
    ck_assert_uint_lt(scene.elapsed, LONG);
}
END_TEST

START_TEST(cancellation_ends_this_wait_and_the_next)
{
    struct scene scene = {.deadline = LONG, .act = cancel_it};

    show(&scene);
    ck_assert_int_eq(scene.result, POLY_CANCELLED);
    ck_assert_int_eq(scene.again, POLY_CANCELLED);
    ck_assert_uint_lt(scene.elapsed, LONG);
}
END_TEST

START_TEST(a_completion_beats_cancellation_in_one_turn)
{
    struct scene first = {.deadline = LONG, .act = cancel_then_finish};
    struct scene second = {.deadline = LONG, .act = finish_then_cancel};

    show(&first);
    ck_assert_int_eq(first.result, POLY_OK);
    ck_assert_int_eq(first.again, POLY_CANCELLED);
    show(&second);
    ck_assert_int_eq(second.result, POLY_OK);
    ck_assert_int_eq(second.again, POLY_CANCELLED);
}
END_TEST

START_TEST(a_completion_beats_the_deadline_in_one_turn)
{
    struct scene scene = {.deadline = 1000, .act = finish_past_the_deadline};

    show(&scene);
    ck_assert_int_eq(scene.result, POLY_OK);
    ck_assert_uint_ge(scene.elapsed, 1000);
}
END_TEST

/* --- from fibers --- */

static void finish_before_waiting(void *argument)
{
    poly_result *result = argument;
    poly_wait wait;

    poly_wait_init(&wait);
    poly_wait_finish(&wait);
    poly_fiber_cancel(poly_fiber_current());
    *result = poly_wait_until(&wait, 0);
}

START_TEST(a_wait_that_has_finished_returns_at_once)
{
    poly_result result = POLY_IO;

    start_runtime(1);
    on_fiber(loop_at(0), finish_before_waiting, &result);
    stop_runtime();
    ck_assert_int_eq(result, POLY_OK);
}
END_TEST

static void wait_and_mark(void *argument)
{
    struct scene *scene = argument;

    poly_wait_init(&scene->wait);
    scene->result = poly_wait_until(&scene->wait, POLY_NO_DEADLINE);
    scene->trail[scene->steps++] = 'w';
    sem_post(&scene->ended);
}

static void finish_and_mark(void *argument)
{
    struct scene *scene = argument;

    poly_wait_finish(&scene->wait);
    poly_wait_finish(&scene->wait); /* harmless */
    scene->trail[scene->steps++] = 'f';
}

static void run_pair(void *argument)
{
    poly_fiber_run(poly_loop_current(), "waiter", wait_and_mark, argument);
    poly_fiber_run(poly_loop_current(), "finisher", finish_and_mark, argument);
}

START_TEST(finishing_from_a_fiber_goes_on_in_that_fiber)
{
    struct scene scene = {.result = POLY_IO};

    sem_init(&scene.ended, 0, 0);
    start_runtime(1);
    on_loop(loop_at(0), run_pair, &scene);
    await(&scene.ended);
    stop_runtime();
    ck_assert_int_eq(scene.result, POLY_OK);
    ck_assert_str_eq(scene.trail, "fw");
}
END_TEST

struct two_waits {
    poly_wait first;
    poly_wait second;
    poly_result first_result;
    poly_result second_result;
    bool first_seen_early;
};

static void finish_second(void *argument)
{
    poly_wait_finish(&((struct two_waits *)argument)->second);
}

/* The second comes a turn later, with time for a fiber that was woken too early. */
static void finish_first(void *argument)
{
    struct two_waits *waits = argument;

    poly_wait_finish(&waits->first);
    poly_loop_post(poly_loop_current(), finish_second, waits);
}

static void wait_for_second_first(void *argument)
{
    struct two_waits *waits = argument;

    poly_wait_init(&waits->first);
    poly_wait_init(&waits->second);
    poly_loop_post(poly_loop_current(), finish_first, waits);
    waits->second_result = poly_wait_until(&waits->second, POLY_NO_DEADLINE);
    waits->first_seen_early = waits->first.finished;
    waits->first_result = poly_wait_until(&waits->first, POLY_NO_DEADLINE);
}

START_TEST(another_waits_completion_does_not_wake)
{
    struct two_waits waits = {0};

    start_runtime(1);
    on_fiber(loop_at(0), wait_for_second_first, &waits);
    stop_runtime();
    ck_assert_int_eq(waits.second_result, POLY_OK);
    ck_assert_int_eq(waits.first_result, POLY_OK);
    ck_assert(waits.first_seen_early);
    ck_assert(waits.second.finished);
}
END_TEST

/* --- sleep --- */

struct nap {
    uint64_t length;
    uint64_t deadline; /* from now; 0: none */
    bool cancelled;
    poly_result result;
    uint64_t elapsed;
};

static void take_nap(void *argument)
{
    struct nap *nap = argument;
    uint64_t now = poly_time_monotonic();

    if (nap->deadline)
        poly_fiber_set_deadline(now + nap->deadline);
    if (nap->cancelled)
        poly_fiber_cancel(poly_fiber_current());
    nap->result = poly_fiber_sleep(nap->length);
    nap->elapsed = poly_time_monotonic() - now;
}

START_TEST(sleep_lasts_and_heeds_deadline_and_cancellation)
{
    struct nap whole = {.length = 2500, .deadline = LONG};
    struct nap cut = {.length = LONG, .deadline = 2500};
    struct nap cancelled = {.length = LONG, .cancelled = true};

    start_runtime(1);
    on_fiber(loop_at(0), take_nap, &whole);
    on_fiber(loop_at(0), take_nap, &cut);
    on_fiber(loop_at(0), take_nap, &cancelled);
    stop_runtime();
    ck_assert_int_eq(whole.result, POLY_OK);
    ck_assert_uint_ge(whole.elapsed, 2500);
    ck_assert_int_eq(cut.result, POLY_TIMEOUT);
    ck_assert_uint_ge(cut.elapsed, 2500);
    ck_assert_uint_lt(cut.elapsed, LONG);
    ck_assert_int_eq(cancelled.result, POLY_CANCELLED);
    ck_assert_uint_lt(cancelled.elapsed, LONG);
}
END_TEST

/* --- a crowd --- */

#define CROWD 1000

struct crowd {
    unsigned slept;
    unsigned wrong;
    sem_t all;
};

static void sleep_in_crowd(void *argument)
{
    struct crowd *crowd = argument;
    uint64_t length = 1 + crowd->slept * 7919u % 5000u;

    for (int i = 0; i < 3; i++)
        crowd->wrong += poly_fiber_sleep(length) != POLY_OK;
    if (++crowd->slept == CROWD)
        sem_post(&crowd->all);
}

START_TEST(a_thousand_sleepers_all_wake)
{
    struct crowd crowd = {0};

    sem_init(&crowd.all, 0, 0);
    start_runtime(1);
    for (int i = 0; i < CROWD; i++)
        poly_fiber_start(loop_at(0), "sleeper", sleep_in_crowd, &crowd);
    await(&crowd.all);
    stop_runtime();
    ck_assert_uint_eq(crowd.slept, CROWD);
    ck_assert_uint_eq(crowd.wrong, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wait");

    add_case(suite, "finish", a_finished_wait_is_ok);
    add_case(suite, "deadline", a_wait_ends_at_its_deadline);
    add_case(suite, "fiber deadline", a_wait_ends_at_the_fibers_deadline);
    add_case(suite, "cancel", cancellation_ends_this_wait_and_the_next);
    add_case(suite, "finish or cancel", a_completion_beats_cancellation_in_one_turn);
    add_case(suite, "finish or deadline", a_completion_beats_the_deadline_in_one_turn);
    add_case(suite, "finished before", a_wait_that_has_finished_returns_at_once);
    add_case(suite, "from a fiber", finishing_from_a_fiber_goes_on_in_that_fiber);
    add_case(suite, "two waits", another_waits_completion_does_not_wake);
    add_case(suite, "sleep", sleep_lasts_and_heeds_deadline_and_cancellation);
    add_case(suite, "crowd", a_thousand_sleepers_all_wake);
    return run_suite(suite);
}

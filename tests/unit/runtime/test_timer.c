/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fixture.h"
#include "runtime/timers.h"

/* --- the heap alone --- */

#define MANY 2000

struct ticket {
    struct timer_entry entry;
    uint64_t deadline;
};

static struct ticket tickets[MANY];
static uint64_t last_expired;
static size_t expired_count;
static bool in_order;

static void expire_ticket(struct timer_entry *entry)
{
    struct ticket *ticket = (struct ticket *)entry;

    in_order = in_order && ticket->deadline >= last_expired && entry->position == 0;
    last_expired = ticket->deadline;
    expired_count++;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void fill(struct timer_heap *heap, uint32_t *state)
{
    in_order = true;
    last_expired = 0;
    expired_count = 0;
    for (size_t i = 0; i < MANY; i++) {
        tickets[i] = (struct ticket){.entry.expire = expire_ticket, .deadline = next_random(state) % 10000 + 1};
        poly_timers_add(heap, &tickets[i].entry, tickets[i].deadline);
    }
}

START_TEST(entries_expire_in_order)
{
    struct timer_heap heap = {0};
    uint32_t state = 1;

    ck_assert_uint_eq(poly_timers_earliest(&heap), POLY_NO_DEADLINE);
    fill(&heap, &state);
    poly_timers_expire(&heap, 5000);
    ck_assert_uint_gt(poly_timers_earliest(&heap), 5000);
    ck_assert_uint_le(last_expired, 5000);
    poly_timers_expire(&heap, 10000);
    ck_assert(in_order);
    ck_assert_uint_eq(expired_count, MANY);
    ck_assert_uint_eq(heap.count, 0);
    poly_timers_release(&heap);
}
END_TEST

START_TEST(removal_keeps_the_order_and_returns_memory)
{
    struct timer_heap heap = {0};
    uint32_t state = 7;
    size_t removed = 0;
    size_t largest;

    fill(&heap, &state);
    largest = heap.capacity;
    for (size_t i = 0; i < MANY; i++) {
        if (next_random(&state) % 8 != 0) {
            poly_timers_remove(&heap, &tickets[i].entry);
            poly_timers_remove(&heap, &tickets[i].entry); /* of a stopped one does nothing */
            removed++;
        }
    }
    ck_assert_uint_eq(heap.count, MANY - removed);
    ck_assert_uint_lt(heap.capacity, largest);
    poly_timers_expire(&heap, UINT64_MAX - 1);
    ck_assert(in_order);
    ck_assert_uint_eq(expired_count, MANY - removed);
    poly_timers_release(&heap);
}
END_TEST

/* --- poly_timer on a loop --- */

struct clock {
    poly_timer *timer;
    poly_wait *wait;
    uint64_t started;
    uint64_t fired;
    unsigned fires;
    unsigned wanted;
    uint64_t period;
};

static void fire_clock(void *argument)
{
    struct clock *clock = argument;

    clock->fired = poly_time_monotonic();
    clock->fires++;
    if (clock->fires < clock->wanted)
        poly_timer_start(clock->timer, clock->period);
    else if (clock->wait)
        poly_wait_finish(clock->wait);
}

static void run_clock(void *argument)
{
    struct clock *clock = argument;
    poly_wait wait;

    poly_wait_init(&wait);
    clock->wait = &wait;
    clock->timer = poly_timer_create(poly_loop_current(), fire_clock, clock);
    clock->started = poly_time_monotonic();
    poly_timer_start(clock->timer, clock->period);
    if (poly_wait_until(&wait, POLY_NO_DEADLINE) != POLY_OK)
        clock->fires = 0;
    poly_timer_destroy(&clock->timer);
}

START_TEST(a_timer_fires_once_and_never_early)
{
    struct clock clock = {.wanted = 1, .period = 5300};

    start_runtime(1);
    on_fiber(loop_at(0), run_clock, &clock);
    stop_runtime();
    ck_assert_uint_eq(clock.fires, 1);
    ck_assert_uint_ge(clock.fired - clock.started, 5300);
    ck_assert_ptr_null(clock.timer);
}
END_TEST

START_TEST(a_timer_restarts_from_its_own_call)
{
    struct clock clock = {.wanted = 20, .period = 700};

    start_runtime(1);
    on_fiber(loop_at(0), run_clock, &clock);
    stop_runtime();
    ck_assert_uint_eq(clock.fires, 20);
    ck_assert_uint_ge(clock.fired - clock.started, 20 * 700);
}
END_TEST

static void destroy_in_fire(void *argument)
{
    struct clock *clock = argument;

    clock->fires++;
    poly_timer_destroy(&clock->timer);
    poly_wait_finish(clock->wait);
}

static void run_self_destroying(void *argument)
{
    struct clock *clock = argument;
    poly_wait wait;

    poly_wait_init(&wait);
    clock->wait = &wait;
    clock->timer = poly_timer_create(poly_loop_current(), destroy_in_fire, clock);
    poly_timer_start(clock->timer, 0);
    if (poly_wait_until(&wait, POLY_NO_DEADLINE) != POLY_OK)
        clock->fires = 0;
}

START_TEST(a_timer_may_destroy_itself)
{
    struct clock clock = {0};

    start_runtime(1);
    on_fiber(loop_at(0), run_self_destroying, &clock);
    stop_runtime();
    ck_assert_uint_eq(clock.fires, 1);
    ck_assert_ptr_null(clock.timer);
}
END_TEST

static void run_stopped(void *argument)
{
    struct clock *clocks = argument;

    for (int i = 0; i < 3; i++) {
        clocks[i].wanted = 1;
        clocks[i].timer = poly_timer_create(poly_loop_current(), fire_clock, &clocks[i]);
    }
    clocks[1].started = poly_time_monotonic();
    poly_timer_start(clocks[0].timer, 1000);
    poly_timer_start(clocks[1].timer, 1000);
    poly_timer_start(clocks[1].timer, 20000); /* moves it */
    poly_timer_start(clocks[2].timer, 10000);
    poly_timer_stop(clocks[0].timer);
    poly_timer_stop(clocks[0].timer);
    while (clocks[1].fires == 0 && poly_fiber_sleep(1000) == POLY_OK)
        ;
    for (int i = 0; i < 3; i++)
        poly_timer_destroy(&clocks[i].timer);
}

START_TEST(a_stopped_timer_is_silent_and_a_restarted_one_moves)
{
    struct clock clocks[3] = {0};

    start_runtime(1);
    on_fiber(loop_at(0), run_stopped, clocks);
    stop_runtime();
    ck_assert_uint_eq(clocks[0].fires, 0);
    ck_assert_uint_eq(clocks[1].fires, 1);
    ck_assert_uint_eq(clocks[2].fires, 1);
    ck_assert_uint_ge(clocks[1].fired - clocks[1].started, 20000);
    ck_assert_uint_le(clocks[2].fired, clocks[1].fired);
}
END_TEST

struct turn_time {
    uint64_t first;
    uint64_t second;
    uint64_t real;
    uint64_t next_turn;
};

static void read_turn_time(void *argument)
{
    struct turn_time *time = argument;
    poly_loop *loop = poly_loop_current();

    time->first = poly_loop_now(loop);
    while (poly_time_monotonic() < time->first + 2000)
        ;
    time->second = poly_loop_now(loop);
    time->real = poly_time_monotonic();
    poly_fiber_yield();
    time->next_turn = poly_loop_now(loop);
}

START_TEST(the_loops_time_stands_still_for_a_turn)
{
    struct turn_time time = {0};

    start_runtime(1);
    on_fiber(loop_at(0), read_turn_time, &time);
    stop_runtime();
    ck_assert_uint_gt(time.first, 0);
    ck_assert_uint_eq(time.first, time.second);
    ck_assert_uint_ge(time.next_turn, time.real);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timer");

    add_case(suite, "order", entries_expire_in_order);
    add_case(suite, "removal", removal_keeps_the_order_and_returns_memory);
    add_case(suite, "once", a_timer_fires_once_and_never_early);
    add_case(suite, "restart", a_timer_restarts_from_its_own_call);
    add_case(suite, "destroy", a_timer_may_destroy_itself);
    add_case(suite, "stop", a_stopped_timer_is_silent_and_a_restarted_one_moves);
    add_case(suite, "now", the_loops_time_stands_still_for_a_turn);
    return run_suite(suite);
}

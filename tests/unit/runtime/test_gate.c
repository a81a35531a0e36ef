/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>

#include "fixture.h"

#define LOOPS 3

/* --- order, limits and withdrawal on one loop, where every step is determined --- */

#define VISITORS 8

struct visitor {
    struct hall *hall;
    unsigned number;
    uint64_t deadline; /* from now; 0: none */
    poly_fiber *fiber;
    poly_result result;
    bool stays; /* until told to leave */
    bool may_leave;
};

struct hall {
    poly_gate *gate;
    struct visitor visitors[VISITORS];
    unsigned order[VISITORS];
    unsigned entered;
};

static void visit(void *argument)
{
    struct visitor *visitor = argument;
    struct hall *hall = visitor->hall;
    uint64_t deadline = visitor->deadline ? poly_loop_now(poly_loop_current()) + visitor->deadline : POLY_NO_DEADLINE;

    visitor->fiber = poly_fiber_current();
    visitor->result = poly_gate_enter(hall->gate, deadline);
    if (visitor->result != POLY_OK)
        return;
    hall->order[hall->entered++] = visitor->number;
    while (visitor->stays && !visitor->may_leave)
        poly_fiber_yield();
    poly_gate_leave(hall->gate);
}

static void send_in(struct hall *hall, unsigned number, bool stays)
{
    struct visitor *visitor = &hall->visitors[number];

    visitor->hall = hall;
    visitor->number = number;
    visitor->stays = stays;
    visitor->result = POLY_IO;
    poly_fiber_start(poly_loop_current(), "visitor", visit, visitor);
    while (!visitor->fiber)
        poly_fiber_yield();
}

static void enter_in_order(void *argument)
{
    struct hall *hall = argument;

    hall->gate = poly_gate_create(2, 4);
    for (unsigned i = 0; i < 7; i++)
        send_in(hall, i, i < 2);
    hall->visitors[0].may_leave = true;
    hall->visitors[1].may_leave = true;
    while (hall->entered < 6)
        poly_fiber_yield();
    send_in(hall, 7, false); /* after the rush there is room */
    while (hall->entered < 7)
        poly_fiber_yield();
}

START_TEST(visitors_enter_in_order_and_the_queue_is_bounded)
{
    struct hall hall = {0};

    start_runtime(1);
    on_fiber(loop_at(0), enter_in_order, &hall);
    stop_runtime();
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_int_eq(hall.visitors[i].result, POLY_OK);
        ck_assert_uint_eq(hall.order[i], i);
    }
    ck_assert_int_eq(hall.visitors[6].result, POLY_OVERLOADED);
    ck_assert_int_eq(hall.visitors[7].result, POLY_OK);
    poly_gate_destroy(&hall.gate);
    ck_assert_ptr_null(hall.gate);
}
END_TEST

static void withdraw_some(void *argument)
{
    struct hall *hall = argument;

    hall->gate = poly_gate_create(1, 3);
    hall->visitors[2].deadline = 1000;
    for (unsigned i = 0; i < 4; i++)
        send_in(hall, i, i == 0);
    poly_fiber_cancel(hall->visitors[1].fiber);
    while (hall->visitors[1].result == POLY_IO || hall->visitors[2].result == POLY_IO)
        poly_fiber_yield();
    send_in(hall, 4, false); /* takes the room in the queue that they left */
    hall->visitors[0].may_leave = true;
    while (hall->entered < 3)
        poly_fiber_yield();
}

START_TEST(who_gives_up_leaves_the_queue)
{
    struct hall hall = {0};

    start_runtime(1);
    on_fiber(loop_at(0), withdraw_some, &hall);
    stop_runtime();
    ck_assert_int_eq(hall.visitors[1].result, POLY_CANCELLED);
    ck_assert_int_eq(hall.visitors[2].result, POLY_TIMEOUT);
    ck_assert_uint_eq(hall.entered, 3);
    ck_assert_uint_eq(hall.order[0], 0);
    ck_assert_uint_eq(hall.order[1], 3);
    ck_assert_uint_eq(hall.order[2], 4);
    poly_gate_destroy(&hall.gate);
}
END_TEST

/* --- a crowd from all loops, many of which give up --- */

#define CROWD      600
#define MAX_INSIDE 5

struct crowd {
    poly_gate *gate;
    atomic_uint begun;
    atomic_uint inside;
    atomic_uint most_inside;
    atomic_uint entered;
    atomic_uint gave_up;
    atomic_uint turned_away;
    atomic_uint wrong;
    atomic_uint ended;
    sem_t all_ended;
};

static void note_inside(struct crowd *crowd)
{
    unsigned inside = atomic_fetch_add(&crowd->inside, 1) + 1;
    unsigned most = atomic_load(&crowd->most_inside);

    while (inside > most && !atomic_compare_exchange_weak(&crowd->most_inside, &most, inside))
        ;
}

static void push_in(void *argument)
{
    struct crowd *crowd = argument;
    unsigned number = atomic_fetch_add(&crowd->begun, 1);
    uint64_t deadline = number % 3 ? POLY_NO_DEADLINE : poly_time_monotonic() + 1 + number * 7919u % 5000u;

    switch (poly_gate_enter(crowd->gate, deadline)) {
    case POLY_OK:
        note_inside(crowd);
        atomic_fetch_add(&crowd->entered, 1);
        for (unsigned i = 0; i < number % 4; i++)
            poly_fiber_yield();
        atomic_fetch_sub(&crowd->inside, 1);
        poly_gate_leave(crowd->gate);
        break;
    case POLY_TIMEOUT:
        atomic_fetch_add(&crowd->gave_up, 1);
        break;
    case POLY_OVERLOADED:
        atomic_fetch_add(&crowd->turned_away, 1);
        break;
    default:
        atomic_fetch_add(&crowd->wrong, 1);
    }
    if (atomic_fetch_add(&crowd->ended, 1) + 1 == CROWD)
        sem_post(&crowd->all_ended);
}

START_TEST(never_more_inside_than_allowed)
{
    struct crowd crowd = {.gate = poly_gate_create(MAX_INSIDE, CROWD)};

    sem_init(&crowd.all_ended, 0, 0);
    start_runtime(LOOPS);
    for (unsigned i = 0; i < CROWD; i++)
        poly_fiber_start(loop_at(i % LOOPS), "crowd", push_in, &crowd);
    await(&crowd.all_ended);
    stop_runtime();
    ck_assert_uint_eq(crowd.wrong, 0);
    ck_assert_uint_eq(crowd.turned_away, 0);
    ck_assert_uint_eq(crowd.entered + crowd.gave_up, CROWD);
    ck_assert_uint_le(crowd.most_inside, MAX_INSIDE);
    ck_assert_uint_ge(crowd.entered, CROWD * 2 / 3);
    poly_gate_destroy(&crowd.gate); /* asserts that nobody is counted inside */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gate");

    add_case(suite, "order", visitors_enter_in_order_and_the_queue_is_bounded);
    add_case(suite, "withdraw", who_gives_up_leaves_the_queue);
    add_case(suite, "crowd", never_more_inside_than_allowed);
    return run_suite(suite);
}

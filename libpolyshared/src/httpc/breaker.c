/* SPDX-License-Identifier: MIT */
#include "httpc/breaker.h"

enum { MAX_DOUBLINGS = 3 };

void poly_breaker_init(poly_breaker *breaker, unsigned failure_limit, uint64_t open_time)
{
    *breaker = (poly_breaker){.failure_limit = failure_limit, .open_time = open_time, .state = POLY_BREAKER_CLOSED};
}

static void move_to(poly_breaker *breaker, poly_breaker_state state)
{
    breaker->state = state;
    breaker->failures = 0;
    breaker->trial_out = false;
    breaker->period++;
}

static void open_until_trial(poly_breaker *breaker, uint64_t now)
{
    unsigned doublings = breaker->openings < MAX_DOUBLINGS ? breaker->openings : MAX_DOUBLINGS;

    breaker->openings++;
    breaker->open_until = now + (breaker->open_time << doublings);
    move_to(breaker, POLY_BREAKER_OPEN);
}

static void close_again(poly_breaker *breaker)
{
    breaker->openings = 0;
    move_to(breaker, POLY_BREAKER_CLOSED);
}

poly_breaker_state poly_breaker_look(const poly_breaker *breaker, uint64_t now)
{
    if (breaker->state == POLY_BREAKER_OPEN && now >= breaker->open_until)
        return POLY_BREAKER_HALF_OPEN;
    return breaker->state;
}

bool poly_breaker_would_admit(const poly_breaker *breaker, uint64_t now)
{
    switch (poly_breaker_look(breaker, now)) {
    case POLY_BREAKER_CLOSED:
        return true;
    case POLY_BREAKER_HALF_OPEN:
        return !breaker->trial_out;
    case POLY_BREAKER_OPEN:
        break;
    }
    return false;
}

bool poly_breaker_admit(poly_breaker *breaker, uint64_t now, poly_breaker_permit *permit)
{
    if (!poly_breaker_would_admit(breaker, now))
        return false;
    if (breaker->state == POLY_BREAKER_OPEN)
        move_to(breaker, POLY_BREAKER_HALF_OPEN);
    if (breaker->state == POLY_BREAKER_HALF_OPEN)
        breaker->trial_out = true;
    permit->period = breaker->period;
    return true;
}

static void settle_closed(poly_breaker *breaker, uint64_t now, poly_breaker_outcome outcome)
{
    if (outcome == POLY_BREAKER_SUCCESS)
        breaker->failures = 0;
    else if (outcome == POLY_BREAKER_FAILURE && ++breaker->failures >= breaker->failure_limit)
        open_until_trial(breaker, now);
}

static void settle_trial(poly_breaker *breaker, uint64_t now, poly_breaker_outcome outcome)
{
    switch (outcome) {
    case POLY_BREAKER_SUCCESS:
        close_again(breaker);
        break;
    case POLY_BREAKER_FAILURE:
        open_until_trial(breaker, now);
        break;
    case POLY_BREAKER_NEITHER:
        breaker->trial_out = false;
        break;
    }
}

void poly_breaker_settle(poly_breaker *breaker, uint64_t now, poly_breaker_permit permit, poly_breaker_outcome outcome)
{
    if (permit.period != breaker->period)
        return;
    if (breaker->state == POLY_BREAKER_HALF_OPEN)
        settle_trial(breaker, now, outcome);
    else
        settle_closed(breaker, now, outcome);
}

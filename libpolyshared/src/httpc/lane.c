/* SPDX-License-Identifier: MIT */
#include "httpc/lane.h"

#include <stdlib.h>

struct waiter {
    poly_wait wait;
    struct waiter *previous, *next;
};

struct poly_lane {
    const poly_httpc *client;
    unsigned inside, max_inside;
    struct waiter *first, *last;
    poly_lane *next;
};

poly_lane *poly_lane_of(poly_lane **lanes, const poly_httpc *client, unsigned max_inside)
{
    poly_lane *lane;

    for (lane = *lanes; lane; lane = lane->next)
        if (lane->client == client)
            return lane;
    lane = poly_alloc_zero(1, sizeof(*lane));
    lane->client = client;
    lane->max_inside = max_inside;
    lane->next = *lanes;
    *lanes = lane;
    return lane;
}

void poly_lane_release_all(poly_lane **lanes)
{
    poly_lane *next;

    for (poly_lane *lane = *lanes; lane; lane = next) {
        next = lane->next;
        free(lane);
    }
    *lanes = NULL;
}

static void append(poly_lane *lane, struct waiter *waiter)
{
    waiter->previous = lane->last;
    if (lane->last)
        lane->last->next = waiter;
    else
        lane->first = waiter;
    lane->last = waiter;
}

static void take_out(poly_lane *lane, struct waiter *waiter)
{
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        lane->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        lane->last = waiter->previous;
}

poly_result poly_lane_enter(poly_lane *lane, uint64_t deadline)
{
    struct waiter waiter = {0};
    poly_result result;

    if (lane->inside < lane->max_inside) {
        lane->inside++;
        return POLY_OK;
    }
    poly_wait_init(&waiter.wait);
    append(lane, &waiter);
    /* Whoever was given a place is told so, even if cancelled within the same turn. */
    result = poly_wait_until(&waiter.wait, deadline);
    if (result != POLY_OK)
        take_out(lane, &waiter);
    return result;
}

void poly_lane_leave(poly_lane *lane)
{
    struct waiter *heir = lane->first;

    if (!heir) {
        lane->inside--;
        return;
    }
    /* The place goes over to it. */
    take_out(lane, heir);
    poly_wait_finish(&heir->wait);
}

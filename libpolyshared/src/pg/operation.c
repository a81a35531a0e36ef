/* SPDX-License-Identifier: MIT */
#include "pg/operation.h"

#include <assert.h>
#include <stdlib.h>

#include "pg/connection.h"
#include "pg/lane.h"
#include "poly/time.h"

poly_result poly_operation_admit(void)
{
    if (poly_fiber_is_cancelled())
        return POLY_CANCELLED;
    return poly_fiber_deadline() <= poly_time_monotonic() ? POLY_TIMEOUT : POLY_OK;
}

poly_operation *poly_operation_create(struct poly_pg_lane *lane, poly_operation_kind kind)
{
    poly_operation *operation = poly_alloc_zero(1, sizeof(*operation));

    operation->kind = kind;
    operation->lane = lane;
    operation->prepare_at = -1;
    poly_wait_init(&operation->wait);
    return operation;
}

void poly_operation_destroy(poly_operation **operation)
{
    poly_operation *self = *operation;

    if (!self)
        return;
    PQclear(self->result);
    free(self);
    *operation = NULL;
}

void poly_operation_finish(poly_operation *operation, poly_result outcome)
{
    operation->connection = NULL;
    operation->state = POLY_OPERATION_DONE;
    operation->outcome = outcome;
    if (operation->is_abandoned)
        poly_operation_destroy(&operation);
    else
        poly_wait_finish(&operation->wait);
}

static void abandon(poly_operation **operation)
{
    poly_operation *self = *operation;

    *operation = NULL;
    self->parameters = NULL;
    if (self->state == POLY_OPERATION_WAITING) {
        poly_pg_lane_withdraw(self->lane, self);
        poly_operation_destroy(&self);
    } else {
        assert(self->state == POLY_OPERATION_SENT);
        self->is_abandoned = true;
        poly_pg_connection_abandoned(self->connection);
    }
}

poly_result poly_operation_await(poly_operation **operation, uint64_t deadline)
{
    poly_result result = poly_wait_until(&(*operation)->wait, deadline);

    if (result != POLY_OK)
        abandon(operation);
    return result;
}

bool poly_operation_is_repeatable(const poly_operation *operation)
{
    return !operation->is_abandoned && !operation->was_lost && operation->statement &&
           operation->statement->use != POLY_PG_WRITE && operation->kind != POLY_OPERATION_WITHIN;
}

/* --- queues --- */

void poly_operation_append(poly_operation_queue *queue, poly_operation *operation)
{
    operation->next = NULL;
    if (queue->last)
        queue->last->next = operation;
    else
        queue->first = operation;
    queue->last = operation;
    queue->count++;
}

void poly_operation_prepend(poly_operation_queue *queue, poly_operation *operation)
{
    operation->next = queue->first;
    queue->first = operation;
    if (!queue->last)
        queue->last = operation;
    queue->count++;
}

poly_operation *poly_operation_take_first(poly_operation_queue *queue)
{
    poly_operation *operation = queue->first;

    if (operation)
        poly_operation_remove(queue, operation);
    return operation;
}

void poly_operation_remove(poly_operation_queue *queue, poly_operation *operation)
{
    poly_operation **link = &queue->first;
    poly_operation *previous = NULL;

    for (; *link != operation; link = &(*link)->next)
        previous = *link;
    *link = operation->next;
    if (queue->last == operation)
        queue->last = previous;
    operation->next = NULL;
    queue->count--;
}

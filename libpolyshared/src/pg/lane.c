/* SPDX-License-Identifier: MIT */
#include "pg/lane.h"

#include <assert.h>
#include <stdlib.h>

#include "pg/report.h"
#include "pg/transaction.h"
#include "runtime/loop.h"

/* --- the lanes of a loop --- */

static void destroy_lane(poly_pg_lane *lane)
{
    assert(lane->reads.count == 0 && lane->exclusive.count == 0);
    poly_connector_forget(lane->pool->connector, &lane->request);
    while (lane->connections) {
        poly_pg_connection *connection = lane->connections;

        poly_pg_lane_remove(lane, connection);
        poly_pg_connection_destroy(&connection);
    }
    free(lane);
}

static void destroy_lanes(void *value)
{
    poly_pg_lane *lane = value;

    while (lane) {
        poly_pg_lane *next = lane->next;

        destroy_lane(lane);
        lane = next;
    }
}

poly_pg_lane *poly_pg_lane_of(poly_pg *pool)
{
    poly_loop *loop = poly_loop_current();
    poly_pg_lane *first = poly_loop_get(loop, POLY_SLOT_PG);
    poly_pg_lane *lane = first;

    while (lane && lane->pool != pool)
        lane = lane->next;
    if (lane)
        return lane;
    lane = poly_alloc_zero(1, sizeof(*lane));
    lane->pool = pool;
    lane->next = first;
    poly_loop_set(loop, POLY_SLOT_PG, lane, destroy_lanes);
    return lane;
}

void poly_pg_lane_add(poly_pg_lane *lane, poly_pg_connection *connection)
{
    connection->next = lane->connections;
    lane->connections = connection;
    lane->open++;
    poly_pg_report_connections(1);
}

void poly_pg_lane_remove(poly_pg_lane *lane, poly_pg_connection *connection)
{
    poly_pg_connection **link = &lane->connections;

    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    lane->open--;
    poly_pg_report_connections(-1);
}

/* --- queues --- */

static poly_operation_queue *queue_of(poly_pg_lane *lane, const poly_operation *operation)
{
    return operation->kind == POLY_OPERATION_SHARED ? &lane->reads : &lane->exclusive;
}

poly_result poly_pg_lane_submit(poly_pg_lane *lane, poly_operation *operation)
{
    operation->state = POLY_OPERATION_WAITING;
    poly_operation_append(queue_of(lane, operation), operation);
    poly_pg_report_waiting(1);
    poly_pg_lane_dispatch(lane);
    if (operation->state != POLY_OPERATION_WAITING ||
        lane->reads.count + lane->exclusive.count <= lane->pool->options.max_waiting)
        return POLY_OK;
    poly_pg_lane_withdraw(lane, operation);
    return POLY_OVERLOADED;
}

void poly_pg_lane_withdraw(poly_pg_lane *lane, poly_operation *operation)
{
    poly_operation_remove(queue_of(lane, operation), operation);
    operation->state = POLY_OPERATION_NEW;
    poly_pg_report_waiting(-1);
    /* A connection may have been kept from reads for it. */
    if (lane->exclusive.count == 0)
        poly_pg_lane_dispatch(lane);
}

static poly_operation *take_waiting(poly_operation_queue *queue)
{
    poly_operation *operation = poly_operation_take_first(queue);

    poly_pg_report_waiting(-1);
    return operation;
}

void poly_pg_lane_recover(poly_pg_lane *lane, poly_operation_queue *operations)
{
    poly_operation_queue again = {0};
    poly_operation *operation;

    while ((operation = poly_operation_take_first(operations)) != NULL) {
        if (poly_operation_is_repeatable(operation))
            poly_operation_prepend(&again, operation);
        else
            poly_operation_finish(operation, POLY_UNAVAILABLE);
    }
    /* The youngest is first now, so that the oldest ends at the head of the queue. */
    while ((operation = poly_operation_take_first(&again)) != NULL) {
        operation->was_lost = true;
        operation->state = POLY_OPERATION_WAITING;
        operation->connection = NULL;
        PQclear(operation->result);
        operation->result = NULL;
        poly_operation_prepend(queue_of(lane, operation), operation);
        poly_pg_report_waiting(1);
        poly_pg_report_retry();
    }
}

static void fail_waiting(poly_pg_lane *lane)
{
    while (lane->reads.count > 0)
        poly_operation_finish(take_waiting(&lane->reads), POLY_UNAVAILABLE);
    while (lane->exclusive.count > 0)
        poly_operation_finish(take_waiting(&lane->exclusive), POLY_UNAVAILABLE);
}

/* --- more connections --- */

static void take_connection(PGconn *native, void *argument)
{
    poly_pg_lane *lane = argument;
    poly_pg_connection *connection = native ? poly_pg_connection_create(lane, native) : NULL;

    lane->request = NULL;
    if (connection)
        poly_pg_lane_add(lane, connection);
    else if (lane->open == 0)
        fail_waiting(lane);
    poly_pg_lane_dispatch(lane);
}

static void ask_for_connection(poly_pg_lane *lane)
{
    if (!lane->request && lane->open < lane->pool->options.connections_per_loop)
        lane->request = poly_connector_ask(lane->pool->connector, NULL, take_connection, lane);
}

/* --- handing out --- */

/* Of those that take reads, the one with the least under way. */
static poly_pg_connection *least_busy(const poly_pg_lane *lane)
{
    poly_pg_connection *least = NULL;

    for (poly_pg_connection *connection = lane->connections; connection; connection = connection->next)
        if (connection->state == POLY_CONNECTION_SHARED && !connection->is_in_grace &&
            (!least || connection->sent.count < least->sent.count))
            least = connection;
    return least;
}

static void serve_reads(poly_pg_lane *lane)
{
    while (lane->reads.count > 0) {
        poly_pg_connection *connection = least_busy(lane);

        if (!connection || connection->sent.count > 0)
            ask_for_connection(lane);
        if (!connection || connection->sent.count >= lane->pool->options.pipeline_depth)
            return;
        if (!poly_pg_connection_send(connection, take_waiting(&lane->reads)))
            lane->must_repeat = true;
    }
}

static poly_pg_connection *idle_connection(const poly_pg_lane *lane)
{
    poly_pg_connection *connection = lane->connections;

    while (connection && (connection->state == POLY_CONNECTION_EXCLUSIVE || connection->sent.count > 0))
        connection = connection->next;
    return connection;
}

static unsigned count_in(const poly_pg_lane *lane, poly_pg_connection_state state)
{
    unsigned count = 0;

    for (const poly_pg_connection *connection = lane->connections; connection; connection = connection->next)
        count += connection->state == state;
    return count;
}

/* One connection stays with the reads, unless there is only one. */
static unsigned max_exclusive(const poly_pg_lane *lane)
{
    return lane->open > 1 ? lane->open - 1 : lane->open;
}

static void grant(poly_pg_lane *lane, poly_pg_connection *connection)
{
    poly_operation *operation = take_waiting(&lane->exclusive);

    connection->state = POLY_CONNECTION_EXCLUSIVE;
    if (operation->kind == POLY_OPERATION_HOLD) {
        connection->transaction = operation->transaction;
        operation->transaction->connection = connection;
        poly_operation_finish(operation, POLY_OK);
    } else if (!poly_pg_connection_send(connection, operation)) {
        lane->must_repeat = true;
    }
}

/* As many as could be granted now end their reads first. */
static void empty_connections(poly_pg_lane *lane)
{
    size_t wanted = max_exclusive(lane) - count_in(lane, POLY_CONNECTION_EXCLUSIVE);
    size_t emptying = count_in(lane, POLY_CONNECTION_EMPTYING);

    if (wanted > lane->exclusive.count)
        wanted = lane->exclusive.count;
    for (; emptying < wanted; emptying++) {
        poly_pg_connection *connection = least_busy(lane);

        if (!connection)
            return;
        connection->state = POLY_CONNECTION_EMPTYING;
    }
}

static void stop_emptying(poly_pg_lane *lane)
{
    for (poly_pg_connection *connection = lane->connections; connection; connection = connection->next)
        if (connection->state == POLY_CONNECTION_EMPTYING)
            connection->state = POLY_CONNECTION_SHARED;
}

static void serve_exclusive(poly_pg_lane *lane)
{
    while (lane->exclusive.count > 0) {
        poly_pg_connection *connection = idle_connection(lane);

        if (!connection || count_in(lane, POLY_CONNECTION_EXCLUSIVE) >= max_exclusive(lane)) {
            ask_for_connection(lane);
            if (count_in(lane, POLY_CONNECTION_EXCLUSIVE) < max_exclusive(lane))
                empty_connections(lane);
            return;
        }
        grant(lane, connection);
    }
    stop_emptying(lane);
}

/* Reads first: they cannot take a connection that is being emptied, so nobody starves. */
void poly_pg_lane_dispatch(poly_pg_lane *lane)
{
    lane->must_repeat = true;
    if (lane->is_dispatching)
        return;
    lane->is_dispatching = true;
    while (lane->must_repeat) {
        lane->must_repeat = false;
        serve_reads(lane);
        serve_exclusive(lane);
    }
    lane->is_dispatching = false;
}

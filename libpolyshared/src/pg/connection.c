/* SPDX-License-Identifier: MIT */
#include "pg/connection.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "pg/lane.h"
#include "pg/report.h"
#include "pg/transaction.h"
#include "pg/verdict.h"
#include "poly/time.h"
#include "runtime/loop.h"

/* How long an answer that nobody waits for may take before the connection is given up for it. */
#define GRACE POLY_MILLISECONDS(500)

/* --- the end of a connection --- */

void poly_pg_connection_destroy(poly_pg_connection **connection)
{
    poly_pg_connection *self = *connection;
    poly_operation *operation;

    if (!self)
        return;
    while ((operation = poly_operation_take_first(&self->sent)) != NULL) {
        assert(operation->is_abandoned);
        poly_operation_destroy(&operation);
    }
    if (self->readable)
        event_free(self->readable);
    if (self->writable)
        event_free(self->writable);
    poly_timer_destroy(&self->grace);
    poly_prepared_release(&self->prepared);
    PQfinish(self->native);
    free(self);
    *connection = NULL;
}

/* The connection is gone when this returns. */
static void give_up(poly_pg_connection *connection, const char *reason)
{
    poly_pg_lane *lane = connection->lane;
    poly_operation_queue left = connection->sent;

    connection->sent = (poly_operation_queue){0};
    if (left.count > 0 || connection->transaction)
        poly_pg_report_lost(reason);
    if (connection->transaction)
        connection->transaction->connection = NULL;
    poly_pg_lane_remove(lane, connection);
    poly_pg_connection_destroy(&connection);
    poly_pg_lane_recover(lane, &left);
    poly_pg_lane_dispatch(lane);
}

/* --- giving up on answers --- */

static void grace_is_over(void *argument)
{
    give_up(argument, "an answer that nobody waits for took too long");
}

static bool are_all_abandoned(const poly_pg_connection *connection)
{
    for (const poly_operation *operation = connection->sent.first; operation; operation = operation->next)
        if (!operation->is_abandoned)
            return false;
    return connection->sent.count > 0;
}

static void look_at_grace(poly_pg_connection *connection)
{
    bool wanted = are_all_abandoned(connection);

    if (wanted && !connection->is_in_grace)
        poly_timer_start(connection->grace, GRACE);
    if (!wanted && connection->is_in_grace)
        poly_timer_stop(connection->grace);
    connection->is_in_grace = wanted;
}

void poly_pg_connection_abandoned(poly_pg_connection *connection)
{
    look_at_grace(connection);
}

/* --- sending --- */

static bool send_command(PGconn *native, const char *command)
{
    return PQsendQueryParams(native, command, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool send_prepare(poly_pg_connection *connection, poly_operation *operation, const char *name)
{
    Oid types[POLY_PG_MAX_PARAMETERS];
    int count = poly_pg_parameter_types(operation->statement, types);

    return PQsendPrepare(connection->native, name, operation->statement->sql, count, types) == 1;
}

static bool send_statement(poly_pg_connection *connection, poly_operation *operation, int answers_before)
{
    poly_prepared *prepared = poly_prepared_of(&connection->prepared, operation->statement);
    const poly_pg_parameters *parameters = operation->parameters;
    char name[POLY_PREPARED_NAME_SIZE];
    bool must_prepare = poly_prepared_renew(prepared, atomic_load(&connection->lane->pool->epoch));

    poly_prepared_name(prepared, name);
    operation->prepare_at = must_prepare ? answers_before : -1;
    if (must_prepare && !send_prepare(connection, operation, name))
        return false;
    return PQsendQueryPrepared(connection->native, name, parameters->count, parameters->values, parameters->sizes,
                               parameters->formats, 0) == 1;
}

static bool send_parts(poly_pg_connection *connection, poly_operation *operation)
{
    int answers = 0;

    operation->answers = 0;
    /* A transaction that begins anew is in its failed state still. */
    if (operation->begins && operation->was_reprepared) {
        if (!send_command(connection->native, "ROLLBACK"))
            return false;
        answers++;
    }
    if (operation->begins) {
        if (!send_command(connection->native, "BEGIN"))
            return false;
        answers++;
    }
    if (operation->command ? !send_command(connection->native, operation->command)
                           : !send_statement(connection, operation, answers))
        return false;
    return PQpipelineSync(connection->native) == 1;
}

static bool flush(poly_pg_connection *connection)
{
    int pending = PQflush(connection->native);

    if (pending == 1)
        return event_add(connection->writable, NULL) == 0;
    return pending == 0;
}

bool poly_pg_connection_send(poly_pg_connection *connection, poly_operation *operation)
{
    operation->state = POLY_OPERATION_SENT;
    operation->connection = connection;
    poly_operation_append(&connection->sent, operation);
    look_at_grace(connection);
    if (send_parts(connection, operation) && flush(connection))
        return true;
    give_up(connection, PQerrorMessage(connection->native));
    return false;
}

/* --- answers --- */

static const char *sqlstate_of(const PGresult *result)
{
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

static bool is_failure(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return result && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

/* Notes what an error says about the statement's preparation; true if preparing it again would help. */
static bool is_stale(poly_pg_connection *connection, const poly_operation *operation)
{
    atomic_uint *epoch = &connection->lane->pool->epoch;
    const char *sqlstate = sqlstate_of(operation->result);
    poly_prepared *prepared;
    unsigned seen;

    if (!operation->statement)
        return false;
    prepared = poly_prepared_of(&connection->prepared, operation->statement);
    if (operation->prepare_at >= 0) {
        if (operation->answers <= operation->prepare_at)
            prepared->is_sent = false;
        return false;
    }
    if (!poly_pg_is_unprepared(sqlstate) && !poly_pg_is_outdated(sqlstate))
        return false;
    prepared->is_sent = false;
    /* The first to notice has everything prepared again, everywhere. */
    seen = prepared->epoch;
    if (poly_pg_is_outdated(sqlstate))
        atomic_compare_exchange_strong(epoch, &seen, seen + 1);
    return true;
}

static bool can_resend(const poly_operation *operation)
{
    return !operation->is_abandoned && !operation->was_reprepared &&
           (operation->kind != POLY_OPERATION_WITHIN || operation->begins);
}

static void settle_failure(poly_operation *operation, bool stale)
{
    poly_pg_verdict verdict = poly_pg_judge(sqlstate_of(operation->result));

    operation->is_retryable = stale || verdict.is_retryable;
    if (!stale && verdict.result == POLY_REJECTED)
        poly_pg_report_refusal(operation->statement ? operation->statement->name : operation->command,
                               operation->result);
    poly_operation_finish(operation, stale ? POLY_UNAVAILABLE : verdict.result);
}

enum progress { PROGRESS_MORE, PROGRESS_WAIT, PROGRESS_GONE };

/* Its synchronisation point has come. */
static enum progress complete_first(poly_pg_connection *connection)
{
    poly_operation *operation = poly_operation_take_first(&connection->sent);
    bool failed = is_failure(operation->result);
    bool stale = failed && is_stale(connection, operation);

    if (stale && can_resend(operation)) {
        operation->was_reprepared = true;
        PQclear(operation->result);
        operation->result = NULL;
        return poly_pg_connection_send(connection, operation) ? PROGRESS_MORE : PROGRESS_GONE;
    }
    look_at_grace(connection);
    if (failed)
        settle_failure(operation, stale);
    else
        poly_operation_finish(operation, operation->result ? POLY_OK : POLY_BAD_ANSWER);
    return PROGRESS_MORE;
}

static void keep(poly_operation *operation, PGresult *result)
{
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || is_failure(operation->result)) {
        PQclear(result);
        return;
    }
    if (!is_failure(result))
        operation->answers++;
    PQclear(operation->result);
    operation->result = result;
}

/* Free for all again, if it is not held and nothing is under way. False: it was left in a transaction, and is gone. */
static bool look_at_release(poly_pg_connection *connection)
{
    if (connection->state != POLY_CONNECTION_EXCLUSIVE || connection->transaction || connection->sent.count > 0)
        return true;
    if (PQtransactionStatus(connection->native) != PQTRANS_IDLE) {
        give_up(connection, "a statement left a transaction open");
        return false;
    }
    connection->state = POLY_CONNECTION_SHARED;
    return true;
}

/* Takes one result of the first operation. */
static enum progress take_result(poly_pg_connection *connection)
{
    PGresult *result;

    if (PQisBusy(connection->native))
        return PROGRESS_WAIT;
    result = PQgetResult(connection->native);
    if (!result) /* the end of one command's results; the next command's, or its own synchronisation point, follow */
        return PQisBusy(connection->native) ? PROGRESS_WAIT : PROGRESS_MORE;
    if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
        PQclear(result);
        return complete_first(connection);
    }
    if (PQresultStatus(result) == PGRES_FATAL_ERROR && poly_pg_judge(sqlstate_of(result)).ends_connection) {
        give_up(connection, PQresultErrorMessage(result));
        PQclear(result);
        return PROGRESS_GONE;
    }
    keep(connection->sent.first, result);
    return PROGRESS_MORE;
}

static void on_readable(evutil_socket_t fd, short what, void *argument)
{
    poly_pg_connection *connection = argument;
    poly_pg_lane *lane = connection->lane;
    enum progress progress = PROGRESS_MORE;

    (void)fd;
    (void)what;
    if (!PQconsumeInput(connection->native)) {
        give_up(connection, PQerrorMessage(connection->native));
        return;
    }
    if (connection->sent.count == 0)
        (void)PQisBusy(connection->native); /* reads what the server says unasked */
    while (progress == PROGRESS_MORE && connection->sent.count > 0)
        progress = take_result(connection);
    if (progress == PROGRESS_GONE || !look_at_release(connection))
        return;
    poly_pg_lane_dispatch(lane);
}

static void on_writable(evutil_socket_t fd, short what, void *argument)
{
    poly_pg_connection *connection = argument;

    (void)fd;
    (void)what;
    if (!flush(connection))
        give_up(connection, PQerrorMessage(connection->native));
}

/* --- begin --- */

poly_pg_connection *poly_pg_connection_create(poly_pg_lane *lane, PGconn *native)
{
    struct event_base *base = poly_loop_base(poly_loop_current());
    poly_pg_connection *connection = poly_alloc_zero(1, sizeof(*connection));

    connection->lane = lane;
    connection->native = native;
    connection->grace = poly_timer_create(poly_loop_current(), grace_is_over, connection);
    connection->readable = event_new(base, PQsocket(native), EV_READ | EV_PERSIST, on_readable, connection);
    connection->writable = event_new(base, PQsocket(native), EV_WRITE, on_writable, connection);
    if (!PQenterPipelineMode(native) || !connection->readable || !connection->writable ||
        event_add(connection->readable, NULL) != 0)
        poly_pg_connection_destroy(&connection);
    return connection;
}

void poly_pg_connection_give_back(poly_pg_connection *connection, bool rolls_back)
{
    poly_pg_lane *lane = connection->lane;
    poly_operation *operation;

    connection->transaction = NULL;
    if (!rolls_back) {
        if (look_at_release(connection))
            poly_pg_lane_dispatch(lane);
        return;
    }
    operation = poly_operation_create(lane, POLY_OPERATION_WITHIN);
    operation->command = "ROLLBACK";
    operation->is_abandoned = true;
    if (!poly_pg_connection_send(connection, operation))
        return; /* the server rolls back by itself */
}

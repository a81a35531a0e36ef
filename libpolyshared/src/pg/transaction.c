/* SPDX-License-Identifier: MIT */
#include "pg/transaction.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pg/answer.h"
#include "pg/lane.h"
#include "pg/report.h"
#include "poly/random.h"
#include "poly/time.h"

enum { MAX_RUNS = 3, LONGEST_PAUSE_MS = 20 };

static poly_result wait_for_connection(poly_pg_transaction *transaction)
{
    poly_result result = poly_operation_admit();
    poly_operation *operation;

    if (result != POLY_OK)
        return result;
    operation = poly_operation_create(poly_pg_lane_of(transaction->pool), POLY_OPERATION_HOLD);
    operation->transaction = transaction;
    result = poly_pg_lane_submit(operation->lane, operation);
    if (result == POLY_OK)
        result = poly_operation_await(&operation, poly_pg_query_deadline(transaction->pool));
    if (result == POLY_OK)
        result = operation->outcome;
    poly_operation_destroy(&operation);
    return result;
}

poly_result poly_pg_begin(poly_pg *pg, poly_pg_transaction **transaction)
{
    poly_pg_transaction *self = poly_alloc_zero(1, sizeof(*self));
    poly_result result;

    self->pool = pg;
    result = wait_for_connection(self);
    if (result != POLY_OK) {
        free(self);
        self = NULL;
    }
    *transaction = self;
    return result;
}

/* Sends it and waits. On POLY_OK the operation is the caller's to read and destroy. */
static poly_result run(poly_pg_transaction *transaction, poly_operation **operation)
{
    uint64_t deadline = poly_pg_query_deadline(transaction->pool);
    poly_result result;

    if (poly_pg_connection_send(transaction->connection, *operation))
        transaction->has_begun = true;
    result = poly_operation_await(operation, deadline);
    if (result != POLY_OK)
        return result;
    transaction->is_retryable = (*operation)->is_retryable;
    return POLY_OK;
}

static poly_result query(poly_pg_transaction *transaction, const poly_statement *statement,
                         const poly_pg_parameters *parameters, poly_arena *arena, poly_pg_rows *rows)
{
    poly_operation *operation = poly_operation_create(transaction->connection->lane, POLY_OPERATION_WITHIN);
    poly_result result;

    operation->statement = statement;
    operation->parameters = parameters;
    operation->begins = !transaction->has_begun;
    result = run(transaction, &operation);
    if (result != POLY_OK)
        return result;
    result = operation->outcome;
    if (operation->result)
        poly_pg_answer_read(operation->result, arena, rows);
    rows->retryable = operation->is_retryable;
    poly_operation_destroy(&operation);
    return result;
}

static poly_result check_usable(const poly_pg_transaction *transaction)
{
    if (transaction->failure != POLY_OK)
        return transaction->failure;
    if (!transaction->connection)
        return POLY_UNAVAILABLE;
    return poly_operation_admit();
}

poly_result poly_pg_transaction_query(poly_pg_transaction *transaction, const poly_statement *statement,
                                      const poly_pg_value *values, poly_arena *arena, poly_pg_rows *rows)
{
    uint64_t began = poly_time_monotonic();
    poly_pg_parameters parameters;
    poly_result result = check_usable(transaction);

    *rows = (poly_pg_rows){0};
    if (result == POLY_OK)
        result = poly_pg_parameters_make(statement, values, arena, &parameters);
    if (result == POLY_OK) {
        result = query(transaction, statement, &parameters, arena, rows);
        poly_pg_report_query(result, poly_time_monotonic() - began);
    }
    if (transaction->failure == POLY_OK)
        transaction->failure = result;
    return result;
}

static void end(poly_pg_transaction **transaction, bool rolls_back)
{
    poly_pg_transaction *self = *transaction;

    *transaction = NULL;
    if (self->connection)
        poly_pg_connection_give_back(self->connection, rolls_back && self->has_begun);
    free(self);
}

/* COMMIT of a transaction that has failed is answered by a ROLLBACK that succeeded. */
static bool has_committed(const poly_operation *operation)
{
    return strcmp(PQcmdStatus(operation->result), "COMMIT") == 0;
}

static poly_result send_commit(poly_pg_transaction *transaction)
{
    poly_operation *operation = poly_operation_create(transaction->connection->lane, POLY_OPERATION_WITHIN);
    poly_result result;

    operation->command = "COMMIT";
    result = run(transaction, &operation);
    if (result != POLY_OK)
        return result;
    result = operation->outcome;
    if (result == POLY_OK && !has_committed(operation))
        result = POLY_REJECTED;
    poly_operation_destroy(&operation);
    return result;
}

/* After it the connection has no transaction, or an answer is due that nobody waits for. */
static poly_result commit(poly_pg_transaction **transaction, bool *is_retryable)
{
    poly_result result = check_usable(*transaction);

    *is_retryable = (*transaction)->is_retryable;
    if (result != POLY_OK || !(*transaction)->has_begun) {
        end(transaction, true);
        return result;
    }
    result = send_commit(*transaction);
    *is_retryable = result != POLY_OK && (*transaction)->is_retryable;
    end(transaction, false);
    return result;
}

poly_result poly_pg_commit(poly_pg_transaction **transaction)
{
    bool is_retryable;

    return *transaction ? commit(transaction, &is_retryable) : POLY_OK;
}

void poly_pg_rollback(poly_pg_transaction **transaction)
{
    if (*transaction)
        end(transaction, true);
}

/* --- a function as a transaction --- */

static poly_result run_once(poly_pg *pg, poly_result (*body)(poly_pg_transaction *transaction, void *context),
                            void *context, bool *is_retryable)
{
    poly_pg_transaction *transaction;
    poly_result result = poly_pg_begin(pg, &transaction);

    *is_retryable = false;
    if (result != POLY_OK)
        return result;
    result = body(transaction, context);
    if (result == POLY_OK)
        return commit(&transaction, is_retryable);
    *is_retryable = transaction->is_retryable;
    poly_pg_rollback(&transaction);
    return result;
}

poly_result poly_pg_in_transaction(poly_pg *pg, poly_result (*body)(poly_pg_transaction *transaction, void *context),
                                   void *context)
{
    poly_result result = POLY_OK;

    for (unsigned i = 0; i < MAX_RUNS; i++) {
        bool is_retryable;

        result = run_once(pg, body, context, &is_retryable);
        if (result == POLY_OK || !is_retryable || i + 1 == MAX_RUNS)
            return result;
        poly_pg_report_retry();
        /* Apart from each other, so that they do not meet in the same order again. */
        result = poly_fiber_sleep(POLY_MILLISECONDS(1 + poly_random_below(LONGEST_PAUSE_MS)));
        if (result != POLY_OK)
            return result;
    }
    return result;
}

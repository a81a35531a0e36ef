/* SPDX-License-Identifier: MIT */
#include "pg/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "poly/strbuf.h"
#include "poly/time.h"

/* Setting up takes one round trip; a server that froze in between must not hold the caller for long. */
#define SETUP_MS 5000u

/* Servers before this version do not know client_connection_check_interval. */
#define FIRST_TO_CHECK_CLIENTS 140000

void poly_session_fault(const char *message, char fault[POLY_PG_FAULT_SIZE])
{
    size_t size = 0;

    for (; message && *message && size < POLY_PG_FAULT_SIZE - 1; message++) {
        char character = *message == '\n' || *message == '\t' ? ' ' : *message;

        if (character != ' ' || (size > 0 && fault[size - 1] != ' '))
            fault[size++] = character;
    }
    while (size > 0 && fault[size - 1] == ' ')
        size--;
    fault[size] = '\0';
}

static void ignore_notice(void *argument, const char *message)
{
    (void)argument;
    (void)message;
}

/* What stands before the URL may be overridden by it; what stands behind may not. */
static PGconn *connect_to(const poly_session_options *options)
{
    char timeout[16];
    const char *const pairs[][2] = {
        {"gssencmode", "disable"}, /* otherwise each connect looks for Kerberos credentials */
        {"target_session_attrs", "read-write"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "20000"},
        {"fallback_application_name", options->application_name ? options->application_name : "poly"},
        {"dbname", options->url},
        {"client_encoding", "UTF8"},
        {"connect_timeout", timeout},
    };
    const char *keywords[POLY_LENGTH(pairs) + 1] = {NULL};
    const char *values[POLY_LENGTH(pairs) + 1] = {NULL};

    snprintf(timeout, sizeof(timeout), "%u", options->connect_timeout_s);
    for (size_t i = 0; i < POLY_LENGTH(pairs); i++) {
        keywords[i] = pairs[i][0];
        values[i] = pairs[i][1];
    }
    return PQconnectdbParams(keywords, values, 1);
}

static bool await_socket(PGconn *native, short events, uint64_t deadline)
{
    struct pollfd poller = {.fd = PQsocket(native), .events = events};
    uint64_t now = poly_time_monotonic();
    int ready;

    if (now >= deadline)
        return false;
    ready = poll(&poller, 1, (int)((deadline - now) / 1000) + 1);
    return ready > 0 || (ready < 0 && errno == EINTR);
}

static bool send_all(PGconn *native, const char *sql, uint64_t deadline)
{
    int pending;

    if (PQsetnonblocking(native, 1) != 0 || !PQsendQuery(native, sql))
        return false;
    while ((pending = PQflush(native)) == 1)
        if (!await_socket(native, POLLIN | POLLOUT, deadline) || !PQconsumeInput(native))
            return false;
    return pending == 0;
}

PGresult *poly_session_execute(PGconn *native, const char *sql, unsigned milliseconds)
{
    uint64_t deadline = poly_time_monotonic() + POLY_MILLISECONDS(milliseconds);
    PGresult *last = NULL;

    if (!send_all(native, sql, deadline))
        return NULL;
    for (;;) {
        PGresult *result;

        while (PQisBusy(native))
            if (!await_socket(native, POLLIN, deadline) || !PQconsumeInput(native))
                goto lost;
        result = PQgetResult(native);
        if (!result)
            return last;
        /* An error stops the commands behind it, so the last result is the one that tells. */
        PQclear(last);
        last = result;
    }
lost:
    PQclear(last);
    return NULL;
}

static void write_setup(PGconn *native, const poly_session_options *options, poly_strbuf *sql)
{
    poly_strbuf_append_text(sql, "SET TIME ZONE 'UTC'; SET datestyle TO 'ISO'; SET bytea_output TO 'hex';");
    /* A prepared plan lives as long as its connection: one that was made while a table was small enough to be read
     * whole would go on reading it whole when it has grown. */
    poly_strbuf_append_text(sql, "SET enable_seqscan TO off; SET jit TO off;");
    /* Without values the planner guesses how much a page leaves out, and would gather and sort a million rows for one
     * rather than read it along its index. */
    if (options->plans_once)
        poly_strbuf_append_text(sql, "SET plan_cache_mode TO force_generic_plan; SET enable_bitmapscan TO off;"
                                     "SET max_parallel_workers_per_gather TO 0;");
    poly_strbuf_printf(sql, "SET statement_timeout TO %u;", options->statement_timeout_ms);
    poly_strbuf_printf(sql, "SET idle_in_transaction_session_timeout TO %u;", options->idle_transaction_ms);
    /* A query that was given up loses its connection; this ends it on the server too. */
    if (PQserverVersion(native) >= FIRST_TO_CHECK_CLIENTS)
        poly_strbuf_append_text(sql, "SET client_connection_check_interval TO 1000;");
    if (options->setup)
        poly_strbuf_append_text(sql, options->setup);
}

static bool set_up(PGconn *native, const poly_session_options *options)
{
    poly_strbuf sql;
    PGresult *result;
    bool done;

    poly_strbuf_init(&sql, 8192);
    write_setup(native, options, &sql);
    result = poly_session_execute(native, poly_strbuf_text(&sql), SETUP_MS);
    done = !sql.overflowed && PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    poly_strbuf_release(&sql);
    return done;
}

PGconn *poly_session_open(const poly_session_options *options, char fault[POLY_PG_FAULT_SIZE])
{
    PGconn *native = connect_to(options);

    if (native && PQstatus(native) == CONNECTION_OK) {
        PQsetNoticeProcessor(native, ignore_notice, NULL);
        if (set_up(native, options))
            return native;
    }
    poly_session_fault(native ? PQerrorMessage(native) : "out of memory", fault);
    if (fault[0] == '\0')
        poly_session_fault("the server did not answer in time", fault);
    PQfinish(native);
    return NULL;
}

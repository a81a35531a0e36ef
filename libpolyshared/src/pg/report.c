/* SPDX-License-Identifier: MIT */
#include "pg/report.h"

#include <pthread.h>
#include <string.h>

#include "pg/session.h"
#include "poly/log.h"
#include "poly/metrics.h"

static struct {
    poly_gauge *connections;
    poly_gauge *waiting;
    poly_counter *connects;
    poly_counter *failed_connects;
    poly_counter *lost;
    poly_counter *retries;
    poly_counter *queries[POLY_IO + 1];
    poly_histogram *duration;
} instruments;

static poly_counter *connects(const char *outcome)
{
    const poly_label labels[] = {{"outcome", outcome}, {NULL, NULL}};

    return poly_counter_get("poly_pg_connects_total", "Attempts to connect to the database, by outcome.", labels);
}

static void make(void)
{
    instruments.connections = poly_gauge_get("poly_pg_connections", "Connections to the database.", NULL);
    instruments.waiting = poly_gauge_get("poly_pg_waiting", "Fibers that wait for a connection to the database.", NULL);
    instruments.connects = connects("ok");
    instruments.failed_connects = connects("failed");
    instruments.lost = poly_counter_get("poly_pg_connections_lost_total", "Connections that broke while in use.", NULL);
    instruments.retries = poly_counter_get("poly_pg_retries_total", "Queries and transactions run again.", NULL);
    instruments.duration =
        poly_histogram_get("poly_pg_query_duration_seconds", "Queries, the wait for a connection included.", NULL);
    for (poly_result result = POLY_OK; result <= POLY_IO; result++) {
        const poly_label labels[] = {{"result", poly_result_name(result)}, {NULL, NULL}};

        instruments.queries[result] = poly_counter_get("poly_pg_queries_total", "Queries, by result.", labels);
    }
}

void poly_pg_report_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make);
}

void poly_pg_report_connect(bool connected)
{
    poly_counter_add(connected ? instruments.connects : instruments.failed_connects, 1);
}

void poly_pg_report_connections(int change)
{
    poly_gauge_add(instruments.connections, change);
}

void poly_pg_report_waiting(int change)
{
    poly_gauge_add(instruments.waiting, change);
}

void poly_pg_report_lost(const char *reason)
{
    char fault[POLY_PG_FAULT_SIZE];

    poly_session_fault(reason, fault);
    poly_counter_add(instruments.lost, 1);
    poly_log(POLY_LOG_WARNING, "lost a connection to the database", poly_text_field("error", fault));
}

void poly_pg_report_retry(void)
{
    poly_counter_add(instruments.retries, 1);
}

void poly_pg_report_query(poly_result result, uint64_t microseconds)
{
    poly_counter_add(instruments.queries[result], 1);
    poly_histogram_observe(instruments.duration, microseconds);
}

/* Messages of these classes speak of the schema and the statement; those of others may quote values. */
static bool is_message_harmless(const char *sqlstate)
{
    return strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "0A", 2) == 0;
}

void poly_pg_report_refusal(const char *statement, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    poly_log(POLY_LOG_ERROR, "the database refused a statement", poly_text_field("statement", statement),
             poly_text_field("sqlstate", sqlstate),
             poly_text_field("error", sqlstate && is_message_harmless(sqlstate) ? message : NULL));
}

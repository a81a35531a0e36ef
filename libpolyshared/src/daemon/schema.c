/* SPDX-License-Identifier: MIT */
#include "daemon/schema.h"

#include <stdio.h>
#include <string.h>

#include "daemon/stop_signal.h"
#include "poly/log.h"
#include "poly/pg_migrate.h"
#include "poly/time.h"

#define PATIENCE_S     10
#define FIRST_PAUSE_MS 250u
#define LAST_PAUSE_MS  2000u
#define REPORT_MAX     65536

/* What is done with the database, and who hears of each failure that is tried again. */
struct errand {
    const poly_daemon *daemon;
    poly_result (*act)(const char *url, const poly_migrations *migrations, poly_strbuf *report);
    void (*tell)(const poly_daemon *daemon, const char *report);
};

/* A database that starts at the same time, or fails over just now, is no reason to give up. */
static poly_result insist(const struct errand *errand, poly_strbuf *report)
{
    const uint64_t end = poly_time_monotonic() + POLY_SECONDS(PATIENCE_S);
    unsigned pause = FIRST_PAUSE_MS;

    for (;;) {
        const poly_daemon *daemon = errand->daemon;
        poly_result result = errand->act(*daemon->database_url, daemon->migrations, report);
        const char *signal;

        if (result != POLY_UNAVAILABLE || poly_time_monotonic() + POLY_MILLISECONDS(pause) >= end)
            return result;
        errand->tell(daemon, poly_strbuf_text(report));
        poly_strbuf_clear(report);
        signal = stop_signal_wait_for(pause);
        if (signal) {
            poly_log(POLY_LOG_INFO, "stopping", poly_text_field("signal", signal));
            return POLY_CANCELLED;
        }
        pause = 2 * pause < LAST_PAUSE_MS ? 2 * pause : LAST_PAUSE_MS;
    }
}

/* --- migrate --- */

static void print_failure(const poly_daemon *daemon, const char *report)
{
    (void)daemon;
    fprintf(stderr, "%strying again\n", report);
}

bool daemon_schema_migrate(const poly_daemon *daemon)
{
    const struct errand errand = {daemon, poly_pg_migrate, print_failure};
    poly_strbuf report;
    poly_result result;

    poly_strbuf_init(&report, REPORT_MAX);
    result = insist(&errand, &report);
    fputs(poly_strbuf_text(&report), result == POLY_OK ? stdout : stderr);
    if (result == POLY_OK)
        printf("the schema of %s is up to date, at %04zu\n", daemon->name, daemon->migrations->count);
    poly_strbuf_release(&report);
    return result == POLY_OK;
}

/* --- before serve --- */

/* Reports end in a newline, and a field of the log does not. */
static const char *trim(poly_strbuf *report)
{
    while (report->size && report->data[report->size - 1] == '\n')
        report->data[--report->size] = '\0';
    return poly_strbuf_text(report);
}

static void log_failure(const poly_daemon *daemon, const char *report)
{
    (void)daemon;
    poly_log(POLY_LOG_WARNING, "the database cannot be reached yet, trying again", poly_text_field("fault", report));
}

poly_result daemon_schema_check(const poly_daemon *daemon, poly_strbuf *fault)
{
    const struct errand errand = {daemon, poly_pg_schema_check, log_failure};
    poly_strbuf report;
    poly_result result;

    if (!daemon->migrations)
        return POLY_OK;
    poly_strbuf_init(&report, REPORT_MAX);
    result = insist(&errand, &report);
    if (result == POLY_UNAVAILABLE)
        poly_strbuf_printf(fault, "for %d s: ", PATIENCE_S);
    poly_strbuf_append_text(fault, trim(&report));
    poly_strbuf_release(&report);
    return result;
}

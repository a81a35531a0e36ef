/* SPDX-License-Identifier: MIT */
#include "httpc/client.h"
#include "poly/log.h"
#include "poly/time.h"

#include <string.h>

enum { LOGGED_PATH = 256 };

void poly_httpc_report_init(poly_httpc *client)
{
    const char *name = client->options.name;

    for (size_t i = 0; i < POLY_LENGTH(client->calls); i++) {
        const poly_label labels[] = {{"upstream", name}, {"result", poly_result_name((poly_result)i)}, {NULL, NULL}};

        switch ((poly_result)i) {
        case POLY_OK:
        case POLY_INVALID:
        case POLY_UNAVAILABLE:
        case POLY_BAD_ANSWER:
        case POLY_TIMEOUT:
        case POLY_CANCELLED:
            client->calls[i] = poly_counter_get("poly_httpc_calls_total", "Calls to an upstream by result.", labels);
            break;
        default:
            break;
        }
    }

    const poly_label labels[] = {{"upstream", name}, {NULL, NULL}};

    client->duration = poly_histogram_get("poly_httpc_call_duration_seconds",
                                          "Duration of calls to an upstream, retries included.", labels);
    client->retries = poly_counter_get("poly_httpc_retries_total", "Attempts made again.", labels);
    client->breaker_state =
        poly_gauge_get("poly_httpc_breaker_state", "Circuit breaker: 0 closed, 1 half-open, 2 open.", labels);
    poly_gauge_set(client->breaker_state, POLY_BREAKER_CLOSED);
}

/* True when a warning is due; `unwarned` gets how many failures before this one were passed over. */
static bool may_warn(poly_httpc *client, unsigned *unwarned)
{
    uint64_t now = poly_time_monotonic();
    bool due;

    pthread_mutex_lock(&client->mutex);
    due = now >= client->next_warning;
    *unwarned = client->unwarned;
    client->unwarned = due ? 0 : client->unwarned + 1;
    if (due)
        client->next_warning = now + POLY_SECONDS(1);
    pthread_mutex_unlock(&client->mutex);
    return due;
}

static void warn(poly_httpc *client, const poly_httpc_outcome *outcome)
{
    char path[LOGGED_PATH];
    unsigned unwarned;

    if (!may_warn(client, &unwarned))
        return;
    /* Queries carry tickets and search terms. */
    snprintf(path, sizeof(path), "%.*s", (int)strcspn(outcome->path, "?"), outcome->path);
    poly_log(POLY_LOG_WARNING, "upstream call failed", poly_text_field("upstream", client->options.name),
             poly_text_field("result", poly_result_name(outcome->result)), poly_text_field("path", path),
             poly_int_field("status", outcome->status), poly_text_field("error", outcome->error),
             poly_int_field("attempts", outcome->attempts), poly_int_field("failures_not_logged", unwarned));
}

void poly_httpc_report(poly_httpc *client, const poly_httpc_outcome *outcome)
{
    poly_counter_add(client->calls[outcome->result], 1);
    if (outcome->attempts > 0)
        poly_histogram_observe(client->duration, outcome->microseconds);
    if (outcome->attempts > 1)
        poly_counter_add(client->retries, outcome->attempts - 1);
    if (outcome->result != POLY_OK && outcome->result != POLY_CANCELLED)
        warn(client, outcome);
}

void poly_httpc_report_breaker(poly_httpc *client, poly_breaker_state before, poly_breaker_state after)
{
    if (before == after)
        return;
    poly_gauge_set(client->breaker_state, after);
    if (after == POLY_BREAKER_OPEN)
        poly_log(POLY_LOG_WARNING, "circuit breaker opened", poly_text_field("upstream", client->options.name));
    else if (after == POLY_BREAKER_CLOSED)
        poly_log(POLY_LOG_INFO, "circuit breaker closed", poly_text_field("upstream", client->options.name));
}

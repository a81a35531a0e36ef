/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const error_names[LOAD_ERRORS] = {
    [LOAD_ERROR_CONNECT] = "connect", [LOAD_ERROR_RESET] = "reset",         [LOAD_ERROR_CLOSED] = "closed",
    [LOAD_ERROR_TIMEOUT] = "timeout", [LOAD_ERROR_MALFORMED] = "malformed",
};

static void print_statuses(const struct load_figures *figures)
{
    const char *separator = "";

    printf("\"statuses\":{");
    for (int status = 100; status < 600; status++) {
        if (figures->statuses[status] == 0)
            continue;
        printf("%s\"%d\":%" PRIu64, separator, status, figures->statuses[status]);
        separator = ",";
    }
    printf("},");
}

static void print_errors(const struct load_figures *figures)
{
    uint64_t sum = 0;

    printf("\"errors\":{");
    for (int error = 0; error < LOAD_ERRORS; error++) {
        printf("\"%s\":%" PRIu64 ",", error_names[error], figures->errors[error]);
        sum += figures->errors[error];
    }
    printf("\"all\":%" PRIu64 "},", sum);
}

static void print_latency(const struct latency *latency)
{
    printf("\"latency_us\":{\"min\":%" PRIu64 ",\"mean\":%.1f,\"p50\":%" PRIu64 ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64
           ",\"p999\":%" PRIu64 ",\"max\":%" PRIu64 "},",
           latency->min, latency_mean(latency), latency_percentile(latency, 50), latency_percentile(latency, 90),
           latency_percentile(latency, 99), latency_percentile(latency, 99.9), latency->max);
}

void load_report(const struct load_options *options, const struct load_figures *figures)
{
    printf("{\"connections\":%u,\"issued\":%" PRIu64 ",\"completed\":%" PRIu64 ",\"unsent\":%" PRIu64
           ",\"connected\":%" PRIu64 ",\"seconds\":%.6f,\"rate\":%.1f,",
           options->connections, figures->issued, figures->completed, figures->unsent, figures->connected,
           figures->seconds, figures->seconds > 0 ? (double)figures->completed / figures->seconds : 0.0);
    print_statuses(figures);
    print_errors(figures);
    print_latency(&figures->latency);
    printf("\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64 "}\n", figures->bytes_in, figures->bytes_out);
}

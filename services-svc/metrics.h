/* SPDX-License-Identifier: MIT */
/*
 * Figures of interest. An outcome counts once, where it is decided.
 */
#ifndef SERVICES_METRICS_H
#define SERVICES_METRICS_H

#include "poly/metrics.h"

typedef enum launch_outcome {
    LAUNCH_EXCHANGED,
    LAUNCH_REPEATED, /* within the grace: the same session again */
    LAUNCH_SPENT,    /* too late a repeat */
    LAUNCH_REFUSED,  /* no good token */
    LAUNCH_FAILED,   /* main-svc's keys or the database */
    LAUNCH_OUTCOMES,
} launch_outcome;

typedef struct services_metrics {
    poly_counter *launches[LAUNCH_OUTCOMES];
    poly_counter *swept_files;
} services_metrics;

void metrics_init(services_metrics *metrics);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What has been done here. An outcome counts once, where it is decided.
 */
#ifndef TRAFFIC_METRICS_H
#define TRAFFIC_METRICS_H

#include "poly/metrics.h"

typedef enum mark_outcome {
    MARK_MADE,
    MARK_REPEATED, /* the student was there already */
    MARK_STALE,    /* a code or claim that is wrong or too old */
    MARK_REFUSED,  /* no valid launch token */
    MARK_CLOSED,   /* no such active session */
    MARK_FAILED,   /* the database, or keys that cannot be fetched */
    MARK_OUTCOMES,
} mark_outcome;

typedef enum sync_run_outcome {
    SYNC_RUN_OK,
    SYNC_RUN_REFUSED, /* a list of teachers that was not believed */
    SYNC_RUN_FAILED,
    SYNC_RUN_OUTCOMES,
} sync_run_outcome;

typedef struct traffic_metrics {
    poly_counter *marks[MARK_OUTCOMES];
    poly_counter *syncs[SYNC_RUN_OUTCOMES];
    poly_counter *claims;
    poly_counter *sessions_started;
    poly_counter *pins_unknown;
    poly_gauge *kiosks; /* connected to this replica */
} traffic_metrics;

void metrics_init(traffic_metrics *metrics);

#endif

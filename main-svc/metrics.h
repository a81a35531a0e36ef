/* SPDX-License-Identifier: MIT */
/*
 * Figures of what students do here. An outcome counts once, where it is decided.
 */
#ifndef MAIN_METRICS_H
#define MAIN_METRICS_H

#include "poly/metrics.h"

typedef enum login_outcome {
    LOGIN_OK,
    LOGIN_WRONG,     /* CAS refused the name and password, or the ticket */
    LOGIN_STATE,     /* a callback without the state that it set out with */
    LOGIN_THROTTLED, /* refused before CAS was asked */
    LOGIN_BAD_PAGE,  /* CAS was not understood */
    LOGIN_FAILED,    /* CAS did not answer */
    LOGIN_OUTCOMES,
} login_outcome;

typedef enum login_way { LOGIN_BY_FORM, LOGIN_BY_TICKET, LOGIN_WAYS } login_way;

const char *login_way_name(login_way way); /* static */

typedef enum gradebook_outcome {
    GRADEBOOK_OK,
    GRADEBOOK_NO_PASSWORD,
    GRADEBOOK_REFUSED,
    GRADEBOOK_BAD_PAGE,
    GRADEBOOK_FAILED,
    GRADEBOOK_OUTCOMES,
} gradebook_outcome;

typedef struct main_metrics {
    poly_counter *logins[LOGIN_WAYS][LOGIN_OUTCOMES];
    poly_counter *gradebooks[GRADEBOOK_OUTCOMES];
    poly_counter *launch_tokens;
    poly_gauge *passwords;
    poly_gauge *schedule_bytes;
} main_metrics;

void metrics_init(main_metrics *metrics);

#endif

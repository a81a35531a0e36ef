/* SPDX-License-Identifier: MIT */
/*
 * Figures of security interest. An outcome counts once, where it is decided.
 */
#ifndef SSO_METRICS_H
#define SSO_METRICS_H

#include "poly/metrics.h"

typedef enum login_outcome {
    LOGIN_OK,
    LOGIN_WRONG,      /* unknown, disabled, without a password, or the wrong one */
    LOGIN_OTHER_APP,  /* the right password for another app */
    LOGIN_THROTTLED,  /* refused before the password was looked at */
    LOGIN_OVERLOADED, /* no room to hash */
    LOGIN_FAILED,     /* the database */
    LOGIN_OUTCOMES,
} login_outcome;

typedef enum refresh_outcome {
    REFRESH_ROTATED,
    REFRESH_REPEATED, /* within the grace: the same successor again */
    REFRESH_REUSED,   /* the family was ended */
    REFRESH_REFUSED,  /* unknown, expired, of an ended session or a disabled user */
    REFRESH_FAILED,
    REFRESH_OUTCOMES,
} refresh_outcome;

typedef enum provision_outcome {
    PROVISION_CREATED,
    PROVISION_UPDATED,
    PROVISION_UNCHANGED,
    PROVISION_REFUSED,
    PROVISION_OUTCOMES,
} provision_outcome;

typedef struct sso_metrics {
    poly_counter *logins[LOGIN_OUTCOMES];
    poly_counter *refreshes[REFRESH_OUTCOMES];
    poly_counter *provisions[PROVISION_OUTCOMES];
    poly_counter *telegram_tokens;
} sso_metrics;

void metrics_init(sso_metrics *metrics);

/* "created" …; static. */
const char *provision_outcome_name(provision_outcome outcome);

#endif

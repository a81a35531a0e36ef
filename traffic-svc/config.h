/* SPDX-License-Identifier: MIT */
/*
 * What the environment tells traffic-svc. Read once at start, then constant.
 */
#ifndef TRAFFIC_CONFIG_H
#define TRAFFIC_CONFIG_H

#include "poly/config.h"

typedef struct traffic_config {
    poly_common_config common; /* first, as poly_config_load wants it */

    const char *database_url;
    int64_t database_connections; /* of each worker */

    const char *sso_api_url;
    const char *schedule_api_url;
    const char *main_api_url;
    const char *sso_secret; /* what we prove ourselves with at sso-svc */
    const char *internal_secret;
    const char *internal_previous_secret;

    const char *telegram_bot_token;    /* "" for no Telegram login */
    const char *telegram_bot_username; /* "" for no links to the bot */
    int64_t telegram_auth_max_age_seconds;

    bool teacher_sync_enabled;
    int64_t teacher_sync_interval_seconds;
    int64_t sync_missing_grace_days;
    int64_t sync_max_removal_percent;

    int64_t qr_rotate_seconds;
    int64_t session_max_minutes;
    int64_t pin_attempts_per_address;
    int64_t kiosks_per_address; /* made in a row and without a delay */
    int64_t unregistered_keep_hours;
    int64_t audit_retention_days; /* 0: for ever */
} traffic_config;

#define TRAFFIC_DEFAULT_LISTEN "127.0.0.1:8003"

extern const poly_config_variable traffic_variables[];

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the environment tells schedule-svc. Read once at start, then constant.
 */
#ifndef SCHEDULE_CONFIG_H
#define SCHEDULE_CONFIG_H

#include "poly/config.h"

typedef struct schedule_config {
    poly_common_config common; /* first, as poly_config_load wants it */

    const char *ruz_base_url;
    int64_t upstream_deadline_ms;
    int64_t upstream_max_in_flight;
    int64_t upstream_max_waiting;

    int64_t cache_max_bytes;
    int64_t week_seconds;
    int64_t other_week_seconds;
    int64_t dictionary_seconds;
    int64_t teachers_seconds;
    int64_t stale_seconds;
    int64_t stale_if_error_seconds;
    int64_t stale_wait_ms;
    int64_t negative_seconds;

    const char *snapshot_dir; /* "" for none */
    int64_t snapshot_seconds;

    bool dictionaries_preload;
    int64_t hot_groups;
    int64_t hot_seconds;
    int64_t refresh_per_minute;
    int64_t changes_max;
} schedule_config;

#define SCHEDULE_DEFAULT_LISTEN "127.0.0.1:8005"

extern const poly_config_variable schedule_variables[];

#endif

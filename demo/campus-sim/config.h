/* SPDX-License-Identifier: MIT */
#ifndef CAMPUS_CONFIG_H
#define CAMPUS_CONFIG_H

#include "poly/config.h"

typedef struct campus_config {
    poly_common_config common;
    int64_t seed;
    const char *today; /* YYYY-MM-DD, or "" for the clock's */
    bool term_always;
    const char *day_dates;
    int64_t delay_ms;
    const char *replay_dir;
    const char *replay_others;
    const char *student_password; /* what stands before the login in a student's password */
} campus_config;

extern const poly_config_variable campus_variables[];

#endif

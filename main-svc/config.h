/* SPDX-License-Identifier: MIT */
/*
 * What the environment tells main-svc. Read once at start, then constant.
 */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include "poly/config.h"

typedef struct main_config {
    poly_common_config common; /* first, as poly_config_load wants it */

    const char *signing_keys_dir;
    int64_t student_token_seconds;
    int64_t launch_token_seconds;

    const char *cas_server;
    const char *cas_service_url;   /* "": no login by redirect */
    const char *cas_validate_path; /* below cas_server */
    int64_t cas_deadline_ms;       /* of each call */
    const char *frontend_url;      /* "": no login by redirect */

    const char *record_book_url;
    int64_t record_book_deadline_ms;
    int64_t password_keep_seconds;
    int64_t password_keep_max;
    const char *session_store_dir; /* "": passwords in this process's memory */
    const char *session_store_key; /* "" without a directory */

    const char *schedule_api_url;
    int64_t schedule_cache_seconds; /* 0: every request is relayed */
    int64_t schedule_cache_max_bytes;

    const char *miniapps_file; /* "": what the two URLs make */
    const char *services_url;
    const char *traffic_url;

    int64_t login_attempts_per_account; /* in a row and without a delay, from one address */
    int64_t login_attempts_per_address;
} main_config;

#define MAIN_DEFAULT_LISTEN "127.0.0.1:8001"

extern const poly_config_variable main_variables[];

#endif

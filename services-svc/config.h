/* SPDX-License-Identifier: MIT */
/*
 * What the environment tells services-svc. Read once at start, then constant.
 */
#ifndef SERVICES_CONFIG_H
#define SERVICES_CONFIG_H

#include "poly/config.h"

typedef struct services_config {
    poly_common_config common; /* first, as poly_config_load wants it */

    const char *database_url;
    int64_t database_connections; /* of each worker */
    const char *signing_keys_dir;
    int64_t student_session_seconds;

    const char *sso_api_url;
    const char *sso_secret;
    const char *main_api_url;

    const char *upload_dir;
    int64_t max_upload_file_bytes;
    const char *const *allowed_upload_extensions;
    int64_t upload_sweep_seconds;
    int64_t upload_orphan_seconds;
    int64_t uploads_per_caller;

    int64_t open_applications_per_student;
    const char *const *holidays; /* "2026-11-04", or "11-04" for that day of every year */

    int64_t audit_retention_days; /* 0: for ever */
} services_config;

#define SERVICES_DEFAULT_LISTEN "127.0.0.1:8002"

extern const poly_config_variable services_variables[];

#endif

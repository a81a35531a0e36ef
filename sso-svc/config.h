/* SPDX-License-Identifier: MIT */
/*
 * What the environment tells sso-svc. Read once at start, then constant.
 */
#ifndef SSO_CONFIG_H
#define SSO_CONFIG_H

#include "poly/config.h"

typedef struct sso_config {
    poly_common_config common; /* first, as poly_config_load wants it */

    const char *database_url;
    int64_t database_connections; /* of each worker */
    const char *signing_keys_dir;

    const char *admin_username; /* "" for none */
    const char *admin_password;

    const char *services_secret;
    const char *services_previous_secret;
    const char *traffic_secret;
    const char *traffic_previous_secret;
    const char *bot_secret;
    const char *bot_previous_secret;

    const char *traffic_api_url;
    const char *traffic_internal_secret;

    const char *frontend_url; /* where logins may be sent back to, beside the origins of CORS */
    const char *services_url;
    const char *traffic_url;

    int64_t access_token_seconds;
    int64_t refresh_token_seconds;
    int64_t refresh_idle_seconds;

    int64_t hash_threads; /* 0: one per core */
    int64_t hash_queue;
    int64_t hash_memory_kib;
    int64_t hash_passes;
    const char *breached_passwords_file; /* "" for none */

    int64_t login_attempts_per_account; /* in a row and without a delay, from one address */
    int64_t login_attempts_per_address;

    int64_t audit_retention_days; /* 0: for ever */
} sso_config;

#define SSO_DEFAULT_LISTEN "127.0.0.1:8004"

extern const poly_config_variable sso_variables[];

#endif

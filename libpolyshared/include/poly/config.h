/* SPDX-License-Identifier: MIT */
/*
 * A daemon's configuration: one const table of environment variables, read once at start into a struct. Every
 * fault is reported, one line each, before the daemon stops. `NAME_FILE` names a file that holds the value of a
 * secret or of a database's URI. Main thread only.
 */
#ifndef POLY_CONFIG_H
#define POLY_CONFIG_H

#include "poly/strbuf.h"

typedef enum poly_config_type {
    POLY_CONFIG_TEXT,    /* const char *; never NULL, "" when empty */
    POLY_CONFIG_INT,     /* int64_t within min..max */
    POLY_CONFIG_BOOL,    /* bool; true/false, 1/0, yes/no, on/off */
    POLY_CONFIG_URL,     /* const char *; http:// or https://, no trailing slash kept */
    POLY_CONFIG_ADDRESS, /* const char *; "host:port", "[v6]:port", ":port", or "fd:N" */
    POLY_CONFIG_LIST,    /* const char *const *; comma-separated, trimmed, NULL-terminated */
    POLY_CONFIG_SECRET,  /* const char *; at least min bytes (0: 32), no placeholder; masked in every output */
    POLY_CONFIG_CHOICE,  /* const char *; one of `choices`, separated by '|' */
    /* const char *; postgresql:// or postgres://, several hosts allowed; its password is masked in every output */
    POLY_CONFIG_DATABASE,
} poly_config_type;

typedef struct poly_config_variable {
    const char *name;
    poly_config_type type;
    size_t offset;        /* of the member in the configuration struct */
    const char *fallback; /* the default as text; NULL: the variable is required */
    int64_t min, max;     /* POLY_CONFIG_INT; min of POLY_CONFIG_SECRET */
    const char *choices;  /* POLY_CONFIG_CHOICE */
    const char *help;     /* one sentence, with the unit */
} poly_config_variable;

/* What every daemon has; embed it as the first member of the daemon's struct. */
typedef struct poly_common_config {
    const char *listen;
    int64_t workers; /* 0 in the environment means one per core; never 0 here */
    const char *log_level;
    const char *environment; /* "production" or "development" */
    const char *const *cors_allow_origins;
    const char *const *trusted_proxies;
    int64_t drain_seconds;
    int64_t max_connections;
} poly_common_config;

/*
 * Fills `config` from the environment by `variables` (ended by a NULL name) after the common ones, whose LISTEN
 * defaults to `default_listen`. Faults are appended to `faults`, a line each; false when there is one. What the
 * struct points to lives until the process ends.
 */
bool poly_config_load(const poly_config_variable *variables, const char *default_listen, void *config,
                      poly_strbuf *faults) POLY_MUST_CHECK;

/* Every variable, its meaning, default and present value (secrets masked), for `<daemon> config`. */
void poly_config_print(const poly_config_variable *variables, const char *default_listen, poly_strbuf *out);

#endif

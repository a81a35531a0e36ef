/* SPDX-License-Identifier: MIT */
/*
 * The parts of the configuration's reading that config.c, value.c, secret.c, database.c and print.c share. Main thread
 * only.
 */
#ifndef POLY_CONFIG_VARIABLES_H
#define POLY_CONFIG_VARIABLES_H

#include "poly/arena.h"
#include "poly/config.h"

/* The variables of poly_common_config, ended by a NULL name; LISTEN defaults to `default_listen`. */
#define CONFIG_COMMON_COUNT 9
void config_common_variables(const char *default_listen, poly_config_variable out[CONFIG_COMMON_COUNT]);
/* What a type cannot say: origins as browsers send them without a wildcard, and addresses of proxies. */
void config_check_common(poly_common_config *common, poly_strbuf *faults);

/* What the struct points to: an arena that lives as long as the process. */
poly_arena *config_memory(void);

/*
 * Reads `text` as the variable's type into `member`. False with a line in `faults`, which never shows a secret.
 * `placeholders` allows secrets that were never changed from an example's.
 */
bool config_value_parse(const poly_config_variable *variable, const char *text, bool placeholders, void *member,
                        poly_strbuf *faults);

/* Appends `text` as one printable line in quotes, cut where it is long, without a password that a URL has in it. */
void config_quote(const char *text, poly_strbuf *out);

/* Appends "NAME" and the fault, ended by a newline. */
void config_fault(const char *name, poly_strbuf *faults, const char *format, ...) POLY_PRINTF(3, 4);

typedef enum config_source {
    CONFIG_UNSET,
    CONFIG_ENVIRONMENT,
    CONFIG_FILE,   /* NAME_FILE names it, where config_has_file_form */
    CONFIG_FAULTY, /* both ways at once, or a file that cannot be read; the fault has been told */
} config_source;

/* Whether NAME_FILE may stand for NAME: for what holds a secret. */
bool config_has_file_form(const poly_config_variable *variable);
/* Where the variable's text is set; `*text` lives as long as the process. */
config_source config_find(const poly_config_variable *variable, const char **text, poly_strbuf *faults);

int64_t config_secret_shortest(const poly_config_variable *variable); /* in bytes */
/* NULL, or what makes `secret` unfit. */
const char *config_secret_fault(const poly_config_variable *variable, const char *secret, bool placeholders);

/* The same for a database's URI. */
const char *config_database_fault(const char *text);
/* Appends it in quotes, its passwords masked; all of it, when it is unfit and so may have one anywhere. */
void config_database_show(const char *text, poly_strbuf *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A blocking connection: how every connection of this module begins, and all that migrations need. Not on a loop.
 */
#ifndef POLY_PG_SESSION_H
#define POLY_PG_SESSION_H

#include "poly/base.h"

#include <libpq-fe.h>

enum { POLY_PG_FAULT_SIZE = 512 };

typedef struct poly_session_options {
    const char *url;
    const char *application_name;  /* NULL for none */
    unsigned connect_timeout_s;    /* for each address */
    unsigned statement_timeout_ms; /* 0: none */
    unsigned idle_transaction_ms;  /* 0: none */
    bool plans_once;               /* see poly_pg_options */
    const char *setup;             /* more SQL to begin with; NULL for none */
} poly_session_options;

/* NULL, and `fault` says why in one line, without a password. PQfinish ends it. */
PGconn *poly_session_open(const poly_session_options *options, char fault[POLY_PG_FAULT_SIZE]);

/* Runs `sql` for at most `milliseconds`; the last command's result, NULL when the connection failed or time is over,
 * which leaves the connection unusable. */
PGresult *poly_session_execute(PGconn *native, const char *sql, unsigned milliseconds);

/* libpq's message in one line, cut to the size. */
void poly_session_fault(const char *message, char fault[POLY_PG_FAULT_SIZE]);

#endif

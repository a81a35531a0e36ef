/* SPDX-License-Identifier: MIT */
/*
 * The schema of a daemon's database: brought up to date by `migrate`, looked at before `serve`. Both block and give a
 * database that cannot be reached some seconds to come. Main thread.
 */
#ifndef POLY_DAEMON_SCHEMA_H
#define POLY_DAEMON_SCHEMA_H

#include "poly/daemon.h"

/* Applies what is missing; says what it did and what went wrong on standard output and error. False if it failed. */
bool daemon_schema_migrate(const poly_daemon *daemon);

/*
 * POLY_OK: the schema is that of the daemon, or it has no database. POLY_CANCELLED: a signal to stop came, and is
 * logged. Else `fault` says why it must not serve.
 */
poly_result daemon_schema_check(const poly_daemon *daemon, poly_strbuf *fault) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/* What is told about the database: metrics, and the log of what went wrong. Any thread. */
#ifndef POLY_PG_REPORT_H
#define POLY_PG_REPORT_H

#include "poly/pg.h"

#include <libpq-fe.h>

/* Makes the instruments, so that they are exposed before the first query. */
void poly_pg_report_init(void);

void poly_pg_report_connect(bool connected);
void poly_pg_report_connections(int change);
void poly_pg_report_waiting(int change);
/* A connection that had been in use broke. `reason` is static or libpq's. */
void poly_pg_report_lost(const char *reason);
void poly_pg_report_retry(void);
void poly_pg_report_query(poly_result result, uint64_t microseconds);
/* A refusal that is a fault of the program or the schema. Without what was in the values. */
void poly_pg_report_refusal(const char *statement, const PGresult *result);

#endif

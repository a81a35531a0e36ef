/* SPDX-License-Identifier: MIT */
/* What an SQLSTATE means to a caller. PostgreSQL's documentation, appendix A. */
#ifndef POLY_PG_VERDICT_H
#define POLY_PG_VERDICT_H

#include "poly/base.h"

typedef struct poly_pg_verdict {
    poly_result result;
    bool is_retryable;    /* the transaction may be run again */
    bool ends_connection; /* the server ends it, or it leads to a server that does not take writes */
} poly_pg_verdict;

/* NULL: an error of libpq's own. */
poly_pg_verdict poly_pg_judge(const char *sqlstate);

/* The prepared statement is gone, or was planned for a table that has changed since. */
bool poly_pg_is_unprepared(const char *sqlstate);
bool poly_pg_is_outdated(const char *sqlstate);

#endif

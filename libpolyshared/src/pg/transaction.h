/* SPDX-License-Identifier: MIT */
#ifndef POLY_PG_TRANSACTION_H
#define POLY_PG_TRANSACTION_H

#include "pg/connection.h"

struct poly_pg_transaction {
    poly_pg *pool;
    poly_pg_connection *connection; /* NULL before it is granted and when it broke */
    bool has_begun;                 /* BEGIN has been sent */
    bool is_retryable;              /* it failed because of others */
    poly_result failure;            /* the first; POLY_OK while there is none */
};

#endif

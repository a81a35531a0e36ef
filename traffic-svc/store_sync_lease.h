/* SPDX-License-Identifier: MIT */
/* For the store's files only. */
#ifndef TRAFFIC_STORE_SYNC_LEASE_H
#define TRAFFIC_STORE_SYNC_LEASE_H

#include "poly/pg.h"

/* Until the transaction ends, nobody takes the run over. POLY_CONFLICT: somebody has. */
poly_result store_sync_hold(poly_pg_transaction *transaction, poly_arena *arena, int64_t fence) POLY_MUST_CHECK;

#endif

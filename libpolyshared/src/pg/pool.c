/* SPDX-License-Identifier: MIT */
#include "pg/pool.h"

#include <stdlib.h>

#include "pg/report.h"
#include "poly/time.h"

enum {
    DEFAULT_CONNECTIONS = 4,
    DEFAULT_WAITING = 256,
    DEFAULT_DEPTH = 16,
    DEFAULT_QUERY_MS = 5000,
    SHORTEST_CONNECT_S = 2, /* libpq takes 1 for 2 */
    IDLE_TRANSACTION_MS = 30000,
};

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

poly_pg *poly_pg_create(const poly_pg_options *options)
{
    poly_pg *pool = poly_alloc_zero(1, sizeof(*pool));
    poly_pg_options *own = &pool->options;

    pool->url = poly_strdup(options->url);
    *own = *options;
    own->url = pool->url;
    own->connections_per_loop = or_default(own->connections_per_loop, DEFAULT_CONNECTIONS);
    if (own->connections_per_loop < 2)
        own->connections_per_loop = 2;
    own->max_waiting = or_default(own->max_waiting, DEFAULT_WAITING);
    own->pipeline_depth = or_default(own->pipeline_depth, DEFAULT_DEPTH);
    own->query_timeout_ms = or_default(own->query_timeout_ms, DEFAULT_QUERY_MS);
    if (own->connect_timeout_s < SHORTEST_CONNECT_S)
        own->connect_timeout_s = SHORTEST_CONNECT_S;
    pool->connector = poly_connector_create(&(poly_session_options){
        .url = own->url,
        .application_name = own->application_name,
        .connect_timeout_s = own->connect_timeout_s,
        .statement_timeout_ms = own->query_timeout_ms * 9 / 10,
        .idle_transaction_ms = IDLE_TRANSACTION_MS,
        .plans_once = own->plans_once,
    });
    atomic_init(&pool->epoch, 1);
    poly_pg_report_init();
    return pool;
}

void poly_pg_destroy(poly_pg **pg)
{
    poly_pg *self = *pg;

    if (!self)
        return;
    poly_connector_destroy(&self->connector);
    free(self->url);
    free(self);
    *pg = NULL;
}

uint64_t poly_pg_query_deadline(const poly_pg *pool)
{
    return poly_time_monotonic() + POLY_MILLISECONDS(pool->options.query_timeout_ms);
}

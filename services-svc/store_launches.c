/* SPDX-License-Identifier: MIT */
#include "store_rows.h"

/* For those who lost the answer, or ask from two tabs. */
#define GRACE "interval '10 seconds'"

static const poly_statement insert_exchange = {
    .name = "insert_exchange",
    .sql = "INSERT INTO launch_exchanges (jti_hash, sealed_session, expires_at) VALUES ($1, $2, $3)"
           " ON CONFLICT (jti_hash) DO NOTHING",
    .types = {POLY_PG_BYTES, POLY_PG_BYTES, POLY_PG_TIME},
};
static const poly_statement find_exchange = {
    .name = "find_exchange",
    .sql = "SELECT sealed_session, exchanged_at > now() - " GRACE " FROM launch_exchanges WHERE jti_hash = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_BYTES},
};

static poly_result take_exchange(poly_pg *pg, poly_arena *arena, poly_slice jti_hash, exchange_state *state,
                                 poly_slice *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &find_exchange, POLY_PG_VALUES(poly_pg_bytes(jti_hash.data, jti_hash.size)), arena, &rows);

    if (result != POLY_OK)
        return result;
    /* Not there: it has just been swept, since the token has expired. */
    *state = rows.count && poly_pg_get_bool(&rows, 0, 1) ? EXCHANGE_REPEATED : EXCHANGE_SPENT;
    if (*state == EXCHANGE_REPEATED)
        *out = poly_pg_get_bytes(&rows, 0, 0, arena);
    return POLY_OK;
}

poly_result store_exchange_launch(poly_pg *pg, poly_arena *arena, poly_slice jti_hash, poly_slice sealed,
                                  int64_t expires_at, exchange_state *state, poly_slice *out)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &insert_exchange,
                      POLY_PG_VALUES(poly_pg_bytes(jti_hash.data, jti_hash.size),
                                     poly_pg_bytes(sealed.data, sealed.size), poly_pg_time(expires_at * 1000000)),
                      arena, &rows);

    if (result != POLY_OK)
        return result;
    *state = EXCHANGE_FIRST;
    return rows.affected ? POLY_OK : take_exchange(pg, arena, jti_hash, state, out);
}

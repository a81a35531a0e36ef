/* SPDX-License-Identifier: MIT */
/* A database of kiosks with the daemon's tables, a server that may have routes, a pool, and who is here. */
#ifndef TESTS_TRAFFIC_KIOSK_SCENE_H
#define TESTS_TRAFFIC_KIOSK_SCENE_H

#include "loopback.h"
#include "postgres.h"
#include "suite.h"

#include "poly/log.h"
#include "poly/pg_migrate.h"

#include "presence.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

extern const poly_migrations traffic_svc_migrations;

static char url[256];
static struct loopback loopback;
static poly_pg *pool;
static poly_gauge *gauge;
static kiosk_presence *presence;

static inline void make_database(void)
{
    poly_strbuf report;

    snprintf(url, sizeof(url), "%s", postgres_new_database());
    poly_strbuf_init(&report, 4096);
    ck_assert_msg(poly_pg_migrate(url, &traffic_svc_migrations, &report) == POLY_OK, "%s", poly_strbuf_text(&report));
    poly_strbuf_release(&report);
}

static inline void begin_scene(const poly_route *routes)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
    loopback_start(&loopback, routes, (poly_server_options){.drain_ms = 3000}, 1);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
    gauge = poly_gauge_get("test_kiosks", "Kiosks.", NULL);
    presence = presence_create(pool, gauge);
}

/* After the runtime was stopped. */
static inline void end_scene(void)
{
    presence_destroy(&presence);
    poly_pg_destroy(&pool);
    poly_log_stop();
}

/* The id of the kiosk with that number. */
static inline const char *kiosk(unsigned number)
{
    static char ids[4][POLY_UUID_SIZE];
    static unsigned turn;
    char *id = ids[turn++ % POLY_LENGTH(ids)];

    snprintf(id, POLY_UUID_SIZE, "00000000-0000-4000-8000-%012u", number);
    return id;
}

/* --- a connection that stays open, for what goes on while others work --- */

static inline PGconn *hold_connection(void)
{
    PGconn *held = PQconnectdb(url);

    ck_assert_msg(PQstatus(held) == CONNECTION_OK, "%s", PQerrorMessage(held));
    return held;
}

static inline void say(PGconn *held, const char *sql)
{
    PGresult *result = PQexec(held, sql);

    ck_assert_msg(PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK, "'%s': %s",
                  sql, PQerrorMessage(held));
    PQclear(result);
}

#endif

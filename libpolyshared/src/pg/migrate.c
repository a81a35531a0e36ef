/* SPDX-License-Identifier: MIT */
#include "poly/pg_migrate.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pg/session.h"
#include "poly/random.h"

enum {
    CHECKSUM_SIZE = 2 * crypto_hash_sha256_BYTES + 1,
    CONNECT_TIMEOUT_S = 5,
    LOCK_TIMEOUT_MS = 60000,
};

/* "poly_mig": the same for every daemon, since each has a database of its own. */
#define LOCK_KEY "8101534330371148135"

#define CREATE_TABLE                                                                                  \
    "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT NULL, " \
    "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"

struct session {
    PGconn *native;
    const poly_migrations *migrations;
    poly_strbuf *report;
    size_t applied; /* the first so many of `migrations` */
};

static poly_result refuse(const struct session *session, poly_result result, const char *what, unsigned version,
                          const char *name)
{
    poly_strbuf_printf(session->report, "migration %04u_%s %s\n", version, name, what);
    return result;
}

/* --- SQL --- */

static poly_result report_refusal(const struct session *session, const char *what)
{
    char fault[POLY_PG_FAULT_SIZE];

    poly_session_fault(PQerrorMessage(session->native), fault);
    poly_strbuf_printf(session->report, "%s: %s\n", what, fault);
    return PQstatus(session->native) == CONNECTION_OK ? POLY_REJECTED : POLY_UNAVAILABLE;
}

static poly_result execute(const struct session *session, const char *sql, const char *what)
{
    PGresult *result = PQexec(session->native, sql);
    ExecStatusType status = PQresultStatus(result);

    PQclear(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
        return POLY_OK;
    return report_refusal(session, what);
}

static void checksum_of(const poly_migration *migration, char out[CHECKSUM_SIZE])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(hash, (const unsigned char *)migration->sql, strlen(migration->sql));
    poly_hex_encode(hash, sizeof(hash), out);
}

/* --- what is there --- */

static poly_result check_row(struct session *session, unsigned version, const char *name, const char *checksum)
{
    const poly_migrations *migrations = session->migrations;
    char expected[CHECKSUM_SIZE];

    if (version == 0 || version > migrations->count)
        return refuse(session, POLY_CONFLICT,
                      "has been applied to the database and is unknown here: this program is older than the schema",
                      version, name);
    if (version != session->applied + 1)
        return refuse(session, POLY_CONFLICT, "was never applied to the database, though a later one was",
                      (unsigned)session->applied + 1, migrations->items[session->applied].name);
    if (strcmp(name, migrations->items[version - 1].name) != 0)
        return refuse(session, POLY_CONFLICT, "has been applied to the database and has another name here", version,
                      name);
    checksum_of(&migrations->items[version - 1], expected);
    if (strcmp(checksum, expected) != 0)
        return refuse(session, POLY_CONFLICT, "was changed after it had been applied to the database", version, name);
    session->applied++;
    return POLY_OK;
}

static poly_result read_rows(struct session *session, const PGresult *rows)
{
    poly_result result = POLY_OK;

    session->applied = 0;
    for (int i = 0; i < PQntuples(rows) && result == POLY_OK; i++) {
        long version = strtol(PQgetvalue(rows, i, 0), NULL, 10);

        result =
            check_row(session, version > 0 ? (unsigned)version : 0, PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2));
    }
    return result;
}

/* Sets `applied`; POLY_CONFLICT on drift. A database without the table has nothing applied. */
static poly_result read_applied(struct session *session)
{
    PGresult *rows = PQexec(session->native, "SELECT version, name, checksum FROM schema_migrations ORDER BY version");
    const char *sqlstate = PQresultErrorField(rows, PG_DIAG_SQLSTATE);
    poly_result result;

    session->applied = 0;
    if (PQresultStatus(rows) == PGRES_TUPLES_OK)
        result = read_rows(session, rows);
    else if (sqlstate && strcmp(sqlstate, "42P01") == 0) /* undefined_table */
        result = POLY_OK;
    else
        result = report_refusal(session, "cannot read schema_migrations");
    PQclear(rows);
    return result;
}

/* --- applying --- */

static poly_result record(const struct session *session, const poly_migration *migration, const char *what)
{
    char version[16];
    char checksum[CHECKSUM_SIZE];
    const char *const values[] = {version, migration->name, checksum};
    PGresult *result;
    ExecStatusType status;

    snprintf(version, sizeof(version), "%u", migration->version);
    checksum_of(migration, checksum);
    result =
        PQexecParams(session->native, "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                     POLY_LENGTH(values), NULL, values, NULL, NULL, 0);
    status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK ? POLY_OK : report_refusal(session, what);
}

static poly_result apply(struct session *session, const poly_migration *migration)
{
    char what[160];
    poly_result result;

    snprintf(what, sizeof(what), "migration %04u_%.100s failed and was undone", migration->version, migration->name);
    result = execute(session, "BEGIN", what);
    if (result == POLY_OK)
        result = execute(session, migration->sql, what);
    if (result == POLY_OK && PQtransactionStatus(session->native) != PQTRANS_INTRANS)
        return refuse(session, POLY_REJECTED, "ends its transaction itself, which a migration must not",
                      migration->version, migration->name);
    if (result == POLY_OK)
        result = record(session, migration, what);
    if (result == POLY_OK)
        result = execute(session, "COMMIT", what);
    if (result != POLY_OK) {
        PQclear(PQexec(session->native, "ROLLBACK"));
        return result;
    }
    poly_strbuf_printf(session->report, "applied %04u_%s\n", migration->version, migration->name);
    session->applied++;
    return POLY_OK;
}

static poly_result apply_missing(struct session *session)
{
    poly_result result = execute(session, CREATE_TABLE, "cannot create schema_migrations");

    if (result == POLY_OK)
        result = read_applied(session);
    while (result == POLY_OK && session->applied < session->migrations->count)
        result = apply(session, &session->migrations->items[session->applied]);
    return result;
}

/* The lock is the session's: the end of the connection, however it comes, gives it back. */
static poly_result lock(const struct session *session)
{
    PGresult *result;
    const char *sqlstate;
    char sql[128];
    poly_result outcome = POLY_OK;

    snprintf(sql, sizeof(sql), "SET lock_timeout TO %d; SELECT pg_advisory_lock(" LOCK_KEY "); SET lock_timeout TO 0",
             LOCK_TIMEOUT_MS);
    result = PQexec(session->native, sql);
    sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate && strcmp(sqlstate, "55P03") == 0) { /* lock_not_available */
        poly_strbuf_printf(session->report, "another process has been migrating for over %d s\n",
                           LOCK_TIMEOUT_MS / 1000);
        outcome = POLY_TIMEOUT;
    } else if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        outcome = report_refusal(session, "cannot lock the schema");
    }
    PQclear(result);
    return outcome;
}

/* --- begin and end --- */

static bool is_numbered(const struct session *session)
{
    for (size_t i = 0; i < session->migrations->count; i++) {
        const poly_migration *migration = &session->migrations->items[i];

        if (migration->version == i + 1)
            continue;
        refuse(session, POLY_INVALID, "is out of order: migrations are numbered from 1 without a gap",
               migration->version, migration->name);
        return false;
    }
    return true;
}

static poly_result open_session(struct session *session, const char *url)
{
    char fault[POLY_PG_FAULT_SIZE] = "it does not block";

    if (!is_numbered(session))
        return POLY_INVALID;
    session->native = poly_session_open(
        &(poly_session_options){.url = url, .application_name = "migrate", .connect_timeout_s = CONNECT_TIMEOUT_S},
        fault);
    if (session->native && PQsetnonblocking(session->native, 0) == 0)
        return POLY_OK;
    poly_strbuf_printf(session->report, "cannot connect to the database: %s\n", fault);
    return POLY_UNAVAILABLE;
}

poly_result poly_pg_migrate(const char *url, const poly_migrations *migrations, poly_strbuf *report)
{
    struct session session = {.migrations = migrations, .report = report};
    poly_result result = open_session(&session, url);

    if (result == POLY_OK)
        result = lock(&session);
    if (result == POLY_OK)
        result = apply_missing(&session);
    PQfinish(session.native);
    return result;
}

poly_result poly_pg_schema_check(const char *url, const poly_migrations *migrations, poly_strbuf *fault)
{
    struct session session = {.migrations = migrations, .report = fault};
    poly_result result = open_session(&session, url);

    if (result == POLY_OK)
        result = read_applied(&session);
    if (result == POLY_OK && session.applied < migrations->count)
        result = refuse(&session, POLY_CONFLICT, "has not been applied to the database: run migrate",
                        migrations->items[session.applied].version, migrations->items[session.applied].name);
    PQfinish(session.native);
    return result;
}

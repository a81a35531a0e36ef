/* SPDX-License-Identifier: MIT */
/*
 * Migrations: numbered SQL files that take a database from nothing to the schema that a daemon was built for. The build
 * embeds <daemon>/migrations/NNNN_name.sql in the daemon; the table schema_migrations records what was applied.
 *
 * These block and need no runtime: for `migrate` and for the start of `serve`. Main thread.
 */
#ifndef POLY_PG_MIGRATE_H
#define POLY_PG_MIGRATE_H

#include "poly/strbuf.h"

typedef struct poly_migration {
    unsigned version; /* the file's number */
    const char *name; /* the rest of the file's name, without ".sql" */
    const char *sql;  /* one or more statements, without BEGIN, COMMIT or anything that refuses a transaction */
} poly_migration;

/* Versions 1, 2, 3 … without a gap. */
typedef struct poly_migrations {
    const poly_migration *items;
    size_t count;
} poly_migrations;

/*
 * Applies what is missing, each migration in a transaction of its own, under an advisory lock: of several processes one
 * works, the others wait up to a minute and then find it done. `report` gets a line for each migration applied, or the
 * reason of the failure; it holds no password.
 *
 *   POLY_OK           the schema is the one of `migrations`
 *   POLY_CONFLICT     drift; nothing was changed: a migration that had been applied was changed, renamed or is not
 * among `migrations` (an older program meets a newer schema), or one was passed over POLY_REJECTED     the server
 * refused a migration, which `report` names; those before it stay applied POLY_UNAVAILABLE  no connection, or it was
 * lost POLY_TIMEOUT      another process held the lock for too long POLY_INVALID      `migrations` is not numbered 1,
 * 2, 3 …
 */
poly_result poly_pg_migrate(const char *url, const poly_migrations *migrations, poly_strbuf *report) POLY_MUST_CHECK;

/*
 * Whether the schema is exactly that of `migrations`; changes nothing. POLY_CONFLICT when it is behind, ahead or
 * drifted, and `fault` says which migration is the matter; otherwise results as above.
 */
poly_result poly_pg_schema_check(const char *url, const poly_migrations *migrations,
                                 poly_strbuf *fault) POLY_MUST_CHECK;

#endif

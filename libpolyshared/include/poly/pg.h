/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL for fibers: a pool with a few connections on each loop, prepared statements, typed values and rows,
 * transactions. A fiber waits in a query while its loop goes on.
 *
 * Reads that come at the same time share a connection's pipeline, each with a synchronisation point of its own, so
 * that neither an error nor an implicit transaction reaches a neighbour. Everything else has its connection alone.
 *
 * What a query comes to:
 *   POLY_OK           done; for a statement that selects, also with no row
 *   POLY_CONFLICT     a unique, exclusion or foreign key constraint, named in `constraint`
 *   POLY_INVALID      a value that its column or type cannot hold: SQLSTATE class 22, a check or not-null constraint
 *   POLY_REJECTED     any other refusal by the server; it is logged
 *   POLY_UNAVAILABLE  no connection, the connection was lost, the server shuts down or has no room, or a transaction
 *                     lost against another one (`retryable`). A write without an answer may have been done or not
 *   POLY_TIMEOUT      the deadline passed, waiting for a connection or for the answer
 *   POLY_CANCELLED    the fiber was cancelled. As with a timeout, a write may have been done or not
 *   POLY_OVERLOADED   too many fibers wait for a connection; nothing was sent
 */
#ifndef POLY_PG_H
#define POLY_PG_H

#include "poly/arena.h"
#include "poly/runtime.h"

typedef struct poly_pg poly_pg;
typedef struct poly_pg_transaction poly_pg_transaction;

typedef struct poly_pg_options {
    const char *url;               /* libpq connection URI, several hosts allowed; copied */
    const char *application_name;  /* static; NULL for none */
    unsigned connections_per_loop; /* 0: 4; at least 2, the last of which always serves shared reads */
    unsigned max_waiting;          /* fibers of a loop that may wait for a connection; 0: 256 */
    unsigned pipeline_depth;       /* reads under way on one connection; 0: 16 */
    unsigned query_timeout_ms;     /* for each query, the wait for a connection included; 0: 5000. The server's own
                                      statement_timeout is nine tenths of it */
    unsigned connect_timeout_s;    /* for each address; 0: 2, and no less */
    bool plans_once;               /* one plan of a statement for all values, in place of PostgreSQL's choice at each
                                      execution: a filter that may be absent must not be what chooses the index */
} poly_pg_options;

/* Connects to nothing yet: a connection is made when a query wants one. Any thread. */
poly_pg *poly_pg_create(const poly_pg_options *options);
/* After the runtime that used it has been stopped. NULL is accepted. */
void poly_pg_destroy(poly_pg **pg);

/* --- statements: static and const --- */

enum { POLY_PG_MAX_PARAMETERS = 24 };

typedef enum poly_pg_type {
    POLY_PG_NONE,
    POLY_PG_TEXT,      /* text */
    POLY_PG_INT,       /* bigint */
    POLY_PG_BOOL,      /* boolean */
    POLY_PG_UUID,      /* uuid, as text */
    POLY_PG_TIME,      /* timestamptz, as µs since 1970 */
    POLY_PG_JSON,      /* jsonb, as text */
    POLY_PG_BYTES,     /* bytea */
    POLY_PG_TEXT_LIST, /* text[] */
    POLY_PG_UUID_LIST, /* uuid[] */
    POLY_PG_TYPE_COUNT,
} poly_pg_type;

typedef enum poly_pg_use {
    POLY_PG_WRITE,     /* changes something: alone on its connection, never sent twice */
    POLY_PG_READ,      /* quick and changes nothing: shares a pipeline; sent again once if the connection is lost */
    POLY_PG_SLOW_READ, /* changes nothing and may take long: alone on its connection; sent again once */
} poly_pg_use;

/*
 * Prepared on a connection at its first use there, and again when a migration has invalidated it. A statement is known
 * by its address.
 */
typedef struct poly_statement {
    const char *name; /* of letters, digits and '_', at most 40; appears in the log */
    const char *sql;
    poly_pg_use use;
    poly_pg_type types[POLY_PG_MAX_PARAMETERS]; /* of $1, $2 …; ended by POLY_PG_NONE */
} poly_statement;

/* --- values: what they point to must live until the query returns --- */

typedef struct poly_pg_value {
    poly_pg_type type;
    bool is_null;
    union {
        const char *text;
        int64_t number;
        bool truth;
        poly_slice bytes;
        struct {
            const char *const *items; /* none NULL */
            size_t count;
        } list;
    };
} poly_pg_value;

/* A NULL pointer is SQL's null, for text, UUID, JSON and bytes alike. */
poly_pg_value poly_pg_text(const char *text);
poly_pg_value poly_pg_uuid(const char *text);
poly_pg_value poly_pg_json(const char *text);
poly_pg_value poly_pg_bytes(const void *bytes, size_t size);
poly_pg_value poly_pg_int(int64_t number);
poly_pg_value poly_pg_bool(bool truth);
poly_pg_value poly_pg_time(int64_t unix_microseconds);
poly_pg_value poly_pg_text_list(const char *const *items, size_t count);
poly_pg_value poly_pg_uuid_list(const char *const *items, size_t count);
/* Null of any type. */
poly_pg_value poly_pg_null(void);

/* As many as the statement has types, each of its type. */
#define POLY_PG_VALUES(...) ((const poly_pg_value[]){__VA_ARGS__})
#define POLY_PG_NO_VALUES   ((const poly_pg_value *)NULL)

/* --- rows --- */

enum { POLY_PG_SQLSTATE_SIZE = 6, POLY_PG_CONSTRAINT_SIZE = 64 };

/* A query's answer. `cells` and what they hold live in the arena that the query was given. */
typedef struct poly_pg_rows {
    size_t count;
    size_t columns;
    uint64_t affected;                        /* rows inserted, updated, deleted or selected */
    char sqlstate[POLY_PG_SQLSTATE_SIZE];     /* "" unless the server refused */
    char constraint[POLY_PG_CONSTRAINT_SIZE]; /* "" if none was violated */
    bool retryable;          /* serialization failure or deadlock: the whole transaction may be run again */
    const poly_slice *cells; /* row by row; {NULL, 0} is null, all others are NUL-terminated */
} poly_pg_rows;

/*
 * A cell by row and column from 0, which must exist. The column must have the type that is asked for: that is the
 * program's own doing, so a mistake is asserted. Of null, text is NULL, numbers 0 and bool false.
 */
bool poly_pg_is_null(const poly_pg_rows *rows, size_t row, size_t column);
const char *poly_pg_get_text(const poly_pg_rows *rows, size_t row, size_t column); /* any type's text */
int64_t poly_pg_get_int(const poly_pg_rows *rows, size_t row, size_t column);      /* smallint, integer, bigint */
bool poly_pg_get_bool(const poly_pg_rows *rows, size_t row, size_t column);
int64_t poly_pg_get_time(const poly_pg_rows *rows, size_t row, size_t column); /* timestamptz; µs since 1970 */
/* timestamptz as RFC 3339 in UTC with whole seconds, "2026-09-01T08:00:00Z"; NULL of null. */
const char *poly_pg_get_rfc3339(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);
poly_slice poly_pg_get_bytes(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

/* --- queries: fiber only --- */

/*
 * Runs one statement. Ends at the earliest of query_timeout_ms and the fiber's deadline. `rows` is always filled, and
 * empty when there is no answer. Do not call it between a transaction's begin and end on the same fiber: it would wait
 * for a second connection while holding one.
 */
poly_result poly_pg_query(poly_pg *pg, const poly_statement *statement, const poly_pg_value *values, poly_arena *arena,
                          poly_pg_rows *rows) POLY_MUST_CHECK;

/* One small query, for readiness. */
poly_result poly_pg_ping(poly_pg *pg) POLY_MUST_CHECK;

/* --- transactions: fiber only --- */

/*
 * Takes a connection for itself until commit or rollback. POLY_OK is ended by exactly one of them; both accept a
 * pointer to NULL and set it to NULL. BEGIN travels with the first query.
 */
poly_result poly_pg_begin(poly_pg *pg, poly_pg_transaction **transaction) POLY_MUST_CHECK;

/* As poly_pg_query. After a failure everything but rollback fails too, with the first failure's result. */
poly_result poly_pg_transaction_query(poly_pg_transaction *transaction, const poly_statement *statement,
                                      const poly_pg_value *values, poly_arena *arena,
                                      poly_pg_rows *rows) POLY_MUST_CHECK;

/*
 * Anything but POLY_OK means that nothing was kept, with one exception: POLY_UNAVAILABLE, POLY_TIMEOUT and
 * POLY_CANCELLED may come after COMMIT has been sent, and then the outcome is unknown.
 */
poly_result poly_pg_commit(poly_pg_transaction **transaction) POLY_MUST_CHECK;
/* Never waits. After commit there is nothing left to do, so it may stand in every function's exit. */
void poly_pg_rollback(poly_pg_transaction **transaction);

/*
 * Runs `body` in a transaction: commits if it answers POLY_OK, rolls back otherwise and answers what it did. If the
 * transaction lost against another one (serialization failure, deadlock) or against a migration, `body` is run again,
 * three times in all: it must be able to start over.
 */
poly_result poly_pg_in_transaction(poly_pg *pg, poly_result (*body)(poly_pg_transaction *transaction, void *context),
                                   void *context) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Audit records: who did what to whom, in the database in the transaction that did it, and in the log once that has
 * been committed. The daemon's migrations create the table; docs/audit.md has it. Never put a password, token or secret
 * in a record. Fiber only.
 */
#ifndef POLY_AUDIT_H
#define POLY_AUDIT_H

#include "poly/http.h"
#include "poly/log.h"
#include "poly/pg.h"

/* One request's acts. Embed it. What is recorded lives in the arena. */
typedef struct poly_audit {
    poly_arena *arena;
    const char *actor;
    const char *address;
    const char *request_id;
    struct poly_audit_entry *first;
    struct poly_audit_entry *last;
} poly_audit;

/* `actor` is a user's id, or "service:traffic" and the like, or NULL for somebody unknown. Kept. */
void poly_audit_begin(poly_audit *audit, poly_request *request, const char *actor);
/* For what a daemon does by itself: no address, no request id. */
void poly_audit_begin_alone(poly_audit *audit, poly_arena *arena, const char *actor);

/*
 * `event` is static, snake_case; `details` as poly_log has them, at most 12, ended by POLY_FIELD_END, or NULL. What is
 * over 16 KiB as JSON is POLY_TOO_LARGE.
 */
poly_result poly_audit_add(poly_audit *audit, poly_pg_transaction *transaction, const char *event, const char *target,
                           const poly_field *details) POLY_MUST_CHECK;
/* For the log only: the record's row, or rows, were inserted by another statement of the transaction. */
void poly_audit_note(poly_audit *audit, const char *event, const char *target, const poly_field *details);
/* The transaction begins again: forgets what was recorded. */
void poly_audit_restart(poly_audit *audit);
/* After the commit: a line in the log for each. */
void poly_audit_log(poly_audit *audit);

/* A record in a transaction of its own, and in the log. */
poly_result poly_audit_record(poly_audit *audit, poly_pg *pg, const char *event, const char *target,
                              const poly_field *details) POLY_MUST_CHECK;

#endif

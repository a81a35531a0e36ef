/* SPDX-License-Identifier: MIT */
/*
 * A request that changes the database: one transaction, its audit records, and the answer, done once per
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). The daemon's migrations create the table; docs/write.md
 * has it. On the request's fiber.
 */
#ifndef POLY_WRITE_H
#define POLY_WRITE_H

#include "poly/audit.h"

typedef struct poly_write {
    poly_arena *arena;           /* the request's */
    poly_audit audit;            /* the caller's acts; logged after the commit */
    poly_strbuf body;            /* JSON: the answer; left empty, there is none */
    int status;                  /* of the answer; 200 unless the body sets another */
    const poly_problem *problem; /* set with a result other than POLY_OK: the refusal */
    const char *detail;          /* of this occasion; NULL: the problem's own */
} poly_write;

/*
 * The change. POLY_OK commits; anything else rolls back and is answered with `problem`, or as the database's failure if
 * there is none. It may be run again, and then finds `write` as at first.
 */
typedef poly_result poly_write_body(poly_pg_transaction *transaction, poly_write *write, void *context);

typedef struct poly_write_options {
    const char *scope; /* who asks: a user's id, "service:traffic"; the actor of the audit records. Keys of two scopes
                          never meet */
    bool idempotent;   /* it creates something: Idempotency-Key is honoured */
    size_t max_answer; /* 0: 1 MiB */
    /* Of the body, POLY_SHA256_SIZE bytes, when there is a password in it: from what is stored by default, its SHA-256,
       a password could be guessed. NULL: that */
    const uint8_t *body_digest;
    /* Called with the body's context after the commit, before the answer. False: it has answered by itself. NULL: none
     */
    bool (*then)(poly_request *request, void *context);
} poly_write_options;

/*
 * Runs `body` in a transaction and answers the request. True if the change has been made now, and the answer tells of
 * it.
 *
 * With an Idempotency-Key of 1 to 255 visible ASCII characters (400 otherwise): a repeat with the same method, path and
 * body gets the first answer again, with `Idempotent-Replayed: true`; with another body 422; one that comes while the
 * first is under way waits for it. Refusals and failures are not remembered: the repeat is tried anew.
 */
bool poly_write_respond(poly_request *request, poly_pg *pg, const poly_write_options *options, poly_write_body *body,
                        void *context);

/*
 * Answers the request if its Idempotency-Key is malformed, or known: with the first answer, or 422. False: it is new,
 * or there is none. For a request that does something elsewhere before its transaction; one that is under way is not
 * seen.
 */
bool poly_write_repeat(poly_request *request, poly_pg *pg, const poly_write_options *options);

#endif

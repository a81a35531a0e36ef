/* SPDX-License-Identifier: MIT */
/*
 * Entities of a daemon's own database that have a user at sso-svc: departments with a login, executors, teachers. Both
 * sides are made and removed together, whatever is killed in between; docs/account.md says how. Needs the tables of the
 * outbox, of Idempotency-Key and of the audit trail. Fiber only, unless it says otherwise.
 */
#ifndef POLY_ACCOUNT_H
#define POLY_ACCOUNT_H

#include "poly/outbox.h"
#include "poly/random.h"
#include "poly/sso_client.h"
#include "poly/write.h"

typedef struct poly_accounts poly_accounts;

typedef struct poly_accounts_options {
    poly_pg *pg;
    poly_sso_client *sso;
    poly_app app;
    /* ($1 uuid): a row if the entity is there and is to have a user, disabled or not. A read. */
    const poly_statement *alive;
    /*
     * ($1 uuid, $2 integer): the first $2 of those entities behind $1 in the order of their ids: id uuid, role text,
     * full name text, RUZ teacher id bigint or null. A slow read. One whose user is about to be made by other means
     * than poly_account_create is left out until then.
     */
    const poly_statement *list;
    poly_outbox_handler *others; /* delivers messages of other topics than "account_…"; NULL: there are none */
    void *context;               /* of `others` */
    unsigned reconcile_seconds;  /* both sides are compared this often; 0: 600 */
} poly_accounts_options;

/* Starts the outbox and the comparing on `loop`. Any thread. */
poly_accounts *poly_accounts_start(poly_loop *loop, const poly_accounts_options *options);
/* From any thread once the runtime has been stopped. NULL is accepted. */
void poly_accounts_stop(poly_accounts **accounts);

typedef struct poly_account {
    poly_role role; /* staff, executor or teacher */
    const char *full_name;
    const char *username;           /* NULL: made from the name */
    const char *password;           /* NULL: none */
    char entity_id[POLY_UUID_SIZE]; /* made before `body` runs */
    poly_sso_user user;             /* the same */
} poly_account;

/*
 * Makes the user, then runs `body` as poly_write_respond does, which inserts the entity under account->entity_id, and
 * answers: with sso-svc's refusal if it refuses, 503 or 504 if it cannot be asked. Then nothing is left, or is removed
 * soon. True if both have been made. With an Idempotency-Key the password is hashed for it; body_digest stays NULL.
 */
bool poly_account_create(poly_accounts *accounts, poly_request *request, const poly_write_options *options,
                         poly_account *account, poly_write_body *body, void *context);

/*
 * Runs `body` as poly_write_respond does, which removes the entity and says so by poly_account_remove for it and for
 * each other that goes with it, and answers once sso-svc has none of their users any more. If it cannot be asked the
 * answer is 503, the entities are gone, and the users follow as soon as it can; until then the same request again
 * is answered by how far that has come. True if the removal was made by this call, whatever was answered.
 */
bool poly_account_delete(poly_accounts *accounts, poly_request *request, const poly_write_options *options,
                         const char *entity_id, poly_write_body *body, void *context);
/* In that `body`. `root` is the entity_id of poly_account_delete. */
poly_result poly_account_remove(poly_pg_transaction *transaction, poly_arena *arena, const char *root,
                                const char *entity_id) POLY_MUST_CHECK;

#endif

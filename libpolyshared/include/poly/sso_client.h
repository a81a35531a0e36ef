/* SPDX-License-Identifier: MIT */
/*
 * The other daemons' way to sso-svc: users looked up, provisioned and removed, Telegram accounts and their tokens. What
 * comes back is in the call's arena.
 *
 *   POLY_OK           done
 *   POLY_NOT_FOUND    there is no such user; `refusal` says so in words
 *   POLY_REJECTED     refused for what was asked: 400, 403, 409, 422; `refusal` says why, for the daemon to pass on
 *   POLY_UNAVAILABLE  not reached, overloaded, or the service secret is not taken (which is logged as an error)
 *   POLY_TIMEOUT, POLY_BAD_ANSWER, POLY_CANCELLED, POLY_INVALID (not sent): as poly_httpc_call has them
 *
 * After POLY_UNAVAILABLE, POLY_TIMEOUT, POLY_BAD_ANSWER and POLY_CANCELLED a change may have been made or not; every
 * change here may be asked for again. Fiber only.
 */
#ifndef POLY_SSO_CLIENT_H
#define POLY_SSO_CLIENT_H

#include "poly/httpc.h"
#include "poly/token.h"

typedef struct poly_sso_client poly_sso_client;

/* `base_url` is SSO_API_URL, `secret` what this service proves itself with. Both are copied. */
poly_sso_client *poly_sso_client_create(const char *base_url, const char *secret);
void poly_sso_client_destroy(poly_sso_client **client); /* after poly_runtime_stop */

/* --- a call --- */

/* A value that was refused, as in the "errors" of a problem document. */
typedef struct poly_sso_fault {
    const char *field;
    const char *code;
    const char *message;
} poly_sso_fault;

typedef struct poly_sso_refusal {
    int status;         /* 0: there was none */
    const char *code;   /* stable, such as "username_taken" */
    const char *title;  /* for people, in the call's language */
    const char *detail; /* the same */
    const poly_sso_fault *faults;
    size_t fault_count;
} poly_sso_refusal;

/* Set arena and language, then make one call after another with it; each begins with an empty refusal. */
typedef struct poly_sso_call {
    poly_arena *arena;
    poly_language language; /* of sentences for people; zero: Russian */
    poly_sso_refusal refusal;
} poly_sso_call;

/* The refusal as a problem of this daemon's own, in the call's arena, for poly_fail or poly_write. There must be one.
 */
const poly_problem *poly_sso_problem(const poly_sso_call *call);
/* Answers the request with the refusal, its faults included, or with what else has come of the call. */
void poly_sso_fail(poly_request *request, const poly_sso_call *call, poly_result result);

/* --- users --- */

typedef struct poly_sso_user {
    const char *id;
    const char *username;
    const char *full_name;
    poly_app app;
    poly_role role;
    const char *entity_id;  /* NULL: none */
    int64_t ruz_teacher_id; /* 0: none */
    int64_t telegram_id;    /* 0: none is linked */
    const char *telegram_username;
    bool is_active;
    const char *created_at; /* RFC 3339 */
} poly_sso_user;

typedef struct poly_sso_query {
    poly_app app;          /* a service sees its own only */
    const poly_role *role; /* NULL: any */
    const char *search;    /* over name and username; NULL: all */
    int64_t page;          /* from 1 */
    int64_t page_size;     /* up to 500 */
} poly_sso_query;

typedef struct poly_sso_users {
    const poly_sso_user *items;
    size_t count;
    int64_t total; /* on all pages */
} poly_sso_users;

poly_result poly_sso_list_users(poly_sso_client *client, poly_sso_call *call, const poly_sso_query *query,
                                poly_sso_users *users) POLY_MUST_CHECK;
/* Those who stand for one of these entities (ids without commas), in any order; several requests for many ids. */
poly_result poly_sso_users_by_entities(poly_sso_client *client, poly_sso_call *call, poly_app app,
                                       const char *const *entity_ids, size_t count,
                                       poly_sso_users *users) POLY_MUST_CHECK;
poly_result poly_sso_check_username(poly_sso_client *client, poly_sso_call *call, const char *username,
                                    bool *available) POLY_MUST_CHECK;
poly_result poly_sso_user_by_telegram(poly_sso_client *client, poly_sso_call *call, int64_t telegram_id,
                                      poly_sso_user *user) POLY_MUST_CHECK;
poly_result poly_sso_user_by_ruz_teacher(poly_sso_client *client, poly_sso_call *call, int64_t ruz_teacher_id,
                                         poly_sso_user *user) POLY_MUST_CHECK;

/* --- provisioning: made if there is none of this entity or RUZ teacher, brought up to date if there is --- */

typedef enum poly_sso_activity { POLY_SSO_AS_IT_IS, POLY_SSO_ACTIVE, POLY_SSO_INACTIVE } poly_sso_activity;

typedef struct poly_sso_provision {
    const char *entity_id;
    const char *full_name;
    const char *username;   /* NULL: made from the name, or left as it is */
    const char *password;   /* NULL: none, or left as it is; never in a batch */
    int64_t ruz_teacher_id; /* 0: left as it is */
    poly_sso_activity activity;
} poly_sso_provision;

/* `user` may be NULL. */
poly_result poly_sso_provision_staff(poly_sso_client *client, poly_sso_call *call, const poly_sso_provision *provision,
                                     poly_sso_user *user) POLY_MUST_CHECK;
poly_result poly_sso_provision_executor(poly_sso_client *client, poly_sso_call *call,
                                        const poly_sso_provision *provision, poly_sso_user *user) POLY_MUST_CHECK;
poly_result poly_sso_provision_teacher(poly_sso_client *client, poly_sso_call *call,
                                       const poly_sso_provision *provision, poly_sso_user *user) POLY_MUST_CHECK;

#define POLY_SSO_BATCH_MAX 5000

typedef enum poly_sso_outcome_kind {
    POLY_SSO_FAILED,
    POLY_SSO_CREATED,
    POLY_SSO_UPDATED,
    POLY_SSO_UNCHANGED,
} poly_sso_outcome_kind;

typedef struct poly_sso_outcome {
    poly_sso_outcome_kind kind;
    poly_sso_user user; /* unless it failed */
    const char *code;   /* of a failure */
    const char *detail; /* the same */
} poly_sso_outcome;

/*
 * Up to POLY_SSO_BATCH_MAX teachers in one transaction; `*outcomes` has `count` of them, in order. One that fails keeps
 * none of the others back. Takes up to 30 s, the fiber's deadline permitting.
 */
poly_result poly_sso_provision_teachers(poly_sso_client *client, poly_sso_call *call,
                                        const poly_sso_provision *provisions, size_t count,
                                        const poly_sso_outcome **outcomes) POLY_MUST_CHECK;

/* Removes the entity's user and all of its sessions. POLY_OK also if there was none. */
poly_result poly_sso_delete_by_entity(poly_sso_client *client, poly_sso_call *call, poly_app app,
                                      const char *entity_id) POLY_MUST_CHECK;

/* --- Telegram --- */

typedef struct poly_sso_telegram {
    int64_t id;
    const char *username; /* NULL: none */
    int64_t chat_id;      /* 0: unknown */
} poly_sso_telegram;

/* `user` may be NULL in these three. The account of another user is refused with 400. */
poly_result poly_sso_link_telegram(poly_sso_client *client, poly_sso_call *call, const char *user_id,
                                   const poly_sso_telegram *account, poly_sso_user *user) POLY_MUST_CHECK;
poly_result poly_sso_unlink_telegram(poly_sso_client *client, poly_sso_call *call, const char *user_id,
                                     poly_sso_user *user) POLY_MUST_CHECK;
/* By `entity_id`, or by `ruz_teacher_id` if that is NULL. */
poly_result poly_sso_link_teacher_telegram(poly_sso_client *client, poly_sso_call *call, const char *entity_id,
                                           int64_t ruz_teacher_id, const poly_sso_telegram *account,
                                           poly_sso_user *user) POLY_MUST_CHECK;

typedef struct poly_sso_token {
    const char *access_token;
    poly_app app;
    poly_role role;
    const char *full_name;
    const char *entity_id; /* NULL: none */
} poly_sso_token;

/* An access token of an hour for the traffic user whom the account is linked to. Refused with 403 when disabled. */
poly_result poly_sso_telegram_token(poly_sso_client *client, poly_sso_call *call, int64_t telegram_id,
                                    poly_sso_token *token) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The database: SQL and nothing else. What is read lives in the arena that the call was given. Results are those of
 * poly/pg.h; POLY_NOT_FOUND where a row was asked for that is not there. Fiber only.
 */
#ifndef SSO_STORE_H
#define SSO_STORE_H

#include "poly/http.h"
#include "poly/pg.h"

#include "refresh_token.h"
#include "user.h"

/* --- users, one at a time (store_users.c) --- */

/* What a login compares with. */
typedef struct user_credentials {
    sso_user user;
    const char *password_hash; /* NULL: no login by password */
    const char *standing;      /* another one after everything that ends the user's sessions */
    int64_t tokens_valid_from; /* the second of 1970 from which on an administrator's tokens count */
} user_credentials;

poly_result store_user_by_username(poly_pg *pg, poly_arena *arena, const char *username, user_credentials *out);
poly_result store_user_by_id(poly_pg *pg, poly_arena *arena, const char *id, sso_user *out);
/* The one that a service's request means, for comparing the password that it gives. */
/* Whom either id means; if they mean two, the entity's. */
poly_result store_user_by_entity(poly_pg *pg, poly_arena *arena, poly_app app, const char *entity_id,
                                 int64_t ruz_teacher_id, user_credentials *out);

/* `app` NULL: of any. */
poly_result store_user_by_telegram(poly_pg *pg, poly_arena *arena, int64_t telegram_id, const poly_app *app,
                                   sso_user *out);
poly_result store_user_by_ruz_teacher(poly_pg *pg, poly_arena *arena, int64_t ruz_teacher_id, const poly_app *app,
                                      sso_user *out);

poly_result store_username_is_free(poly_pg *pg, poly_arena *arena, const char *username, bool *is_free);

/* Whether the user is an active administrator of sso whose tokens of that time still count. */
poly_result store_admin_is_valid(poly_pg *pg, poly_arena *arena, const char *id, int64_t issued_at, bool *valid);

/* --- changing users: in a transaction (store_changes.c) --- */

/* Held until the transaction ends: one at a time makes users, so that nobody else takes the names. */
poly_result store_lock_usernames(poly_pg_transaction *transaction, poly_arena *arena);

/* A new user of a known id; `created_at` is filled in. POLY_CONFLICT: the username is taken. */
poly_result store_insert_user(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                              const char *password_hash);

/* The user, locked for this transaction. */
poly_result store_lock_user(poly_pg_transaction *transaction, poly_arena *arena, const char *id, sso_user *out);
/* Locks every active administrator of sso and says how many there are. */
poly_result store_lock_admins(poly_pg_transaction *transaction, poly_arena *arena, int64_t *count);

typedef struct user_changes {
    const char *full_name;     /* NULL: stays */
    const char *password_hash; /* NULL: stays */
    const bool *is_active;     /* NULL: stays */
} user_changes;

/* Brings `user` up to date, too. */
poly_result store_change_user(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                              const user_changes *changes);
/* Ends the user's sessions, and the validity of administrators' access tokens that were issued so far. */
poly_result store_end_sessions(poly_pg_transaction *transaction, poly_arena *arena, const char *user_id,
                               const char *reason);
poly_result store_delete_user(poly_pg_transaction *transaction, poly_arena *arena, const char *id);
/* POLY_NOT_FOUND: there is none. `out` is the user that was deleted. */
poly_result store_delete_by_entity(poly_pg_transaction *transaction, poly_arena *arena, poly_app app,
                                   const char *entity_id, sso_user *out);

typedef struct telegram_account {
    int64_t id; /* 0: unlink */
    const char *username;
    int64_t chat_id;
} telegram_account;

/* POLY_CONFLICT: that Telegram account is linked to another user. */
poly_result store_link_telegram(poly_pg_transaction *transaction, poly_arena *arena, sso_user *user,
                                const telegram_account *account);
/* The traffic user that a service means by one id or the other, locked. */
poly_result store_lock_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *entity_id,
                               int64_t ruz_teacher_id, sso_user *out);

/* --- lists (store_list.c) --- */

typedef struct user_filter {
    const poly_app *app; /* NULL: any */
    const poly_role *role;
    const user_search *search; /* NULL: none */
    const char *const *entity_ids;
    size_t entity_count; /* with `entity_ids` */
} user_filter;

/*
 * Search counts no further than this, in each app, and looks at no more than 3,000 names that have the longest of the
 * words: enough for any university, and no more work among a million users than among ten thousand.
 */
#define SEARCH_TOTAL_MAX 200

enum { USERS_PAGE_MAX = 500, USERS_MAX = 5000 };

typedef struct user_list {
    sso_user *items;
    size_t count;
    int64_t total;
} user_list;

poly_result store_list_users(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t limit, int64_t offset,
                             user_list *out);

/* --- sessions and refresh tokens (store_sessions.c) --- */

typedef struct new_session {
    const char *id;
    const char *user_id;
    const char *standing; /* of the user when the password was looked at */
    const char *address;
    const char *user_agent; /* NULL if none was sent */
    poly_slice token_hash;
    int64_t life_seconds;
    int64_t idle_seconds;
} new_session;

/* POLY_NOT_FOUND: the user has been deleted or disabled, or has another standing now. */
poly_result store_insert_session(poly_pg_transaction *transaction, poly_arena *arena, const new_session *session);
poly_result store_set_password_hash(poly_pg_transaction *transaction, poly_arena *arena, const char *user_id,
                                    const char *old_hash, const char *new_hash);

/* Spends the token and puts its successor in its place. POLY_NOT_FOUND: it cannot be spent; store_find_token says why.
 */
poly_result store_rotate_token(poly_pg *pg, poly_arena *arena, poly_slice hash, poly_slice successor_hash,
                               poly_slice sealed_successor, int64_t idle_seconds, sso_user *out);

typedef struct stored_token {
    refresh_state state;
    poly_slice sealed_successor;
    const char *session_id;
    sso_user user;
} stored_token;

poly_result store_find_token(poly_pg *pg, poly_arena *arena, poly_slice hash, stored_token *out);

/* POLY_NOT_FOUND: no such live session; of that user, if one is given. */
poly_result store_end_session(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                              const char *user_id, const char *reason);
/* The session of any of its tokens, spent ones too. */
poly_result store_session_of_token(poly_pg_transaction *transaction, poly_arena *arena, poly_slice hash,
                                   const char **session_id, const char **user_id);

typedef struct live_session {
    const char *id;
    const char *address;
    const char *user_agent;
    const char *created_at;
    const char *last_used_at;
    const char *expires_at;
} live_session;

poly_result store_list_sessions(poly_pg *pg, poly_arena *arena, const char *user_id, live_session **out, size_t *count);

/* --- the audit trail (store_audit.c) --- */

typedef struct audit_filter {
    const char *event;
    const char *actor;
    const char *target;
    const int64_t *from; /* s since 1970; NULL for none */
    const int64_t *to;
} audit_filter;

#define AUDIT_TOTAL_MAX 10000

typedef struct audit_row {
    int64_t id;
    const char *at;
    const char *event;
    const char *actor;
    const char *target;
    const char *address;
    const char *request_id;
    poly_slice details; /* JSON */
} audit_row;

/* Newest first; `total` counts no further than AUDIT_TOTAL_MAX. */
poly_result store_list_audit(poly_pg *pg, poly_arena *arena, const audit_filter *filter, int64_t limit, int64_t offset,
                             audit_row **out, size_t *count, int64_t *total);

/* --- what is over (store_sweep.c) --- */

/* Starts a fiber that deletes it, for as long as the daemon runs. */
void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days);

#endif

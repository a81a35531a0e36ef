/* SPDX-License-Identifier: MIT */
/*
 * The database: SQL and nothing else. What is read lives in the arena that the call was given. Results are those of
 * poly/pg.h; POLY_NOT_FOUND where a row was asked for that is not there. What was deleted and only kept for its name is
 * not there. Ids must be UUIDs. Fiber only.
 */
#ifndef SERVICES_STORE_H
#define SERVICES_STORE_H

#include "poly/pg.h"

#include "department.h"

/* A page of a list: `total` on all pages. */
typedef struct store_window {
    int64_t limit;
    int64_t offset;
} store_window;

/* --- departments (store_departments.c) --- */

typedef struct department_list {
    campus_department *items;
    size_t count;
    int64_t total;
} department_list;

/* By name. `search` is folded text, NULL for all. */
poly_result store_list_departments(poly_pg *pg, poly_arena *arena, const char *search, store_window window,
                                   department_list *out);
poly_result store_find_department(poly_pg *pg, poly_arena *arena, const char *id, campus_department *out);
/* `id` gets the id in its normal form. */
poly_result store_department_is_alive(poly_pg *pg, poly_arena *arena, const char *typed, const char **id);

/* `created_at` is filled in. */
poly_result store_insert_department(poly_pg_transaction *transaction, poly_arena *arena, campus_department *department);
/* NULL members stay as they are; the row as it is now. */
poly_result store_change_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                    const char *name, const char *description, campus_department *out);
/* Locks it, so that nothing is added to it meanwhile, for update or, if not `whole`, against its deletion only. */
poly_result store_lock_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id, bool whole,
                                  campus_department *out);
/* It and its executors are deleted, its services inactive. The ids of the executors. */
poly_result store_delete_department(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                    const char *const **executors, size_t *executor_count);

/* --- services (store_services.c) --- */

typedef struct service_list {
    campus_service *items;
    size_t count;
    int64_t total;
} service_list;

/* Active ones by name; `department_id` and `search` (folded) NULL for all. */
poly_result store_list_services(poly_pg *pg, poly_arena *arena, const char *department_id, const char *search,
                                store_window window, service_list *out);
/* All of a department that is there, by name, 1,000 at most. */
poly_result store_services_of_department(poly_pg *pg, poly_arena *arena, const char *department_id, service_list *out);
/* Active or not, of a department that is there. */
poly_result store_find_service(poly_pg *pg, poly_arena *arena, const char *id, campus_service *out);
/* The same, locked; if not `whole`, against deletion and changes only, for an application to be added. */
poly_result store_lock_service(poly_pg_transaction *transaction, poly_arena *arena, const char *id, bool whole,
                               campus_service *out);
/* `created_at` is filled in. */
poly_result store_insert_service(poly_pg_transaction *transaction, poly_arena *arena, campus_service *service);
poly_result store_change_service(poly_pg_transaction *transaction, poly_arena *arena, const campus_service *service);
/* POLY_CONFLICT: it has applications. */
poly_result store_delete_service(poly_pg_transaction *transaction, poly_arena *arena, const char *id);

/* --- executors (store_executors.c) --- */

typedef struct executor_list {
    campus_executor *items;
    size_t count;
    int64_t total;
} executor_list;

/* By name. `search` is folded text, NULL for all. */
poly_result store_list_executors(poly_pg *pg, poly_arena *arena, const char *department_id, const char *search,
                                 store_window window, executor_list *out);
poly_result store_executor_is_alive(poly_pg *pg, poly_arena *arena, const char *typed, const char **id,
                                    const char **department_id);
/* Of a deleted one, too. */
poly_result store_department_of_executor(poly_pg *pg, poly_arena *arena, const char *id, const char **department_id);
poly_result store_lock_executor(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                campus_executor *out);
/* `created_at` is filled in. */
poly_result store_insert_executor(poly_pg_transaction *transaction, poly_arena *arena, campus_executor *executor);
poly_result store_delete_executor(poly_pg_transaction *transaction, poly_arena *arena, const char *id);

typedef struct history_actor {
    const char *id;
    const char *name;
    const char *role;
} history_actor;

/*
 * Takes the open applications of these executors from them, with a record in their history and an event each: the last
 * thing in a transaction, since whoever adds an event keeps others from doing so.
 */
poly_result store_unassign(poly_pg_transaction *transaction, poly_arena *arena, const char *const *executors,
                           size_t count, const history_actor *actor);

/* For poly_accounts: see its options. */
extern const poly_statement store_account_alive;
extern const poly_statement store_account_list;

/* --- launch tokens (store_launches.c) --- */

typedef enum exchange_state { EXCHANGE_FIRST, EXCHANGE_REPEATED, EXCHANGE_SPENT } exchange_state;

/*
 * Keeps the sealed session, if the launch token has not been exchanged before. When it has, within the last 10 s, `out`
 * is the session that was kept then.
 */
poly_result store_exchange_launch(poly_pg *pg, poly_arena *arena, poly_slice jti_hash, poly_slice sealed,
                                  int64_t expires_at, exchange_state *state, poly_slice *out);

/* --- what is over (store_sweep.c) --- */

/* Starts a fiber that deletes it, for as long as the daemon runs. */
void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days);

#endif

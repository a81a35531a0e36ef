/* SPDX-License-Identifier: MIT */
/*
 * The teacher sync's statements, each over all teachers that it concerns. Whatever a run writes, it writes in a
 * transaction in which its number is still the last one: POLY_CONFLICT says that another run has taken over. Fiber
 * only.
 */
#ifndef TRAFFIC_STORE_SYNC_H
#define TRAFFIC_STORE_SYNC_H

#include "poly/account.h"
#include "poly/pg.h"

#include "sync_plan.h"

/* --- who runs: one of all replicas --- */

enum { SYNC_LEASE_SECONDS = 12 };

typedef enum sync_source { SYNC_BY_TIMER, SYNC_BY_HAND } sync_source;

typedef struct sync_claim {
    sync_source source;
    bool enabled; /* the timer */
    int64_t interval_seconds;
} sync_claim;

/* The run's number, from 1. POLY_CONFLICT: one runs; or, by the timer, it is not time. */
poly_result store_sync_claim(poly_pg *pg, poly_arena *arena, const sync_claim *claim, const char *holder,
                             int64_t *fence) POLY_MUST_CHECK;
/* Holds the lease from now on for its whole length. POLY_CONFLICT: it is another's. */
poly_result store_sync_renew(poly_pg *pg, poly_arena *arena, int64_t fence) POLY_MUST_CHECK;

typedef struct sync_outcome {
    const char *error;     /* a sentence in Russian; NULL: it went well */
    const char *error_en;  /* the same in English */
    const char *stats;     /* JSON */
    int64_t retry_seconds; /* 0: at its usual time */
} sync_outcome;

poly_result store_sync_finish(poly_pg *pg, poly_arena *arena, int64_t fence,
                              const sync_outcome *outcome) POLY_MUST_CHECK;

typedef struct sync_status {
    bool running;
    const char *last_source; /* this and what follows may be NULL */
    const char *last_started_at;
    const char *last_finished_at;
    const char *last_success_at;
    const char *last_error;
    const char *last_error_en;
    const char *last_stats; /* JSON */
    int64_t runs_total;
    int64_t runs_failed;
} sync_status;

poly_result store_sync_status(poly_pg *pg, poly_arena *arena, sync_status *out) POLY_MUST_CHECK;

/* --- what a run does --- */

typedef struct known_teachers {
    const known_teacher *items; /* by ruz_id */
    size_t count;
    int64_t now;       /* the database's clock, s since 1970 */
    int64_t with_user; /* teachers of any origin, who all should have a user at sso-svc */
} known_teachers;

poly_result store_known_teachers(poly_pg *pg, poly_arena *arena, known_teachers *out) POLY_MUST_CHECK;

typedef struct sync_changes {
    int64_t created;
    int64_t updated;
    int64_t removed;
} sync_changes;

poly_result store_apply_plan(poly_pg *pg, poly_arena *arena, int64_t fence, const sync_plan *plan,
                             sync_changes *out) POLY_MUST_CHECK;

/* All who are there, as if sso-svc knew nothing of them. */
poly_result store_tell_all(poly_pg *pg, poly_arena *arena, int64_t fence) POLY_MUST_CHECK;

/* Teachers whom sso-svc is to be told of, behind `after` in the order of their ids. */
poly_result store_untold_teachers(poly_pg *pg, poly_arena *arena, const char *after, int64_t limit,
                                  poly_sso_provision **items, size_t *count) POLY_MUST_CHECK;

/* sso-svc knows these, by these usernames. Users of those who were deleted meanwhile are to be removed again. */
poly_result store_told_teachers(poly_pg *pg, poly_arena *arena, int64_t fence, const poly_sso_user *users,
                                size_t count) POLY_MUST_CHECK;

#endif

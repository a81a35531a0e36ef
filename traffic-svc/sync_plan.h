/* SPDX-License-Identifier: MIT */
/*
 * What a teacher sync does: the source's list held against the teachers that are known. Whoever is not listed is marked
 * first and disabled when the grace is over; a source that lists too few is not believed at all.
 */
#ifndef TRAFFIC_SYNC_PLAN_H
#define TRAFFIC_SYNC_PLAN_H

#include "teacher_list.h"

/* A teacher that a sync has brought; not one made by hand. */
typedef struct known_teacher {
    const char *id;
    int64_t ruz_id;
    const char *full_name;
    int64_t missing_since; /* s since 1970; 0: listed when last looked */
    bool is_active;        /* false: disabled by an earlier sync, or deleted by a person */
    bool is_leaving;       /* deleted, and sso-svc has yet to hear of it: not to be touched until then */
} known_teacher;

typedef struct sync_rules {
    int64_t now; /* s since 1970 */
    int64_t max_removal_percent;
    int64_t grace_days; /* 0: at once */
} sync_rules;

typedef enum sync_verdict {
    SYNC_GOES_ON,
    SYNC_SOURCE_EMPTY,  /* it lists nobody who could be a teacher */
    SYNC_TOO_MANY_GONE, /* more of the active teachers are missing than may go */
} sync_verdict;

typedef struct sync_plan {
    sync_verdict verdict; /* anything but SYNC_GOES_ON: nothing is to be done */
    size_t active;        /* known and active before */
    size_t gone;          /* of these, not listed */

    const listed_teacher **created;
    size_t created_count;
    const known_teacher **updated; /* renamed, or active again */
    const char **updated_names;    /* theirs from now on */
    size_t updated_count;
    const char **found; /* ids: marked as missing, and listed again */
    size_t found_count;
    const char **missing; /* ids: to be marked */
    size_t missing_count;
    const char **removed; /* ids: to be disabled */
    size_t removed_count;
} sync_plan;

/* `known` by ruz_id, each once. In the arena. */
sync_plan sync_plan_make(const teacher_list *list, const known_teacher *known, size_t known_count,
                         const sync_rules *rules, poly_arena *arena);

#endif

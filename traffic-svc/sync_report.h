/* SPDX-License-Identifier: MIT */
/*
 * What a teacher sync says of itself: figures, and why it did not go well.
 */
#ifndef TRAFFIC_SYNC_REPORT_H
#define TRAFFIC_SYNC_REPORT_H

#include "poly/http.h"
#include "poly/sso_client.h"

#include "sync_plan.h"

enum { SYNC_SAMPLE_MAX = 10 };

typedef struct sync_failure {
    const char *entity_id;
    int64_t ruz_teacher_id; /* 0: none */
    const char *full_name;
    const char *code;
    const char *detail;
} sync_failure;

typedef struct sync_stats {
    int64_t fetched;
    int64_t created_local;
    int64_t updated_local;
    int64_t removed_local;
    int64_t created_or_linked_sso;
    int64_t skipped;
    int64_t failed;
    sync_failure failed_sample[SYNC_SAMPLE_MAX]; /* the first of those that failed */
} sync_stats;

void sync_stats_note_failure(sync_stats *stats, const sync_failure *failure);

/* As JSON, in the arena. */
const char *sync_stats_write(const sync_stats *stats, poly_arena *arena);

/* Where a run stopped. */
typedef enum sync_step { SYNC_READING_SOURCE, SYNC_IN_DATABASE, SYNC_TELLING_SSO } sync_step;

/* A sentence for people about a step that failed, in both languages; in the arena. */
poly_message sync_say_failure(sync_step step, poly_result result);
/* The same about a list that was not believed. */
poly_message sync_say_verdict(const sync_plan *plan, int64_t max_removal_percent, poly_arena *arena);

#endif

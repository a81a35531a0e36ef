/* SPDX-License-Identifier: MIT */
/*
 * Faults that a test switches on: which answers go wrong, how, and how often. Any thread.
 */
#ifndef CAMPUS_FAULTS_H
#define CAMPUS_FAULTS_H

#include "poly/json.h"
#include "poly/runtime.h"

typedef enum fault_mode {
    FAULT_NONE,         /* the right answer, late (delay_ms), or an HTML page with `status` */
    FAULT_HANG,         /* no answer until the client leaves or the faults are cleared */
    FAULT_RESET,        /* the connection is reset */
    FAULT_DRIP,         /* the right answer, a few bytes a second */
    FAULT_TRUNCATED,    /* half of the right answer under the whole one's Content-Length */
    FAULT_HTML,         /* an HTML page, with status 200 unless `status` says otherwise */
    FAULT_HUGE,         /* size_bytes of JSON that never ends */
    FAULT_WRONG_SCHEMA, /* valid JSON of another shape */
    FAULT_ERROR,        /* RUZ's own error, with status 200 */
    FAULT_LAYOUT,       /* CAS and the record book: their pages are made in another way; else as FAULT_HTML */
    FAULT_REDIRECT,     /* 302 to the same place, for ever */
    FAULT_COOKIES,      /* the right answer, with a cookie of 16 KiB */
} fault_mode;
#define FAULT_MODES "none|hang|reset|drip|truncated|html|huge|wrong_schema|error|layout|redirect|cookies"

#define FAULT_PATH_SIZE 256

struct fault {
    char path_prefix[FAULT_PATH_SIZE];
    fault_mode mode;
    unsigned delay_ms;
    int status;         /* 0: as the mode has it */
    double probability; /* 0 to 1 */
    int64_t count;      /* requests left to hit; negative: no end */
    unsigned drip_bytes_per_second;
    int64_t size_bytes;
    bool chunked; /* FAULT_HUGE: without a Content-Length */
    uint64_t hits;
    uint64_t seen;
};

typedef struct fault_table fault_table;

/* The seed decides which requests a probability hits. */
fault_table *fault_table_create(uint64_t seed);
void fault_table_destroy(fault_table **table);

bool fault_mode_parse(const char *text, fault_mode *mode) POLY_MUST_CHECK;

/* In the place of a fault with the same prefix. POLY_OVERLOADED beyond 64 of them. */
poly_result fault_table_set(fault_table *table, const struct fault *fault) POLY_MUST_CHECK;

/* Whether the request of `path` is hit, by the fault with the longest fitting prefix, which is copied to `hit`. */
bool fault_table_take(fault_table *table, const char *path, struct fault *hit) POLY_MUST_CHECK;

/* Removes the fault of a prefix, or all (NULL), which also lets hanging requests go. */
void fault_table_clear(fault_table *table, const char *path_prefix);

/* Waits until all faults are cleared, the client leaves or the simulator stops. Fiber only. */
void fault_table_hang(fault_table *table);

/* Member "faults", an array. */
void fault_table_write(fault_table *table, poly_json_writer *writer);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The structured log: one JSON line an event on standard output, made by any thread, written by one thread of
 * its own, so that a blocked or full output never stops an event loop. The queue is bounded (1 MiB); what does
 * not fit is dropped and counted, and the count is logged when there is room again.
 *
 * Messages are lower case, without a full stop. Never pass a password, token or secret.
 */
#ifndef POLY_LOG_H
#define POLY_LOG_H

#include "poly/base.h"

typedef enum poly_log_level {
    POLY_LOG_DEBUG,
    POLY_LOG_INFO,
    POLY_LOG_WARNING,
    POLY_LOG_ERROR,
} poly_log_level;

typedef struct poly_field {
    const char *name;
    enum { POLY_FIELD_END, POLY_FIELD_TEXT, POLY_FIELD_INT, POLY_FIELD_BOOL } kind;
    union {
        const char *text; /* NULL is written as null; cut at 512 bytes; invalid UTF-8 is replaced */
        int64_t number;
        bool truth;
    };
} poly_field;

#define poly_text_field(field_name, value) \
    ((poly_field){.name = (field_name), .kind = POLY_FIELD_TEXT, .text = (value)})
#define poly_int_field(field_name, value) \
    ((poly_field){.name = (field_name), .kind = POLY_FIELD_INT, .number = (int64_t)(value)})
#define poly_bool_field(field_name, value) \
    ((poly_field){.name = (field_name), .kind = POLY_FIELD_BOOL, .truth = (value)})

/* poly_log(POLY_LOG_INFO, "snapshot saved", poly_int_field("entries", n), poly_text_field("path", path)); */
#define poly_log(level, message, ...) \
    poly_log_write((level), (message), (const poly_field[]){__VA_ARGS__, {.kind = POLY_FIELD_END}})
/* The same without fields. */
#define poly_log_plain(level, message) \
    poly_log_write((level), (message), (const poly_field[]){{.kind = POLY_FIELD_END}})

void poly_log_write(poly_log_level level, const char *message, const poly_field *fields);

bool poly_log_enabled(poly_log_level level);

/* Before poly_log_start, lines go to standard error at once. `service` is kept. Writes to `fd`. */
void poly_log_start(const char *service, poly_log_level level, int fd);
/* Writes what is queued, waiting at most a second, and returns to the unqueued mode. */
void poly_log_stop(void);
/* Lines dropped since the start because the output did not take them. */
uint64_t poly_log_dropped(void);

bool poly_log_level_parse(const char *text, poly_log_level *out) POLY_MUST_CHECK;

/*
 * The request that this thread works on; lines carry its `request_id` and `trace_id`. The runtime saves and restores
 * it around fiber switches. The strings must outlive their being set; NULL for none.
 */
typedef struct poly_log_context {
    const char *request_id;
    const char *trace_id;
} poly_log_context;
void poly_log_set_context(const poly_log_context *context);
const poly_log_context *poly_log_get_context(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How often each thing was asked for, and by how many at once: what a test of single flight and caching looks at. Any
 * thread.
 */
#ifndef CAMPUS_REQUEST_LOG_H
#define CAMPUS_REQUEST_LOG_H

#include "poly/json.h"

typedef struct request_log request_log;

/* Between enter and leave a request is in flight. */
typedef struct request_mark {
    uint64_t generation;
    size_t entry;
} request_mark;

request_log *request_log_create(void);
void request_log_destroy(request_log **log);

/* `target` is the path with its date or search. Beyond 8,192 different ones, they count together as "other". */
request_mark request_log_enter(request_log *log, const char *target);
void request_log_leave(request_log *log, request_mark mark);

/* Forgets all counts. Requests in flight are counted nowhere then. */
void request_log_reset(request_log *log);

/* Members "total", "in_flight", "max_in_flight" and "paths" of the targets that begin with `prefix`. */
void request_log_write(request_log *log, const char *prefix, poly_json_writer *writer);

#endif

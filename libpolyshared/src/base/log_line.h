/* SPDX-License-Identifier: MIT */
/*
 * Makes one log line: a JSON object and a newline, in a buffer of the caller. No allocation, no lock, no system
 * call beyond the clock's. Any thread.
 */
#ifndef POLY_BASE_LOG_LINE_H
#define POLY_BASE_LOG_LINE_H

#include "poly/log.h"

#define LOG_LINE_SIZE 8192

/*
 * Answers the line's length. Fields that no longer fit are left out, and the line then says `"cut":true`.
 * `service` may be NULL.
 */
size_t log_line_format(char out[LOG_LINE_SIZE], poly_log_level level, const char *service, const char *message,
                       const poly_field *fields);

#endif

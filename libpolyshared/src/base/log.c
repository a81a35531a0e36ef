/* SPDX-License-Identifier: MIT */
#include "poly/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/log_line.h"
#include "base/log_queue.h"

static const char *const level_names[] = {
    [POLY_LOG_DEBUG] = "debug",
    [POLY_LOG_INFO] = "info",
    [POLY_LOG_WARNING] = "warning",
    [POLY_LOG_ERROR] = "error",
};

static atomic_int lowest_level = POLY_LOG_INFO;
static _Atomic(const char *) service_name;
static _Thread_local poly_log_context present_context;

bool poly_log_enabled(poly_log_level level)
{
    return (int)level >= atomic_load_explicit(&lowest_level, memory_order_relaxed);
}

bool poly_log_level_parse(const char *text, poly_log_level *out)
{
    for (size_t i = 0; text && i < POLY_LENGTH(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (poly_log_level)i;
            return true;
        }
    }
    return false;
}

void poly_log_set_context(const poly_log_context *context)
{
    present_context = context ? *context : (poly_log_context){0};
}

const poly_log_context *poly_log_get_context(void)
{
    return &present_context;
}

/* Where standard error itself fails there is nowhere left to say so. */
static void write_now(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, line, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        line += written;
        size -= (size_t)written;
    }
}

void poly_log_write(poly_log_level level, const char *message, const poly_field *fields)
{
    char line[LOG_LINE_SIZE];
    size_t size;

    if (!poly_log_enabled(level))
        return;
    size = log_line_format(line, level, atomic_load_explicit(&service_name, memory_order_relaxed), message, fields);
    if (!log_queue_push(line, size, level == POLY_LOG_ERROR))
        write_now(line, size);
}

void poly_log_start(const char *service, poly_log_level level, int fd)
{
    atomic_store(&service_name, service);
    atomic_store(&lowest_level, (int)level);
    log_queue_start(service, fd);
}

void poly_log_stop(void)
{
    log_queue_stop();
}

uint64_t poly_log_dropped(void)
{
    return log_queue_dropped();
}

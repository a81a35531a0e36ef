/* SPDX-License-Identifier: MIT */
/*
 * The log's bounded queue and the thread that writes it out. Start and stop are the main thread's; the rest is any
 * thread's.
 */
#ifndef POLY_BASE_LOG_QUEUE_H
#define POLY_BASE_LOG_QUEUE_H

#include "poly/base.h"

#define LOG_QUEUE_SIZE ((size_t)1 << 20)

/* `service` is kept and names the queue's own lines. */
void log_queue_start(const char *service, int fd);
void log_queue_stop(void);

/*
 * Takes a whole line, or drops and counts it when there is no room. False when the queue is not running: the
 * caller writes the line itself. `urgent` has it written at once.
 */
bool log_queue_push(const char *line, size_t size, bool urgent);
uint64_t log_queue_dropped(void);

#endif

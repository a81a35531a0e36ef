/* SPDX-License-Identifier: MIT */
#include "base/log_queue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log_line.h"
#include "poly/time.h"

#define BATCH_MILLISECONDS 50
#define POLL_MILLISECONDS  100
#define LARGEST_WRITE      65536u

/*
 * A ring of whole lines: `head` and `tail` count bytes since the start, the queue holds tail..head. Producers move
 * `head`, the writer alone moves `tail`, and it reads tail..head without the lock, since nobody writes there.
 */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t work; /* of the monotonic clock; never destroyed, since a producer may still signal it */
    pthread_t writer;
    const char *service;
    int fd;
    size_t largest_write;
    uint64_t give_up_at; /* monotonic µs, once stopping */
    bool running;
    bool stopping;
    bool abandoned; /* a writer hangs in its write for good and still uses all this */
    bool idle;      /* the writer waits for a first line */
    bool hurried;   /* the writer must not wait for more */
    uint64_t head, tail;
    uint64_t dropped;
    uint64_t unreported; /* of `dropped`, what no line has told yet */
    bool line_open;      /* the output ends inside the line at `tail` */
    bool line_torn;      /* the output ends inside a line that was dropped */
    char bytes[LOG_QUEUE_SIZE];
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER};

static size_t room(void)
{
    return LOG_QUEUE_SIZE - (size_t)(queue.head - queue.tail);
}

static void copy_in(const char *line, size_t size)
{
    size_t at = (size_t)(queue.head % LOG_QUEUE_SIZE);
    size_t first = size < LOG_QUEUE_SIZE - at ? size : LOG_QUEUE_SIZE - at;

    memcpy(queue.bytes + at, line, first);
    memcpy(queue.bytes, line + first, size - first);
    queue.head += size;
}

/* Waking costs a system call, so it is for the first line of a batch, for errors, and for a queue half full. */
static bool wakes_writer(bool urgent)
{
    bool wakes = queue.idle || (!queue.hurried && (urgent || room() < LOG_QUEUE_SIZE / 2));

    queue.hurried = queue.hurried || urgent || room() < LOG_QUEUE_SIZE / 2;
    queue.idle = false;
    return wakes;
}

bool log_queue_push(const char *line, size_t size, bool urgent)
{
    bool wakes = false, running;

    pthread_mutex_lock(&queue.lock);
    running = queue.running;
    if (running && size > room()) {
        queue.dropped++;
        queue.unreported++;
    } else if (running) {
        copy_in(line, size);
        wakes = wakes_writer(urgent);
    }
    pthread_mutex_unlock(&queue.lock);
    if (wakes)
        pthread_cond_signal(&queue.work);
    return running;
}

uint64_t log_queue_dropped(void)
{
    uint64_t dropped;

    pthread_mutex_lock(&queue.lock);
    dropped = queue.dropped;
    pthread_mutex_unlock(&queue.lock);
    return dropped;
}

/* --- the writer's thread --- */

static bool is_late(void)
{
    bool late;

    pthread_mutex_lock(&queue.lock);
    late = queue.stopping && poly_time_monotonic() >= queue.give_up_at;
    pthread_mutex_unlock(&queue.lock);
    return late;
}

/* False for an output that is blocked when the time which log_queue_stop gives is over. */
static bool wait_writable(void)
{
    struct pollfd output = {.fd = queue.fd, .events = POLLOUT};
    bool late;

    do {
        late = is_late();
        if (poll(&output, 1, late ? 0 : POLL_MILLISECONDS) > 0)
            return true;
    } while (!late);
    return false;
}

/* The descriptor stays as it was given, since others may share it: a write is made only where it cannot block. */
static ssize_t write_when_ready(const char *bytes, size_t size)
{
    while (wait_writable()) {
        ssize_t written = write(queue.fd, bytes, size);

        if (written >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return written;
    }
    return -1;
}

/* A pipe, socket or terminal that polls as writable takes this much without blocking. */
static size_t largest_write(int fd)
{
    struct stat status;
    int flags = fcntl(fd, F_GETFL);

    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return LARGEST_WRITE;
    return flags >= 0 && (flags & O_NONBLOCK) ? LARGEST_WRITE : PIPE_BUF;
}

/* The part of the queue that lies in one piece. */
static size_t piece_size(void)
{
    size_t used = (size_t)(queue.head - queue.tail);
    size_t straight = LOG_QUEUE_SIZE - (size_t)(queue.tail % LOG_QUEUE_SIZE);
    size_t size = used < straight ? used : straight;

    return size < queue.largest_write ? size : queue.largest_write;
}

static uint64_t count_lines(uint64_t from, uint64_t to)
{
    uint64_t lines = 0;

    for (; from < to; from++)
        lines += queue.bytes[from % LOG_QUEUE_SIZE] == '\n';
    return lines;
}

/* The output refuses: the lines of this piece are lost, the one that it ends in and the one begun before included. */
static void drop_piece(size_t size)
{
    uint64_t end = queue.tail + size, lines;

    while (queue.bytes[(end - 1) % LOG_QUEUE_SIZE] != '\n')
        end++;
    lines = count_lines(queue.tail, end);
    queue.tail = end;
    queue.dropped += lines;
    queue.unreported += lines;
    queue.line_torn = queue.line_torn || queue.line_open;
    queue.line_open = false;
}

/* In the place where the lines are missing, since the lock is held from when room returned. */
static void report_dropped(void)
{
    const poly_field fields[] = {
        poly_int_field("dropped", queue.unreported),
        poly_int_field("dropped_total", queue.dropped),
        {.kind = POLY_FIELD_END},
    };
    char line[LOG_LINE_SIZE];
    size_t size = log_line_format(line, POLY_LOG_WARNING, queue.service, "log lines dropped", fields);

    if (size > room())
        return;
    copy_in(line, size);
    queue.unreported = 0;
}

/* Lock held; let go of while writing. */
static void write_piece(void)
{
    size_t size = piece_size();
    const char *bytes = queue.bytes + queue.tail % LOG_QUEUE_SIZE;
    bool torn = queue.line_torn;
    ssize_t written = 1;

    pthread_mutex_unlock(&queue.lock);
    if (torn)
        written = write_when_ready("\n", 1);
    torn = torn && written <= 0;
    if (written > 0)
        written = write_when_ready(bytes, size);
    pthread_mutex_lock(&queue.lock);
    queue.line_torn = torn;
    if (written <= 0) {
        drop_piece(size);
        return;
    }
    queue.line_open = bytes[written - 1] != '\n';
    queue.tail += (uint64_t)written;
    if (queue.unreported)
        report_dropped();
}

static struct timespec batch_end(void)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += BATCH_MILLISECONDS * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    return end;
}

/* Lock held. Waits for a first line, then a while for others to join it. */
static void gather(void)
{
    struct timespec end;
    int status = 0;

    while (queue.head == queue.tail && !queue.stopping) {
        queue.idle = true;
        pthread_cond_wait(&queue.work, &queue.lock);
    }
    queue.idle = false;
    end = batch_end();
    while (!queue.hurried && !queue.stopping && status != ETIMEDOUT)
        status = pthread_cond_timedwait(&queue.work, &queue.lock, &end);
    queue.hurried = false;
}

/* What comes while a batch is written waits for the next, or a busy log would be written line by line. */
static void *write_lines(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&queue.lock);
    while (!queue.stopping || queue.head != queue.tail) {
        uint64_t end;

        gather();
        for (end = queue.head; queue.tail < end;)
            write_piece();
    }
    pthread_mutex_unlock(&queue.lock);
    return NULL;
}

/* --- start and stop --- */

/* No signal may choose this thread; SIGPIPE, which a closed pipe aims at it, stays pending and harmless. */
static void start_writer(void)
{
    sigset_t all, before;
    int status;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV); /* the sanitizers' and crash reporters' */
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&queue.writer, NULL, write_lines, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status != 0)
        poly_die("cannot start the thread that writes the log"); /* a process that cannot have two cannot serve */
}

static void init_condition(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue.work, &attributes);
    pthread_condattr_destroy(&attributes);
}

void log_queue_start(const char *service, int fd)
{
    static pthread_once_t condition_ready = PTHREAD_ONCE_INIT;

    pthread_once(&condition_ready, init_condition);
    pthread_mutex_lock(&queue.lock);
    assert(!queue.running && !queue.abandoned);
    queue.service = service;
    queue.fd = fd;
    queue.largest_write = largest_write(fd);
    queue.running = true;
    queue.stopping = queue.idle = queue.hurried = queue.line_open = queue.line_torn = false;
    queue.head = queue.tail = 0;
    queue.dropped = queue.unreported = 0;
    pthread_mutex_unlock(&queue.lock);
    start_writer();
}

/* The writer gives up by itself, unless another process filled the pipe between its poll and its write. */
static void join_writer(void)
{
    struct timespec limit;

    clock_gettime(CLOCK_REALTIME, &limit); /* the only clock that this join knows */
    limit.tv_sec += 2;
    queue.abandoned = pthread_timedjoin_np(queue.writer, NULL, &limit) != 0;
    if (queue.abandoned)
        pthread_detach(queue.writer);
}

void log_queue_stop(void)
{
    bool was_running;

    pthread_mutex_lock(&queue.lock);
    was_running = queue.running;
    queue.running = false; /* no more lines, so that the writer comes to an end */
    queue.stopping = true;
    queue.give_up_at = poly_time_monotonic() + POLY_SECONDS(1);
    pthread_cond_signal(&queue.work);
    pthread_mutex_unlock(&queue.lock);
    if (was_running)
        join_writer();
}

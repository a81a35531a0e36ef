/* SPDX-License-Identifier: MIT */
#include "observe/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "poly/log.h"

/* Reads a small file of /proc; false when it cannot be read. */
static bool read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length;

    if (fd < 0)
        return false;
    length = read(fd, text, size - 1);
    (void)close(fd);
    if (length <= 0)
        return false;
    text[length] = '\0';
    return true;
}

/* The number behind the first `spaces` spaces of `text`. */
static bool read_number(const char *text, unsigned spaces, uint64_t *number)
{
    char *end;

    for (; spaces > 0; spaces--) {
        text = strchr(text, ' ');
        if (!text)
            return false;
        text++;
    }
    *number = strtoull(text, &end, 10);
    return end > text;
}

static void write_head(poly_strbuf *out, const char *name, const char *type, const char *help)
{
    poly_strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", name, help, name, type, name);
}

static void write_cpu(poly_strbuf *out)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return;
    write_head(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
    poly_strbuf_printf(out, "%" PRId64 ".%06ld\n", (int64_t)used.tv_sec, used.tv_nsec / 1000);
}

static void write_memory(poly_strbuf *out)
{
    char text[256];
    uint64_t resident;

    /* size resident shared …, in pages */
    if (!read_file("/proc/self/statm", text, sizeof(text)) || !read_number(text, 1, &resident))
        return;
    write_head(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
    poly_strbuf_printf(out, "%" PRIu64 "\n", resident * (uint64_t)sysconf(_SC_PAGESIZE));
}

/* Before Linux 6.2 the directory must be read, which takes milliseconds for ten thousand descriptors. */
static bool list_open_descriptors(uint64_t *count)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;

    if (!directory)
        return false;
    *count = 0;
    while ((entry = readdir(directory)) != NULL)
        *count += entry->d_name[0] != '.' ? 1 : 0;
    *count -= 1; /* the directory's own */
    (void)closedir(directory);
    return true;
}

static bool count_open_descriptors(uint64_t *count)
{
    struct stat status;

    if (stat("/proc/self/fd", &status) != 0)
        return false;
    if (status.st_size == 0)
        return list_open_descriptors(count);
    *count = (uint64_t)status.st_size;
    return true;
}

static void write_descriptors(poly_strbuf *out)
{
    struct rlimit limit;
    uint64_t open_count;

    if (count_open_descriptors(&open_count)) {
        write_head(out, "process_open_fds", "gauge", "Number of open file descriptors.");
        poly_strbuf_printf(out, "%" PRIu64 "\n", open_count);
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        write_head(out, "process_max_fds", "gauge", "Maximum number of open file descriptors.");
        poly_strbuf_printf(out, "%" PRIu64 "\n", (uint64_t)limit.rlim_cur);
    }
}

static double start_time; /* s since 1970-01-01 UTC; 0 unknown */

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    return clock_gettime(clock, &now) == 0 ? (double)now.tv_sec + (double)now.tv_nsec / 1e9 : 0;
}

/* /proc/self/stat counts the start in ticks since boot. Found once, so that a stepped clock does not move it. */
static void find_start_time(void)
{
    char text[2048];
    const char *at;
    uint64_t ticks;

    if (!read_file("/proc/self/stat", text, sizeof(text)))
        return;
    at = strrchr(text, ')'); /* the second field is the program's name, which may hold anything */
    if (!at || !read_number(at, 22 - 2, &ticks))
        return;
    start_time = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME) + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static void write_start_time(poly_strbuf *out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, find_start_time);
    if (start_time <= 0)
        return;
    write_head(out, "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.");
    poly_strbuf_printf(out, "%.2f\n", start_time);
}

/* A log on a full disk cannot tell this itself. */
static void write_dropped_lines(poly_strbuf *out)
{
    write_head(out, "log_lines_dropped_total", "counter", "Log lines lost because the output did not take them.");
    poly_strbuf_printf(out, "%" PRIu64 "\n", poly_log_dropped());
}

void poly_process_write(poly_strbuf *out)
{
    write_cpu(out);
    write_memory(out);
    write_descriptors(out);
    write_start_time(out);
    write_dropped_lines(out);
}

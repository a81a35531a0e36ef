/* SPDX-License-Identifier: MIT */
/* A daemon's commands, each in a process of its own, whose output and status the test looks at. */
#ifndef POLY_TESTS_DAEMON_COMMAND_H
#define POLY_TESTS_DAEMON_COMMAND_H

#include "poly/daemon.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run {
    pid_t process;
    int out, err;
    char out_text[1 << 18], err_text[1 << 16];
    size_t out_size;
    int status;
} run;

/* `words` is what follows the daemon's name, separated by spaces; NULL: nothing. */
static inline void start_process(const poly_daemon *daemon, const char *words)
{
    char *arguments[8] = {(char *)(uintptr_t)daemon->name};
    char copy[256];
    char *rest = copy;
    int count = 1;
    int out[2], err[2];

    snprintf(copy, sizeof(copy), "%s", words ? words : "");
    for (char *word; (word = strsep(&rest, " ")) != NULL && count < 7;)
        if (*word)
            arguments[count++] = word;
    ck_assert_int_eq(pipe(out), 0);
    ck_assert_int_eq(pipe(err), 0);
    memset(&run, 0, sizeof(run));
    fflush(NULL);
    run.process = fork();
    ck_assert_int_ge(run.process, 0);
    if (run.process == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        exit(poly_daemon_main(daemon, count, arguments));
    }
    close(out[1]);
    close(err[1]);
    run.out = out[0];
    run.err = err[0];
}

/* Reads more of the standard output; false at its end. */
static inline bool read_more(void)
{
    struct pollfd output = {.fd = run.out, .events = POLLIN};
    ssize_t got;

    ck_assert_int_eq(poll(&output, 1, 30000), 1);
    got = read(run.out, run.out_text + run.out_size, sizeof(run.out_text) - 1 - run.out_size);
    ck_assert_int_ge(got, 0);
    run.out_size += (size_t)got;
    return got > 0;
}

static inline void wait_for_output(const char *text)
{
    while (!strstr(run.out_text, text))
        ck_assert_msg(read_more(), "ended before \"%s\": %s", text, run.out_text);
}

static inline void finish_process(void)
{
    size_t size = 0;
    ssize_t got;

    while (read_more())
        ;
    while ((got = read(run.err, run.err_text + size, sizeof(run.err_text) - 1 - size)) > 0)
        size += (size_t)got;
    ck_assert_int_eq(waitpid(run.process, &run.status, 0), run.process);
    close(run.out);
    close(run.err);
}

static inline int run_words(const poly_daemon *daemon, const char *words)
{
    start_process(daemon, words);
    finish_process();
    ck_assert(WIFEXITED(run.status));
    return WEXITSTATUS(run.status);
}

/* The port that "serving" names. */
static inline unsigned wait_until_serving(void)
{
    const char *port;

    wait_for_output("\"serving\"");
    port = strstr(run.out_text, "\"port\":");
    ck_assert_ptr_nonnull(port);
    return (unsigned)strtoul(port + 7, NULL, 10);
}

static inline void check_order(const char *const *texts)
{
    const char *at = run.out_text;

    for (; *texts; texts++) {
        at = strstr(at, *texts);
        ck_assert_msg(at != NULL, "%s missing or too early in %s", *texts, run.out_text);
    }
}

#endif

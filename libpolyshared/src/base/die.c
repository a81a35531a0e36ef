/* SPDX-License-Identifier: MIT */
#include "base/die.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Straight to the descriptor, without memory: the log's queue would not be written before the end. */
POLY_NORETURN void poly_die(const char *what)
{
    static const char before[] = "{\"level\":\"error\",\"message\":\"", after[] = "\"}\n";
    const struct iovec line[] = {
        {.iov_base = (void *)(uintptr_t)before, .iov_len = sizeof(before) - 1},
        {.iov_base = (void *)(uintptr_t)what, .iov_len = strlen(what)},
        {.iov_base = (void *)(uintptr_t)after, .iov_len = sizeof(after) - 1},
    };
    ssize_t written = writev(STDERR_FILENO, line, POLY_LENGTH(line));

    (void)written;
    abort();
}

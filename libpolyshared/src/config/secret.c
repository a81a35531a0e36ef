/* SPDX-License-Identifier: MIT */
#include "config/variables.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHORTEST_SECRET  32
#define LARGEST_SECRET   4096
#define FILE_NAME_SUFFIX "_FILE"

static bool is_one_character(const char *text)
{
    return strspn(text, (const char[]){text[0], '\0'}) == strlen(text);
}

static bool is_placeholder(const char *secret)
{
    static const char *const words[] = {"changeme", "change-me", "change_me", "secret", "placeholder", "example"};

    for (size_t i = 0; i < POLY_LENGTH(words); i++) {
        if (strcasestr(secret, words[i]))
            return true;
    }
    return is_one_character(secret);
}

int64_t config_secret_shortest(const poly_config_variable *variable)
{
    return variable->min ? variable->min : SHORTEST_SECRET;
}

const char *config_secret_fault(const poly_config_variable *variable, const char *secret, bool placeholders)
{
    int64_t shortest = config_secret_shortest(variable);

    if ((int64_t)strlen(secret) < shortest)
        return poly_arena_printf(config_memory(), "is shorter than %d bytes", (int)shortest);
    if (!placeholders && is_placeholder(secret))
        return "is a placeholder; make one with: openssl rand -base64 32";
    return NULL;
}

/* Reads at most `size` bytes; the length, or -1 with errno set. */
static ssize_t read_whole(const char *path, char *out, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t got = 1;
    int failure;

    if (file < 0)
        return -1;
    while (got > 0 && length < size) {
        got = read(file, out + length, size - length);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            length += (size_t)got;
    }
    failure = errno;
    close(file);
    errno = failure;
    return got < 0 ? -1 : (ssize_t)length;
}

static config_source find_in_file(const char *name, const char *path, const char **text, poly_strbuf *faults)
{
    char bytes[LARGEST_SECRET + 2]; /* a newline, and one that shows that there is more */
    ssize_t length = read_whole(path, bytes, sizeof(bytes));
    const char *fault = NULL;

    if (length < 0)
        fault = strerror(errno);
    else if (length > 0 && bytes[length - 1] == '\n')
        length--;
    if (!fault && length > LARGEST_SECRET)
        fault = "larger than 4096 bytes";
    else if (!fault && memchr(bytes, '\0', (size_t)length))
        fault = "not text";
    if (fault) {
        config_fault(name, faults, "\"%s\" cannot be read: %s", path, fault);
        explicit_bzero(bytes, sizeof(bytes));
        return CONFIG_FAULTY;
    }
    *text = poly_arena_strndup(config_memory(), bytes, (size_t)length);
    explicit_bzero(bytes, sizeof(bytes));
    return CONFIG_FILE;
}

bool config_has_file_form(const poly_config_variable *variable)
{
    return variable->type == POLY_CONFIG_SECRET || variable->type == POLY_CONFIG_DATABASE;
}

config_source config_find(const poly_config_variable *variable, const char **text, poly_strbuf *faults)
{
    const char *value = getenv(variable->name);
    char *file_variable = poly_arena_printf(config_memory(), "%s" FILE_NAME_SUFFIX, variable->name);
    const char *path = config_has_file_form(variable) ? getenv(file_variable) : NULL;

    *text = NULL;
    if (path && path[0]) {
        if (!value || !value[0])
            return find_in_file(file_variable, path, text, faults);
        config_fault(variable->name, faults, "and %s are both set; keep one", file_variable);
        return CONFIG_FAULTY;
    }
    if (!value)
        return CONFIG_UNSET;
    *text = poly_arena_strdup(config_memory(), value);
    return CONFIG_ENVIRONMENT;
}

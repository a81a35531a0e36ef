/* SPDX-License-Identifier: MIT */
#include "daemon/keys.h"

#include <stdio.h>
#include <unistd.h>

#include "poly/key_set.h"
#include "poly/log.h"
#include "poly/time.h"

#define FAULT_MAX 4096

/* --- the directory --- */

/*
 * With what it holds, or with its first key if `made_first` may tell that it had none; NULL after saying why. What goes
 * wrong later is told to the log alone, and so is what goes well, which would be noise here.
 */
static poly_key_directory *open_directory(const poly_daemon *daemon, bool *made_first)
{
    const char *path = *daemon->signing_keys_dir;
    poly_key_directory *directory;
    poly_strbuf fault;
    poly_result result;

    poly_log_start(daemon->name, POLY_LOG_WARNING, STDERR_FILENO);
    poly_strbuf_init(&fault, FAULT_MAX);
    result = poly_key_directory_open(path, false, &directory, &fault);
    if (made_first)
        *made_first = result == POLY_NOT_FOUND;
    if (result == POLY_NOT_FOUND && made_first) {
        poly_strbuf_clear(&fault);
        result = poly_key_directory_open(path, true, &directory, &fault);
    }
    if (result != POLY_OK) {
        poly_log_stop();
        fprintf(stderr, "the signing keys of %s cannot be read: %s\n", daemon->name, poly_strbuf_text(&fault));
    }
    poly_strbuf_release(&fault);
    return directory;
}

static const char *reason_of(poly_result result)
{
    switch (result) {
    case POLY_NOT_FOUND:
        return "there is no such key";
    case POLY_CONFLICT:
        return "it is the newest one; rotate first, so that another can take its place";
    case POLY_TOO_LARGE:
        return "the directory is full; retire one whose tokens have all expired";
    default:
        return "the line before says why";
    }
}

static bool finish(poly_key_directory *directory, const char *what, poly_result result)
{
    poly_key_directory_close(&directory);
    poly_log_stop(); /* its lines come first */
    if (result != POLY_OK)
        fprintf(stderr, "cannot %s: %s\n", what, reason_of(result));
    return result == POLY_OK;
}

/* --- list --- */

static const char *use_of(const poly_key_info *key, bool is_younger)
{
    if (key->signs)
        return "signs";
    return is_younger ? "is published and will sign" : "verifies what it signed";
}

bool daemon_keys_list(const poly_daemon *daemon)
{
    poly_key_directory *directory = open_directory(daemon, NULL);
    poly_key_info keys[POLY_KEYS_MAX];
    bool is_younger = false; /* than the one that signs */
    size_t count;

    if (!directory)
        return false;
    count = poly_key_directory_list(directory, keys);
    printf("%-32s %-20s %s\n", "KID", "CREATED", "USE");
    for (size_t i = 0; i < count; i++) {
        char created[POLY_RFC3339_SIZE] = "unknown";

        if (keys[i].created)
            poly_time_format_rfc3339(keys[i].created, created);
        printf("%-32s %-20s %s\n", keys[i].id, created, use_of(&keys[i], is_younger));
        is_younger |= keys[i].signs;
    }
    return finish(directory, "list the keys", POLY_OK);
}

/* --- rotate, retire --- */

bool daemon_keys_rotate(const poly_daemon *daemon)
{
    bool made_first;
    poly_key_directory *directory = open_directory(daemon, &made_first);
    poly_key_info keys[POLY_KEYS_MAX];
    char id[POLY_KEY_ID_SIZE];
    poly_result result;

    if (!directory)
        return false;
    if (made_first && poly_key_directory_list(directory, keys) > 0) {
        printf("added %s, the first key, which signs at once\n", keys[0].id);
        return finish(directory, "add a key", POLY_OK);
    }
    result = poly_key_directory_rotate(directory, id);
    if (result == POLY_OK)
        printf("added %s, which is published now and signs in %d s\n", id, POLY_KEY_SETTLE_SECONDS);
    return finish(directory, "add a key", result);
}

bool daemon_keys_retire(const poly_daemon *daemon, const char *id)
{
    poly_key_directory *directory = open_directory(daemon, NULL);
    poly_result result;

    if (!directory)
        return false;
    result = poly_key_directory_retire(directory, id);
    if (result == POLY_OK)
        printf("retired %s: tokens that it signed are refused from now on\n", id);
    return finish(directory, "retire that key", result);
}

/* SPDX-License-Identifier: MIT */
#include "storage_shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poly/log.h"
#include "poly/time.h"

struct walk {
    storage_walk base;
    struct directory_store *store;
    char shelf[sizeof(SHELF_INCOMING)];
    DIR *directory;
    int64_t newest; /* seconds since 1970: what was changed later is left out */
};

struct portion {
    struct walk *walk;
    char (*names)[STORAGE_NAME_SIZE];
    size_t count;
    int error;
};

static void open_shelf(void *argument)
{
    struct portion *portion = argument;
    struct walk *walk = portion->walk;
    int fd = openat(walk->store->fd, walk->shelf, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    walk->directory = fd < 0 ? NULL : fdopendir(fd);
    if (walk->directory)
        return;
    portion->error = errno;
    if (fd >= 0)
        close(fd);
}

static bool is_old_file(const struct walk *walk, const char *name)
{
    struct stat status;

    return storage_name_is_valid(name) && fstatat(dirfd(walk->directory), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && status.st_mtime <= walk->newest;
}

static void read_portion(void *argument)
{
    struct portion *portion = argument;
    const struct dirent *entry;

    while (portion->count < STORAGE_WALK_BATCH && (entry = readdir(portion->walk->directory)) != NULL)
        if (is_old_file(portion->walk, entry->d_name))
            memcpy(portion->names[portion->count++], entry->d_name, STORAGE_NAME_SIZE);
}

static poly_result run(struct walk *walk, void (*work)(void *argument), struct portion *portion)
{
    poly_result result = poly_offload_to(walk->store->pool, work, portion);

    if (result != POLY_OK || !portion->error)
        return result;
    poly_log(POLY_LOG_ERROR, "the file store failed", poly_text_field("operation", "walk"),
             poly_text_field("error", strerror(portion->error)));
    return POLY_IO;
}

static poly_result begin_walk(struct directory_store *store, const char *shelf, int64_t min_age_seconds,
                              struct walk **out)
{
    struct walk *walk = poly_alloc_zero(1, sizeof(*walk));
    poly_result result;

    walk->store = store;
    walk->newest = poly_time_unix() - min_age_seconds;
    snprintf(walk->shelf, sizeof(walk->shelf), "%s", shelf);
    result = run(walk, open_shelf, &(struct portion){.walk = walk});
    if (result == POLY_OK)
        *out = walk;
    else
        free(walk);
    return result;
}

poly_result storage_shelf_walk_begin(storage *store, unsigned shelf, int64_t min_age_seconds, storage_walk **out)
{
    char name[3];
    struct walk *walk = NULL;
    poly_result result;

    snprintf(name, sizeof(name), "%02x", shelf % SHELF_COUNT);
    result = begin_walk((struct directory_store *)store, name, min_age_seconds, &walk);
    *out = walk ? &walk->base : NULL;
    return result;
}

poly_result storage_shelf_walk_next(storage_walk *base, storage_names names, size_t *count)
{
    struct portion portion = {.walk = (struct walk *)base, .names = names};
    poly_result result = run(portion.walk, read_portion, &portion);

    *count = portion.count;
    return result;
}

void storage_shelf_walk_end(storage_walk *base)
{
    struct walk *walk = (struct walk *)base;

    closedir(walk->directory);
    free(walk);
}

static void unlink_portion(void *argument)
{
    struct portion *portion = argument;

    for (size_t i = 0; i < portion->count; i++)
        if (unlinkat(dirfd(portion->walk->directory), portion->names[i], 0) != 0 && errno != ENOENT)
            portion->error = errno;
}

poly_result storage_shelf_sweep(storage *store, int64_t min_age_seconds, int64_t *removed)
{
    char(*names)[STORAGE_NAME_SIZE] = poly_alloc(sizeof(storage_names));
    struct walk *walk = NULL;
    size_t count = 0;
    poly_result result = begin_walk((struct directory_store *)store, SHELF_INCOMING, min_age_seconds, &walk);

    *removed = 0;
    if (result != POLY_OK)
        goto out;
    while ((result = storage_shelf_walk_next(&walk->base, names, &count)) == POLY_OK && count > 0) {
        result = run(walk, unlink_portion, &(struct portion){.walk = walk, .names = names, .count = count});
        if (result != POLY_OK)
            break;
        *removed += (int64_t)count;
    }
    storage_shelf_walk_end(&walk->base);
out:
    free(names);
    return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * A file for each password, made whole under another name and renamed, so that no replica ever reads half of one. File
 * work is done off the loops. Losing one in a crash costs a student a login: nothing is synced.
 */
#include "password_vault_kind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "poly/log.h"
#include "poly/random.h"
#include "poly/runtime.h"

#define SUFFIX      ".sealed"
#define TEMPORARY   ".new-"
#define NAME_DIGITS ((size_t)VAULT_ID_SIZE * 2)
#define NAME_SIZE   96 /* also of a temporary name */
/* A writer that takes longer has died. */
#define TEMPORARY_SECONDS 60

struct vault_files {
    password_vault base;
    int directory;
    size_t capacity;
    atomic_size_t count;
};

static struct vault_files *files_of(password_vault *vault)
{
    return (struct vault_files *)vault;
}

static void name_of(const vault_id *id, char name[NAME_SIZE])
{
    poly_hex_encode(id->bytes, sizeof(id->bytes), name);
    memcpy(name + NAME_DIGITS, SUFFIX, sizeof(SUFFIX));
}

static poly_result io_failure(const char *what)
{
    poly_log(POLY_LOG_ERROR, "the session store failed", poly_text_field("what", what),
             poly_text_field("error", strerror(errno)));
    return POLY_IO;
}

/* --- one file --- */

/* Work for a thread that may block. */
struct job {
    struct vault_files *self;
    const vault_id *id;
    uint8_t *sealed;
    const uint8_t *to_write;
    int64_t now;
    poly_result result;
};

static bool write_whole(int file, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static void write_file(void *argument)
{
    struct job *job = argument;
    char name[NAME_SIZE], temporary[NAME_SIZE], unique[POLY_UUID_SIZE];
    bool written;
    int file;

    poly_uuid_make(unique);
    name_of(job->id, name);
    snprintf(temporary, sizeof(temporary), TEMPORARY "%s", unique);
    file = openat(job->self->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        job->result = io_failure("create a file");
        return;
    }
    written = write_whole(file, job->to_write, VAULT_SEALED_SIZE);
    written = close(file) == 0 && written;
    if (written && renameat(job->self->directory, temporary, job->self->directory, name) == 0) {
        job->result = POLY_OK;
        return;
    }
    job->result = io_failure("write a file");
    unlinkat(job->self->directory, temporary, 0);
}

static void read_file(void *argument)
{
    struct job *job = argument;
    char name[NAME_SIZE];
    ssize_t size;
    int file;

    name_of(job->id, name);
    file = openat(job->self->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        job->result = errno == ENOENT ? POLY_NOT_FOUND : io_failure("open a file");
        return;
    }
    size = read(file, job->sealed, VAULT_SEALED_SIZE);
    close(file);
    if (size < 0)
        job->result = io_failure("read a file");
    else
        job->result = (size_t)size == VAULT_SEALED_SIZE ? POLY_OK : POLY_NOT_FOUND;
}

static void remove_file(void *argument)
{
    struct job *job = argument;
    char name[NAME_SIZE];

    name_of(job->id, name);
    if (unlinkat(job->self->directory, name, 0) == 0 || errno == ENOENT)
        job->result = POLY_OK;
    else
        job->result = io_failure("remove a file");
}

static poly_result run(void (*work)(void *), struct job *job)
{
    poly_result result = poly_offload(work, job);

    return result == POLY_OK ? job->result : result;
}

static poly_result put(password_vault *vault, const vault_id *id, const uint8_t sealed[VAULT_SEALED_SIZE],
                       int64_t expires)
{
    struct job job = {.self = files_of(vault), .id = id, .to_write = sealed};

    (void)expires; /* it is inside */
    return run(write_file, &job);
}

static poly_result get(password_vault *vault, const vault_id *id, uint8_t sealed[VAULT_SEALED_SIZE])
{
    struct job job = {.self = files_of(vault), .id = id, .sealed = sealed};

    return run(read_file, &job);
}

static poly_result take_out(password_vault *vault, const vault_id *id)
{
    struct job job = {.self = files_of(vault), .id = id};

    return run(remove_file, &job);
}

/* --- all of them --- */

struct found {
    char name[NAME_SIZE];
    time_t modified;
};

static int compare_ages(const void *a, const void *b)
{
    const struct found *left = a, *right = b;

    return left->modified < right->modified ? -1 : left->modified > right->modified;
}

static bool is_record(const char *name)
{
    return strlen(name) == NAME_DIGITS + sizeof(SUFFIX) - 1 && strcmp(name + NAME_DIGITS, SUFFIX) == 0;
}

static bool is_old(const struct vault_files *self, const char *name, time_t modified, int64_t now)
{
    int64_t life = is_record(name) ? self->base.keep_seconds : TEMPORARY_SECONDS;

    return modified + life <= now;
}

struct listing {
    struct found *files;
    size_t count, room;
};

static void note(struct listing *listing, const char *name, time_t modified)
{
    struct found *found;

    if (listing->count == listing->room) {
        listing->room = listing->room ? listing->room * 2 : 256;
        listing->files = poly_realloc(listing->files, listing->room, sizeof(*listing->files));
    }
    found = &listing->files[listing->count++];
    snprintf(found->name, sizeof(found->name), "%.*s", NAME_SIZE - 1, name);
    found->modified = modified;
}

/* Removes a file that is too old, notes a record that is not. Files of other names are not ours. */
static void look_at(const struct job *job, const char *name, struct listing *listing)
{
    struct stat status;

    if (!is_record(name) && strncmp(name, TEMPORARY, strlen(TEMPORARY)) != 0)
        return;
    if (fstatat(job->self->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return; /* another replica was quicker */
    if (is_old(job->self, name, status.st_mtime, job->now))
        unlinkat(job->self->directory, name, 0);
    else if (is_record(name))
        note(listing, name, status.st_mtime);
}

/* Of those that are left the oldest go that are too many. */
static void bound(const struct vault_files *self, struct listing *listing)
{
    if (listing->count > self->capacity)
        qsort(listing->files, listing->count, sizeof(*listing->files), compare_ages);
    for (size_t i = 0; i + self->capacity < listing->count; i++)
        unlinkat(self->directory, listing->files[i].name, 0);
}

static void sweep_files(void *argument)
{
    struct job *job = argument;
    struct vault_files *self = job->self;
    struct listing listing = {.count = 0};
    int copy = openat(self->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;

    if (!directory) {
        job->result = io_failure("list the directory");
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((entry = readdir(directory)))
        look_at(job, entry->d_name, &listing);
    closedir(directory);
    bound(self, &listing);
    atomic_store(&self->count, listing.count < self->capacity ? listing.count : self->capacity);
    free(listing.files);
    job->result = POLY_OK;
}

static poly_result sweep(password_vault *vault, int64_t now)
{
    struct job job = {.self = files_of(vault), .now = now};

    return run(sweep_files, &job);
}

static size_t count(password_vault *vault)
{
    return atomic_load(&files_of(vault)->count);
}

static void destroy(password_vault *vault)
{
    struct vault_files *self = files_of(vault);

    if (self->directory >= 0)
        close(self->directory);
    free(self);
}

static const struct vault_kind kind = {put, get, take_out, sweep, count, destroy};

/* Only its owner may come in: file names and times tell who was there. */
static bool open_directory(struct vault_files *self, const char *path, poly_strbuf *fault)
{
    struct stat status;

    self->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->directory < 0 || fstat(self->directory, &status) != 0) {
        poly_strbuf_printf(fault, "SESSION_STORE_DIR \"%s\": %s", path, strerror(errno));
        return false;
    }
    if (status.st_mode & 07) {
        poly_strbuf_printf(fault, "SESSION_STORE_DIR \"%s\" is open to everybody: chmod o-rwx", path);
        return false;
    }
    if (faccessat(self->directory, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        poly_strbuf_printf(fault, "SESSION_STORE_DIR \"%s\" cannot be written: %s", path, strerror(errno));
        return false;
    }
    return true;
}

password_vault *vault_files_create(const char *directory, size_t capacity, poly_strbuf *fault)
{
    struct vault_files *self = poly_alloc_zero(1, sizeof(*self));

    self->base.kind = &kind;
    self->directory = -1;
    self->capacity = capacity;
    if (open_directory(self, directory, fault))
        return &self->base;
    destroy(&self->base);
    return NULL;
}

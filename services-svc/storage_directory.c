/* SPDX-License-Identifier: MIT */
#include "storage_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "poly/log.h"
#include "poly/random.h"
#include "poly/runtime.h"

#include "storage_shelf.h"

enum { THREADS = 4, QUEUE = 256, DIRECTORY_MODE = 0700, FILE_MODE = 0600 };

struct upload {
    storage_upload base;
    struct directory_store *store;
    int fd;
    storage_file file;
    poly_sha256_stream *hash;
};

struct reader {
    storage_reader base;
    struct directory_store *store;
    int fd;
};

/* --- work off the loop --- */

/* One call of the store's: what it needs, and what came of it. */
struct errand {
    struct directory_store *store;
    struct upload *upload;
    struct reader *reader;
    const char *name;
    const void *bytes;
    void *out;
    size_t size;
    uint64_t offset;
    int error; /* errno; 0: done */
};

static poly_result failed(const char *what, int error)
{
    poly_log(POLY_LOG_ERROR, "the file store failed", poly_text_field("operation", what),
             poly_text_field("error", strerror(error)));
    return POLY_IO;
}

static poly_result run(struct directory_store *store, void (*work)(void *argument), struct errand *errand,
                       const char *what)
{
    poly_result result = poly_offload_to(store->pool, work, errand);

    if (result != POLY_OK || errand->error == 0)
        return result;
    return errand->error == ENOENT ? POLY_NOT_FOUND : failed(what, errand->error);
}

static void make_path(const char *name, char path[SHELF_PATH_SIZE])
{
    snprintf(path, SHELF_PATH_SIZE, "%.2s/%s", name, name);
}

static void make_incoming_path(const char *name, char path[SHELF_PATH_SIZE])
{
    snprintf(path, SHELF_PATH_SIZE, SHELF_INCOMING "/%s", name);
}

/* --- writing --- */

static void open_incoming(void *argument)
{
    struct errand *errand = argument;
    struct upload *upload = errand->upload;
    uint8_t random[(STORAGE_NAME_SIZE - 1) / 2];
    char path[SHELF_PATH_SIZE];

    poly_random_bytes(random, sizeof(random));
    poly_hex_encode(random, sizeof(random), upload->file.name);
    make_incoming_path(upload->file.name, path);
    upload->fd = openat(errand->store->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    errand->error = upload->fd < 0 ? errno : 0;
}

static void destroy_upload(struct upload *upload)
{
    poly_sha256_end(&upload->hash, NULL);
    free(upload);
}

static poly_result begin(storage *base, storage_upload **out)
{
    struct directory_store *store = (struct directory_store *)base;
    struct upload *upload = poly_alloc_zero(1, sizeof(*upload));
    struct errand errand = {.store = store, .upload = upload};
    poly_result result;

    upload->store = store;
    upload->fd = -1;
    upload->hash = poly_sha256_begin();
    result = run(store, open_incoming, &errand, "create");
    if (result == POLY_OK)
        *out = &upload->base;
    else
        destroy_upload(upload);
    return result == POLY_NOT_FOUND ? POLY_IO : result;
}

static void write_piece(void *argument)
{
    struct errand *errand = argument;
    struct upload *upload = errand->upload;
    const char *at = errand->bytes;
    size_t left = errand->size;

    poly_sha256_add(upload->hash, at, left);
    while (left > 0) {
        ssize_t written = write(upload->fd, at, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            errand->error = errno;
            return;
        }
        at += written;
        left -= (size_t)written;
    }
}

static poly_result write_bytes(storage_upload *base, const void *bytes, size_t size)
{
    struct upload *upload = (struct upload *)base;
    struct errand errand = {.upload = upload, .bytes = bytes, .size = size};
    poly_result result = run(upload->store, write_piece, &errand, "write");

    if (result == POLY_OK)
        upload->file.size += size;
    return result;
}

static int sync_shelf(struct directory_store *store, const char *name)
{
    char shelf[3] = {name[0], name[1], '\0'};
    int fd = openat(store->fd, shelf, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

    if (fd < 0)
        return errno;
    if (fsync(fd) != 0)
        error = errno;
    close(fd);
    return error;
}

/* The bytes, then the name, then the directory that has it. */
static void make_durable(void *argument)
{
    struct errand *errand = argument;
    struct upload *upload = errand->upload;
    const char *name = upload->file.name;
    char from[SHELF_PATH_SIZE], to[SHELF_PATH_SIZE];
    int fd = upload->fd;

    poly_sha256_end(&upload->hash, upload->file.sha256);
    make_incoming_path(name, from);
    make_path(name, to);
    if (fsync(fd) != 0)
        errand->error = errno;
    upload->fd = -1;
    if (close(fd) != 0 && !errand->error)
        errand->error = errno;
    if (!errand->error && renameat(upload->store->fd, from, upload->store->fd, to) != 0)
        errand->error = errno;
    if (!errand->error)
        errand->error = sync_shelf(upload->store, name);
    if (errand->error)
        unlinkat(upload->store->fd, to, 0);
}

static void drop(void *argument)
{
    struct errand *errand = argument;
    struct upload *upload = errand->upload;
    char path[SHELF_PATH_SIZE];

    if (upload->fd >= 0)
        close(upload->fd);
    make_incoming_path(upload->file.name, path);
    unlinkat(upload->store->fd, path, 0);
}

/* Where the threads cannot be had, as after the request's deadline, it is done here: leaving it would be worse. */
static void abandon(storage_upload *base)
{
    struct upload *upload = (struct upload *)base;
    struct errand errand = {.upload = upload};

    if (poly_offload_to(upload->store->pool, drop, &errand) != POLY_OK)
        drop(&errand);
    destroy_upload(upload);
}

static poly_result finish(storage_upload *base, storage_file *file)
{
    struct upload *upload = (struct upload *)base;
    struct errand errand = {.upload = upload};
    poly_result result = run(upload->store, make_durable, &errand, "finish");

    if (result != POLY_OK) {
        abandon(base);
        return result == POLY_NOT_FOUND ? POLY_IO : result;
    }
    *file = upload->file;
    destroy_upload(upload);
    return POLY_OK;
}

/* --- reading --- */

static void open_file(void *argument)
{
    struct errand *errand = argument;
    struct stat status;
    char path[SHELF_PATH_SIZE];

    make_path(errand->name, path);
    errand->reader->fd = openat(errand->store->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (errand->reader->fd < 0 || fstat(errand->reader->fd, &status) != 0)
        errand->error = errno;
    else
        errand->offset = (uint64_t)status.st_size;
}

static void close_reader(storage_reader *base)
{
    struct reader *reader = (struct reader *)base;

    if (reader->fd >= 0)
        close(reader->fd);
    free(reader);
}

static poly_result open_reader(storage *base, const char *name, storage_reader **out, uint64_t *size)
{
    struct directory_store *store = (struct directory_store *)base;
    struct reader *reader = poly_alloc_zero(1, sizeof(*reader));
    struct errand errand = {.store = store, .reader = reader, .name = name};
    poly_result result;

    reader->store = store;
    reader->fd = -1;
    result = run(store, open_file, &errand, "open");
    if (result != POLY_OK) {
        close_reader(&reader->base);
        return result;
    }
    *out = &reader->base;
    *size = errand.offset;
    return POLY_OK;
}

static void read_piece(void *argument)
{
    struct errand *errand = argument;
    size_t done = 0;

    while (done < errand->size) {
        ssize_t got =
            pread(errand->reader->fd, (char *)errand->out + done, errand->size - done, (off_t)(errand->offset + done));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            errand->error = errno;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    errand->size = done;
}

/* What is in the page cache is read at once; only a disk is waited for elsewhere. */
static poly_result read_bytes(storage_reader *base, uint64_t offset, void *out, size_t room, size_t *size)
{
    struct reader *reader = (struct reader *)base;
    struct errand errand = {.reader = reader, .out = out, .size = room, .offset = offset};
    ssize_t got = preadv2(reader->fd, &(struct iovec){out, room}, 1, (off_t)offset, RWF_NOWAIT);
    poly_result result;

    if (got == (ssize_t)room) {
        *size = room;
        return POLY_OK;
    }
    result = run(reader->store, read_piece, &errand, "read");
    *size = errand.size;
    return result == POLY_NOT_FOUND ? POLY_IO : result;
}

/* --- removing --- */

static void unlink_file(void *argument)
{
    struct errand *errand = argument;
    char path[SHELF_PATH_SIZE];

    make_path(errand->name, path);
    if (unlinkat(errand->store->fd, path, 0) != 0)
        errand->error = errno;
}

/* As abandoning, it is done in any case. */
static poly_result remove_file(storage *base, const char *name)
{
    struct directory_store *store = (struct directory_store *)base;
    struct errand errand = {.store = store, .name = name};

    if (poly_offload_to(store->pool, unlink_file, &errand) != POLY_OK)
        unlink_file(&errand);
    return errand.error == 0 || errand.error == ENOENT ? POLY_OK : failed("remove", errand.error);
}

/* --- the store itself --- */

static void destroy(storage *base)
{
    struct directory_store *store = (struct directory_store *)base;

    poly_offload_pool_destroy(&store->pool);
    if (store->fd >= 0)
        close(store->fd);
    free(store);
}

static const storage_kind directory_kind = {
    .begin = begin,
    .write = write_bytes,
    .finish = finish,
    .abandon = abandon,
    .open = open_reader,
    .read = read_bytes,
    .close = close_reader,
    .remove = remove_file,
    .walk_begin = storage_shelf_walk_begin,
    .walk_next = storage_shelf_walk_next,
    .walk_end = storage_shelf_walk_end,
    .sweep = storage_shelf_sweep,
    .destroy = destroy,
};

static bool make_directory(int fd, const char *name)
{
    return mkdirat(fd, name, DIRECTORY_MODE) == 0 || errno == EEXIST;
}

static bool make_shelves(int fd)
{
    if (!make_directory(fd, SHELF_INCOMING) || faccessat(fd, SHELF_INCOMING, W_OK | X_OK, AT_EACCESS) != 0)
        return false;
    for (unsigned shelf = 0; shelf < SHELF_COUNT; shelf++) {
        char name[3];

        snprintf(name, sizeof(name), "%02x", shelf & 0xffu);
        if (!make_directory(fd, name))
            return false;
    }
    return fsync(fd) == 0;
}

storage *storage_directory_create(const char *directory, poly_strbuf *fault)
{
    struct directory_store *store = poly_alloc_zero(1, sizeof(*store));

    store->base.kind = &directory_kind;
    store->base.shelves = SHELF_COUNT;
    store->pool =
        poly_offload_pool_create(&(poly_offload_pool_options){.name = "storage", .threads = THREADS, .queue = QUEUE});
    store->fd = -1;
    if (make_directory(AT_FDCWD, directory))
        store->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->fd >= 0 && make_shelves(store->fd))
        return &store->base;
    poly_strbuf_printf(fault, "cannot keep files in \"%s\": %s", directory, strerror(errno));
    destroy(&store->base);
    return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "snapshot_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The body in blocks, then the last link of the chain: link n is the digest of link n-1 and block n. So a block that is
 * changed, missing, doubled or moved breaks every later link.
 */
#define LINK_SIZE (POLY_DIGEST_SIZE - 1)

static char *block_of(const snapshot_file *file)
{
    return file->memory + LINK_SIZE;
}

static void add_link(snapshot_file *file)
{
    char link[POLY_DIGEST_SIZE];

    poly_digest(file->memory, LINK_SIZE + file->used, link);
    memcpy(file->memory, link, LINK_SIZE);
}

static void init(snapshot_file *file, int fd)
{
    *file = (snapshot_file){.fd = fd, .error = fd < 0 ? errno : 0};
    file->memory = poly_alloc(LINK_SIZE + SNAPSHOT_BLOCK);
    memset(file->memory, '0', LINK_SIZE);
}

static void release(snapshot_file *file)
{
    free(file->memory);
    file->memory = NULL;
    if (file->fd >= 0 && close(file->fd) != 0 && !file->error)
        file->error = errno;
    file->fd = -1;
}

/* --- writing --- */

void snapshot_file_create(snapshot_file *file, const char *path)
{
    /* O_NONBLOCK: a pipe in its place is an error and no wait for a reader. */
    init(file, open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
}

static void write_all(snapshot_file *file, const char *bytes, size_t size)
{
    while (size && !file->error) {
        ssize_t written = write(file->fd, bytes, size);

        if (written < 0 && errno != EINTR)
            file->error = errno;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
}

static void flush(snapshot_file *file)
{
    add_link(file);
    write_all(file, block_of(file), file->used);
    file->used = 0;
}

void snapshot_file_write(snapshot_file *file, const void *bytes, size_t size)
{
    const char *from = bytes;

    while (size && !file->error) {
        size_t room = SNAPSHOT_BLOCK - file->used, part = size < room ? size : room;

        memcpy(block_of(file) + file->used, from, part);
        file->used += part;
        file->size += part;
        from += part;
        size -= part;
        if (file->used == SNAPSHOT_BLOCK)
            flush(file);
    }
}

void snapshot_file_write_number(snapshot_file *file, int64_t number)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)((uint64_t)number >> (8 * i));
    snapshot_file_write(file, bytes, sizeof(bytes));
}

poly_result snapshot_file_finish(snapshot_file *file)
{
    if (file->used)
        flush(file);
    write_all(file, file->memory, LINK_SIZE);
    if (!file->error && fsync(file->fd) != 0)
        file->error = errno;
    release(file);
    errno = file->error;
    return file->error ? POLY_IO : POLY_OK;
}

static poly_result sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    poly_result result = POLY_OK;

    if (fd < 0)
        return POLY_IO;
    if (fsync(fd) != 0)
        result = POLY_IO;
    close(fd);
    return result;
}

poly_result snapshot_file_move(const char *from, const char *to, const char *directory)
{
    if (rename(from, to) != 0)
        return POLY_IO;
    return sync_directory(directory);
}

/* --- reading --- */

static bool read_at(snapshot_file *file, char *bytes, size_t size, uint64_t offset)
{
    while (size) {
        ssize_t got = pread(file->fd, bytes, size, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            file->error = errno;
        if (got <= 0)
            return false;
        bytes += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

static size_t block_size_at(const snapshot_file *file, uint64_t offset)
{
    return file->size - offset < SNAPSHOT_BLOCK ? (size_t)(file->size - offset) : SNAPSHOT_BLOCK;
}

static poly_result verify(snapshot_file *file)
{
    char last[LINK_SIZE];

    for (uint64_t offset = 0; offset < file->size; offset += file->used) {
        file->used = block_size_at(file, offset);
        if (!read_at(file, block_of(file), file->used, offset))
            return file->error ? POLY_IO : POLY_BAD_ANSWER;
        add_link(file);
    }
    file->used = 0;
    if (!read_at(file, last, LINK_SIZE, file->size))
        return file->error ? POLY_IO : POLY_BAD_ANSWER;
    return memcmp(last, file->memory, LINK_SIZE) == 0 ? POLY_OK : POLY_BAD_ANSWER;
}

static poly_result measure(snapshot_file *file)
{
    struct stat status;

    if (file->fd < 0)
        return file->error == ENOENT ? POLY_NOT_FOUND : POLY_IO;
    if (fstat(file->fd, &status) != 0) {
        file->error = errno;
        return POLY_IO;
    }
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < LINK_SIZE)
        return POLY_BAD_ANSWER;
    file->size = (uint64_t)status.st_size - LINK_SIZE;
    return POLY_OK;
}

poly_result snapshot_file_open(snapshot_file *file, const char *path)
{
    poly_result result;
    int error;

    init(file, open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    result = measure(file);
    if (result == POLY_OK)
        result = verify(file);
    if (result == POLY_OK)
        return POLY_OK;
    error = file->error;
    release(file);
    errno = error;
    return result;
}

static bool next_block(snapshot_file *file)
{
    file->available = block_size_at(file, file->offset);
    file->used = 0;
    if (!file->available || !read_at(file, block_of(file), file->available, file->offset))
        return false;
    file->offset += file->available;
    return true;
}

bool snapshot_file_read(snapshot_file *file, void *bytes, size_t size)
{
    char *to = bytes;

    while (size) {
        size_t part;

        if (file->used == file->available && !next_block(file))
            return false;
        part = file->available - file->used < size ? file->available - file->used : size;
        memcpy(to, block_of(file) + file->used, part);
        file->used += part;
        to += part;
        size -= part;
    }
    return true;
}

bool snapshot_file_read_number(snapshot_file *file, int64_t *number)
{
    unsigned char bytes[8];
    uint64_t value = 0;

    if (!snapshot_file_read(file, bytes, sizeof(bytes)))
        return false;
    for (size_t i = 0; i < sizeof(bytes); i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    *number = (int64_t)value;
    return true;
}

void snapshot_file_close(snapshot_file *file)
{
    release(file);
}

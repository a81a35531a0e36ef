/* SPDX-License-Identifier: MIT */
#include "token/key_file.h"

#include "poly/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX    ".pem"
#define LOCK_FILE ".lock"
#define NEW_FILE  ".new"

enum { LARGEST_FILE = 8192, STATE_MAX = 16384 };

static poly_result fail(poly_strbuf *fault, poly_result result, const char *name, const char *what)
{
    poly_strbuf_printf(fault, "\"%s\" %s", name, what);
    return result;
}

static poly_result fail_io(poly_strbuf *fault, const char *name)
{
    int number = errno;
    poly_result result = fail(fault, number == ENOENT ? POLY_NOT_FOUND : POLY_IO, name, strerror(number));

    errno = number;
    return result;
}

/* --- reading --- */

static poly_result open_directory(const char *path, DIR **directory, poly_strbuf *fault)
{
    struct stat status;

    *directory = opendir(path);
    if (!*directory)
        return fail_io(fault, path);
    if (fstat(dirfd(*directory), &status) == 0 && !(status.st_mode & S_IWOTH))
        return POLY_OK;
    closedir(*directory);
    *directory = NULL;
    return fail(fault, POLY_INVALID, path, "may be written to by everybody");
}

/* The next name that is a key's, with the length of its id; NULL at the end, or with errno set. */
static const char *next_key(DIR *directory, size_t *id_size)
{
    const size_t suffix = strlen(SUFFIX);
    struct dirent *entry;

    errno = 0;
    while ((entry = readdir(directory)) != NULL) {
        size_t size = strlen(entry->d_name);

        if (entry->d_name[0] == '.' || size <= suffix || strcmp(entry->d_name + size - suffix, SUFFIX) != 0)
            continue;
        *id_size = size - suffix;
        return entry->d_name;
    }
    return NULL;
}

static poly_result read_file(int file, char *bytes, size_t room, size_t *size)
{
    ssize_t got;

    *size = 0;
    while (*size < room) {
        got = read(file, bytes + *size, room - *size);
        if (got == 0)
            return POLY_OK;
        if (got < 0 && errno != EINTR)
            return POLY_IO;
        *size += got > 0 ? (size_t)got : 0;
    }
    return POLY_TOO_LARGE;
}

static poly_result parse_file(int file, const char *name, const char *id, token_key **key, poly_strbuf *fault)
{
    char bytes[LARGEST_FILE];
    size_t size;
    poly_result result = read_file(file, bytes, sizeof(bytes), &size);

    if (result == POLY_IO)
        result = fail_io(fault, name);
    else if (result != POLY_OK || token_key_from_pem(id, (poly_slice){bytes, size}, key) != POLY_OK)
        result = fail(fault, POLY_INVALID, name, "is no PEM file of a P-256 private key without a password");
    explicit_bzero(bytes, sizeof(bytes));
    return result;
}

static poly_result read_key(int directory, const char *name, size_t id_size, token_key **key, poly_strbuf *fault)
{
    char id[POLY_KEY_ID_SIZE];
    struct stat status;
    poly_result result;
    int file;

    if (!token_key_id_is_valid((poly_slice){name, id_size}))
        return fail(fault, POLY_INVALID, name, "has a name that is no key id");
    snprintf(id, sizeof(id), "%.*s", (int)id_size, name);
    file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fail_io(fault, name);
    if (fstat(file, &status) != 0)
        result = fail_io(fault, name);
    else if (!S_ISREG(status.st_mode))
        result = fail(fault, POLY_INVALID, name, "is no regular file");
    else if (status.st_mode & (S_IRWXG | S_IRWXO))
        result = fail(fault, POLY_INVALID, name, "may be read by others than its owner; its mode must be 0600");
    else
        result = parse_file(file, name, id, key, fault);
    close(file);
    return result;
}

static poly_result add_key(token_ring *ring, token_key *key, const char *path, poly_strbuf *fault)
{
    if (token_ring_add(ring, key) == POLY_OK)
        return POLY_OK;
    return fail(fault, POLY_TOO_LARGE, path, "holds too many keys; retire some");
}

static poly_result read_keys(DIR *directory, const char *path, token_ring *ring, poly_strbuf *fault)
{
    poly_result result = POLY_OK;
    const char *name;
    size_t id_size;

    while (result == POLY_OK && (name = next_key(directory, &id_size)) != NULL) {
        token_key *key = NULL;

        result = read_key(dirfd(directory), name, id_size, &key, fault);
        if (result == POLY_OK)
            result = add_key(ring, key, path, fault);
        else if (result == POLY_NOT_FOUND) { /* retired a moment ago */
            poly_strbuf_clear(fault);
            result = POLY_OK;
        }
    }
    if (result == POLY_OK && errno != 0 && errno != ENOENT)
        return fail_io(fault, path);
    return result;
}

poly_result token_files_read(const char *path, token_ring **ring, char state[], poly_strbuf *fault)
{
    DIR *directory;
    /* The state comes first: a change in between then shows as one the next time. */
    poly_result result = token_files_state(path, state, fault);

    if (result != POLY_OK)
        return result;
    result = open_directory(path, &directory, fault);
    if (result != POLY_OK)
        return result;
    *ring = token_ring_create();
    result = read_keys(directory, path, *ring, fault);
    closedir(directory);
    if (result == POLY_OK && (*ring)->count == 0)
        result = fail(fault, POLY_NOT_FOUND, path, "holds no key");
    if (result != POLY_OK)
        token_ring_unref(ring);
    return result;
}

poly_result token_files_state(const char *path, char state[], poly_strbuf *fault)
{
    poly_strbuf text;
    DIR *directory;
    struct stat status;
    const char *name;
    size_t id_size;
    poly_result result = open_directory(path, &directory, fault);

    if (result != POLY_OK)
        return result;
    poly_strbuf_init(&text, STATE_MAX);
    while ((name = next_key(directory, &id_size)) != NULL) {
        if (fstatat(dirfd(directory), name, &status, 0) == 0)
            poly_strbuf_printf(&text, "%s %ju %o %jd %jd.%09ld/", name, (uintmax_t)status.st_ino, status.st_mode,
                               (intmax_t)status.st_size, (intmax_t)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
    }
    if (errno != 0 && errno != ENOENT)
        result = fail_io(fault, path);
    else if (text.overflowed)
        result = fail(fault, POLY_TOO_LARGE, path, "holds too many keys; retire some");
    poly_digest(poly_strbuf_text(&text), text.size, state);
    poly_strbuf_release(&text);
    closedir(directory);
    return result;
}

/* --- writing --- */

/* What the superuser makes is the directory's owner's, as whom the daemon runs: it could not read it otherwise. */
static bool give_to_owner(int directory, int file)
{
    struct stat home, made;

    if (geteuid() != 0)
        return true;
    if (fstat(directory, &home) != 0 || fstat(file, &made) != 0)
        return false;
    return made.st_uid == home.st_uid || fchown(file, home.st_uid, home.st_gid) == 0;
}

/* Nothing is given away that was there already: the name might be a link of somebody's. */
static int open_lock(int directory)
{
    int lock = openat(directory, LOCK_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (lock < 0 && errno == EEXIST)
        return openat(directory, LOCK_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (lock >= 0 && !give_to_owner(directory, lock)) {
        close(lock);
        return -1;
    }
    return lock;
}

int token_files_lock(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int lock = directory < 0 ? -1 : open_lock(directory);
    int number;

    while (lock >= 0 && flock(lock, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        number = errno;
        close(lock);
        errno = number;
        lock = -1;
    }
    number = errno;
    if (directory >= 0)
        close(directory);
    errno = number;
    return lock;
}

static bool write_whole(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t put = write(file, bytes, size);

        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            bytes += put;
            size -= (size_t)put;
        }
    }
    return fsync(file) == 0;
}

static bool write_new(int directory, const token_key *key)
{
    poly_strbuf pem;
    bool written;
    int file;

    if (unlinkat(directory, NEW_FILE, 0) != 0 && errno != ENOENT) /* of one who died here */
        return false;
    file = openat(directory, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    poly_strbuf_init(&pem, LARGEST_FILE);
    poly_strbuf_reserve(&pem, LARGEST_FILE - 1); /* once, so that no copy of the key stays behind */
    token_key_write_pem(key, &pem);
    written = give_to_owner(directory, file) && write_whole(file, pem.data, pem.size);
    explicit_bzero(pem.data, pem.size);
    poly_strbuf_release(&pem);
    return close(file) == 0 && written;
}

poly_result token_files_write(const char *path, const token_key *key, poly_strbuf *fault)
{
    char name[POLY_KEY_ID_SIZE + sizeof(SUFFIX)];
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    poly_result result = POLY_OK;

    if (directory < 0)
        return fail_io(fault, path);
    snprintf(name, sizeof(name), "%s" SUFFIX, key->id);
    if (!write_new(directory, key) || renameat(directory, NEW_FILE, directory, name) != 0 || fsync(directory) != 0) {
        fail_io(fault, name);
        result = POLY_IO;
        unlinkat(directory, NEW_FILE, 0);
    }
    close(directory);
    return result;
}

poly_result token_files_remove(const char *path, const char *id, poly_strbuf *fault)
{
    char name[POLY_KEY_ID_SIZE + sizeof(SUFFIX)];
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    poly_result result = POLY_OK;

    if (directory < 0)
        return fail_io(fault, path);
    snprintf(name, sizeof(name), "%s" SUFFIX, id);
    if (unlinkat(directory, name, 0) != 0 || fsync(directory) != 0)
        result = fail_io(fault, name);
    close(directory);
    return result;
}

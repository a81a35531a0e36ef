/* SPDX-License-Identifier: MIT */
/*
 * Loaded before a daemon's libraries: library calls fail when a test says so. The file that FAILING_CALLS names is
 * shared with the test: a record for each call, in which `left` counts down to the one that fails.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct record {
    char name[32];
    atomic_int left; /* 1: the next call fails; 0: none does */
    int error;       /* its errno */
    atomic_int failed;
    atomic_int seen;
};

static struct record *records;
static size_t record_count;

__attribute__((constructor)) static void map_records(void)
{
    const char *path = getenv("FAILING_CALLS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct stat status;
    void *memory;

    if (file < 0 || fstat(file, &status) != 0)
        abort();
    memory = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED)
        abort();
    record_count = (size_t)status.st_size / sizeof(struct record);
    records = memory;
}

static struct record *find(const char *name)
{
    for (size_t i = 0; records && i < record_count; i++)
        if (strcmp(records[i].name, name) == 0)
            return &records[i];
    return NULL;
}

static bool strikes(const char *name)
{
    struct record *record = find(name);

    if (!record)
        return false;
    atomic_fetch_add(&record->seen, 1);
    if (atomic_load(&record->left) <= 0 || atomic_fetch_sub(&record->left, 1) != 1)
        return false;
    atomic_fetch_add(&record->failed, 1);
    errno = record->error;
    return true;
}

#define FAILING(result, name, parameters, arguments, failure) \
    result name parameters;                                   \
    result name parameters                                    \
    {                                                         \
        static result(*real) parameters;                      \
        if (strikes(#name))                                   \
            return failure;                                   \
        if (!real)                                            \
            *(void **)&real = dlsym(RTLD_NEXT, #name);        \
        return real arguments;                                \
    }

/* --- the system's; <sys/socket.h> declares some of these for more types of address than ISO C allows --- */

struct sockaddr;
struct msghdr;
struct addrinfo;
#define EAI_AGAIN (-3)

FAILING(int, accept4, (int fd, struct sockaddr *address, unsigned *size, int flags), (fd, address, size, flags), -1)
FAILING(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1)
FAILING(int, connect, (int fd, const struct sockaddr *address, unsigned size), (fd, address, size), -1)
FAILING(int, bind, (int fd, const struct sockaddr *address, unsigned size), (fd, address, size), -1)
FAILING(int, listen, (int fd, int backlog), (fd, backlog), -1)
FAILING(int, setsockopt, (int fd, int level, int name, const void *value, unsigned size),
        (fd, level, name, value, size), -1)
FAILING(int, getsockname, (int fd, struct sockaddr *address, unsigned *size), (fd, address, size), -1)
FAILING(ssize_t, recv, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags), -1)
FAILING(ssize_t, send, (int fd, const void *bytes, size_t size, int flags), (fd, bytes, size, flags), -1)
FAILING(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags), -1)
FAILING(ssize_t, read, (int fd, void *bytes, size_t size), (fd, bytes, size), -1)
FAILING(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size), -1)
FAILING(int, fsync, (int fd), (fd), -1)
FAILING(int, flock, (int fd, int operation), (fd, operation), -1)
FAILING(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new), -1)
FAILING(int, fstat, (int fd, struct stat *status), (fd, status), -1)
FAILING(int, epoll_create1, (int flags), (flags), -1)
FAILING(int, epoll_ctl, (int epoll, int operation, int fd, struct epoll_event *event), (epoll, operation, fd, event),
        -1)
FAILING(int, epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout), (epoll, events, most, timeout),
        -1)
FAILING(int, poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), -1)
FAILING(int, eventfd, (unsigned int value, int flags), (value, flags), -1)
FAILING(int, timerfd_create, (int clock, int flags), (clock, flags), -1)
FAILING(void *, mmap, (void *where, size_t size, int protection, int flags, int fd, off_t offset),
        (where, size, protection, flags, fd, offset), MAP_FAILED)
FAILING(int, mprotect, (void *where, size_t size, int protection), (where, size, protection), -1)
FAILING(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
        (thread, attributes, run, argument), errno)
FAILING(int, getaddrinfo,
        (const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found),
        (node, service, hints, found), EAI_AGAIN)
FAILING(void *, opendir, (const char *path), (path), NULL)
FAILING(void *, fopen, (const char *path, const char *mode), (path, mode), NULL)

static mode_t mode_of(int flags, va_list rest)
{
    return flags & O_CREAT ? va_arg(rest, mode_t) : 0;
}

int openat(int directory, const char *path, int flags, ...)
{
    static int (*real)(int, const char *, int, ...);
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = mode_of(flags, rest);
    va_end(rest);
    if (strikes("openat"))
        return -1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "openat");
    return real(directory, path, flags, mode);
}

/* --- memory: dlsym takes some itself, so the C library's own names are called --- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    return strikes("malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return strikes("calloc") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return strikes("realloc") ? NULL : __libc_realloc(memory, size);
}

/* --- libevent's --- */

FAILING(int, event_add, (void *event, const void *timeout), (event, timeout), -1)
FAILING(void *, event_new, (void *base, int fd, short what, void (*call)(int, short, void *), void *argument),
        (base, fd, what, call, argument), NULL)
FAILING(void *, event_base_new_with_config, (const void *config), (config), NULL)

/* --- libpq's --- */

FAILING(void *, PQconnectdbParams, (const char *const *names, const char *const *values, int expand),
        (names, values, expand), NULL)
FAILING(int, PQsetnonblocking, (void *connection, int on), (connection, on), -1)
FAILING(int, PQenterPipelineMode, (void *connection), (connection), 0)
FAILING(int, PQpipelineSync, (void *connection), (connection), 0)
FAILING(int, PQconsumeInput, (void *connection), (connection), 0)
FAILING(int, PQflush, (void *connection), (connection), -1)
FAILING(void *, PQexec, (void *connection, const char *sql), (connection, sql), NULL)
FAILING(int, PQsendPrepare, (void *connection, const char *name, const char *sql, int count, const unsigned *types),
        (connection, name, sql, count, types), 0)
FAILING(int, PQsendQueryPrepared,
        (void *connection, const char *name, int count, const char *const *values, const int *lengths,
         const int *formats, int format),
        (connection, name, count, values, lengths, formats, format), 0)
FAILING(int, PQsendQueryParams,
        (void *connection, const char *sql, int count, const unsigned *types, const char *const *values,
         const int *lengths, const int *formats, int format),
        (connection, sql, count, types, values, lengths, formats, format), 0)

/* --- OpenSSL's --- */

FAILING(int, EVP_Digest,
        (const void *bytes, size_t size, unsigned char *digest, unsigned *length, const void *type, void *engine),
        (bytes, size, digest, length, type, engine), 0)
FAILING(void *, EVP_MD_fetch, (void *library, const char *algorithm, const char *properties),
        (library, algorithm, properties), NULL)
FAILING(void *, EVP_PKEY_CTX_dup, (const void *context), (context), NULL)
FAILING(void *, EVP_PKEY_CTX_new_from_pkey, (void *library, void *key, const char *properties),
        (library, key, properties), NULL)
FAILING(int, EVP_PKEY_sign_init, (void *context), (context), 0)
FAILING(int, EVP_PKEY_sign,
        (void *context, unsigned char *signature, size_t *length, const unsigned char *bytes, size_t size),
        (context, signature, length, bytes, size), 0)
FAILING(int, EVP_PKEY_verify,
        (void *context, const unsigned char *signature, size_t length, const unsigned char *bytes, size_t size),
        (context, signature, length, bytes, size), 0)
FAILING(void *, ECDSA_SIG_new, (void), (), NULL)
FAILING(void *, d2i_ECDSA_SIG, (void **signature, const unsigned char **bytes, long size), (signature, bytes, size),
        NULL)
FAILING(int, i2d_ECDSA_SIG, (const void *signature, unsigned char **bytes), (signature, bytes), -1)
FAILING(void *, BIO_new_mem_buf, (const void *bytes, int size), (bytes, size), NULL)
FAILING(void *, BIO_new, (const void *type), (type), NULL)
FAILING(void *, PEM_read_bio_PrivateKey, (void *bio, void **key, void *password, void *argument),
        (bio, key, password, argument), NULL)
FAILING(int, PEM_write_bio_PrivateKey,
        (void *bio, const void *key, const void *cipher, const unsigned char *secret, int size, void *password,
         void *argument),
        (bio, key, cipher, secret, size, password, argument), 0)

/* --- libsodium's --- */

FAILING(int, sodium_init, (void), (), -1)
FAILING(int, crypto_pwhash_str_alg,
        (char *out, const char *password, unsigned long long size, unsigned long long passes, size_t memory,
         int algorithm),
        (out, password, size, passes, memory, algorithm), -1)
FAILING(int, crypto_pwhash_str_verify, (const char *hash, const char *password, unsigned long long size),
        (hash, password, size), -1)

/* SPDX-License-Identifier: MIT */
/*
 * Where the files are that come with applications. A file has a random name of the store's own; it is there for good
 * once storage_finish has said POLY_OK, and before that it is nowhere to be seen. Nothing from outside is ever part of
 * a path. Whatever waits for a disk does so off the loops, on the store's own threads. Fiber only, but create and
 * destroy.
 *
 * POLY_IO: the store cannot do it, which is logged; POLY_OVERLOADED: too much waits for it already.
 */
#ifndef SERVICES_STORAGE_H
#define SERVICES_STORAGE_H

#include "poly/crypto.h"
#include "poly/strbuf.h"

typedef struct storage storage;
typedef struct storage_upload storage_upload;
typedef struct storage_reader storage_reader;
typedef struct storage_walk storage_walk;

#define STORAGE_NAME_SIZE 33 /* 32 hex digits and the NUL */

typedef struct storage_file {
    char name[STORAGE_NAME_SIZE];
    uint64_t size;
    uint8_t sha256[POLY_SHA256_SIZE];
} storage_file;

enum { STORAGE_WALK_BATCH = 500 };
typedef char storage_names[STORAGE_WALK_BATCH][STORAGE_NAME_SIZE];

/* What a kind of store does. The first member of each of its objects is the store's own business. */
typedef struct storage_kind {
    poly_result (*begin)(storage *store, storage_upload **upload);
    poly_result (*write)(storage_upload *upload, const void *bytes, size_t size);
    poly_result (*finish)(storage_upload *upload, storage_file *file);
    void (*abandon)(storage_upload *upload);
    poly_result (*open)(storage *store, const char *name, storage_reader **reader, uint64_t *size);
    poly_result (*read)(storage_reader *reader, uint64_t offset, void *out, size_t room, size_t *size);
    void (*close)(storage_reader *reader);
    poly_result (*remove)(storage *store, const char *name);
    poly_result (*walk_begin)(storage *store, unsigned shelf, int64_t min_age_seconds, storage_walk **walk);
    poly_result (*walk_next)(storage_walk *walk, storage_names names, size_t *count);
    void (*walk_end)(storage_walk *walk);
    poly_result (*sweep)(storage *store, int64_t min_age_seconds, int64_t *removed);
    void (*destroy)(storage *store);
} storage_kind;

struct storage {
    const storage_kind *kind;
    unsigned shelves; /* into which its files are divided, for walks */
};
struct storage_upload {
    storage *store;
};
struct storage_reader {
    storage *store;
};
struct storage_walk {
    storage *store;
};

/* After poly_runtime_stop. NULL is accepted. */
void storage_destroy(storage **store);

/* POLY_OK is ended by exactly one of storage_finish and storage_abandon, which clear the pointer. */
poly_result storage_begin(storage *store, storage_upload **upload) POLY_MUST_CHECK;
/* Pieces of 64 to 256 KiB suit it; the bytes are used until it returns. */
poly_result storage_write(storage_upload *upload, const void *bytes, size_t size) POLY_MUST_CHECK;
/* Durably there, under a name that has never been before; or, on anything but POLY_OK, gone. */
poly_result storage_finish(storage_upload **upload, storage_file *file) POLY_MUST_CHECK;
/* Nothing is left of it. A pointer to NULL is accepted. */
void storage_abandon(storage_upload **upload);

/* POLY_NOT_FOUND: no such file, or no name that the store could have given. */
poly_result storage_open(storage *store, const char *name, storage_reader **reader, uint64_t *size) POLY_MUST_CHECK;
/* As many bytes as are there at `offset`, up to `room`; fewer only at the end. */
poly_result storage_read(storage_reader *reader, uint64_t offset, void *out, size_t room, size_t *size) POLY_MUST_CHECK;
void storage_close(storage_reader **reader);

/* POLY_OK too when it is not there. */
poly_result storage_remove(storage *store, const char *name) POLY_MUST_CHECK;

/* --- for the sweeper --- */

/* The names on a shelf, from 0 to shelves - 1, that have been there for so long; no more when the count is 0. */
poly_result storage_walk_begin(storage *store, unsigned shelf, int64_t min_age_seconds,
                               storage_walk **walk) POLY_MUST_CHECK;
poly_result storage_walk_next(storage_walk *walk, storage_names names, size_t *count) POLY_MUST_CHECK;
void storage_walk_end(storage_walk **walk);

/* Removes what was begun so long ago and neither finished nor abandoned, as when the daemon was killed. */
poly_result storage_sweep(storage *store, int64_t min_age_seconds, int64_t *removed) POLY_MUST_CHECK;

/* 32 hex digits in lower case. */
bool storage_name_is_valid(const char *name);

#endif

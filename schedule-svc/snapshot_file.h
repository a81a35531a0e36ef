/* SPDX-License-Identifier: MIT */
/*
 * A file that is whole or is not there. It is written beside its place, with a checksum chained through its blocks,
 * synced, and moved into place; it is read only after all of its checksums were right. Blocking: off the loops.
 */
#ifndef SCHEDULE_SNAPSHOT_FILE_H
#define SCHEDULE_SNAPSHOT_FILE_H

#include "poly/base.h"
#include "poly/random.h"

#define SNAPSHOT_BLOCK ((size_t)64 << 10)

typedef struct snapshot_file {
    int fd;
    int error;              /* errno of the first failure; 0: none */
    char *memory;           /* the chain's last link, then the present block */
    size_t used, available; /* of the block, in bytes */
    uint64_t offset, size;  /* of the body */
} snapshot_file;

/* Creates or empties `path`. Failures of this and of all writing show in snapshot_file_finish. */
void snapshot_file_create(snapshot_file *file, const char *path);
void snapshot_file_write(snapshot_file *file, const void *bytes, size_t size);
void snapshot_file_write_number(snapshot_file *file, int64_t number); /* 8 bytes, little-endian */
/* Writes what is left and the checksum, syncs and closes. POLY_IO with errno. */
poly_result snapshot_file_finish(snapshot_file *file) POLY_MUST_CHECK;

/*
 * POLY_OK; POLY_NOT_FOUND; POLY_BAD_ANSWER when it is damaged or cut short; POLY_IO with errno. After POLY_OK, and only
 * then, snapshot_file_close is due.
 */
poly_result snapshot_file_open(snapshot_file *file, const char *path) POLY_MUST_CHECK;
/* False at the end of the file. */
bool snapshot_file_read(snapshot_file *file, void *bytes, size_t size) POLY_MUST_CHECK;
bool snapshot_file_read_number(snapshot_file *file, int64_t *number) POLY_MUST_CHECK;
void snapshot_file_close(snapshot_file *file);

/* Moves `from` over `to`, both in `directory`, and syncs the directory. POLY_IO with errno. */
poly_result snapshot_file_move(const char *from, const char *to, const char *directory) POLY_MUST_CHECK;

#endif

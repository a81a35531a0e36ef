/* SPDX-License-Identifier: MIT */
/* A blob before its bytes are there: for the library's own makers of blobs. */
#ifndef POLY_BASE_BLOB_MEMORY_H
#define POLY_BASE_BLOB_MEMORY_H

#include "poly/blob.h"

/* `size` bytes to be written at `*bytes` before anyone else sees the blob; one reference. */
poly_blob *poly_blob_allocate(size_t size, char **bytes) __attribute__((returns_nonnull));

#endif

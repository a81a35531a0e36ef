/* SPDX-License-Identifier: MIT */
/*
 * Immutable bytes with a reference count: what a cache and any number of half-written answers share.
 * Any thread may take and drop references.
 */
#ifndef POLY_BLOB_H
#define POLY_BLOB_H

#include "poly/strbuf.h"

typedef struct poly_blob {
    size_t size;
    const char *data; /* NUL-terminated behind `size` bytes */
} poly_blob;

poly_blob *poly_blob_create(const void *bytes, size_t size)
    __attribute__((returns_nonnull)); /* copies; one reference */
poly_blob *poly_blob_from_strbuf(poly_strbuf *buffer)
    __attribute__((returns_nonnull)); /* copies to an exact fit, releases the buffer */
poly_blob *poly_blob_ref(poly_blob *blob);
void poly_blob_unref(poly_blob **blob); /* accepts NULL inside, clears the pointer */

/* The blob in gzip format (RFC 1952), level 1 to 9; a new blob. */
poly_blob *poly_blob_gzip(const poly_blob *blob, int level) __attribute__((returns_nonnull));
/* The inverse; NULL when the input is no gzip or unpacks to more than `max` bytes. */
poly_blob *poly_blob_gunzip(const poly_blob *blob, size_t max);

#endif

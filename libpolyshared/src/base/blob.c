/* SPDX-License-Identifier: MIT */
#include "poly/blob.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/blob_memory.h"

struct counted_blob {
    poly_blob blob; /* first, so that a pointer to either is a pointer to both */
    atomic_size_t references;
    char bytes[];
};

poly_blob *poly_blob_allocate(size_t size, char **bytes)
{
    struct counted_blob *counted = poly_realloc(NULL, 1, sizeof(*counted) + size + 1);

    counted->blob = (poly_blob){.size = size, .data = counted->bytes};
    atomic_init(&counted->references, 1);
    counted->bytes[size] = '\0';
    *bytes = counted->bytes;
    return &counted->blob;
}

poly_blob *poly_blob_create(const void *bytes, size_t size)
{
    char *copy;
    poly_blob *blob = poly_blob_allocate(size, &copy);

    if (size)
        memcpy(copy, bytes, size);
    return blob;
}

poly_blob *poly_blob_from_strbuf(poly_strbuf *buffer)
{
    poly_blob *blob = poly_blob_create(buffer->data, buffer->size);

    poly_strbuf_release(buffer);
    return blob;
}

poly_blob *poly_blob_ref(poly_blob *blob)
{
    struct counted_blob *counted = (struct counted_blob *)blob;

    atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    return blob;
}

void poly_blob_unref(poly_blob **blob)
{
    struct counted_blob *counted = (struct counted_blob *)*blob;

    if (!counted)
        return;
    *blob = NULL;
    if (atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) == 1)
        free(counted);
}

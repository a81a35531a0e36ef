/* SPDX-License-Identifier: MIT */
#include "storage.h"

#include <string.h>

void storage_destroy(storage **store)
{
    if (*store)
        (*store)->kind->destroy(*store);
    *store = NULL;
}

bool storage_name_is_valid(const char *name)
{
    return strlen(name) == STORAGE_NAME_SIZE - 1 && strspn(name, "0123456789abcdef") == STORAGE_NAME_SIZE - 1;
}

poly_result storage_begin(storage *store, storage_upload **upload)
{
    poly_result result = store->kind->begin(store, upload);

    if (result == POLY_OK)
        (*upload)->store = store;
    else
        *upload = NULL;
    return result;
}

poly_result storage_write(storage_upload *upload, const void *bytes, size_t size)
{
    return upload->store->kind->write(upload, bytes, size);
}

poly_result storage_finish(storage_upload **upload, storage_file *file)
{
    storage_upload *self = *upload;

    *upload = NULL;
    return self->store->kind->finish(self, file);
}

void storage_abandon(storage_upload **upload)
{
    storage_upload *self = *upload;

    *upload = NULL;
    if (self)
        self->store->kind->abandon(self);
}

poly_result storage_open(storage *store, const char *name, storage_reader **reader, uint64_t *size)
{
    poly_result result = storage_name_is_valid(name) ? store->kind->open(store, name, reader, size) : POLY_NOT_FOUND;

    if (result == POLY_OK)
        (*reader)->store = store;
    else
        *reader = NULL;
    return result;
}

poly_result storage_read(storage_reader *reader, uint64_t offset, void *out, size_t room, size_t *size)
{
    return reader->store->kind->read(reader, offset, out, room, size);
}

void storage_close(storage_reader **reader)
{
    if (*reader)
        (*reader)->store->kind->close(*reader);
    *reader = NULL;
}

poly_result storage_remove(storage *store, const char *name)
{
    return storage_name_is_valid(name) ? store->kind->remove(store, name) : POLY_OK;
}

poly_result storage_walk_begin(storage *store, unsigned shelf, int64_t min_age_seconds, storage_walk **walk)
{
    poly_result result = store->kind->walk_begin(store, shelf, min_age_seconds, walk);

    if (result == POLY_OK)
        (*walk)->store = store;
    else
        *walk = NULL;
    return result;
}

poly_result storage_walk_next(storage_walk *walk, storage_names names, size_t *count)
{
    return walk->store->kind->walk_next(walk, names, count);
}

void storage_walk_end(storage_walk **walk)
{
    if (*walk)
        (*walk)->store->kind->walk_end(*walk);
    *walk = NULL;
}

poly_result storage_sweep(storage *store, int64_t min_age_seconds, int64_t *removed)
{
    return store->kind->sweep(store, min_age_seconds, removed);
}

/* SPDX-License-Identifier: MIT */
/*
 * The shelves of a store in a directory: what lies on each, and what was left in "incoming". For storage_directory.c.
 */
#ifndef SERVICES_STORAGE_SHELF_H
#define SERVICES_STORAGE_SHELF_H

#include "poly/runtime.h"

#include "storage.h"

struct directory_store {
    storage base;
    int fd; /* of the directory: everything is opened relative to it */
    poly_offload_pool *pool;
};

#define SHELF_COUNT     256u
#define SHELF_INCOMING  "incoming"
#define SHELF_PATH_SIZE (sizeof(SHELF_INCOMING) + STORAGE_NAME_SIZE)

poly_result storage_shelf_walk_begin(storage *store, unsigned shelf, int64_t min_age_seconds, storage_walk **walk);
poly_result storage_shelf_walk_next(storage_walk *walk, storage_names names, size_t *count);
void storage_shelf_walk_end(storage_walk *walk);
poly_result storage_shelf_sweep(storage *store, int64_t min_age_seconds, int64_t *removed);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Lists: what a request asks for, and how it is answered. Without `page` and `page_size` a list is a bare array, which
 * says so in Link and X-Total-Count when its limit has cut it.
 */
#ifndef SERVICES_LISTING_H
#define SERVICES_LISTING_H

#include "poly/http.h"

#include "store.h"

typedef struct list_request {
    poly_page page;
    const char *search; /* folded; NULL for none */
    store_window window;
} list_request;

/* Faults are noted, for poly_request_refused. */
list_request listing_read(poly_request *request);

/* Answers with `count` items, each written by `write_item` into the array. */
void listing_respond(poly_request *request, const list_request *listing, const void *items, size_t count, int64_t total,
                     void (*write_item)(poly_json_writer *writer, const void *items, size_t index));

#endif

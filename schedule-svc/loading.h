/* SPDX-License-Identifier: MIT */
/*
 * What the cache asks of the daemon: to bring an answer, to say how long it is fresh, and to note what has changed. The
 * context is the service.
 */
#ifndef SCHEDULE_LOADING_H
#define SCHEDULE_LOADING_H

#include "cache.h"

poly_result loading_load(void *context, const resource_key *key, poly_strbuf *json);
uint64_t loading_fresh_for(void *context, const resource_key *key);
void loading_replaced(void *context, const resource_key *key, const poly_blob *before, const poly_blob *after);

#endif

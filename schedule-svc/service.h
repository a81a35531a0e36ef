/* SPDX-License-Identifier: MIT */
/*
 * What the daemon is made of, and what every handler gets as the server's context. Made before the loops run, then
 * constant; the parts look after their own threads.
 */
#ifndef SCHEDULE_SERVICE_H
#define SCHEDULE_SERVICE_H

#include "poly/http.h"
#include "poly/metrics.h"

#include "cache.h"
#include "change_log.h"
#include "config.h"
#include "directory_keeper.h"
#include "refresher.h"
#include "snapshot.h"
#include "upstream.h"

typedef struct schedule_service {
    const schedule_config *config;
    upstream *upstream;
    answer_cache *cache;
    change_log *changes;
    directory_keeper *directory;
    refresher *refresher;
    snapshot *snapshot; /* NULL without SNAPSHOT_DIR */
    poly_loop *loop;    /* of the background's fibers */
    poly_counter *changes_noticed;
} schedule_service;

/* These are poly_daemon's four. */
void *service_start(poly_runtime *runtime, const void *config, poly_strbuf *fault);
void service_attach(void *context, poly_server *server);
void service_stop(void *context);
void service_release(void *context);

#endif

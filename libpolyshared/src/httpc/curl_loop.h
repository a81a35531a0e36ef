/* SPDX-License-Identifier: MIT */
/*
 * libcurl on an event loop: one multi handle per loop, its sockets and its timer watched by the loop's libevent
 * base, and easy handles kept for reuse. Loop only.
 *
 * libcurl runs from the loop's own stack, never from a fiber's: a transfer that is started does its first step when
 * the loop comes round.
 */
#ifndef POLY_HTTPC_CURL_LOOP_H
#define POLY_HTTPC_CURL_LOOP_H

#include "poly/runtime.h"

#include <curl/curl.h>

typedef struct poly_curl_loop poly_curl_loop;
struct poly_lane;

/* The calling thread's; made at the first call, released with the loop. */
poly_curl_loop *poly_curl_loop_current(void);

/* The head of the list of lanes of this loop (lane.h). */
struct poly_lane **poly_curl_loop_lanes(poly_curl_loop *loop);

/* One transfer of one fiber. Lives on the fiber's stack from start to stop. */
typedef struct poly_transfer {
    CURL *easy;
    poly_wait wait;
    CURLcode code; /* once `wait` has finished */
    bool running;
    bool secret; /* set by the caller: the easy handle's buffers hold what nobody else may find */
} poly_transfer;

/* Gives `transfer` an easy handle without options. */
void poly_transfer_init(poly_curl_loop *loop, poly_transfer *transfer);
/* Begins it. Its end is one poly_wait_finish, at a later moment. */
void poly_transfer_start(poly_curl_loop *loop, poly_transfer *transfer);
/* Takes it out at once if it still runs, and gives the easy handle back. No finish comes after this. */
void poly_transfer_stop(poly_curl_loop *loop, poly_transfer *transfer);

#endif

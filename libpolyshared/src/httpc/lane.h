/* SPDX-License-Identifier: MIT */
/*
 * How many attempts of one client may be under way on one loop. Those beyond it wait in order of arrival, each no
 * longer than its deadline. Fiber only.
 */
#ifndef POLY_HTTPC_LANE_H
#define POLY_HTTPC_LANE_H

#include "poly/httpc.h"

typedef struct poly_lane poly_lane;

/* The lane of `client` in `lanes`, made at the first call. */
poly_lane *poly_lane_of(poly_lane **lanes, const poly_httpc *client, unsigned max_inside);
/* Nobody inside or waiting. */
void poly_lane_release_all(poly_lane **lanes);

/* POLY_OK needs one poly_lane_leave; otherwise POLY_TIMEOUT or POLY_CANCELLED. */
poly_result poly_lane_enter(poly_lane *lane, uint64_t deadline) POLY_MUST_CHECK;
void poly_lane_leave(poly_lane *lane);

#endif

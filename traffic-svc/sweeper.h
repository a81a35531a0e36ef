/* SPDX-License-Identifier: MIT */
/*
 * Deletes what is over, now and then.
 */
#ifndef TRAFFIC_SWEEPER_H
#define TRAFFIC_SWEEPER_H

#include "service.h"

/* Starts a fiber that ends with the loop. */
void sweeper_start(traffic_service *service, poly_loop *loop);

#endif

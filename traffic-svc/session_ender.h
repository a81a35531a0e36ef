/* SPDX-License-Identifier: MIT */
/*
 * Ends sessions whose time is over. They take no marks from that moment on, whoever looks; this is for the kiosks,
 * which hear of it within a second. Every replica does it, and whichever comes first.
 */
#ifndef TRAFFIC_SESSION_ENDER_H
#define TRAFFIC_SESSION_ENDER_H

#include "service.h"

/* Starts a fiber that ends with the loop. */
void session_ender_start(traffic_service *service, poly_loop *loop);

#endif

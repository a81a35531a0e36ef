/* SPDX-License-Identifier: MIT */
/*
 * Deletes what is over: exchanged launch tokens that have expired, old events, old keys of idempotent requests, audit
 * records beyond their retention. Replicas may do so at the same time.
 */
#ifndef SERVICES_SWEEPER_H
#define SERVICES_SWEEPER_H

#include "service.h"

void sweeper_start(services_service *service, poly_loop *loop);

#endif

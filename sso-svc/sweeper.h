/* SPDX-License-Identifier: MIT */
/*
 * Deletes what is over: expired tokens and sessions, old keys of idempotent requests, audit records beyond their
 * retention. Replicas may do so at the same time.
 */
#ifndef SSO_SWEEPER_H
#define SSO_SWEEPER_H

#include "service.h"

void sweeper_start(sso_service *service, poly_loop *loop);

#endif

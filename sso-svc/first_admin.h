/* SPDX-License-Identifier: MIT */
/*
 * The first start makes an administrator, without whom nobody could make anybody. Until there is one, the daemon is
 * not ready and says why.
 */
#ifndef SSO_FIRST_ADMIN_H
#define SSO_FIRST_ADMIN_H

#include "service.h"

/* Adds a readiness check and starts a fiber that tries until it is done. */
void first_admin_start(sso_service *service, poly_server *server, poly_loop *loop);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A token that was got through Telegram counts only while the account is linked to its user.
 */
#ifndef TRAFFIC_TELEGRAM_LINK_H
#define TRAFFIC_TELEGRAM_LINK_H

#include "poly/http.h"
#include "poly/token.h"

/* False: the link is gone, or sso-svc cannot say, and the request has been answered. */
bool telegram_link_require(poly_request *request, const poly_access_token *token);

#endif

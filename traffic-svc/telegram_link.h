/* SPDX-License-Identifier: MIT */
/*
 * A token that was got through Telegram counts only while the account is linked to its user: sso-svc is asked again
 * when it was asked a minute ago.
 */
#ifndef TRAFFIC_TELEGRAM_LINK_H
#define TRAFFIC_TELEGRAM_LINK_H

#include "poly/http.h"
#include "poly/token.h"

/* Links that sso-svc has confirmed, and when. Any thread. */
typedef struct telegram_links telegram_links;

telegram_links *telegram_links_create(void);
void telegram_links_destroy(telegram_links **links);

/* Within the last minute before `now` (monotonic µs). */
bool telegram_links_has(telegram_links *links, const char *user_id, int64_t telegram_id, uint64_t now);
/* sso-svc has been asked at `asked`. */
void telegram_links_put(telegram_links *links, const char *user_id, int64_t telegram_id, uint64_t asked);

/* False: the link is gone, or sso-svc cannot say, and the request has been answered. */
bool telegram_link_require(poly_request *request, const poly_access_token *token);

#endif

/* SPDX-License-Identifier: MIT */
#include "telegram_link.h"

#include <string.h>

#include "service.h"

/* Only what is confirmed is remembered: one who links again need not wait. */
bool telegram_link_require(poly_request *request, const poly_access_token *token)
{
    const traffic_service *service = poly_request_context(request);
    poly_sso_call call = {.arena = poly_request_arena(request), .language = poly_request_language(request)};
    uint64_t asked = poly_time_monotonic();
    poly_sso_user user;
    poly_result result;

    if (telegram_links_has(service->telegram_links, token->user_id, token->telegram_id, asked))
        return true;
    result = poly_sso_user_by_telegram(service->sso, &call, token->telegram_id, &user);
    if (result == POLY_OK && user.is_active && strcmp(user.id, token->user_id) == 0) {
        telegram_links_put(service->telegram_links, token->user_id, token->telegram_id, asked);
        return true;
    }
    if (result == POLY_OK || result == POLY_NOT_FOUND)
        poly_fail_unauthenticated(request, true);
    else
        poly_sso_fail(request, &call, result);
    return false;
}

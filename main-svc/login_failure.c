/* SPDX-License-Identifier: MIT */
#include "login_failure.h"

#include "poly/log.h"

#include "service.h"

login_outcome login_failure_outcome(poly_result result)
{
    switch (result) {
    case POLY_REJECTED:
        return LOGIN_WRONG;
    case POLY_BAD_ANSWER:
        return LOGIN_BAD_PAGE;
    default:
        return LOGIN_FAILED;
    }
}

const char *login_failure_reason(login_way way, poly_result result)
{
    switch (result) {
    case POLY_REJECTED:
        return way == LOGIN_BY_FORM ? "wrong_password" : "ticket_refused";
    case POLY_BAD_ANSWER:
        return "cas_not_understood";
    case POLY_UNAVAILABLE:
        return "cas_unreachable";
    case POLY_TIMEOUT:
        return "cas_too_slow";
    case POLY_CANCELLED:
        return "client_left";
    default:
        return poly_result_name(result);
    }
}

void login_failed(poly_request *request, login_way way, login_outcome outcome, const char *reason)
{
    const main_service *service = poly_request_context(request);

    poly_counter_add(service->metrics.logins[way][outcome], 1);
    poly_log(POLY_LOG_INFO, "a student's login failed", poly_text_field("way", login_way_name(way)),
             poly_text_field("reason", reason), poly_text_field("address", poly_request_address(request)));
}

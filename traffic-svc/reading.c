/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <ctype.h>

#include "poly/random.h"

#include "pin.h"

static const char *lower(poly_request *request, const char *text)
{
    char *copy = poly_arena_strdup(poly_request_arena(request), text);

    for (char *at = copy; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return copy;
}

bool read_path_id(poly_request *request, const char *name, const poly_problem *unknown, const char **id)
{
    const char *text = poly_request_param(request, name);

    if (!poly_uuid_is_valid(text)) {
        poly_fail(request, unknown);
        return false;
    }
    *id = lower(request, text);
    return true;
}

const char *read_body_uuid(poly_request *request, const poly_json *body, const char *name)
{
    const char *text = poly_body_text_required(request, body, name, POLY_UUID_SIZE - 1);

    if (!text)
        return NULL;
    if (poly_uuid_is_valid(text))
        return lower(request, text);
    poly_request_fault(request, name, "invalid",
                       (poly_message){"Это не идентификатор (UUID).", "This is no id (a UUID)."});
    return NULL;
}

const char *read_pin(poly_request *request)
{
    const char *pin = poly_query_text_required(request, "pin", 64);

    if (!pin || pin_is_valid(pin))
        return pin;
    poly_request_fault(request, "pin", "invalid",
                       (poly_message){"PIN-код состоит из шести цифр.", "A PIN has six digits."});
    return NULL;
}

bool answer_failure(poly_request *request, poly_result result, const poly_problem *unknown)
{
    if (result == POLY_NOT_FOUND)
        poly_fail(request, unknown);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    return result == POLY_OK;
}

static poly_slice key_of(poly_request *request)
{
    return poly_slice_of(poly_throttle_network(poly_request_address(request), poly_request_arena(request)));
}

bool enter_throttle(poly_request *request, poly_throttle *throttle)
{
    unsigned seconds = poly_throttle_enter(throttle, key_of(request));

    if (seconds)
        poly_fail_throttled(request, seconds);
    return seconds == 0;
}

void refund_throttle(poly_request *request, poly_throttle *throttle)
{
    poly_throttle_refund(throttle, key_of(request));
}

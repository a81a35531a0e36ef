/* SPDX-License-Identifier: MIT */
#include "pin_lookup.h"

#include "poly/audit.h"

#include "caller.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"

/* The PIN itself is not kept: it may be another kiosk's, mistyped. */
static void note_guess(poly_request *request, const char *kind)
{
    const traffic_service *service = poly_request_context(request);
    const traffic_caller *caller = caller_of(request);
    poly_audit audit;

    poly_counter_add(service->metrics.pins_unknown, 1);
    poly_audit_begin(&audit, request, caller ? caller->actor : NULL);
    /* The answer is the same whether or not it could be recorded. */
    if (poly_audit_record(&audit, service->pg, "pin_unknown", NULL,
                          (const poly_field[]){poly_text_field("kind", kind), {.kind = POLY_FIELD_END}}) != POLY_OK)
        poly_log_plain(POLY_LOG_WARNING, "a wrong PIN could not be recorded");
}

bool pin_lookup(poly_request *request, const char *kind, const char *pin, tablet_info *tablet)
{
    const traffic_service *service = poly_request_context(request);
    poly_result result;

    if (!enter_throttle(request, service->pin_throttle))
        return false;
    result = store_tablet_by_pin(service->pg, poly_request_arena(request), kind, pin, tablet);
    if (result == POLY_NOT_FOUND)
        note_guess(request, kind);
    else
        refund_throttle(request, service->pin_throttle);
    return answer_failure(request, result, &problem_pin_unknown);
}

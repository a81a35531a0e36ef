/* SPDX-License-Identifier: MIT */
#include "kind_parameter.h"

unsigned query_timetable_kinds(poly_request *request)
{
    poly_arena *arena = poly_request_arena(request);
    const char *text = poly_request_query(request, "kind");
    timetable_kind kind;

    if (!text || !*text)
        return TIMETABLE_EVERY_KIND;
    if (timetable_kind_parse(text, &kind))
        return TIMETABLE_KIND_BIT(kind);
    poly_request_fault(
        request, "kind", "choice",
        (poly_message){
            poly_arena_printf(arena, "Параметр «kind»: вместо «%.64s» укажите group, teacher или room.", text),
            poly_arena_printf(arena, "The parameter \"kind\" must be group, teacher or room, not \"%.64s\".", text),
        });
    return TIMETABLE_EVERY_KIND;
}

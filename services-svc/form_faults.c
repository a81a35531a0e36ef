/* SPDX-License-Identifier: MIT */
#include "form_faults.h"

bool form_add_fault(form_faults *faults, const char *field, const char *code, poly_message message)
{
    if (faults->count < FORM_FAULTS_MAX)
        faults->items[faults->count++] = (form_fault){.field = field, .code = code, .message = message};
    return false;
}

bool form_add_about(form_faults *faults, const char *field, const char *label, const char *code, poly_message message)
{
    return form_add_fault(faults, field, code,
                          (poly_message){
                              poly_arena_printf(faults->arena, "Поле «%s» %s", label, message.ru),
                              poly_arena_printf(faults->arena, "The field \"%s\" %s", label, message.en),
                          });
}

void form_note(poly_request *request, const form_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        poly_request_fault(request, faults->items[i].field, faults->items[i].code, faults->items[i].message);
}

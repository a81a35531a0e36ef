/* SPDX-License-Identifier: MIT */
#include "application_access.h"

#include "poly/random.h"

#include "fields.h"
#include "problems.h"
#include "service.h"

bool application_require(poly_request *request, campus_application *out)
{
    const services_service *service = poly_request_context(request);
    const char *id = path_id(request, &problem_application_unknown);
    poly_result result;

    if (!id)
        return false;
    result = store_find_application(service->pg, poly_request_arena(request), id, out);
    if (result == POLY_OK && application_is_seen_by(out, caller_of(request)))
        return true;
    if (result == POLY_OK || result == POLY_NOT_FOUND)
        poly_fail(request, &problem_application_unknown);
    else
        poly_fail_dependency(request, result, "postgresql");
    return false;
}

poly_result application_lock(poly_pg_transaction *transaction, poly_write *write, const char *id,
                             const services_caller *caller, campus_application *out)
{
    poly_result result = store_lock_application(transaction, write->arena, id, out);

    if (result == POLY_OK && !application_is_seen_by(out, caller))
        result = POLY_NOT_FOUND;
    if (result == POLY_NOT_FOUND)
        write->problem = &problem_application_unknown;
    return result;
}

static const char *steps_from(application_state from, bool may_reopen, poly_arena *arena)
{
    const char *names = "";

    for (application_state to = 0; to < STATE_COUNT; to++)
        if (application_state_may_follow(from, to, may_reopen))
            names = poly_arena_printf(arena, "%s%s%s", names, *names ? ", " : "", application_state_names[to]);
    return *names ? names : "—";
}

poly_result application_check_step(poly_request *request, poly_write *write, application_state from,
                                   application_state to, bool may_reopen)
{
    const char *steps, *now = application_state_names[from];

    if (application_state_may_follow(from, to, may_reopen))
        return POLY_OK;
    steps = steps_from(from, may_reopen, write->arena);
    write->problem = &problem_state_illegal;
    write->detail = poly_request_say(
        request, (poly_message){
                     poly_arena_printf(write->arena, "Состояние заявки — %s. Из него можно перейти в: %s.", now, steps),
                     poly_arena_printf(write->arena, "The application is %s. From there it can go to: %s.", now, steps),
                 });
    return POLY_CONFLICT;
}

history_actor application_actor(const services_caller *caller)
{
    return (history_actor){.id = caller->id, .name = caller->name, .role = caller_role(caller)};
}

static poly_result attach(poly_pg_transaction *transaction, poly_write *write, const char *application_id,
                          const uploaded_file *file, campus_attachment *out)
{
    char id[POLY_UUID_SIZE];

    poly_uuid_make(id);
    out->id = poly_arena_strdup(write->arena, id);
    out->stored_name = file->stored.name;
    out->name = file->name;
    out->size = (int64_t)file->stored.size;
    out->content_type = file->kind->content_type;
    return store_insert_attachment(transaction, write->arena, application_id, out,
                                   (poly_slice){(const char *)file->stored.sha256, POLY_SHA256_SIZE});
}

poly_result application_attach(poly_pg_transaction *transaction, poly_write *write, const char *application_id,
                               const upload_form *form, const campus_attachment *like, campus_attachment *out)
{
    poly_result result = POLY_OK;

    for (size_t i = 0; result == POLY_OK && i < form->file_count; i++) {
        out[i] = *like;
        result = attach(transaction, write, application_id, &form->files[i], &out[i]);
    }
    return result;
}

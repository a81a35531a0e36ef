/* SPDX-License-Identifier: MIT */
/* Teachers made and removed by hand, on both sides. */
#include "handlers.h"

#include <string.h>

#include "poly/account.h"
#include "poly/text.h"

#include "caller.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"
#include "teacher_answer.h"
#include "teacher_list.h"

enum { USERNAME_MAX = 128, PASSWORD_MAX = 256 };

/* --- POST /api/teachers --- */

static poly_result create(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const poly_account *account = context;
    poly_json_writer writer;
    teacher made;
    poly_result result = store_insert_teacher(transaction, write->arena, account->entity_id, account->full_name,
                                              account->user.username, &made);

    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    teacher_write(&writer, &made, &account->user, true);
    return poly_audit_add(&write->audit, transaction, "teacher_created", made.id,
                          (const poly_field[]){poly_text_field("full_name", made.full_name),
                                               poly_text_field("username", made.username),
                                               {.kind = POLY_FIELD_END}});
}

/* Spaces folded as the sync folds them. */
static const char *squeeze(poly_request *request, const char *text)
{
    poly_strbuf out;
    const char *squeezed;

    if (!text)
        return NULL;
    poly_strbuf_init(&out, 16 * 1024);
    poly_text_squeeze(text, strlen(text), &out);
    squeezed = poly_arena_strndup(poly_request_arena(request), poly_strbuf_text(&out), out.size);
    poly_strbuf_release(&out);
    return squeezed;
}

/* POST /api/teachers {username, password, full_name}: the teacher and the user, or neither. */
void post_teacher(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_account account = {.role = POLY_ROLE_TEACHER};
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    account.username = poly_body_text_required(request, body, "username", USERNAME_MAX);
    account.password = poly_body_secret_required(request, body, "password", PASSWORD_MAX);
    account.full_name = squeeze(request, poly_body_text_required(request, body, "full_name", TEACHER_NAME_CHARACTERS));
    if (poly_request_refused(request))
        return;
    poly_account_create(service->accounts, request,
                        &(poly_write_options){.scope = caller_of(request)->actor, .idempotent = true}, &account, create,
                        &account);
}

/* --- DELETE /api/teachers/{id} --- */

static poly_result remove_teacher(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const char *const *id = context;
    teacher removed;
    poly_result result = store_delete_teacher(transaction, write->arena, *id, &removed);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_teacher_unknown;
    if (result == POLY_OK)
        result = poly_account_remove(transaction, write->arena, removed.id, removed.id);
    if (result != POLY_OK)
        return result;
    write->status = 204;
    return poly_audit_add(&write->audit, transaction, "teacher_deleted", removed.id,
                          (const poly_field[]){poly_text_field("full_name", removed.full_name),
                                               poly_text_field("username", removed.username),
                                               {.kind = POLY_FIELD_END}});
}

/* DELETE /api/teachers/{id}: the teacher and the user. Sessions keep the name. */
void delete_teacher(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *id;

    if (read_path_id(request, "id", &problem_teacher_unknown, &id))
        poly_account_delete(service->accounts, request, &(poly_write_options){.scope = caller_of(request)->actor}, id,
                            remove_teacher, &id);
}

/* --- DELETE /api/teachers/{id}/telegram-link --- */

static bool unlink_account(poly_request *request, const teacher *who, poly_sso_user *user)
{
    const traffic_service *service = poly_request_context(request);
    poly_sso_call call = {.arena = poly_request_arena(request), .language = poly_request_language(request)};
    poly_sso_users users;
    poly_result result = poly_sso_users_by_entities(service->sso, &call, POLY_APP_TRAFFIC, &who->id, 1, &users);

    if (result == POLY_OK && users.count == 0)
        result = POLY_NOT_FOUND;
    if (result == POLY_OK)
        result = poly_sso_unlink_telegram(service->sso, &call, users.items[0].id, user);
    if (result == POLY_NOT_FOUND)
        poly_fail(request, &problem_teacher_unknown);
    else if (result != POLY_OK)
        poly_sso_fail(request, &call, result);
    return result == POLY_OK;
}

/* DELETE /api/teachers/{id}/telegram-link: 200 with the teacher, also when none was linked. */
void delete_teacher_telegram_link(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_json_writer writer;
    poly_strbuf body;
    poly_sso_user user;
    poly_audit audit;
    teacher who;
    poly_result result;

    if (!teacher_of_path(request, &who) || !unlink_account(request, &who, &user))
        return;
    poly_audit_begin(&audit, request, caller_of(request)->actor);
    result = poly_audit_record(&audit, service->pg, "teacher_telegram_unlinked", who.id, NULL);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    teacher_write(&writer, &who, &user, true);
    poly_respond_json(request, 200, &body);
}

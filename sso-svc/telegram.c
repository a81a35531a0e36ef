/* SPDX-License-Identifier: MIT */
/* Telegram accounts linked to users, and the tokens that a linked account gets. */
#include "handlers.h"

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "problems.h"
#include "rules.h"
#include "service.h"
#include "store.h"

#define TELEGRAM_TOKEN_SECONDS 3600

struct linking {
    const char *user_id; /* or: */
    const char *entity_id;
    int64_t ruz_teacher_id;
    telegram_account account; /* an id of 0 unlinks */
    const sso_caller *caller;
};

/* The bot is for teachers: a link opens the account to whoever has the Telegram account. */
static bool may_link(const sso_caller *caller, const sso_user *user)
{
    return caller_may_touch(caller, user->app) && (caller->service != WHO_BOT || user->role == POLY_ROLE_TEACHER);
}

static poly_result find_user(poly_pg_transaction *transaction, poly_write *write, const struct linking *linking,
                             sso_user *user)
{
    poly_result result = linking->user_id ? store_lock_user(transaction, write->arena, linking->user_id, user)
                                          : store_lock_teacher(transaction, write->arena, linking->entity_id,
                                                               linking->ruz_teacher_id, user);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_user_unknown;
    if (result == POLY_OK && !may_link(linking->caller, user)) {
        write->problem = &problem_app_forbidden;
        result = POLY_REJECTED;
    }
    return result;
}

static poly_result link_account(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct linking *linking = context;
    const char *event = linking->account.id ? "telegram_linked" : "telegram_unlinked";
    poly_json_writer writer;
    sso_user user;
    poly_result result = find_user(transaction, write, linking, &user);

    if (result == POLY_OK)
        result = store_link_telegram(transaction, write->arena, &user, &linking->account);
    if (result == POLY_CONFLICT)
        write->problem = &problem_telegram_taken;
    if (result != POLY_OK)
        return result;
    poly_json_writer_init(&writer, &write->body);
    user_write(&writer, NULL, &user);
    return poly_audit_add(
        &write->audit, transaction, event, user.id,
        (const poly_field[]){poly_int_field("telegram_id", linking->account.id), {.kind = POLY_FIELD_END}});
}

static void respond_linking(poly_request *request, struct linking *linking)
{
    const sso_service *service = poly_request_context(request);

    linking->caller = caller_of(request);
    poly_write_respond(request, service->pg, &(poly_write_options){.scope = linking->caller->actor}, link_account,
                       linking);
}

static void read_account(poly_request *request, const poly_json *body, telegram_account *account)
{
    account->id = poly_body_int_required(request, body, "telegram_id", 1, TELEGRAM_ID_MAX);
    account->username = poly_body_text(request, body, "telegram_username", TELEGRAM_USERNAME_MAX);
    /* A group's chat has a negative id. */
    account->chat_id = poly_body_int(request, body, "chat_id", -TELEGRAM_ID_MAX, TELEGRAM_ID_MAX, 0);
}

/* A path's id that is no UUID is nobody's. */
static bool read_user_id(poly_request *request, struct linking *linking)
{
    linking->user_id = poly_request_param(request, "id");
    if (poly_uuid_is_valid(linking->user_id))
        return true;
    poly_fail(request, &problem_user_unknown);
    return false;
}

/* POST /api/users/{id}/telegram-link {telegram_id, telegram_username?, chat_id?}. */
void post_telegram_link(poly_request *request)
{
    struct linking linking = {0};
    const poly_json *body;

    if (!read_user_id(request, &linking) || poly_request_json(request, &body) != POLY_OK)
        return;
    read_account(request, body, &linking.account);
    if (!poly_request_refused(request))
        respond_linking(request, &linking);
}

/* DELETE /api/users/{id}/telegram-link. */
void delete_telegram_link(poly_request *request)
{
    struct linking linking = {0};

    if (read_user_id(request, &linking))
        respond_linking(request, &linking);
}

/* POST /api/provision/traffic/teacher-link-telegram {ruz_teacher_id|entity_id, telegram_id, …}. */
void post_teacher_link_telegram(poly_request *request)
{
    struct linking linking = {0};
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    rule_note(request, rule_ruz_teacher_id(poly_json_get(body, "ruz_teacher_id"), &linking.ruz_teacher_id));
    if (poly_body_has(body, "entity_id") || !poly_body_has(body, "ruz_teacher_id"))
        rule_note(request, rule_entity_id(poly_json_get(body, "entity_id"), &linking.entity_id));
    read_account(request, body, &linking.account);
    if (!poly_request_refused(request))
        respond_linking(request, &linking);
}

/* --- POST /api/tokens/telegram --- */

static void respond_token(poly_request *request, const sso_user *user)
{
    sso_service *service = poly_request_context(request);
    poly_access_token claims = user_claims(user, POLY_AUTH_TELEGRAM);
    const char *token;
    poly_json_writer writer;
    poly_strbuf body;
    poly_result result =
        poly_token_sign_access(&service->issuer, &claims, TELEGRAM_TOKEN_SECONDS, poly_request_arena(request), &token);

    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "access token");
        return;
    }
    poly_counter_add(service->metrics.telegram_tokens, 1);
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "access_token", token);
    poly_json_put_text(&writer, "app", poly_app_name(user->app));
    poly_json_put_text(&writer, "role", poly_role_name(user->role));
    poly_json_put_text(&writer, "full_name", user->full_name);
    poly_json_put_text(&writer, "entity_id", user->entity_id);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* POST /api/tokens/telegram {telegram_id}: a token for the traffic user whom that account is linked to. */
void post_telegram_token(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    const poly_app app = POLY_APP_TRAFFIC;
    poly_audit audit;
    const poly_json *body;
    int64_t telegram_id;
    sso_user user;
    poly_result result;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    telegram_id = poly_body_int_required(request, body, "telegram_id", 1, TELEGRAM_ID_MAX);
    if (poly_request_refused(request))
        return;
    result = store_user_by_telegram(service->pg, poly_request_arena(request), telegram_id, &app, &user);
    if (result == POLY_NOT_FOUND) {
        poly_fail(request, &problem_telegram_unknown);
        return;
    }
    poly_audit_begin(&audit, request, caller_of(request)->actor);
    if (result == POLY_OK)
        result = poly_audit_record(&audit, service->pg, user.is_active ? "telegram_token_issued" : "telegram_refused",
                                   user.id, NULL);
    if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    else if (user.is_active)
        respond_token(request, &user);
    else
        poly_fail(request, &problem_user_disabled);
}

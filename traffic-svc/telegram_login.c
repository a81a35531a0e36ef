/* SPDX-License-Identifier: MIT */
/* Teachers who come from the Telegram mini-app. */
#include "handlers.h"

#include <string.h>

#include "poly/log.h"
#include "poly/random.h"

#include "problems.h"
#include "service.h"
#include "store.h"
#include "telegram_init_data.h"

static void refuse_identity(poly_request *request, const poly_problem *problem)
{
    poly_respond_header(request, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    poly_fail(request, problem);
}

/* False when it has been answered. */
static bool read_account(poly_request *request, const char *init_data, telegram_account *account)
{
    const traffic_service *service = poly_request_context(request);
    const telegram_rules rules = {.bot_token = service->config->telegram_bot_token,
                                  .now = poly_time_unix(),
                                  .max_age_seconds = service->config->telegram_auth_max_age_seconds};
    telegram_verdict verdict;

    if (!*rules.bot_token) {
        refuse_identity(request, &problem_telegram_refused);
        return false;
    }
    verdict = telegram_check(poly_slice_of(init_data), &rules, poly_request_arena(request), account);
    if (verdict == TELEGRAM_GENUINE)
        return true;
    poly_log(POLY_LOG_INFO, "telegram login refused", poly_text_field("reason", telegram_verdict_name(verdict)));
    refuse_identity(request, verdict == TELEGRAM_EXPIRED ? &problem_telegram_expired : &problem_telegram_refused);
    return false;
}

static void refuse(poly_request *request, const poly_sso_call *call, poly_result result)
{
    if (result == POLY_NOT_FOUND)
        refuse_identity(request, &problem_telegram_unlinked);
    else if (result == POLY_REJECTED && call->refusal.status == 403)
        poly_fail(request, &problem_teacher_disabled);
    else
        poly_sso_fail(request, call, result);
}

/* A teacher whom we know, too. False when it has been answered. */
static bool is_teacher(poly_request *request, const poly_sso_token *token)
{
    const traffic_service *service = poly_request_context(request);
    poly_result result = POLY_NOT_FOUND;
    teacher who;

    if (token->app == POLY_APP_TRAFFIC && token->role == POLY_ROLE_TEACHER && token->entity_id &&
        poly_uuid_is_valid(token->entity_id))
        result = store_live_teacher(service->pg, poly_request_arena(request), token->entity_id, &who);
    if (result == POLY_NOT_FOUND)
        poly_fail(request, &problem_not_teacher);
    else if (result != POLY_OK)
        poly_fail_dependency(request, result, "postgresql");
    return result == POLY_OK;
}

static void respond_token(poly_request *request, const poly_sso_token *token)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, 32 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "access_token", token->access_token);
    poly_json_put_text(&writer, "app", poly_app_name(token->app));
    poly_json_put_text(&writer, "role", poly_role_name(token->role));
    poly_json_put_text(&writer, "full_name", token->full_name);
    poly_json_put_text(&writer, "entity_id", token->entity_id);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* POST /api/auth/telegram-login {init_data}. */
void post_telegram_login(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_sso_call call = {.arena = poly_request_arena(request), .language = poly_request_language(request)};
    telegram_account account;
    poly_sso_token token;
    const poly_json *body;
    const char *init_data;
    poly_result result;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    init_data = poly_body_secret_required(request, body, "init_data", TELEGRAM_INIT_DATA_MAX);
    if (poly_request_refused(request) || !read_account(request, init_data, &account))
        return;
    result = poly_sso_telegram_token(service->sso, &call, account.id, &token);
    if (result != POLY_OK)
        refuse(request, &call, result);
    else if (is_teacher(request, &token))
        respond_token(request, &token);
}

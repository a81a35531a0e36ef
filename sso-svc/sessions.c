/* SPDX-License-Identifier: MIT */
/* One's own token and sessions, and the keys that others check tokens with. */
#include "handlers.h"

#include "poly/random.h"
#include "poly/write.h"

#include "caller.h"
#include "problems.h"
#include "service.h"
#include "store.h"

static void write_claims(poly_json_writer *writer, const poly_access_token *token)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "sub", token->user_id);
    poly_json_put_text(writer, "username", token->username);
    poly_json_put_text(writer, "full_name", token->full_name);
    poly_json_put_text(writer, "app", poly_app_name(token->app));
    poly_json_put_text(writer, "role", poly_role_name(token->role));
    poly_json_put_text(writer, "entity_id", token->entity_id);
    poly_json_put_text(writer, "auth_source", poly_auth_source_name(token->auth_source));
    if (token->telegram_id)
        poly_json_put_int(writer, "telegram_id", token->telegram_id);
    poly_access_write_base(writer, &token->base);
    poly_json_end_object(writer);
}

/* GET /api/auth/me: the token's claims. */
void get_me(poly_request *request)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    write_claims(&writer, caller_of(request)->token);
    poly_respond_json(request, 200, &body);
}

static void write_session(poly_json_writer *writer, const live_session *session)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "id", session->id);
    poly_json_put_text(writer, "address", session->address);
    poly_json_put_text(writer, "user_agent", session->user_agent);
    poly_json_put_text(writer, "created_at", session->created_at);
    poly_json_put_text(writer, "last_used_at", session->last_used_at);
    poly_json_put_text(writer, "expires_at", session->expires_at);
    poly_json_end_object(writer);
}

/* GET /api/auth/sessions: an array, the latest login first. */
void get_sessions(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    live_session *sessions;
    poly_json_writer writer;
    poly_strbuf body;
    size_t count;
    poly_result result = store_list_sessions(service->pg, poly_request_arena(request),
                                             caller_of(request)->token->user_id, &sessions, &count);

    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, 1 << 20);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_array(&writer, NULL);
    for (size_t i = 0; i < count; i++)
        write_session(&writer, &sessions[i]);
    poly_json_end_array(&writer);
    poly_respond_json(request, 200, &body);
}

static poly_result end_session(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    poly_request *request = context;
    const char *session_id = poly_request_param(request, "id");
    const char *user_id = caller_of(request)->token->user_id;
    poly_result result = store_end_session(transaction, write->arena, session_id, user_id, "ended_by_user");

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_session_unknown;
    if (result != POLY_OK)
        return result;
    poly_strbuf_append_text(&write->body, "{\"status\":\"ended\"}");
    return poly_audit_add(&write->audit, transaction, "session_ended", user_id,
                          (const poly_field[]){poly_text_field("session_id", session_id), {.kind = POLY_FIELD_END}});
}

/* DELETE /api/auth/sessions/{id}: one of one's own; its refresh token is worth nothing from then on. */
void delete_session(poly_request *request)
{
    const sso_service *service = poly_request_context(request);

    if (poly_uuid_is_valid(poly_request_param(request, "id")))
        poly_write_respond(request, service->pg, &(poly_write_options){.scope = caller_of(request)->actor}, end_session,
                           request);
    else
        poly_fail(request, &problem_session_unknown);
}

/* GET /.well-known/jwks.json. */
void get_keys(poly_request *request)
{
    const sso_service *service = poly_request_context(request);

    poly_jwks_respond(request, poly_key_directory_keys(service->keys));
}

/* SPDX-License-Identifier: MIT */
/* Telegram accounts linked to users, and the tokens that they get. */
#include "clients/sso_call.h"

#define BODY_MAX ((size_t)8 << 10)

/* The members of an object that has been begun. */
static void write_account(poly_json_writer *writer, const poly_sso_telegram *account)
{
    poly_json_put_int(writer, "telegram_id", account->id);
    if (account->username)
        poly_json_put_text(writer, "telegram_username", account->username);
    if (account->chat_id)
        poly_json_put_int(writer, "chat_id", account->chat_id);
}

static const char *link_path(poly_sso_call *call, const char *user_id)
{
    return poly_arena_printf(call->arena, "/api/users/%s/telegram-link", sso_encode(call->arena, user_id));
}

/* `body` is sent and released. */
static poly_result post(poly_sso_client *client, poly_sso_call *call, const char *path, poly_strbuf *body,
                        answer_reader *read, void *out)
{
    poly_result result = sso_ask(
        client, call,
        &(struct sso_question){.method = POLY_POST, .path = path, .body = body, .read = out ? read : NULL, .out = out});

    poly_strbuf_release(body);
    return result;
}

poly_result poly_sso_link_telegram(poly_sso_client *client, poly_sso_call *call, const char *user_id,
                                   const poly_sso_telegram *account, poly_sso_user *user)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, BODY_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    write_account(&writer, account);
    poly_json_end_object(&writer);
    return post(client, call, link_path(call, user_id), &body, sso_read_user, user);
}

poly_result poly_sso_unlink_telegram(poly_sso_client *client, poly_sso_call *call, const char *user_id,
                                     poly_sso_user *user)
{
    return sso_ask(
        client, call,
        &(struct sso_question){
            .method = POLY_DELETE, .path = link_path(call, user_id), .read = user ? sso_read_user : NULL, .out = user});
}

poly_result poly_sso_link_teacher_telegram(poly_sso_client *client, poly_sso_call *call, const char *entity_id,
                                           int64_t ruz_teacher_id, const poly_sso_telegram *account,
                                           poly_sso_user *user)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, BODY_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    if (entity_id)
        poly_json_put_text(&writer, "entity_id", entity_id);
    else
        poly_json_put_int(&writer, "ruz_teacher_id", ruz_teacher_id);
    write_account(&writer, account);
    poly_json_end_object(&writer);
    return post(client, call, "/api/provision/traffic/teacher-link-telegram", &body, sso_read_user, user);
}

/* --- tokens --- */

static poly_result read_token(const poly_json *document, poly_arena *arena, void *out)
{
    poly_sso_token *token = out;
    bool is_whole = sso_read_text(document, "access_token", false, arena, &token->access_token) &&
                    sso_read_app_and_role(document, &token->app, &token->role) &&
                    sso_read_text(document, "full_name", false, arena, &token->full_name) &&
                    sso_read_text(document, "entity_id", true, arena, &token->entity_id);

    return is_whole ? POLY_OK : POLY_BAD_ANSWER;
}

poly_result poly_sso_telegram_token(poly_sso_client *client, poly_sso_call *call, int64_t telegram_id,
                                    poly_sso_token *token)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, BODY_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "telegram_id", telegram_id);
    poly_json_end_object(&writer);
    return post(client, call, "/api/tokens/telegram", &body, read_token, token);
}

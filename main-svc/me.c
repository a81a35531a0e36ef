/* SPDX-License-Identifier: MIT */
/* One's own token, its end, and the keys that others check tokens with. */
#include "handlers.h"

#include "poly/access.h"

#include "caller.h"
#include "service.h"
#include "session.h"

static void write_claims(poly_json_writer *writer, const poly_student_token *token)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "sub", token->student_id);
    poly_json_put_text(writer, "email", token->email);
    poly_json_put_text(writer, "name", token->name);
    poly_json_put_text(writer, "study_group_str", token->study_group);
    poly_json_put_text(writer, "grade_book_number", token->grade_book_number);
    poly_json_put_text(writer, "faculty_abbr", token->faculty_abbr);
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
    write_claims(&writer, caller_student(request));
    poly_respond_json(request, 200, &body);
}

/* POST /api/auth/logout: wipes what was kept for the session. */
void post_logout(poly_request *request)
{
    main_service *service = poly_request_context(request);
    poly_result result = password_vault_remove(service->vault, caller_student(request)->base.id);
    poly_json_writer writer;
    poly_strbuf body;

    if (result != POLY_OK) {
        session_store_fail(request, result);
        return;
    }
    poly_strbuf_init(&body, 64);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "status", "ok");
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* GET /.well-known/jwks.json. */
void get_keys(poly_request *request)
{
    const main_service *service = poly_request_context(request);

    poly_jwks_respond(request, poly_key_directory_keys(service->keys));
}

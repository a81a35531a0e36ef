/* SPDX-License-Identifier: MIT */
#include "cas.h"

#include "poly/log.h"

#include "cas_answer.h"

enum { MAX_PATH = 8192 };

/* NULL when the two are too long for a request. */
static const char *validation_path(const cas_site *cas, const char *ticket, const char *service_url, poly_arena *arena)
{
    const char *path = NULL;
    poly_strbuf text;

    poly_strbuf_init(&text, MAX_PATH);
    poly_strbuf_printf(&text, "%s?service=", cas->validate_path);
    poly_url_encode(service_url, &text);
    poly_strbuf_append_text(&text, "&ticket=");
    poly_url_encode(ticket, &text);
    if (!text.overflowed)
        path = poly_arena_strdup(arena, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    return path;
}

poly_result cas_validate(const cas_site *cas, const char *ticket, const char *service_url, poly_arena *arena,
                         student_profile *student)
{
    const char *path = validation_path(cas, ticket, service_url, arena);
    web_session session;
    const char *code;
    poly_result result;

    if (!path)
        return POLY_REJECTED;
    web_session_init(&session, &cas->site, arena);
    result = web_session_get(&session, path);
    if (result != POLY_OK)
        return result;
    if (session.page.status != 200)
        return POLY_BAD_ANSWER;
    result = cas_answer_read(session.page.body, arena, student, &code);
    if (result != POLY_OK)
        poly_log(result == POLY_REJECTED ? POLY_LOG_INFO : POLY_LOG_ERROR, "CAS did not validate a ticket",
                 poly_text_field("result", poly_result_name(result)), poly_text_field("code", code));
    return result;
}

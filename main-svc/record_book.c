/* SPDX-License-Identifier: MIT */
#include "record_book.h"

#include <string.h>

#include "poly/log.h"

#include "login_form.h"

static poly_result not_understood(const char *what)
{
    poly_log(POLY_LOG_ERROR, "a page of the record-book site is not understood", poly_text_field("page", what));
    return POLY_BAD_ANSWER;
}

static bool find_form(const web_session *session, login_form *form)
{
    return session->page.status == 200 && login_form_find(session->page.body, session->arena, form) &&
           login_form_hidden(form, "csrfmiddlewaretoken");
}

static poly_result sign_in(web_session *session, const char *username, const char *password)
{
    login_form form;
    poly_result result = web_session_get(session, "/login/");

    if (result != POLY_OK)
        return result;
    if (!find_form(session, &form))
        return not_understood("the login form");
    /* Where the redirect behind the login leads to is of no interest. */
    result = web_session_post(session, form.action, login_form_fill(&form, username, password, session->arena), false);
    if (result != POLY_OK)
        return result;
    if (cookie_jar_get(&session->cookies, "sessionid"))
        return POLY_OK;
    return find_form(session, &form) ? POLY_REJECTED : not_understood("behind the login");
}

poly_result record_book_fetch(const web_site *site, const char *username, const char *password, poly_arena *arena,
                              record_book *book)
{
    web_session session;
    poly_result result;

    web_session_init(&session, site, arena);
    result = sign_in(&session, username, password);
    if (result == POLY_OK)
        result = web_session_get(&session, "/api/record-book/");
    if (result != POLY_OK)
        return result;
    if (session.page.status != 200)
        return not_understood("the record book");
    result = record_book_read(session.page.body, arena, book);
    return result == POLY_OK ? result : not_understood("the record book");
}

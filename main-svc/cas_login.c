/* SPDX-License-Identifier: MIT */
#include "cas.h"

#include "poly/log.h"

#include "cas_page.h"

static poly_result not_understood(const char *what)
{
    poly_log(POLY_LOG_ERROR, "a page of CAS is not understood", poly_text_field("page", what));
    return POLY_BAD_ANSWER;
}

/* The page behind the form. The same form again is how CAS says that the password is wrong. */
static poly_result read_outcome(const web_session *session, student_profile *student)
{
    login_form again;

    if (session->page.status == 200 && cas_page_read_profile(session->page.body, session->arena, student))
        return POLY_OK;
    if (session->page.status == 401 || cas_page_find_form(session->page.body, session->arena, &again))
        return POLY_REJECTED;
    if (session->page.status == 429)
        return POLY_UNAVAILABLE;
    return not_understood("behind the login");
}

poly_result cas_log_in(const cas_site *cas, const char *username, const char *password, poly_arena *arena,
                       student_profile *student)
{
    web_session session;
    login_form form;
    poly_result result;

    web_session_init(&session, &cas->site, arena);
    result = web_session_get(&session, "/login");
    if (result != POLY_OK)
        return result;
    if (session.page.status != 200 || !cas_page_find_form(session.page.body, arena, &form))
        return not_understood("the login form");
    result = web_session_post(&session, form.action, login_form_fill(&form, username, password, arena), true);
    return result == POLY_OK ? read_outcome(&session, student) : result;
}

/* SPDX-License-Identifier: MIT */
/* The login by CAS's own page: the browser is sent there and comes back with a ticket. */
#include "handlers.h"

#include <string.h>

#include "poly/log.h"
#include "poly/time.h"

#include "login_failure.h"
#include "login_state.h"
#include "problems.h"
#include "session.h"

enum { TICKET_MAX = 512, URL_MAX = 8192 };

static main_service *service_of(poly_request *request)
{
    return poly_request_context(request);
}

static bool is_secure(const main_config *config)
{
    return strncmp(config->cas_service_url, "https://", 8) == 0;
}

/* Answers 404 where this way in is not configured. */
static bool is_on(poly_request *request)
{
    const main_config *config = service_of(request)->config;

    if (*config->cas_service_url && *config->frontend_url)
        return true;
    poly_fail(request, &problem_redirect_off);
    return false;
}

/* Where CAS sends the browser back to; it must be told the same again when the ticket is validated. */
static const char *service_url(poly_request *request, const char *state)
{
    const char *url = service_of(request)->config->cas_service_url;

    return poly_arena_printf(poly_request_arena(request), "%s%cstate=%s", url, strchr(url, '?') ? '&' : '?', state);
}

static void redirect(poly_request *request, const char *location)
{
    poly_respond_header(request, "Location", location);
    poly_respond_empty(request, 302);
}

/* One that is on its way already, in another tab, stays good. */
static const char *present_state(poly_request *request)
{
    const main_config *config = service_of(request)->config;
    const char *state = login_state_from_cookies(poly_request_header(request, "Cookie"), is_secure(config),
                                                 poly_request_arena(request));

    return login_state_holds(state, state, poly_time_unix()) ? state : NULL;
}

/* GET /api/auth/login: to CAS. */
void get_login(poly_request *request)
{
    poly_arena *arena = poly_request_arena(request);
    const main_config *config = service_of(request)->config;
    char made[LOGIN_STATE_SIZE];
    const char *state;
    poly_strbuf location;

    if (!is_on(request))
        return;
    state = present_state(request);
    if (!state) {
        login_state_make(poly_time_unix(), made);
        state = made;
    }
    poly_respond_header(request, "Set-Cookie", login_state_set_cookie(state, is_secure(config), arena));
    poly_strbuf_init(&location, URL_MAX);
    poly_strbuf_printf(&location, "%s/login?service=", config->cas_server);
    poly_url_encode(service_url(request, state), &location);
    redirect(request, poly_arena_strdup(arena, poly_strbuf_text(&location)));
    poly_strbuf_release(&location);
}

static void fail(poly_request *request, poly_result result)
{
    login_failed(request, LOGIN_BY_TICKET, login_failure_outcome(result),
                 login_failure_reason(LOGIN_BY_TICKET, result));
    if (result == POLY_REJECTED) {
        poly_respond_header(request, "WWW-Authenticate", "Bearer realm=\"main-svc\"");
        poly_fail(request, &problem_ticket_refused);
    } else if (result == POLY_BAD_ANSWER) {
        poly_fail(request, &problem_cas_not_understood);
    } else {
        poly_fail_dependency(request, result, "cas");
    }
}

/* The token goes behind "#", which browsers send to nobody. */
static void succeed(poly_request *request, const student_profile *student)
{
    const char *front = service_of(request)->config->frontend_url;
    const char *host = strstr(front, "://");
    bool has_path = strchr(host ? host + 3 : front, '/') != NULL;
    const char *session_id;
    const char *token = session_token(request, student, &session_id);

    if (!token)
        return;
    poly_counter_add(service_of(request)->metrics.logins[LOGIN_BY_TICKET][LOGIN_OK], 1);
    poly_log(POLY_LOG_INFO, "a student logged in", poly_text_field("student_id", student->id),
             poly_text_field("way", "ticket"));
    redirect(request,
             poly_arena_printf(poly_request_arena(request), "%s%s#token=%s", front, has_path ? "" : "/", token));
}

/* The state is over, whatever comes of the ticket. */
static bool check_state(poly_request *request, const char *state)
{
    poly_arena *arena = poly_request_arena(request);
    bool secure = is_secure(service_of(request)->config);
    const char *cookie = login_state_from_cookies(poly_request_header(request, "Cookie"), secure, arena);

    poly_respond_header(request, "Set-Cookie", login_state_set_cookie(NULL, secure, arena));
    if (login_state_holds(cookie, state, poly_time_unix()))
        return true;
    login_failed(request, LOGIN_BY_TICKET, LOGIN_STATE, "state_invalid");
    poly_fail(request, &problem_state_wrong);
    return false;
}

/* GET /api/auth/callback?ticket=&state=: from CAS. */
void get_callback(poly_request *request)
{
    const char *ticket, *state;
    student_profile student;
    poly_result result;

    if (!is_on(request))
        return;
    ticket = poly_query_text_required(request, "ticket", TICKET_MAX);
    state = poly_query_text(request, "state", LOGIN_STATE_SIZE);
    if (poly_request_refused(request) || !check_state(request, state))
        return;
    result = cas_validate(&service_of(request)->cas, ticket, service_url(request, state), poly_request_arena(request),
                          &student);
    if (result == POLY_OK)
        succeed(request, &student);
    else
        fail(request, result);
}

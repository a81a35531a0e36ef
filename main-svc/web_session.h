/* SPDX-License-Identifier: MIT */
/*
 * A conversation with a web site as a browser leads it: cookies are kept, redirects within the site are followed, to a
 * limit. Never further than the site's own origin, and nothing is sent twice. On the fiber of the request.
 */
#ifndef MAIN_WEB_SESSION_H
#define MAIN_WEB_SESSION_H

#include "poly/httpc.h"

#include "cookie_jar.h"

typedef struct web_site {
    poly_arena *arena;
    poly_httpc *client;
    const char *origin;
    const char *base; /* path that the site's own paths are below; "" or "/cas" */
} web_site;

/* `name` is static: for log and metrics. */
void web_site_init(web_site *site, const char *name, const char *url, unsigned deadline_ms);
void web_site_release(web_site *site); /* after poly_runtime_stop; takes one that is all zero */

typedef struct web_session {
    const web_site *site;
    poly_arena *arena; /* for everything that comes of the conversation */
    cookie_jar cookies;
    const char *path; /* of the page that the last answer is of */
    poly_httpc_response page;
} web_session;

void web_session_init(web_session *session, const web_site *site, poly_arena *arena);

/*
 * GET of a path below the site's base, or POST of a filled-in form to what its `action` says on the present page. The
 * answer, behind the redirects if `follow`, is `page`, of any status below 500.
 *
 * POLY_BAD_ANSWER: a redirect to elsewhere or without an end, or cookies that do not fit. Else as poly_httpc_call.
 */
poly_result web_session_get(web_session *session, const char *path) POLY_MUST_CHECK;
poly_result web_session_post(web_session *session, const char *action, poly_slice form, bool follow) POLY_MUST_CHECK;

#endif

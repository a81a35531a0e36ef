/* SPDX-License-Identifier: MIT */
#include "web_session.h"

#include "poly/log.h"

#include "site_path.h"

enum { MAX_REDIRECTS = 5, MAX_PAGE = 1024 * 1024 };

void web_site_init(web_site *site, const char *name, const char *url, unsigned deadline_ms)
{
    site->arena = poly_arena_create(0);
    site_path_split(url, site->arena, &site->origin, &site->base);
    site->client = poly_httpc_create(&(poly_httpc_options){
        .name = name,
        .base_url = site->origin,
        .deadline_ms = deadline_ms,
        .max_body = MAX_PAGE,
    });
}

void web_site_release(web_site *site)
{
    poly_httpc_destroy(&site->client);
    poly_arena_destroy(&site->arena);
}

void web_session_init(web_session *session, const web_site *site, poly_arena *arena)
{
    *session = (web_session){.site = site, .arena = arena, .path = "/"};
}

static poly_result refuse(const web_session *session, const char *why)
{
    poly_log(POLY_LOG_WARNING, "a site's answer cannot be followed", poly_text_field("site", session->site->origin),
             poly_text_field("why", why));
    return POLY_BAD_ANSWER;
}

static poly_result take_cookies(web_session *session)
{
    const char *set_cookie;

    for (size_t i = 0; (set_cookie = poly_httpc_header(&session->page, "Set-Cookie", i)); i++)
        if (!cookie_jar_take(&session->cookies, set_cookie, session->arena))
            return refuse(session, "too many cookies, or too long ones");
    return POLY_OK;
}

static poly_result exchange(web_session *session, poly_method method, const char *path, poly_slice form)
{
    const char *headers[4] = {"Accept: text/html,application/xhtml+xml,application/json;q=0.9"};
    const poly_httpc_request request = {
        .method = method,
        .path = path,
        .headers = headers,
        .content_type = method == POLY_POST ? "application/x-www-form-urlencoded" : NULL,
        .body = form,
        .secret = method == POLY_POST,
    };
    size_t count = 1;
    poly_result result;

    headers[count] = cookie_jar_field(&session->cookies, session->arena);
    if (headers[count])
        count++;
    if (method == POLY_POST) /* some sites want to see where a form comes from */
        headers[count++] = poly_arena_printf(session->arena, "Referer: %s%s", session->site->origin, session->path);
    headers[count] = NULL;
    result = poly_httpc_call(session->site->client, &request, session->arena, &session->page);
    if (result != POLY_OK)
        return result;
    session->path = path;
    return take_cookies(session);
}

static bool is_redirect(const poly_httpc_response *page)
{
    return page->status == 301 || page->status == 302 || page->status == 303 || page->status == 307 ||
           page->status == 308;
}

static poly_result follow(web_session *session)
{
    for (unsigned i = 0; is_redirect(&session->page); i++) {
        const char *location = poly_httpc_header(&session->page, "Location", 0);
        const char *path;
        poly_result result;

        if (i == MAX_REDIRECTS)
            return refuse(session, "redirects without an end");
        path = location ? site_path_resolve(session->site->origin, session->path, location, session->arena) : NULL;
        if (!path)
            return refuse(session, "a redirect to another site");
        /* 307 and 308 would have the form sent again: once is enough. */
        result = exchange(session, POLY_GET, path, (poly_slice){0});
        if (result != POLY_OK)
            return result;
    }
    return POLY_OK;
}

poly_result web_session_get(web_session *session, const char *path)
{
    const char *whole = poly_arena_printf(session->arena, "%s%s", session->site->base, path);
    poly_result result = exchange(session, POLY_GET, whole, (poly_slice){0});

    return result == POLY_OK ? follow(session) : result;
}

poly_result web_session_post(web_session *session, const char *action, poly_slice form, bool follows)
{
    const char *path = site_path_resolve(session->site->origin, session->path, action, session->arena);
    poly_result result;

    if (!path)
        return refuse(session, "a form that goes to another site");
    result = exchange(session, POLY_POST, path, form);
    return result == POLY_OK && follows ? follow(session) : result;
}

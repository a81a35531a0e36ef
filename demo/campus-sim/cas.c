/* SPDX-License-Identifier: MIT */
/*
 * CAS, made after Apereo CAS 6: a login form with an execution token that belongs to the session's cookie, the cookie
 * of a sign-in (TGC), service tickets, and their validation (CAS protocol 3.0, sections 2.1, 2.2, 2.5 and 2.8).
 */
#include "exchange.h"
#include "site.h"
#include "student.h"

#include "poly/httpc.h"
#include "poly/random.h"

#include <stdio.h>
#include <string.h>

#define DEADLINE_MS (3600u * 1000u)
#define HTML        "text/html;charset=UTF-8"
#define MAX_SERVICE 2048

static const char other_layout_page[] =
    "<!DOCTYPE html>\n<html lang=\"ru\"><head><meta charset=\"utf-8\"><title>Единый вход</title>"
    "<script src=\"/cas/app.js\" defer></script></head>\n<body><div id=\"app\" "
    "data-flow=\"e1s1\"></div></body></html>\n";

static struct simulator *simulator_of(poly_request *request)
{
    return poly_request_context(request);
}

/* --- the session: a cookie, and the execution token that goes with it --- */

static const char *session_of(poly_request *request)
{
    const char *session = site_marked(request, "session", site_cookie(request, "JSESSIONID"));
    char id[POLY_UUID_SIZE], mark[SITE_MARK_SIZE];

    if (session)
        return session;
    poly_uuid_make(id);
    site_mark("session", id, mark);
    poly_respond_header(
        request, "Set-Cookie",
        poly_arena_printf(poly_request_arena(request), "JSESSIONID=%s.%s; Path=/cas; HttpOnly", id, mark));
    return poly_arena_strdup(poly_request_arena(request), id);
}

static void put_execution(poly_request *request, poly_strbuf *out)
{
    char id[POLY_UUID_SIZE], mark[SITE_MARK_SIZE];

    poly_uuid_make(id);
    site_mark("execution", poly_arena_printf(poly_request_arena(request), "%s/%s", session_of(request), id), mark);
    poly_strbuf_printf(out, "%s_%s", id, mark);
}

static bool execution_is_ours(poly_request *request, const char *execution)
{
    const char *session = site_marked(request, "session", site_cookie(request, "JSESSIONID"));
    const char *underscore = strchr(execution, '_');
    char mark[SITE_MARK_SIZE];

    if (!session || !underscore)
        return false;
    site_mark(
        "execution",
        poly_arena_printf(poly_request_arena(request), "%s/%.*s", session, (int)(underscore - execution), execution),
        mark);
    return strcmp(mark, underscore + 1) == 0;
}

/* --- pages --- */

static void begin_page(const char *title, poly_strbuf *out)
{
    poly_strbuf_printf(out,
                       "<!DOCTYPE html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"UTF-8\"/>\n"
                       "<title>%s - CAS Центральная служба аутентификации</title>\n"
                       "<!-- <input type=\"hidden\" name=\"execution\" value=\"a comment is no field\"/> -->\n"
                       "<script>var form = '<input name=\"execution\" value=\"nor is a script\">';</script>\n"
                       "</head>\n<body class=\"login mdc-typography\">\n<main role=\"main\" class=\"container\">\n",
                       title);
}

static void end_page(poly_strbuf *out)
{
    poly_strbuf_append_text(out, "</main>\n<footer class=\"cas-footer\"><a href=\"https://github.com/apereo/cas\">"
                                 "Powered by CAS</a></footer>\n</body>\n</html>\n");
}

static void put_form(poly_request *request, const char *service, const char *error, poly_strbuf *out)
{
    begin_page("Вход", out);
    if (error)
        poly_strbuf_printf(out, "<div id=\"loginErrorsPanel\" class=\"banner banner-danger\"><p>%s</p></div>\n", error);
    poly_strbuf_append_text(out, "<form method=\"post\" id=\"fm1\" action=\"login");
    if (*service) {
        poly_strbuf_append_text(out, "?service=");
        poly_url_encode(service, out);
    }
    poly_strbuf_append_text(
        out, "\">\n"
             "<label for=\"username\">Имя пользователя:</label>\n"
             "<input class=\"mdc-text-field__input\" id=\"username\" size=\"25\" type=\"text\" autocapitalize=\"none\" "
             "spellcheck=\"false\" autocomplete=\"username\" required name=\"username\" value=\"\"/>\n"
             "<label for=\"password\">Пароль:</label>\n"
             "<input class=\"mdc-text-field__input pwd\" type=\"password\" id=\"password\" size=\"25\" "
             "autocomplete=\"off\" required name=\"password\" value=\"\"/>\n"
             "<input type=\"hidden\" name=\"execution\" value=\"");
    put_execution(request, out);
    poly_strbuf_append_text(out, "\"/>\n<input type=\"hidden\" name=\"_eventId\" value=\"submit\"/>\n"
                                 "<input type=\"hidden\" name=\"geolocation\"/>\n"
                                 "<button class=\"mdc-button mdc-button--raised\" name=\"submitBtn\" accesskey=\"l\" "
                                 "type=\"submit\">Войти</button>\n</form>\n");
    end_page(out);
}

/* The profile as JSON inside a script element: "<" is written so that it cannot end the element. */
static void put_profile(const campus_student *student, poly_strbuf *out)
{
    poly_json_writer writer;
    poly_strbuf json;

    poly_strbuf_init(&json, 4096);
    poly_json_writer_init(&writer, &json);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "login", student->login);
    poly_json_put_text(&writer, "student_id", student->id);
    poly_json_put_text(&writer, "name", student->full_name);
    poly_json_put_text(&writer, "email", student->email);
    poly_json_put_text(&writer, "study_group_str", student->group->name);
    poly_json_put_text(&writer, "grade_book_number", student->grade_book_number);
    poly_json_put_text(&writer, "faculty_abbr", campus_faculties[student->group->faculty].abbr);
    poly_json_end_object(&writer);
    for (const char *at = poly_strbuf_text(&json); *at; at++) {
        if (*at == '<')
            poly_strbuf_append_text(out, "\\u003c");
        else
            poly_strbuf_append_char(out, *at);
    }
    poly_strbuf_release(&json);
}

static void put_success(const campus_student *student, poly_strbuf *out)
{
    begin_page("Успешный вход", out);
    poly_strbuf_append_text(out, "<div id=\"content\"><h1>Вход выполнен</h1>\n<p>Вы, <strong>");
    site_escape(student->login, out);
    poly_strbuf_append_text(out, "</strong>, успешно вошли в систему.</p>\n"
                                 "<script id=\"profile\" type=\"application/json\">");
    put_profile(student, out);
    poly_strbuf_append_text(out, "</script>\n</div>\n");
    end_page(out);
}

/* --- signing in --- */

static bool signed_in(poly_request *request, campus_student *student)
{
    const char *login = site_marked(request, "tgc", site_cookie(request, "TGC"));

    return login && student_find(simulator_of(request)->campus, login, student);
}

static void sign_in(poly_request *request, const campus_student *student)
{
    char mark[SITE_MARK_SIZE];

    site_mark("tgc", student->login, mark);
    poly_respond_header(request, "Set-Cookie",
                        poly_arena_printf(poly_request_arena(request), "TGC=%s.%s; Path=/cas/; HttpOnly; SameSite=Lax",
                                          student->login, mark));
}

static int send_to_service(poly_request *request, const campus_student *student, const char *service)
{
    char ticket[TICKET_SIZE];

    ticket_table_issue(simulator_of(request)->tickets, student->login, service, ticket);
    poly_respond_header(request, "Location",
                        poly_arena_printf(poly_request_arena(request), "%s%cticket=%s", service,
                                          strchr(service, '?') ? '&' : '?', ticket));
    return 302;
}

/* A service is where browsers are sent: no other scheme, nothing that a header cannot carry. */
static const char *service_of(poly_request *request)
{
    const char *service = poly_request_query(request, "service");

    if (!service || strlen(service) > MAX_SERVICE ||
        (strncmp(service, "http://", 7) != 0 && strncmp(service, "https://", 8) != 0))
        return "";
    for (const char *at = service; *at; at++)
        if (*at <= ' ' || *at > '~')
            return "";
    return service;
}

static int answer_signed_in(poly_request *request, const campus_student *student, poly_strbuf *out)
{
    const char *service = service_of(request);

    if (*service)
        return send_to_service(request, student, service);
    put_success(student, out);
    return 200;
}

static int show_login(poly_request *request, bool other_layout, poly_strbuf *out)
{
    campus_student student;

    if (other_layout) {
        poly_strbuf_append_text(out, other_layout_page);
        return 200;
    }
    if (signed_in(request, &student))
        return answer_signed_in(request, &student, out);
    put_form(request, service_of(request), NULL, out);
    return 200;
}

static int take_login(poly_request *request, bool other_layout, poly_strbuf *out)
{
    campus_student student;

    if (other_layout) {
        poly_strbuf_append_text(out, other_layout_page);
        return 200;
    }
    if (!execution_is_ours(request, site_form_value(request, "execution")) ||
        strcmp(site_form_value(request, "_eventId"), "submit") != 0) {
        poly_respond_header(request, "Location", "/cas/login");
        return 302;
    }
    if (!student_find(simulator_of(request)->campus, site_form_value(request, "username"), &student) ||
        !student_has_password(&student, simulator_of(request)->config->student_password,
                              site_form_value(request, "password"))) {
        put_form(request, service_of(request), "Неверное имя пользователя или пароль.", out);
        return 401;
    }
    sign_in(request, &student);
    return answer_signed_in(request, &student, out);
}

static int show_logout(poly_request *request, bool other_layout, poly_strbuf *out)
{
    (void)other_layout;
    poly_respond_header(request, "Set-Cookie", "TGC=; Path=/cas/; Max-Age=0; HttpOnly");
    begin_page("Выход", out);
    poly_strbuf_append_text(out, "<div id=\"content\"><h1>Выход выполнен</h1></div>\n");
    end_page(out);
    return 200;
}

/* --- validation --- */

static void put_failure(const char *code, const char *text, const char *ticket, poly_strbuf *out)
{
    poly_strbuf_printf(out, "    <cas:authenticationFailure code=\"%s\">%s", code, text);
    site_escape(ticket, out);
    poly_strbuf_append_text(out, "</cas:authenticationFailure>\n");
}

static void put_attribute(const char *name, const char *value, poly_strbuf *out)
{
    poly_strbuf_printf(out, "            <cas:%s>", name);
    site_escape(value, out);
    poly_strbuf_printf(out, "</cas:%s>\n", name);
}

static void put_user(const campus_student *student, poly_strbuf *out)
{
    poly_strbuf_append_text(out, "    <cas:authenticationSuccess>\n        <cas:user>");
    site_escape(student->login, out);
    poly_strbuf_append_text(out, "</cas:user>\n        <cas:attributes>\n");
    put_attribute("student_id", student->id, out);
    put_attribute("name", student->full_name, out);
    put_attribute("email", student->email, out);
    put_attribute("study_group_str", student->group->name, out);
    put_attribute("grade_book_number", student->grade_book_number, out);
    put_attribute("faculty_abbr", campus_faculties[student->group->faculty].abbr, out);
    poly_strbuf_append_text(out, "        </cas:attributes>\n    </cas:authenticationSuccess>\n");
}

static void validate(poly_request *request, poly_strbuf *out)
{
    const char *ticket = poly_request_query(request, "ticket");
    const char *service = poly_request_query(request, "service");
    char user[TICKET_USER_SIZE];
    campus_student student;

    if (!ticket || !service) {
        put_failure("INVALID_REQUEST", "'service' and 'ticket' parameters are both required", "", out);
        return;
    }
    switch (ticket_table_take(simulator_of(request)->tickets, ticket, service, user)) {
    case POLY_OK:
        if (student_find(simulator_of(request)->campus, user, &student))
            put_user(&student, out);
        return;
    case POLY_CONFLICT:
        put_failure("INVALID_SERVICE", "Another service's ticket: ", ticket, out);
        return;
    default:
        put_failure("INVALID_TICKET", "Not recognized: ", ticket, out);
        return;
    }
}

static int answer_validation(poly_request *request, bool other_layout, poly_strbuf *out)
{
    const char *namespace = other_layout ? "http://campus.example/another-answer" : "http://www.yale.edu/tp/cas";

    poly_strbuf_printf(out, "<cas:serviceResponse xmlns:cas='%s'>\n", namespace);
    validate(request, out);
    poly_strbuf_append_text(out, "</cas:serviceResponse>\n");
    return 200;
}

static void get_login(poly_request *request)
{
    exchange_answer_site(request, &(struct site_exchange){HTML, show_login});
}

static void post_login(poly_request *request)
{
    if (site_form_read(request))
        exchange_answer_site(request, &(struct site_exchange){HTML, take_login});
}

static void get_logout(poly_request *request)
{
    exchange_answer_site(request, &(struct site_exchange){HTML, show_logout});
}

static void post_logout(poly_request *request)
{
    if (site_form_read(request))
        exchange_answer_site(request, &(struct site_exchange){HTML, show_logout});
}

static void get_validation(poly_request *request)
{
    exchange_answer_site(request, &(struct site_exchange){"application/xml;charset=UTF-8", answer_validation});
}

const poly_route cas_routes[] = {
    {POLY_GET, CAS_BASE "/login", .handler = get_login, .deadline_ms = DEADLINE_MS},
    {POLY_POST, CAS_BASE "/login", .handler = post_login, .deadline_ms = DEADLINE_MS},
    {POLY_GET, CAS_BASE "/logout", .handler = get_logout, .deadline_ms = DEADLINE_MS},
    {POLY_POST, CAS_BASE "/logout", .handler = post_logout, .deadline_ms = DEADLINE_MS},
    {POLY_GET, CAS_BASE "/serviceValidate", .handler = get_validation, .deadline_ms = DEADLINE_MS},
    {POLY_GET, CAS_BASE "/p3/serviceValidate", .handler = get_validation, .deadline_ms = DEADLINE_MS},
    {.path = NULL},
};

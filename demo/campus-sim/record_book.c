/* SPDX-License-Identifier: MIT */
/*
 * The students' record book, a site made with Django: a login form behind a CSRF cookie, a session cookie, and the
 * marks as JSON.
 */
#include "exchange.h"
#include "grade_sheet.h"
#include "site.h"

#include "poly/random.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS (3600u * 1000u)
#define HTML        "text/html; charset=utf-8"
#define JSON        "application/json"
#define BOOK        RECORD_BOOK_BASE

static const char other_layout_page[] =
    "<!DOCTYPE html>\n<html><head><title>Зачётная книжка</title></head>\n"
    "<body><div id=\"root\"></div><script src=\"main.js\"></script></body></html>\n";

/* --- the cookie and the form's token, which is another each time (Django masks it) --- */

static const char *csrf_cookie_of(poly_request *request)
{
    const char *known = site_marked(request, "csrf cookie", site_cookie(request, "csrftoken"));
    char id[POLY_UUID_SIZE], mark[SITE_MARK_SIZE];

    if (known)
        return known;
    poly_uuid_make(id);
    site_mark("csrf cookie", id, mark);
    poly_respond_header(request, "Set-Cookie",
                        poly_arena_printf(poly_request_arena(request),
                                          "csrftoken=%s.%s; expires=Fri, 31 Dec 2099 00:00:00 GMT; Max-Age=31449600; "
                                          "Path=/; SameSite=Lax",
                                          id, mark));
    return poly_arena_strdup(poly_request_arena(request), id);
}

static const char *masked_token(poly_request *request)
{
    char mask[POLY_UUID_SIZE], mark[SITE_MARK_SIZE];

    poly_uuid_make(mask);
    site_mark(csrf_cookie_of(request), mask, mark);
    return poly_arena_printf(poly_request_arena(request), "%s.%s", mask, mark);
}

static bool csrf_holds(poly_request *request)
{
    const char *cookie = site_marked(request, "csrf cookie", site_cookie(request, "csrftoken"));

    return cookie && site_marked(request, cookie, site_form_value(request, "csrfmiddlewaretoken"));
}

/* --- pages --- */

static void put_form(poly_request *request, bool was_wrong, poly_strbuf *out)
{
    poly_strbuf_append_text(out, "<!DOCTYPE html>\n<html lang=\"ru\">\n<head><meta charset=\"utf-8\">"
                                 "<title>Зачётная книжка</title></head>\n<body>\n");
    if (was_wrong)
        poly_strbuf_append_text(out, "<ul class=\"errorlist nonfield\"><li>Пожалуйста, введите правильные имя "
                                     "пользователя и пароль.</li></ul>\n");
    poly_strbuf_printf(out,
                       "<form method=\"post\">\n<input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"%s\">\n",
                       masked_token(request));
    poly_strbuf_append_text(out, "<p><label for=\"id_username\">Имя пользователя:</label> <input type=\"text\" "
                                 "name=\"username\" autofocus maxlength=\"150\" required id=\"id_username\"></p>\n"
                                 "<p><label for=\"id_password\">Пароль:</label> <input type=\"password\" "
                                 "name=\"password\" required id=\"id_password\"></p>\n"
                                 "<button type=\"submit\">Войти</button>\n</form>\n</body>\n</html>\n");
}

static int show_login(poly_request *request, bool other_layout, poly_strbuf *out)
{
    if (other_layout)
        poly_strbuf_append_text(out, other_layout_page);
    else
        put_form(request, false, out);
    return 200;
}

static int forbid(poly_strbuf *out)
{
    poly_strbuf_append_text(out, "<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head>\n"
                                 "<body><h1>Ошибка доступа <span>(403)</span></h1>"
                                 "<p>Ошибка проверки CSRF. Запрос отклонён.</p></body></html>\n");
    return 403;
}

static int take_login(poly_request *request, bool other_layout, poly_strbuf *out)
{
    const struct simulator *simulator = poly_request_context(request);
    campus_student student;
    char mark[SITE_MARK_SIZE];

    if (other_layout) {
        poly_strbuf_append_text(out, other_layout_page);
        return 200;
    }
    if (!csrf_holds(request))
        return forbid(out);
    if (!student_find(simulator->campus, site_form_value(request, "username"), &student) ||
        !student_has_password(&student, simulator->config->student_password, site_form_value(request, "password"))) {
        put_form(request, true, out);
        return 200;
    }
    site_mark("sessionid", student.login, mark);
    poly_respond_header(request, "Set-Cookie",
                        poly_arena_printf(poly_request_arena(request),
                                          "sessionid=%s.%s; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax",
                                          student.login, mark));
    poly_respond_header(request, "Location", BOOK "/");
    return 302;
}

static int show_home(poly_request *request, bool other_layout, poly_strbuf *out)
{
    (void)request;
    (void)other_layout;
    poly_strbuf_append_text(out, other_layout_page);
    return 200;
}

/* --- the marks --- */

static void put_grade(poly_json_writer *writer, const grade *of)
{
    char date[POLY_DATE_SIZE];

    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "discipline", of->discipline);
    if (of->semester)
        poly_json_put_int(writer, "semester", of->semester);
    else
        poly_json_put_null(writer, "semester");
    poly_json_put_text(writer, "control", of->control);
    poly_json_put_text(writer, "mark", of->mark);
    if (of->date.year)
        poly_date_format(of->date, date);
    poly_json_put_text(writer, "date", of->date.year ? date : NULL);
    poly_json_put_text(writer, "teacher", of->teacher);
    poly_json_put_int(writer, "hours", of->hours);
    poly_json_put_int(writer, "credits", of->credits);
    poly_json_end_object(writer);
}

static void put_book(const struct campus *campus, const campus_student *student, poly_strbuf *out)
{
    grade *grades = poly_alloc_zero(GRADE_SHEET_MAX, sizeof(*grades));
    size_t count = grade_sheet_make(campus, student, grades);
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "grade_book_number", student->grade_book_number);
    poly_json_put_text(&writer, "orders_type_name",
                       student->group->level == 1 ? "Зачисление" : "Перевод на следующий курс");
    poly_json_begin_array(&writer, "marks");
    for (size_t i = 0; i < count; i++)
        put_grade(&writer, &grades[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    free(grades);
}

static int show_book(poly_request *request, bool other_layout, poly_strbuf *out)
{
    const struct simulator *simulator = poly_request_context(request);
    const char *login = site_marked(request, "sessionid", site_cookie(request, "sessionid"));
    campus_student student;

    if (other_layout) {
        poly_strbuf_append_text(out, "{\"book\":{\"version\":2}}");
        return 200;
    }
    if (!login || !student_find(simulator->campus, login, &student)) {
        poly_strbuf_append_text(out, "{\"detail\":\"Учетные данные не были предоставлены.\"}");
        return 403;
    }
    put_book(simulator->campus, &student, out);
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

static void get_home(poly_request *request)
{
    exchange_answer_site(request, &(struct site_exchange){HTML, show_home});
}

static void get_book(poly_request *request)
{
    exchange_answer_site(request, &(struct site_exchange){JSON, show_book});
}

const poly_route record_book_routes[] = {
    {POLY_GET, BOOK, .handler = get_home, .deadline_ms = DEADLINE_MS},
    {POLY_GET, BOOK "/login", .handler = get_login, .deadline_ms = DEADLINE_MS},
    {POLY_POST, BOOK "/login", .handler = post_login, .deadline_ms = DEADLINE_MS},
    {POLY_GET, BOOK "/api/record-book", .handler = get_book, .deadline_ms = DEADLINE_MS},
    {.path = NULL},
};

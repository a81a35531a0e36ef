/* SPDX-License-Identifier: MIT */
/* Conversations with a site that leads one about, and the validation of tickets by one that does not answer well. */
#include "cas.h"
#include "on_fiber.h"
#include "poly/log.h"
#include "suite.h"
#include "upstream.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static upstream *server;
static cas_site cas;
static poly_arena *arena;
static poly_result result;
static web_session session;
static unsigned posts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for what was sent */
static char sent_form[256], sent_cookies[512], sent_referer[256];

/* --- the site --- */

#define PAGE(text) upstream_answer(exchange, 200, "text/html", NULL, text, strlen(text))

static bool send_on(const upstream_exchange *exchange, int status, const char *fields)
{
    return upstream_answer(exchange, status, "text/html", fields, "", 0);
}

static bool set_many_cookies(const upstream_exchange *exchange)
{
    char fields[4096] = "";

    for (int i = 0; i <= COOKIE_JAR_COOKIES; i++)
        snprintf(fields + strlen(fields), sizeof(fields) - strlen(fields), "Set-Cookie: c%d=x\r\n", i);
    return send_on(exchange, 200, fields);
}

static bool take_form(const upstream_exchange *exchange)
{
    posts++;
    snprintf(sent_form, sizeof(sent_form), "%s", exchange->body);
    upstream_header(exchange, "Referer", sent_referer, sizeof(sent_referer));
    return send_on(exchange, 307, "Location: /site/welcome\r\nSet-Cookie: session=new\r\n");
}

static bool validate(const upstream_exchange *exchange)
{
    if (strstr(exchange->target, "ticket=ST-good%2F1"))
        return PAGE(
            "<c:serviceResponse xmlns:c='http://www.yale.edu/tp/cas'><c:authenticationSuccess><c:user>s1</c:user>"
            "</c:authenticationSuccess></c:serviceResponse>");
    if (strstr(exchange->target, "ticket=ST-used"))
        return PAGE("<c:serviceResponse xmlns:c='http://www.yale.edu/tp/cas'><c:authenticationFailure "
                    "code='INVALID_TICKET'/></c:serviceResponse>");
    if (strstr(exchange->target, "ticket=ST-lost")) {
        upstream_reset(exchange);
        return false;
    }
    return upstream_answer(exchange, 404, "text/html", NULL, "", 0);
}

static bool serve_path(const upstream_exchange *exchange, const char *path)
{
    sent_cookies[0] = '\0';
    upstream_header(exchange, "Cookie", sent_cookies, sizeof(sent_cookies));
    if (strcmp(path, "/site/login") == 0)
        return send_on(exchange, 302, "Location: form?x=1\r\nSet-Cookie: session=old; Path=/\r\n");
    if (strcmp(path, "/site/round") == 0)
        return send_on(exchange, 302, "Location: /site/round\r\n");
    if (strcmp(path, "/site/away") == 0)
        return send_on(exchange, 302, "Location: http://elsewhere.example/\r\n");
    if (strcmp(path, "/site/nowhere") == 0)
        return send_on(exchange, 302, NULL);
    if (strcmp(path, "/site/cookies") == 0)
        return set_many_cookies(exchange);
    if (strncmp(path, "/site/validate", 14) == 0)
        return validate(exchange);
    return strcmp(exchange->method, "POST") == 0 ? take_form(exchange) : PAGE("a page");
}

static bool serve(const upstream_exchange *exchange, void *argument)
{
    bool lives;

    (void)argument;
    pthread_mutex_lock(&lock);
    lives = serve_path(exchange, exchange->target);
    pthread_mutex_unlock(&lock);
    return lives;
}

static void set_up(void)
{
    char url[64];

    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
    server = upstream_start(serve, NULL);
    snprintf(url, sizeof(url), "%s/site", upstream_url(server));
    web_site_init(&cas.site, "test", url, 5000);
    cas.validate_path = "/validate";
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
    web_site_release(&cas.site);
    upstream_stop(&server);
    poly_log_stop();
}

/* --- pages --- */

static void get_page(void *path)
{
    web_session_init(&session, &cas.site, arena);
    result = web_session_get(&session, path);
    pthread_mutex_lock(&lock); /* what the site noted is seen from here on */
    pthread_mutex_unlock(&lock);
}

static void expect_get(const char *path, poly_result expected)
{
    on_fiber(get_page, (void *)(uintptr_t)path);
    ck_assert_msg(result == expected, "%s: %s", path, poly_result_name(result));
}

START_TEST(redirects_within_the_site_are_followed)
{
    expect_get("/login", POLY_OK);
    ck_assert_str_eq(session.path, "/site/form?x=1");
    ck_assert_int_eq(session.page.status, 200);
    ck_assert_str_eq(sent_cookies, "session=old");
}
END_TEST

START_TEST(redirects_that_lead_nowhere_are_not)
{
    unsigned before;

    expect_get("/round", POLY_BAD_ANSWER);
    ck_assert_uint_eq(upstream_requests(server), 6); /* the page, and five redirects */
    before = upstream_requests(server);
    expect_get("/away", POLY_BAD_ANSWER);
    expect_get("/nowhere", POLY_BAD_ANSWER);
    ck_assert_uint_eq(upstream_requests(server), before + 2);
}
END_TEST

START_TEST(more_cookies_than_fit_end_it)
{
    expect_get("/cookies", POLY_BAD_ANSWER);
}
END_TEST

/* --- forms --- */

static void post_form(void *action)
{
    get_page((void *)(uintptr_t) "/login");
    if (result == POLY_OK)
        result = web_session_post(&session, action, poly_slice_of("name=value"), true);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
}

START_TEST(a_form_is_sent_once)
{
    char referer[256];

    on_fiber(post_form, (void *)(uintptr_t) "submit");
    ck_assert_int_eq(result, POLY_OK);
    ck_assert_uint_eq(posts, 1); /* 307 asks for another one */
    ck_assert_str_eq(sent_form, "name=value");
    snprintf(referer, sizeof(referer), "%s/site/form?x=1", upstream_url(server));
    ck_assert_str_eq(sent_referer, referer);
    ck_assert_str_eq(session.path, "/site/welcome");
    ck_assert_str_eq(sent_cookies, "session=new");
}
END_TEST

START_TEST(a_form_for_another_site_is_not_sent)
{
    on_fiber(post_form, (void *)(uintptr_t) "http://elsewhere.example/take");
    ck_assert_int_eq(result, POLY_BAD_ANSWER);
    ck_assert_uint_eq(posts, 0);
}
END_TEST

/* --- tickets --- */

static student_profile student;

static void validate_ticket(void *ticket)
{
    result = cas_validate(&cas, ticket, "http://portal.example/?a=b", arena, &student);
}

static void expect_ticket(const char *ticket, poly_result expected)
{
    on_fiber(validate_ticket, (void *)(uintptr_t)ticket);
    ck_assert_msg(result == expected, "%s: %s", ticket, poly_result_name(result));
}

START_TEST(tickets_are_what_cas_says)
{
    expect_ticket("ST-good/1", POLY_OK);
    ck_assert_str_eq(student.id, "s1");
    expect_ticket("ST-used", POLY_REJECTED);
    expect_ticket("ST-page", POLY_BAD_ANSWER);
    expect_ticket("ST-lost", POLY_UNAVAILABLE);
}
END_TEST

START_TEST(a_ticket_that_fits_no_request_is_none)
{
    static char ticket[9000];

    memset(ticket, 'T', sizeof(ticket) - 1);
    expect_ticket(ticket, POLY_REJECTED);
    ck_assert_uint_eq(upstream_requests(server), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web_session");
    TCase *tests = add_case(suite, "web_session");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, redirects_within_the_site_are_followed);
    tcase_add_test(tests, redirects_that_lead_nowhere_are_not);
    tcase_add_test(tests, more_cookies_than_fit_end_it);
    tcase_add_test(tests, a_form_is_sent_once);
    tcase_add_test(tests, a_form_for_another_site_is_not_sent);
    tcase_add_test(tests, tickets_are_what_cas_says);
    tcase_add_test(tests, a_ticket_that_fits_no_request_is_none);
    return run_suite(suite);
}

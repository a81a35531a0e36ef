/* SPDX-License-Identifier: MIT */
#include "values_fixture.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

static void get_text(poly_request *request)
{
    const char *text = poly_query_text(request, "a", 5);
    const char *required = poly_query_text_required(request, "b", 5);

    if (!poly_request_refused(request))
        respond_text(request, poly_arena_printf(poly_request_arena(request), "%s|%s", text ? text : "-", required));
}

static void get_choice(poly_request *request)
{
    int choice = poly_query_choice(request, "colour", colours);

    if (!poly_request_refused(request))
        respond_text(request, poly_arena_printf(poly_request_arena(request), "%d", choice));
}

static void get_time(poly_request *request)
{
    int64_t at = -1;
    bool given = poly_query_time(request, "at", &at);

    if (!poly_request_refused(request))
        respond_text(request,
                     poly_arena_printf(poly_request_arena(request), "%s %lld", given ? "at" : "no", (long long)at));
}

static void get_others(poly_request *request)
{
    int64_t id = poly_param_int(request, "id", 1, 9);
    poly_date date = poly_query_date_required(request, "date");
    int minutes = poly_query_clock_required(request, "clock");
    char text[POLY_DATE_SIZE];

    if (poly_request_refused(request))
        return;
    poly_date_format(date, text);
    respond_text(request, poly_arena_printf(poly_request_arena(request), "%d %s %d", (int)id, text, minutes));
}

static void get_page(poly_request *request)
{
    poly_page page = poly_query_page(request, 50, 200);
    int64_t total = poly_query_int(request, "total", 0, 1000000, 0);
    poly_json_writer writer;
    poly_strbuf body;

    if (poly_request_refused(request))
        return;
    poly_strbuf_init(&body, 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_page(&writer, page, total);
    poly_json_put_bool(&writer, "asked", page.asked);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

static const poly_route routes[] = {
    {POLY_GET, "/text", .handler = get_text}, {POLY_GET, "/choice", .handler = get_choice},
    {POLY_GET, "/time", .handler = get_time}, {POLY_GET, "/others/{id}", .handler = get_others},
    {POLY_GET, "/page", .handler = get_page}, {.path = NULL},
};

static void setup(void)
{
    setup_with(routes, (poly_server_options){0});
}

static void expect(const char *target, const char *body)
{
    ck_assert_msg(get(target, "") == 200, "%s: %s", target, answer);
    ck_assert_str_eq(loopback_body(answer), body);
}

/* A fault's code and both sentences. */
static void expect_fault(const char *target, const char *code, const char *russian, const char *english)
{
    ck_assert_msg(get(target, "") == 422, "%s: %s", target, answer);
    ck_assert_msg(says(code) && says(russian), "%s: %s", target, answer);
    ck_assert_int_eq(get(target, "Accept-Language: en\r\n"), 422);
    ck_assert_msg(says(english), "%s: %s", target, answer);
}

START_TEST(texts)
{
    expect("/text?b=x", "-|x");
    expect("/text?a=%20%09&b=%20x", "-| x");
    expect("/text?a=%D0%98%D0%B2%D0%B0%D0%BD%D1%8B&b=12345", "Иваны|12345"); /* five characters in ten bytes */
    expect_fault("/text?b=123456", "\"field\":\"b\",\"code\":\"too_long\"", "Параметр «b» длиннее 5 знаков.",
                 "The parameter \\\"b\\\" is over 5 characters.");
    expect_fault("/text?b=%20", "\"code\":\"required\"", "Параметр «b» обязателен.",
                 "The parameter \\\"b\\\" is required.");
}
END_TEST

START_TEST(choices)
{
    expect("/choice?colour=red", "0");
    expect("/choice?colour=blue", "2");
    expect("/choice", "-1");
    expect("/choice?colour=", "-1");
    expect_fault("/choice?colour=Red", "\"field\":\"colour\",\"code\":\"choice\"",
                 "Параметр «colour»: вместо «Red» нужно одно из: red, green, blue.",
                 "The parameter \\\"colour\\\" must be one of red, green, blue, not \\\"Red\\\".");
}
END_TEST

START_TEST(times)
{
    expect("/time", "no -1");
    expect("/time?at=", "no -1");
    expect("/time?at=1970-01-02", "at 75600"); /* midnight in Moscow is 21:00 UTC of the day before */
    expect("/time?at=1970-01-02T00:00:00Z", "at 86400");
    expect("/time?at=1970-01-02T03:00:00%2B03:00", "at 86400");
    expect("/time?at=1970-01-02T03:00:00+03:00", "at 86400"); /* the plus as people leave it */
    expect_fault("/time?at=1970-13-02", "\"field\":\"at\",\"code\":\"time\"",
                 "Параметр «at»: «1970-13-02» — не момент времени.",
                 "The parameter \\\"at\\\": \\\"1970-13-02\\\" is not a time.");
    ck_assert_int_eq(get("/time?at=1970-01-02+03:00", ""), 422);
    ck_assert_int_eq(get("/time?at=now", ""), 422);
}
END_TEST

START_TEST(numbers_days_and_clocks)
{
    expect("/others/3?date=2026-09-01&clock=10:05", "3 2026-09-01 605");
    expect_fault("/others/10?date=2026-09-01&clock=10:05", "\"field\":\"id\",\"code\":\"integer\"",
                 "Параметр «id»: вместо «10» нужно целое число от 1 до 9.",
                 "The parameter \\\"id\\\" must be a whole number from 1 to 9, not \\\"10\\\".");
    expect_fault("/others/3?date=2026-02-30&clock=10:05", "\"code\":\"date\"", "«2026-02-30» — не дата.",
                 "\\\"2026-02-30\\\" is not a date.");
    expect_fault("/others/3?date=2026-02-03&clock=24:00", "\"code\":\"time\"", "«24:00» — не время.",
                 "\\\"24:00\\\" is not a time.");
    expect_fault("/others/3", "\"field\":\"date\",\"code\":\"required\"", "Параметр «clock» обязателен.",
                 "The parameter \\\"clock\\\" is required.");
}
END_TEST

START_TEST(what_was_sent_is_shown_short)
{
    char target[400] = "/choice?colour=";
    char expected[200] = "вместо «";

    for (int i = 0; i < 60; i++)
        memcpy(target + strlen(target), "%D0%AF", 7);
    for (int i = 0; i < 32; i++)
        memcpy(expected + strlen(expected), "Я", 3);
    memcpy(expected + strlen(expected), "…»", 6);
    ck_assert_int_eq(get(target, ""), 422);
    ck_assert_msg(says(expected), "%s", answer);
}
END_TEST

START_TEST(pages)
{
    expect("/page", "{\"total\":0,\"page\":1,\"page_size\":50,\"total_pages\":0,\"asked\":false}");
    expect("/page?total=50", "{\"total\":50,\"page\":1,\"page_size\":50,\"total_pages\":1,\"asked\":false}");
    expect("/page?total=51&page=2", "{\"total\":51,\"page\":2,\"page_size\":50,\"total_pages\":2,\"asked\":true}");
    expect("/page?page_size=200", "{\"total\":0,\"page\":1,\"page_size\":200,\"total_pages\":0,\"asked\":true}");
    ck_assert_int_eq(get("/page?page_size=201", ""), 422);
    ck_assert_int_eq(get("/page?page=0", ""), 422);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("query values");
    TCase *tests = tcase_create("query values");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, texts);
    tcase_add_test(tests, choices);
    tcase_add_test(tests, times);
    tcase_add_test(tests, numbers_days_and_clocks);
    tcase_add_test(tests, what_was_sent_is_shown_short);
    tcase_add_test(tests, pages);
    suite_add_tcase(suite, tests);
    return run_tests(suite);
}

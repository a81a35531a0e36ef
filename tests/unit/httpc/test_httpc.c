/* SPDX-License-Identifier: MIT */
/* One try: what is sent, and what is made of each kind of answer. */
#include "poly/log.h"
#include "poly/trace.h"
#include "scene.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_ID "request-42"
#define TRACE_ID   "0af7651916cd43dd8448eb211c80319c"

static void expect(const char *path, poly_result result)
{
    struct shot shot = get(path);

    ck_assert_msg(shot.result == result, "%s gave %s, not %s", path, poly_result_name(shot.result),
                  poly_result_name(result));
}

START_TEST(gives_status_type_and_body)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/ok");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_int_eq(shot.response.status, 200);
    ck_assert_str_eq(shot.response.content_type, "application/json");
    ck_assert_uint_eq(shot.response.body.size, 11);
    ck_assert_str_eq(shot.response.body.data, "{\"ok\":true}");
    ck_assert_uint_eq(shot.response.retry_after, 0);
}
END_TEST

START_TEST(a_refusal_is_an_answer)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/status/404");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_int_eq(shot.response.status, 404);
    ck_assert_str_eq(shot.response.body.data, "words");
}
END_TEST

START_TEST(a_redirect_is_an_answer)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/redirect");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_int_eq(shot.response.status, 302);
    ck_assert_str_eq(poly_httpc_header(&shot.response, "location", 0), "/ok");
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(header_fields_can_be_read)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/fields");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_str_eq(poly_httpc_header(&shot.response, "Set-Cookie", 0), "a=1; Path=/");
    ck_assert_str_eq(poly_httpc_header(&shot.response, "Set-Cookie", 1), "b=2");
    ck_assert_str_eq(poly_httpc_header(&shot.response, "Set-Cookie", 2), "c=3");
    ck_assert_ptr_null(poly_httpc_header(&shot.response, "Set-Cookie", 3));
    ck_assert_str_eq(poly_httpc_header(&shot.response, "x-empty", 0), "");
    ck_assert_str_eq(poly_httpc_header(&shot.response, "X-Folded", 0), "one two");
    ck_assert_ptr_null(poly_httpc_header(&shot.response, "X-Early", 0));
    ck_assert_ptr_null(poly_httpc_header(&shot.response, "X-Late", 0));
    ck_assert_str_eq(shot.response.body.data, "ok");
    shot = get("/status/500");
    ck_assert_ptr_null(poly_httpc_header(&shot.response, "Content-Type", 0));
}
END_TEST

START_TEST(headers_are_bounded)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/large-head?65000");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_str_eq(poly_httpc_header(&shot.response, "X-Last", 0), "yes");
    ck_assert_ptr_nonnull(poly_httpc_header(&shot.response, "X-Line", 1000));
    expect("/large-head?66000", POLY_BAD_ANSWER);
}
END_TEST

START_TEST(html_is_the_callers_to_judge)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/html");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_str_eq(shot.response.content_type, "text/html; charset=utf-8");
}
END_TEST

START_TEST(a_server_error_is_unavailable)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/busy");
    ck_assert_int_eq(shot.result, POLY_UNAVAILABLE);
    ck_assert_int_eq(shot.response.status, 503);
    ck_assert_uint_eq(shot.response.retry_after, 7);
    expect("/status/500", POLY_UNAVAILABLE);
    expect("/status/599", POLY_UNAVAILABLE);
}
END_TEST

START_TEST(an_interim_answer_is_passed_over)
{
    struct shot shot;

    use((poly_httpc_options){0});
    shot = get("/continue");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_int_eq(shot.response.status, 200);
}
END_TEST

START_TEST(no_connection_is_unavailable)
{
    use((poly_httpc_options){0});
    upstream_stop(&server);
    expect("/ok", POLY_UNAVAILABLE);
}
END_TEST

START_TEST(a_name_is_looked_up)
{
    char url[64];

    snprintf(url, sizeof(url), "http://localhost:%u", upstream_port(server));
    use((poly_httpc_options){.base_url = url});
    expect("/ok", POLY_OK);
}
END_TEST

START_TEST(an_unknown_name_is_unavailable)
{
    char url[128] = "http://";

    /* Longer than DNS allows, so that the lookup fails without asking anybody. */
    memset(url + strlen(url), 'a', 70);
    use((poly_httpc_options){.base_url = url});
    expect("/ok", POLY_UNAVAILABLE);
}
END_TEST

START_TEST(only_http_is_spoken)
{
    char url[64];

    snprintf(url, sizeof(url), "ftp://127.0.0.1:%u", upstream_port(server));
    use((poly_httpc_options){.base_url = url, .deadline_ms = 300});
    ck_assert_int_ne(get("/ok").result, POLY_OK);
    ck_assert_uint_eq(upstream_connections(server), 0);
}
END_TEST

START_TEST(a_break_before_the_answer_is_unavailable)
{
    use((poly_httpc_options){.breaker_failures = 100});
    expect("/reset", POLY_UNAVAILABLE);
    expect("/close", POLY_UNAVAILABLE);
}
END_TEST

START_TEST(what_is_cut_short_is_a_bad_answer)
{
    use((poly_httpc_options){.breaker_failures = 100});
    expect("/cut", POLY_BAD_ANSWER);
    expect("/cut-chunked", POLY_BAD_ANSWER);
}
END_TEST

START_TEST(what_is_no_http_is_a_bad_answer)
{
    use((poly_httpc_options){.breaker_failures = 100});
    expect("/garbage", POLY_BAD_ANSWER);
    expect("/status/700", POLY_BAD_ANSWER);
}
END_TEST

START_TEST(what_is_too_large_is_a_bad_answer)
{
    use((poly_httpc_options){.breaker_failures = 100, .max_body = 64 * 1024});
    expect("/long", POLY_BAD_ANSWER);
    expect("/endless", POLY_BAD_ANSWER);
    expect("/flood", POLY_BAD_ANSWER);
    expect("/bomb", POLY_BAD_ANSWER);
}
END_TEST

START_TEST(a_body_may_have_the_maximal_size_exactly)
{
    struct shot shot;

    use((poly_httpc_options){.max_body = LONG_BODY});
    shot = get("/long");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_uint_eq(shot.response.body.size, LONG_BODY);
    ck_assert_int_eq(shot.response.body.data[LONG_BODY], '\0');
    poly_httpc_destroy(&client);
    use((poly_httpc_options){.max_body = LONG_BODY - 1});
    expect("/long", POLY_BAD_ANSWER);
}
END_TEST

START_TEST(gzip_is_decoded)
{
    struct shot shot;

    use((poly_httpc_options){.breaker_failures = 100});
    shot = get("/gzip");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_str_eq(shot.response.body.data, "the same text, the same text, the same text");
    expect("/bad-gzip", POLY_BAD_ANSWER);
}
END_TEST

/* --- what is sent --- */

static const char *sent(poly_httpc_request request)
{
    struct shot shot = {.request = request};

    shot.request.path = "/echo?x=%20";
    fire(&shot, 1);
    ck_assert_int_eq(shot.result, POLY_OK);
    return shot.response.body.data;
}

static void assert_contains(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" is in: %s", part, text);
}

START_TEST(get_sends_little)
{
    const char *text;

    use((poly_httpc_options){.headers = (const char *const[]){"X-Service-Secret: s", NULL}});
    text = sent((poly_httpc_request){.method = POLY_GET, .headers = (const char *const[]){"X-One: 1", NULL}});
    assert_contains(text, "GET /echo?x=%20 HTTP/1.1\r\n");
    assert_contains(text, "\r\nUser-Agent: poly/" POLY_VERSION "\r\n");
    assert_contains(text, "\r\nX-Service-Secret: s\r\n");
    assert_contains(text, "\r\nX-One: 1\r\n");
    assert_contains(text, "\r\nAccept-Encoding: gzip\r\n");
    assert_lacks(text, "Content-");
    assert_lacks(text, "Cookie");
}
END_TEST

START_TEST(post_sends_its_body)
{
    const size_t size = 1200000; /* large enough for libcurl to ask before it sends */
    char *large = malloc(size);
    const char *text;

    memset(large, 'x', size);
    use((poly_httpc_options){0});
    text = sent((poly_httpc_request){
        .method = POLY_POST, .content_type = "application/json", .body = poly_slice_of("{\"a\":1}")});
    assert_contains(text, "POST /echo");
    assert_contains(text, "\r\nContent-Type: application/json\r\n");
    assert_contains(text, "\r\nContent-Length: 7\r\n");
    assert_contains(text, "\r\n\r\n{\"a\":1}");
    text = sent((poly_httpc_request){.method = POLY_POST, .body = {.data = large, .size = size}});
    assert_contains(text, "\r\nContent-Length: 1200000\r\n");
    assert_lacks(text, "Content-Type");
    assert_lacks(text, "Expect");
    free(large);
}
END_TEST

START_TEST(every_method_is_sent_as_such)
{
    use((poly_httpc_options){0});
    assert_contains(sent((poly_httpc_request){.method = POLY_POST}), "POST /echo");
    assert_contains(sent((poly_httpc_request){.method = POLY_POST}), "\r\nContent-Length: 0\r\n");
    assert_contains(sent((poly_httpc_request){.method = POLY_PUT, .body = poly_slice_of("put")}), "PUT /echo");
    assert_contains(sent((poly_httpc_request){.method = POLY_PUT, .body = poly_slice_of("put")}), "\r\n\r\nput");
    assert_contains(sent((poly_httpc_request){.method = POLY_PATCH, .body = poly_slice_of("b")}), "PATCH /echo");
    assert_contains(sent((poly_httpc_request){.method = POLY_DELETE}), "DELETE /echo");
    assert_lacks(sent((poly_httpc_request){.method = POLY_DELETE}), "Content-");
    assert_contains(sent((poly_httpc_request){.method = POLY_DELETE, .body = poly_slice_of("del")}), "\r\n\r\ndel");
    assert_contains(sent((poly_httpc_request){.method = POLY_OPTIONS}), "OPTIONS /echo");
}
END_TEST

START_TEST(head_has_no_body_whatever_its_length)
{
    struct shot shots[2] = {{.request = {.method = POLY_HEAD, .path = "/head-long"}},
                            {.request = {.method = POLY_GET, .path = "/ok"}}};

    use((poly_httpc_options){0});
    fire(shots, 2);
    ck_assert_int_eq(shots[0].result, POLY_OK);
    ck_assert_uint_eq(shots[0].response.body.size, 0);
    ck_assert_str_eq(shots[0].response.body.data, "");
    ck_assert_int_eq(shots[1].result, POLY_OK);
    ck_assert_uint_eq(upstream_connections(server), 1);
}
END_TEST

static void call_within_a_request(void *argument)
{
    static const poly_log_context context = {.request_id = REQUEST_ID, .trace_id = TRACE_ID};

    poly_log_set_context(&context);
    shoot(argument);
}

START_TEST(the_requests_id_and_trace_are_passed_on)
{
    struct shot shot = {.request = {.method = POLY_GET, .path = "/echo"}}, second = shot;
    const char *parent, *second_parent;

    use((poly_httpc_options){0});
    on_fiber(call_within_a_request, &shot);
    on_fiber(call_within_a_request, &second);
    assert_contains(shot.response.body.data, "\r\nX-Request-ID: " REQUEST_ID "\r\n");
    parent = strstr(shot.response.body.data, "\r\ntraceparent: 00-" TRACE_ID "-");
    second_parent = strstr(second.response.body.data, "\r\ntraceparent: 00-" TRACE_ID "-");
    ck_assert_ptr_nonnull(parent);
    ck_assert_ptr_nonnull(second_parent);
    ck_assert_uint_eq(strcspn(parent + 2, "\r"), strlen("traceparent: ") + POLY_TRACEPARENT_SIZE - 1);
    ck_assert_int_ne(strncmp(parent, second_parent, strcspn(parent + 2, "\r")), 0);
}
END_TEST

START_TEST(outside_of_a_request_an_id_is_made)
{
    const char *first, *second;

    use((poly_httpc_options){0});
    first = strstr(sent((poly_httpc_request){.method = POLY_GET}), "X-Request-ID: ");
    second = strstr(sent((poly_httpc_request){.method = POLY_GET}), "X-Request-ID: ");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert(poly_request_id_is_valid((poly_slice){first + 14, strcspn(first + 14, "\r")}));
    ck_assert_int_ne(strncmp(first, second, strcspn(first, "\r")), 0);
}
END_TEST

START_TEST(the_environments_proxy_is_not_asked)
{
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    use((poly_httpc_options){0});
    expect("/ok", POLY_OK);
}
END_TEST

START_TEST(what_cannot_be_sent_is_not)
{
    static const char *const injecting[] = {"X-One: 1\r\nX-Two: 2", NULL};
    static const char *const nameless[] = {"no colon", NULL};
    char *endless = calloc(1, 100000);
    const char *const swollen[] = {endless, NULL};
    struct shot shots[] = {
        {.request = {.method = POLY_GET, .path = "/ok HTTP/1.1"}},
        {.request = {.method = POLY_GET, .path = "/ok\r\nX: 1"}},
        {.request = {.method = POLY_GET, .path = "/\xd0\xb0"}},
        {.request = {.method = POLY_GET, .path = "/ok#part"}},
        {.request = {.method = POLY_GET, .path = "@elsewhere/"}},
        {.request = {.method = POLY_GET, .path = endless}},
        {.request = {.method = POLY_GET, .path = "/ok", .headers = injecting}},
        {.request = {.method = POLY_GET, .path = "/ok", .headers = nameless}},
        {.request = {.method = POLY_GET, .path = "/ok", .headers = swollen}},
        {.request = {.method = POLY_GET, .path = "/ok", .body = {"body", 4}}},
        {.request = {.method = POLY_POST, .path = "/ok", .content_type = "a\nb"}},
    };

    memset(endless, '/', 99999);
    endless[1] = ':';
    use((poly_httpc_options){0});
    fire(shots, POLY_LENGTH(shots));
    for (size_t i = 0; i < POLY_LENGTH(shots); i++)
        ck_assert_msg(shots[i].result == POLY_INVALID, "request %zu gave %s", i, poly_result_name(shots[i].result));
    ck_assert_uint_eq(upstream_requests(server), 0);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
    free(endless);
}
END_TEST

/* --- connections --- */

START_TEST(a_connection_serves_again)
{
    struct shot shots[4];

    for (size_t i = 0; i < 4; i++)
        shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/ok"}};
    use((poly_httpc_options){0});
    fire(shots, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(shots[i].result, POLY_OK);
    ck_assert_uint_eq(upstream_connections(server), 1);
    ck_assert_uint_eq(upstream_requests(server), 4);
}
END_TEST

START_TEST(a_connection_closed_by_the_peer_is_replaced)
{
    struct shot shots[3];

    for (size_t i = 0; i < 3; i++)
        shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/ok-close"}};
    use((poly_httpc_options){0});
    fire(shots, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(shots[i].result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 3);
}
END_TEST

START_TEST(a_post_lost_on_the_way_is_not_repeated)
{
    struct shot shots[3] = {{.request = {.method = POLY_GET, .path = "/ok"}},
                            {.request = {.method = POLY_POST, .path = "/close", .body = {"x", 1}}},
                            {.request = {.method = POLY_PATCH, .path = "/reset", .body = {"x", 1}}}};

    use((poly_httpc_options){.max_retries = 3});
    fire(shots, 3);
    ck_assert_int_eq(shots[0].result, POLY_OK);
    ck_assert_int_eq(shots[1].result, POLY_UNAVAILABLE);
    ck_assert_int_eq(shots[2].result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 3);
}
END_TEST

/* It has all of the body when it breaks off, so it may have acted on it. */
START_TEST(a_post_that_was_received_is_sent_once_unless_it_may_be_repeated)
{
    static char body[200000];
    struct shot shot = {.request = {.method = POLY_POST, .path = "/reset", .body = {body, sizeof(body)}}};

    memset(body, 'x', sizeof(body));
    use((poly_httpc_options){.max_retries = 3, .retry_budget_percent = 100});
    fire(&shot, 1);
    ck_assert_int_eq(shot.result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 1);
    shot.request.idempotent = true;
    fire(&shot, 1);
    ck_assert_int_eq(shot.result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 5);
}
END_TEST

/* Connects until the kernel answers no more of them. */
static size_t fill_backlog(unsigned port, int *sockets, size_t max)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    for (size_t i = 0; i < max; i++) {
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(sockets[i], (struct sockaddr *)&address, sizeof(address)) != 0 && i > 2)
            return i + 1;
    }
    return max;
}

START_TEST(a_connect_that_hangs_is_unavailable)
{
    upstream *deaf = upstream_listen(misbehave, NULL, 0);
    int sockets[8];
    size_t count = fill_backlog(upstream_port(deaf), sockets, POLY_LENGTH(sockets));
    struct shot shot;

    use((poly_httpc_options){.base_url = upstream_url(deaf), .connect_timeout_ms = 100, .deadline_ms = 60000});
    shot = get("/ok");
    ck_assert_int_eq(shot.result, POLY_UNAVAILABLE);
    ck_assert_uint_ge(shot.took, POLY_MILLISECONDS(95));
    ck_assert_uint_lt(shot.took, POLY_SECONDS(20));
    while (count > 0)
        close(sockets[--count]);
    upstream_stop(&deaf);
}
END_TEST

static void call_and_accept(void *argument)
{
    struct shot *shots = argument;

    shoot(&shots[0]);
    upstream_accept(server);
    shoot(&shots[1]);
}

START_TEST(a_slow_accept_costs_time_only)
{
    struct shot shots[2] = {{.request = {.method = POLY_GET, .path = "/ok"}, .deadline = POLY_MILLISECONDS(50)},
                            {.request = {.method = POLY_GET, .path = "/ok"}}};

    upstream_stop(&server);
    server = upstream_listen(misbehave, NULL, 16);
    use((poly_httpc_options){0});
    on_fiber(call_and_accept, shots);
    ck_assert_int_eq(shots[0].result, POLY_TIMEOUT);
    ck_assert_int_eq(shots[1].result, POLY_OK);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        gives_status_type_and_body,
        a_refusal_is_an_answer,
        a_redirect_is_an_answer,
        header_fields_can_be_read,
        headers_are_bounded,
        html_is_the_callers_to_judge,
        a_server_error_is_unavailable,
        an_interim_answer_is_passed_over,
        no_connection_is_unavailable,
        a_name_is_looked_up,
        an_unknown_name_is_unavailable,
        only_http_is_spoken,
        a_break_before_the_answer_is_unavailable,
        what_is_cut_short_is_a_bad_answer,
        what_is_no_http_is_a_bad_answer,
        what_is_too_large_is_a_bad_answer,
        a_body_may_have_the_maximal_size_exactly,
        gzip_is_decoded,
        get_sends_little,
        post_sends_its_body,
        every_method_is_sent_as_such,
        head_has_no_body_whatever_its_length,
        the_requests_id_and_trace_are_passed_on,
        outside_of_a_request_an_id_is_made,
        the_environments_proxy_is_not_asked,
        what_cannot_be_sent_is_not,
        a_connection_serves_again,
        a_connection_closed_by_the_peer_is_replaced,
        a_post_lost_on_the_way_is_not_repeated,
        a_post_that_was_received_is_sent_once_unless_it_may_be_repeated,
        a_connect_that_hangs_is_unavailable,
        a_slow_accept_costs_time_only,
    };

    return run_cases("httpc", tests, POLY_LENGTH(tests));
}

/* SPDX-License-Identifier: MIT */
#include "http/forwarded.h"
#include "values_fixture.h"

/* --- the walk --- */

static const char *const proxies_list[] = {"10.0.0.0/8", "fd00::/8", "192.0.2.1", NULL};
static struct trusted_proxies proxies;
static struct http_head head;

static void begin(void)
{
    const char *bad;

    ck_assert(trusted_proxies_init(&proxies, proxies_list, &bad));
    head.field_count = 0;
}

static void end(void)
{
    trusted_proxies_release(&proxies);
}

static void add_field(const char *name, poly_slice value)
{
    head.fields[head.field_count++] = (struct http_field){poly_slice_of(name), value};
}

static const char *client_of_slice(poly_slice value)
{
    static char out[NETWORK_TEXT_SIZE];
    struct network_address client;

    head.field_count = 0;
    add_field("X-Forwarded-For", value);
    if (!forwarded_client(&proxies, &head, &client))
        return "none";
    network_address_format(&client, out);
    return out;
}

static const char *client_of(const char *value)
{
    return client_of_slice(poly_slice_of(value));
}

START_TEST(the_rightmost_that_is_no_proxy)
{
    ck_assert_str_eq(client_of("203.0.113.9"), "203.0.113.9");
    ck_assert_str_eq(client_of("203.0.113.9, 10.1.2.3"), "203.0.113.9");
    ck_assert_str_eq(client_of("198.51.100.1, 203.0.113.9, 10.1.2.3,fd00::5,\t192.0.2.1"), "203.0.113.9");
    ck_assert_str_eq(client_of("198.51.100.1,203.0.113.9"), "203.0.113.9");
    ck_assert_str_eq(client_of("10.1.1.1, 10.2.2.2"), "10.1.1.1"); /* a client within: all are proxies */
    ck_assert_str_eq(client_of("203.0.113.9, ::ffff:10.1.2.3"), "203.0.113.9");
    ck_assert_str_eq(client_of("::ffff:203.0.113.9"), "203.0.113.9");
}
END_TEST

START_TEST(with_and_without_ports)
{
    ck_assert_str_eq(client_of("203.0.113.9:5678"), "203.0.113.9");
    ck_assert_str_eq(client_of("203.0.113.9, 10.1.2.3:443"), "203.0.113.9");
    ck_assert_str_eq(client_of("2001:db8::7"), "2001:db8::7");
    ck_assert_str_eq(client_of("[2001:db8::7]"), "2001:db8::7");
    ck_assert_str_eq(client_of("[2001:db8::7]:443, [fd00::1]:80"), "2001:db8::7");
    ck_assert_str_eq(client_of("[::ffff:203.0.113.9]:1"), "203.0.113.9");
}
END_TEST

START_TEST(what_is_no_address_ends_the_walk)
{
    static const char *const garbage[] = {
        "unknown",
        "_hidden",
        "\"203.0.113.9\"",
        "203.0.113",
        "203.0.113.9:",
        "203.0.113.9:x",
        "203.0.113.9:123456",
        "203.0.113.9:80:80",
        "[203.0.113.9]",
        "[2001:db8::7",
        "2001:db8::7]",
        "[2001:db8::7]x",
        "[2001:db8::7]:",
        "[]",
        "[",
        "]",
        ":",
        ":80",
        "fe80::1%eth0",
        "for=203.0.113.9",
        "203.0.113.9;10.1.2.3",
        "localhost",
        "203.0.113.9 10.1.2.3",
        "203.0.113.9/32",
        "-1",
        "'; DROP TABLE users; --",
        "%s%s%n",
        "١.٢.٣.٤",
        "\xff\xfe",
        "",
    };

    for (size_t i = 0; i < POLY_LENGTH(garbage); i++) {
        char value[200];

        ck_assert_msg(strcmp(client_of(garbage[i]), "none") == 0, "%s", garbage[i]);
        snprintf(value, sizeof(value), "203.0.113.9, %s, 10.1.2.3", garbage[i]);
        ck_assert_msg(strcmp(client_of(value), "10.1.2.3") == 0, "%s", value);
        snprintf(value, sizeof(value), "%s, 203.0.113.9", garbage[i]);
        ck_assert_msg(strcmp(client_of(value), "203.0.113.9") == 0, "%s", value);
    }
    ck_assert_str_eq(client_of(","), "none");
    ck_assert_str_eq(client_of(", , ,"), "none");
    ck_assert_str_eq(client_of_slice((poly_slice){"203.0.113.9\0", 12}), "none");
}
END_TEST

START_TEST(several_fields_are_one_list)
{
    struct network_address client;
    char out[NETWORK_TEXT_SIZE];

    add_field("X-Forwarded-For", poly_slice_of("198.51.100.1, 203.0.113.9"));
    add_field("Accept", poly_slice_of("198.51.100.2"));
    add_field("x-forwarded-FOR", poly_slice_of("10.1.2.3"));
    add_field("X-Forwarded-For", poly_slice_of("10.4.5.6, fd00::1"));
    ck_assert(forwarded_client(&proxies, &head, &client));
    network_address_format(&client, out);
    ck_assert_str_eq(out, "203.0.113.9");
    add_field("X-Forwarded-For", poly_slice_of(""));
    ck_assert(!forwarded_client(&proxies, &head, &client));
    head.field_count = 0;
    ck_assert(!forwarded_client(&proxies, &head, &client));
}
END_TEST

START_TEST(a_hundred_entries)
{
    char value[4096] = "203.0.113.9";

    for (int i = 0; i < 99; i++)
        snprintf(value + strlen(value), sizeof(value) - strlen(value), ", 10.0.%d.%d:%d", i, i, i + 1);
    ck_assert_str_eq(client_of(value), "203.0.113.9");
    memcpy(value, "unknown    ", 11);
    ck_assert_str_eq(client_of(value), "10.0.0.0");
}
END_TEST

START_TEST(a_list_can_be_wrong)
{
    static const char *const wrong[] = {"10.0.0.0/8", "proxy.example", NULL};
    struct trusted_proxies refused;
    const char *bad = NULL;

    ck_assert(!trusted_proxies_init(&refused, wrong, &bad));
    ck_assert_str_eq(bad, "proxy.example");
    trusted_proxies_release(&refused);
    ck_assert(trusted_proxies_init(&refused, NULL, &bad));
    ck_assert_uint_eq(refused.count, 0);
    trusted_proxies_release(&refused);
}
END_TEST

/* --- a server --- */

static void get_address(poly_request *request)
{
    respond_text(request, poly_request_address(request));
}

static const poly_route routes[] = {{POLY_GET, "/address", .handler = get_address}, {.path = NULL}};

static void begin_trusting(void)
{
    static const char *const loopback_is_a_proxy[] = {"127.0.0.0/8", "::1", NULL};

    setup_with(routes, (poly_server_options){.trusted_proxies = loopback_is_a_proxy});
}

static void begin_trusting_others(void)
{
    setup_with(routes, (poly_server_options){.trusted_proxies = proxies_list});
}

static void expect_address(const char *fields, const char *address)
{
    ck_assert_int_eq(get("/address", fields), 200);
    ck_assert_str_eq(loopback_body(answer), address);
}

START_TEST(a_trusted_proxy_is_believed)
{
    expect_address("", "127.0.0.1");
    expect_address("X-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n", "203.0.113.9");
    expect_address("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 127.0.0.1\r\n", "203.0.113.9");
    expect_address("X-Forwarded-For: unknown\r\n", "127.0.0.1");
    expect_address("X-Forwarded-For:\r\n", "127.0.0.1");
}
END_TEST

START_TEST(the_log_has_the_client)
{
    static const char *const loopback_is_a_proxy[] = {"127.0.0.1", NULL};
    static char lines[4096];
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    poly_log_start("test", POLY_LOG_INFO, ends[1]);
    loopback_start(&loopback, routes, (poly_server_options){.trusted_proxies = loopback_is_a_proxy}, 1);
    get("/address", "X-Forwarded-For: 203.0.113.9\r\n");
    loopback_stop(&loopback);
    poly_log_stop();
    ck_assert_int_gt(read(ends[0], lines, sizeof(lines) - 1), 0);
    ck_assert_msg(strstr(lines, "\"address\":\"203.0.113.9\"") != NULL, "%s", lines);
}
END_TEST

START_TEST(nobody_else_is)
{
    expect_address("X-Forwarded-For: 203.0.113.9\r\n", "127.0.0.1");
    expect_address("X-Forwarded-For: 203.0.113.9, 10.1.2.3\r\n", "127.0.0.1");
    expect_address("X-Forwarded-For: 10.1.2.3\r\nX-Real-IP: 10.1.2.3\r\nForwarded: for=10.1.2.3\r\n", "127.0.0.1");
}
END_TEST

START_TEST(each_request_of_a_connection_has_its_own)
{
    static const char requests[] = "GET /address HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n"
                                   "GET /address HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.2\r\n\r\n"
                                   "GET /address HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = loopback_connect(&loopback);

    loopback_send(fd, requests, sizeof(requests) - 1);
    for (int i = 0; i < 3; i++) {
        static const char *const expected[] = {"203.0.113.1", "203.0.113.2", "127.0.0.1"};

        loopback_read_answer(fd, answer, sizeof(answer));
        ck_assert_str_eq(loopback_body(answer), expected[i]);
    }
    close(fd);
}
END_TEST

START_TEST(a_wrong_list_is_told)
{
    static const char *const wrong[] = {"proxy.example", NULL};
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});
    poly_strbuf fault;

    poly_strbuf_init(&fault, 1000);
    ck_assert_ptr_null(
        poly_server_create(runtime, &(poly_server_options){.listen = "127.0.0.1:0", .trusted_proxies = wrong}, &fault));
    ck_assert_str_eq(poly_strbuf_text(&fault),
                     "the trusted proxy \"proxy.example\" is no address and no block of them\n");
    poly_strbuf_release(&fault);
    poly_runtime_destroy(&runtime);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forwarded");
    TCase *walk = tcase_create("walk");
    TCase *trusting = tcase_create("from a proxy");
    TCase *others = tcase_create("from anybody");

    tcase_add_checked_fixture(walk, begin, end);
    tcase_add_test(walk, the_rightmost_that_is_no_proxy);
    tcase_add_test(walk, with_and_without_ports);
    tcase_add_test(walk, what_is_no_address_ends_the_walk);
    tcase_add_test(walk, several_fields_are_one_list);
    tcase_add_test(walk, a_hundred_entries);
    tcase_add_test(walk, a_list_can_be_wrong);
    tcase_add_test(walk, a_wrong_list_is_told);
    tcase_add_test(walk, the_log_has_the_client);
    suite_add_tcase(suite, walk);
    tcase_add_checked_fixture(trusting, begin_trusting, teardown);
    tcase_add_test(trusting, a_trusted_proxy_is_believed);
    tcase_add_test(trusting, each_request_of_a_connection_has_its_own);
    suite_add_tcase(suite, trusting);
    tcase_add_checked_fixture(others, begin_trusting_others, teardown);
    tcase_add_test(others, nobody_else_is);
    suite_add_tcase(suite, others);
    return run_tests(suite);
}

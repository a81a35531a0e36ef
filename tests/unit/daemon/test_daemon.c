/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "poly/log.h"

#define GOOD_SECRET "0f5c9d1b7e3a8642c0d9e1f2a3b4c5d6"

/* --- a small daemon --- */

struct config {
    poly_common_config common;
    const char *secret;
    bool refuses;
    bool hangs;
};

static const poly_config_variable variables[] = {
    {.name = "T_SECRET", .type = POLY_CONFIG_SECRET, .offset = offsetof(struct config, secret), .help = "a secret"},
    {.name = "T_REFUSES",
     .type = POLY_CONFIG_BOOL,
     .offset = offsetof(struct config, refuses),
     .fallback = "false",
     .help = "the start fails"},
    {.name = "T_HANGS",
     .type = POLY_CONFIG_BOOL,
     .offset = offsetof(struct config, hangs),
     .fallback = "false",
     .help = "the stop hangs"},
    {.name = NULL},
};

static void get_greeting(poly_request *request)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 100);
    poly_strbuf_append_text(&body, poly_request_context(request));
    poly_respond_strbuf(request, 200, "text/plain", &body);
}

static const poly_route greeting_routes[] = {{.method = POLY_GET, .path = "/greeting", .handler = get_greeting},
                                             {.path = NULL}};
static const poly_route *const routes[] = {greeting_routes, NULL};
static struct config config;
static char context[] = "hello";

static void *start(poly_runtime *runtime, const void *configuration, poly_strbuf *fault)
{
    const struct config *given = configuration;

    if (given->refuses) {
        poly_strbuf_append_text(fault, "no mood");
        return NULL;
    }
    poly_log(POLY_LOG_INFO, "test: start", poly_int_field("workers", poly_runtime_workers(runtime)));
    return context;
}

static void attach(void *given, poly_server *server)
{
    poly_log(POLY_LOG_INFO, "test: attach", poly_bool_field("right", given == context && server));
}

static void stop(void *given)
{
    poly_log(POLY_LOG_INFO, "test: stop", poly_bool_field("right", given == context));
    while (config.hangs)
        pause();
}

static void release(void *given)
{
    poly_log(POLY_LOG_INFO, "test: release", poly_bool_field("right", given == context));
}

static poly_daemon test_svc = {
    .name = "test-svc",
    .summary = "is tested",
    .default_listen = "127.0.0.1:0",
    .variables = variables,
    .config = &config,
    .routes = routes,
    .start = start,
    .attach = attach,
    .stop = stop,
    .release = release,
};

static void begin(void)
{
    setenv("T_SECRET", GOOD_SECRET, 1);
    setenv("WORKERS", "2", 1);
    setenv("LOG_LEVEL", "debug", 1);
    unsetenv("LISTEN");
    unsetenv("ENVIRONMENT");
    unsetenv("NOTIFY_SOCKET");
    unsetenv("T_REFUSES");
    unsetenv("T_HANGS");
}

/* --- the tests --- */

START_TEST(helps)
{
    ck_assert_int_eq(run_words(&test_svc, "--help"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "test-svc: is tested"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "usage: test-svc COMMAND"));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\n  healthcheck "));
    ck_assert_str_eq(run.err_text, "");
}
END_TEST

START_TEST(bad_usage_is_status_2_on_standard_error)
{
    ck_assert_int_eq(run_words(&test_svc, NULL), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "usage: "));
    ck_assert_str_eq(run.out_text, "");
    ck_assert_int_eq(run_words(&test_svc, "sreve"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "unknown command \"sreve\"\n"));
    ck_assert_int_eq(run_words(&test_svc, "version please"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "\"version\" takes no arguments\n"));
    ck_assert_int_eq(run_words(&test_svc, "serve and more"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "\"serve\" takes no arguments\n"));
}
END_TEST

START_TEST(tells_its_version)
{
    ck_assert_int_eq(run_words(&test_svc, "version"), 0);
    ck_assert_str_eq(run.out_text, "test-svc " POLY_VERSION "\n");
}
END_TEST

START_TEST(prints_its_configuration_and_checks_it)
{
    ck_assert_int_eq(run_words(&test_svc, "config"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "T_SECRET"));
    ck_assert_ptr_null(strstr(run.out_text, GOOD_SECRET));
    unsetenv("T_SECRET");
    ck_assert_int_eq(run_words(&test_svc, "config"), 2);
    ck_assert_ptr_nonnull(strstr(run.out_text, "required; now unset"));
    ck_assert_str_eq(run.err_text, "T_SECRET is required: a secret\n");
}
END_TEST

START_TEST(bad_configuration_stops_every_start)
{
    unsetenv("T_SECRET");
    setenv("WORKERS", "many", 1);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(run_words(&test_svc, i ? "serve" : "migrate"), 2);
        ck_assert_str_eq(run.err_text, "WORKERS \"many\" is not a whole number from 0 to 64\n"
                                       "T_SECRET is required: a secret\n");
        ck_assert_str_eq(run.out_text, "");
    }
}
END_TEST

/* What has a database and keys is in test_schema.c and test_keys.c. */
START_TEST(says_that_there_is_nothing_to_migrate)
{
    ck_assert_int_eq(run_words(&test_svc, "migrate"), 0);
    ck_assert_str_eq(run.out_text, "test-svc has no database: nothing to migrate\n");
    ck_assert_int_eq(run_words(&test_svc, "keys list"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "unknown command \"keys list\"\n"));
    ck_assert_int_eq(run_words(&test_svc, "--help"), 0);
    ck_assert_ptr_null(strstr(run.out_text, "migrate"));
    ck_assert_ptr_null(strstr(run.out_text, "keys"));
}
END_TEST

START_TEST(serves_until_a_signal)
{
    static const char *const order[] = {"\"test: start\"", "\"workers\":2",     "\"test: attach\"",
                                        "\"serving\"",     "\"stopping\"",      "\"SIGTERM\"",
                                        "\"test: stop\"",  "\"test: release\"", NULL};

    start_process(&test_svc, "serve");
    ck_assert_uint_gt(wait_until_serving(), 0);
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert(WIFEXITED(run.status));
    ck_assert_int_eq(WEXITSTATUS(run.status), 0);
    check_order(order);
    ck_assert_ptr_null(strstr(run.out_text, "\"right\":false"));
    ck_assert_ptr_null(strstr(run.out_text, "DEVELOPMENT"));
    ck_assert_str_eq(run.err_text, "");
}
END_TEST

START_TEST(stops_on_sigint_too)
{
    start_process(&test_svc, "serve");
    wait_until_serving();
    kill(run.process, SIGINT);
    finish_process();
    ck_assert(WIFEXITED(run.status));
    ck_assert_int_eq(WEXITSTATUS(run.status), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"SIGINT\""));
}
END_TEST

START_TEST(a_second_signal_ends_it_at_once)
{
    setenv("T_HANGS", "true", 1);
    start_process(&test_svc, "serve");
    wait_until_serving();
    kill(run.process, SIGTERM);
    wait_for_output("\"test: stop\"");
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert(WIFSIGNALED(run.status));
    ck_assert_int_eq(WTERMSIG(run.status), SIGTERM);
}
END_TEST

START_TEST(is_healthy_while_it_serves)
{
    struct run server;
    char listen_at[64];

    start_process(&test_svc, "serve");
    snprintf(listen_at, sizeof(listen_at), "127.0.0.1:%u", wait_until_serving());
    server = run;
    setenv("LISTEN", listen_at, 1);
    unsetenv("T_SECRET"); /* which a health check does not need */
    ck_assert_int_eq(run_words(&test_svc, "healthcheck"), 0);
    ck_assert_str_eq(run.err_text, "");
    kill(server.process, SIGTERM);
    run = server;
    finish_process();
    ck_assert_int_eq(run_words(&test_svc, "healthcheck"), 1);
    ck_assert_ptr_nonnull(strstr(run.err_text, "is not healthy: "));
}
END_TEST

START_TEST(a_failed_start_is_status_1_and_logged)
{
    setenv("T_REFUSES", "true", 1);
    ck_assert_int_eq(run_words(&test_svc, "serve"), 1);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"cannot start\""));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"no mood\""));
    ck_assert_ptr_null(strstr(run.out_text, "\"test: release\""));
}
END_TEST

START_TEST(a_taken_port_is_status_1_and_releases)
{
    struct run server;
    char listen_at[64];

    start_process(&test_svc, "serve");
    snprintf(listen_at, sizeof(listen_at), "127.0.0.1:%u", wait_until_serving());
    server = run;
    setenv("LISTEN", listen_at, 1);
    ck_assert_int_eq(run_words(&test_svc, "serve"), 1);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"cannot start\""));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\"test: release\""));
    kill(server.process, SIGTERM);
    run = server;
    finish_process();
}
END_TEST

START_TEST(tells_its_supervisor)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char heard[64] = "";
    int supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "@poly-test-daemon-%d", (int)getpid());
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    address.sun_path[0] = '\0';
    ck_assert_int_eq(bind(supervisor, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1))),
                     0);
    start_process(&test_svc, "serve");
    ck_assert_int_eq(recv(supervisor, heard, sizeof(heard), 0), 7);
    ck_assert_str_eq(heard, "READY=1");
    kill(run.process, SIGTERM);
    ck_assert_int_eq(recv(supervisor, heard, sizeof(heard), 0), 10);
    ck_assert_str_eq(heard, "STOPPING=1");
    finish_process();
    close(supervisor);
}
END_TEST

START_TEST(development_is_loud)
{
    setenv("ENVIRONMENT", "development", 1);
    setenv("T_SECRET", "changeme-changeme-changeme-changeme", 1);
    start_process(&test_svc, "serve");
    wait_until_serving();
    kill(run.process, SIGTERM);
    finish_process();
    ck_assert_ptr_nonnull(strstr(run.out_text, "DEVELOPMENT MODE"));
}
END_TEST

START_TEST(raises_the_limit_on_open_files)
{
    struct rlimit before, low, seen;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = 100;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    start_process(&test_svc, "serve");
    wait_until_serving();
    ck_assert_int_eq(prlimit(run.process, RLIMIT_NOFILE, NULL, &seen), 0);
    ck_assert_uint_ge(seen.rlim_cur, before.rlim_max);
    kill(run.process, SIGTERM);
    finish_process();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("daemon");
    TCase *tests = tcase_create("daemon");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, helps);
    tcase_add_test(tests, bad_usage_is_status_2_on_standard_error);
    tcase_add_test(tests, tells_its_version);
    tcase_add_test(tests, prints_its_configuration_and_checks_it);
    tcase_add_test(tests, bad_configuration_stops_every_start);
    tcase_add_test(tests, says_that_there_is_nothing_to_migrate);
    tcase_add_test(tests, serves_until_a_signal);
    tcase_add_test(tests, stops_on_sigint_too);
    tcase_add_test(tests, a_second_signal_ends_it_at_once);
    tcase_add_test(tests, is_healthy_while_it_serves);
    tcase_add_test(tests, a_failed_start_is_status_1_and_logged);
    tcase_add_test(tests, a_taken_port_is_status_1_and_releases);
    tcase_add_test(tests, tells_its_supervisor);
    tcase_add_test(tests, development_is_loud);
    tcase_add_test(tests, raises_the_limit_on_open_files);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

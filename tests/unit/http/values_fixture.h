/* SPDX-License-Identifier: MIT */
/* A server whose handlers read values and answer what they have read. */
#ifndef POLY_TESTS_HTTP_VALUES_FIXTURE_H
#define POLY_TESTS_HTTP_VALUES_FIXTURE_H

#include "loopback.h"

#include "poly/log.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loopback loopback;
static char answer[256 * 1024];

static inline void setup_with(const poly_route *routes, poly_server_options options)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    loopback_start(&loopback, routes, options, 1);
}

static inline void teardown(void)
{
    loopback_stop(&loopback);
    poly_log_stop();
}

static inline int get(const char *target, const char *fields)
{
    static char request[64 * 1024];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", target, fields);
    return loopback_exchange(&loopback, request, answer, sizeof(answer));
}

static inline int post(const char *target, const char *fields, const char *json)
{
    static char request[64 * 1024];

    snprintf(request, sizeof(request),
             "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n%s\r\n%s",
             target, strlen(json), fields, json);
    return loopback_exchange(&loopback, request, answer, sizeof(answer));
}

static inline void respond_text(poly_request *request, const char *text)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 4096);
    poly_strbuf_append_text(&body, text);
    poly_respond_strbuf(request, 200, "text/plain", &body);
}

static inline bool says(const char *text)
{
    return strstr(answer, text) != NULL;
}

static inline int run_tests(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

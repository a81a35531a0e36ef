/* SPDX-License-Identifier: MIT */
/* Records in the database with the act, and in the log once it has been committed. */
#include "loopback.h"
#include "postgres.h"

#include "poly/audit.h"

#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char url[256];
static struct loopback loopback;
static poly_pg *pool;
static char log_path[] = "/tmp/poly-audit-XXXXXX";

#define DETAILS                                                    \
    ((const poly_field[]){poly_text_field("app", "traffic \"Ё\""), \
                          poly_text_field("none", NULL),           \
                          poly_int_field("count", 3),              \
                          poly_bool_field("is_active", false),     \
                          {.kind = POLY_FIELD_END}})

/* --- what handlers and daemons do --- */

static poly_result add_two(poly_pg_transaction *transaction, void *context)
{
    poly_audit *audit = context;
    poly_result result = poly_audit_add(audit, transaction, "user_created", "u-1", DETAILS);

    return result == POLY_OK ? poly_audit_add(audit, transaction, "user_linked", "u-1", NULL) : result;
}

static poly_result add_and_think_better(poly_pg_transaction *transaction, void *context)
{
    poly_result result = add_two(transaction, context);

    return result == POLY_OK ? POLY_CONFLICT : result;
}

static poly_result add_twice_over(poly_pg_transaction *transaction, void *context)
{
    poly_result result = add_two(transaction, context);

    poly_audit_restart(context);
    if (result == POLY_OK)
        result = poly_audit_add(context, transaction, "user_deleted", "u-1", NULL);
    poly_audit_note(context, "users_provisioned", NULL, DETAILS);
    return result;
}

static void respond(poly_request *request, poly_result result)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 64);
    poly_strbuf_append_text(&body, poly_result_name(result));
    poly_respond_strbuf(request, 200, "text/plain", &body);
}

static void get_commit(poly_request *request)
{
    poly_audit audit;
    poly_result result;

    poly_audit_begin(&audit, request, "service:traffic");
    result = poly_pg_in_transaction(pool, add_two, &audit);
    poly_audit_log(&audit);
    poly_audit_log(&audit); /* there is nothing left to say */
    respond(request, result);
}

static void get_rollback(poly_request *request)
{
    poly_audit audit;

    poly_audit_begin(&audit, request, "service:traffic");
    respond(request, poly_pg_in_transaction(pool, add_and_think_better, &audit));
}

static void get_restart(poly_request *request)
{
    poly_audit audit;
    poly_result result;

    poly_audit_begin(&audit, request, NULL);
    result = poly_pg_in_transaction(pool, add_twice_over, &audit);
    poly_audit_log(&audit);
    respond(request, result);
}

static void get_record(poly_request *request)
{
    poly_audit audit;

    poly_audit_begin(&audit, request, "0b54cd0a-3eb3-4f5f-9ac4-d5d5a0c3c8b8");
    respond(request, poly_audit_record(&audit, pool, "login_failed", NULL, NULL));
}

static void get_large(poly_request *request)
{
    char *text = poly_arena_alloc(poly_request_arena(request), 20001);
    poly_audit audit;

    memset(text, 'x', 20000);
    text[20000] = '\0';
    poly_audit_begin(&audit, request, NULL);
    respond(request, poly_audit_record(&audit, pool, "too_much", NULL,
                                       (const poly_field[]){poly_text_field("text", text), {.kind = POLY_FIELD_END}}));
}

static const poly_route routes[] = {
    {POLY_GET, "/commit", .handler = get_commit},   {POLY_GET, "/rollback", .handler = get_rollback},
    {POLY_GET, "/restart", .handler = get_restart}, {POLY_GET, "/record", .handler = get_record},
    {POLY_GET, "/large", .handler = get_large},     {.path = NULL},
};

static void set_up(void)
{
    int log = mkstemp(log_path);

    snprintf(url, sizeof(url), "%s", postgres_new_database());
    postgres_run(url, "CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                      " at timestamptz NOT NULL DEFAULT now(), event text NOT NULL, actor text, target text,"
                      " address text, request_id text, details jsonb NOT NULL DEFAULT '{}')");
    poly_log_start("test", POLY_LOG_INFO, log);
    loopback_start(&loopback, routes, (poly_server_options){.drain_ms = 3000}, 1);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    poly_pg_destroy(&pool);
    poly_log_stop();
    unlink(log_path);
}

/* --- what is there afterwards --- */

static const char *get(const char *path)
{
    static char answer[4096];
    char request[256];
    int fd = loopback_connect(&loopback);

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nX-Request-ID: r-1\r\nConnection: close\r\n\r\n",
             path);
    loopback_send(fd, request, strlen(request));
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    close(fd);
    return loopback_body(answer);
}

static const char *rows(void)
{
    return postgres_run(url,
                        "SELECT coalesce(string_agg(concat_ws('|', event, coalesce(actor, '-'),"
                        " coalesce(target, '-'), coalesce(address, '-'), coalesce(request_id, '-'), details::text),"
                        " E'\\n' ORDER BY id), '') FROM audit");
}

/* The log's audit lines, from the message on. */
static const char *logged(void)
{
    static char lines[8192];
    static char line[4096];
    FILE *file;

    poly_log_stop();
    file = fopen(log_path, "re");
    lines[0] = '\0';
    while (fgets(line, sizeof(line), file)) {
        const char *message = strstr(line, "\"message\":\"audit\"");

        if (message)
            snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s", message);
    }
    fclose(file);
    return lines;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

START_TEST(records_are_in_the_database_and_the_log)
{
    const char *log;

    ck_assert_str_eq(get("/commit"), "ok");
    ck_assert_str_eq(rows(),
                     "user_created|service:traffic|u-1|127.0.0.1|r-1|{\"app\": \"traffic \\\"Ё\\\"\", \"none\": "
                     "null, \"count\": 3, \"is_active\": false}\n"
                     "user_linked|service:traffic|u-1|127.0.0.1|r-1|{}");
    log = logged();
    ck_assert_uint_eq(count_lines(log), 2);
    ck_assert_ptr_nonnull(strstr(log, "\"request_id\":\"r-1\""));
    ck_assert_ptr_nonnull(strstr(
        log, "\"event\":\"user_created\",\"actor\":\"service:traffic\",\"target\":\"u-1\",\"address\":\"127.0.0.1\","
             "\"app\":\"traffic \\\"Ё\\\"\",\"none\":null,\"count\":3,\"is_active\":false}"));
    ck_assert_ptr_nonnull(strstr(log, "\"event\":\"user_linked\""));
}
END_TEST

START_TEST(what_was_rolled_back_is_in_neither)
{
    ck_assert_str_eq(get("/rollback"), "conflict");
    ck_assert_str_eq(rows(), "");
    ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(a_transaction_that_begins_again_is_logged_once)
{
    const char *log;

    ck_assert_str_eq(get("/restart"), "ok");
    log = logged();
    ck_assert_uint_eq(count_lines(log), 2);
    ck_assert_ptr_nonnull(strstr(log, "\"event\":\"user_deleted\",\"actor\":null"));
    ck_assert_ptr_nonnull(strstr(log, "\"event\":\"users_provisioned\""));
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM audit WHERE event = 'users_provisioned'"), "0");
}
END_TEST

START_TEST(one_record_by_itself)
{
    ck_assert_str_eq(get("/record"), "ok");
    ck_assert_str_eq(rows(), "login_failed|0b54cd0a-3eb3-4f5f-9ac4-d5d5a0c3c8b8|-|127.0.0.1|r-1|{}");
    ck_assert_uint_eq(count_lines(logged()), 1);
}
END_TEST

START_TEST(what_was_not_stored_is_not_logged)
{
    ck_assert_str_eq(get("/large"), "too_large");
    postgres_run(url, "DROP TABLE audit");
    ck_assert_str_eq(get("/record"), "rejected");
    ck_assert_str_eq(logged(), "");
}
END_TEST

/* --- without a request --- */

static poly_result alone_result;
static sem_t alone_done;

static void record_alone(void *argument)
{
    poly_arena *arena = poly_arena_create(0);
    poly_audit audit;

    (void)argument;
    poly_audit_begin_alone(&audit, arena, "service:sso");
    alone_result = poly_audit_record(&audit, pool, "first_admin_created", "u-1", NULL);
    poly_arena_destroy(&arena);
    sem_post(&alone_done);
}

START_TEST(a_daemon_acts_by_itself)
{
    sem_init(&alone_done, 0, 0);
    poly_fiber_start(poly_runtime_loop(loopback.runtime, 0), "test", record_alone, NULL);
    while (sem_wait(&alone_done) != 0)
        ck_assert_int_eq(errno, EINTR);
    ck_assert_int_eq(alone_result, POLY_OK);
    ck_assert_str_eq(rows(), "first_admin_created|service:sso|u-1|-|-|{}");
    ck_assert_uint_eq(count_lines(logged()), 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        records_are_in_the_database_and_the_log,
        what_was_rolled_back_is_in_neither,
        a_transaction_that_begins_again_is_logged_once,
        one_record_by_itself,
        what_was_not_stored_is_not_logged,
        a_daemon_acts_by_itself,
    };
    Suite *suite = suite_create("audit");
    TCase *cases = tcase_create("audit");
    SRunner *runner = srunner_create(suite);
    int failed;

    postgres_begin();
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* Requests that change the database: once per key, whatever happens in between. */
#include "loopback.h"
#include "postgres.h"

#include "poly/crypto.h"
#include "poly/log.h"
#include "poly/time.h"
#include "poly/write.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SMALL_ANSWER 2000

static char url[256];
static struct loopback loopback;
static poly_pg *pool;
static poly_latch *gate;      /* what `wait` waits for */
static atomic_int runs, made; /* of the body; true answers of poly_write_respond */

/* --- a daemon with one table --- */

static const poly_problem taken = {
    409, "name_taken", {"Имя занято", "Name taken"}, {"Это имя занято.", "This name is taken."}, 0};

static const poly_statement insert_item = {
    .name = "insert_item", .sql = "INSERT INTO items (name) VALUES ($1) RETURNING id", .types = {POLY_PG_TEXT}};
static const poly_statement lose_once = {.name = "lose_once", .sql = "SELECT lose_once()"};

/* "wait" and so on say what else the body does. */
struct item {
    const char *name;
    const char *act;
};

static bool does(const struct item *item, const char *act)
{
    return strcmp(item->act, act) == 0;
}

static void write_item(poly_write *write, const struct item *item, int64_t id)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, &write->body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "id", id);
    poly_json_put_text(&writer, "name", item->name);
    for (int i = 0; does(item, "grow") && i < SMALL_ANSWER / 10; i++)
        poly_json_put_text(&writer, item->name, "0123456789");
    poly_json_end_object(&writer);
}

static poly_result act(poly_pg_transaction *transaction, poly_write *write, const struct item *item)
{
    poly_pg_rows rows;

    if (does(item, "wait"))
        return poly_latch_wait(gate, POLY_NO_DEADLINE);
    if (does(item, "lose") && atomic_load(&runs) == 1)
        return poly_pg_transaction_query(transaction, &lose_once, POLY_PG_NO_VALUES, write->arena, &rows);
    if (does(item, "refuse") || does(item, "explain")) {
        write->problem = &taken;
        write->detail = does(item, "explain") ? "of this occasion" : NULL;
        return POLY_REJECTED;
    }
    return POLY_OK;
}

static poly_result add_item(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct item *item = context;
    poly_pg_rows rows;
    poly_result result;

    atomic_fetch_add(&runs, 1);
    result = poly_pg_transaction_query(transaction, &insert_item, POLY_PG_VALUES(poly_pg_text(item->name)),
                                       write->arena, &rows);
    if (result == POLY_CONFLICT)
        write->problem = &taken;
    if (result == POLY_OK)
        result = poly_audit_add(&write->audit, transaction, "item_added", item->name, NULL);
    if (result == POLY_OK) {
        write->status = does(item, "empty") ? 204 : 201;
        if (!does(item, "empty"))
            write_item(write, item, poly_pg_get_int(&rows, 0, 0));
        result = act(transaction, write, item);
    }
    return result;
}

static const uint8_t digests[][POLY_SHA256_SIZE] = {{1}, {2}};

static void post_item(poly_request *request)
{
    poly_slice caller = poly_request_header(request, "X-Caller");
    poly_write_options options = {
        .scope = caller.data ? poly_arena_strndup(poly_request_arena(request), caller.data, caller.size) : "anna",
        .idempotent = strcmp(poly_request_path(request), "/plain") != 0,
        .max_answer = SMALL_ANSWER,
    };
    struct item item;
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    if (strcmp(poly_request_path(request), "/digest") == 0)
        options.body_digest = digests[poly_body_has(body, "other")];
    item.name = poly_json_text(poly_json_get(body, "name"), "");
    item.act = poly_json_text(poly_json_get(body, "act"), "");
    if (poly_write_respond(request, pool, &options, add_item, &item))
        atomic_fetch_add(&made, 1);
}

static const poly_route routes[] = {
    {POLY_POST, "/items", .handler = post_item},  {POLY_PUT, "/items", .handler = post_item},
    {POLY_POST, "/others", .handler = post_item}, {POLY_POST, "/plain", .handler = post_item},
    {POLY_POST, "/digest", .handler = post_item}, {.path = NULL},
};

static void set_up(void)
{
    snprintf(url, sizeof(url), "%s", postgres_new_database());
    postgres_run(url,
                 "CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);"
                 "CREATE TABLE idempotency_keys (scope text NOT NULL, key text NOT NULL, digest bytea NOT NULL,"
                 " status integer, body text, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (scope, key));"
                 "CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                 " at timestamptz NOT NULL DEFAULT now(), event text NOT NULL, actor text, target text, address text,"
                 " request_id text, details jsonb NOT NULL DEFAULT '{}');"
                 "CREATE FUNCTION lose_once() RETURNS void LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$");
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    gate = poly_latch_create();
    loopback_start(&loopback, routes, (poly_server_options){.drain_ms = 3000}, 2);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
}

static void tear_down(void)
{
    poly_latch_open(gate);
    loopback_stop(&loopback);
    poly_pg_destroy(&pool);
    poly_latch_unref(&gate);
    poly_log_stop();
}

/* --- its clients --- */

/* What a client sends, and what comes back. */
struct exchange {
    const char *method; /* NULL: POST */
    const char *path;   /* NULL: /items */
    const char *key;    /* NULL: none */
    const char *caller;
    const char *json;
    int status;
    char answer[8192];
};

/* Without closing its side, which the server would take for leaving. */
static void exchange(struct exchange *exchange)
{
    char request[4096];
    char key[1024] = "", caller[64] = "";
    int fd;

    if (exchange->key)
        snprintf(key, sizeof(key), "Idempotency-Key: %s\r\n", exchange->key);
    if (exchange->caller)
        snprintf(caller, sizeof(caller), "X-Caller: %s\r\n", exchange->caller);
    snprintf(request, sizeof(request),
             "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Language: en\r\n%s%s"
             "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             exchange->method ? exchange->method : "POST", exchange->path ? exchange->path : "/items", key, caller,
             strlen(exchange->json), exchange->json);
    fd = loopback_connect(&loopback);
    loopback_send(fd, request, strlen(request));
    ck_assert_int_gt(loopback_read_all(fd, exchange->answer, sizeof(exchange->answer)), 0);
    close(fd);
    exchange->status = loopback_status(exchange->answer);
}

static void *run_exchange(void *argument)
{
    exchange(argument);
    return NULL;
}

static bool is_replayed(const struct exchange *exchange)
{
    return loopback_field(exchange->answer, "Idempotent-Replayed") != NULL;
}

static const char *body_of(const struct exchange *exchange)
{
    return loopback_body(exchange->answer);
}

/* The last exchange's answer stays readable. */
static struct exchange last;

static int post(const char *key, const char *json)
{
    last = (struct exchange){.key = key, .json = json};
    exchange(&last);
    return last.status;
}

static void expect_items(const char *names)
{
    ck_assert_str_eq(postgres_run(url, "SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM items"), names);
}

static void expect_keys(const char *count)
{
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM idempotency_keys"), count);
}

/* --- what is kept --- */

START_TEST(the_table_alone_tells_neither_key_nor_answer)
{
    ck_assert_int_eq(post("a-key-of-mine", "{\"name\":\"whisper\"}"), 201);
    ck_assert_ptr_nonnull(strstr(body_of(&last), "whisper"));
    expect_keys("1");
    ck_assert_str_eq(
        postgres_run(url, "SELECT count(*) FROM idempotency_keys k WHERE k::text ~ 'whisper|a-key-of-mine'"), "0");
    ck_assert_int_eq(post("a-key-of-mine", "{\"name\":\"whisper\"}"), 201);
    ck_assert(is_replayed(&last));
    ck_assert_ptr_nonnull(strstr(body_of(&last), "whisper"));
}
END_TEST

START_TEST(an_answer_that_was_not_sealed_is_none)
{
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
    postgres_run(url, "UPDATE idempotency_keys SET body = overlay(body PLACING 'AAAA' FROM 60)");
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 502);
    postgres_run(url, "UPDATE idempotency_keys SET body = '{}'");
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 502);
    expect_items("a");
}
END_TEST

/* --- without a key --- */

START_TEST(the_change_and_its_answer)
{
    ck_assert_int_eq(post(NULL, "{\"name\":\"a\"}"), 201);
    ck_assert_str_eq(body_of(&last), "{\"id\":1,\"name\":\"a\"}");
    ck_assert_str_eq(loopback_field(last.answer, "Content-Type"), "application/json");
    ck_assert_int_eq(post(NULL, "{\"name\":\"b\",\"act\":\"empty\"}"), 204);
    ck_assert_str_eq(body_of(&last), "");
    expect_items("a b");
    expect_keys("0");
    ck_assert_int_eq(atomic_load(&made), 2);
    ck_assert_str_eq(
        postgres_run(url, "SELECT string_agg(concat_ws(' ', event, actor, target), ',' ORDER BY id) FROM audit"),
        "item_added anna a,item_added anna b");
}
END_TEST

START_TEST(a_refusal_keeps_nothing)
{
    ck_assert_int_eq(post(NULL, "{\"name\":\"a\",\"act\":\"refuse\"}"), 409);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"code\":\"name_taken\""));
    ck_assert_ptr_nonnull(strstr(last.answer, "This name is taken."));
    ck_assert_int_eq(post(NULL, "{\"name\":\"a\",\"act\":\"explain\"}"), 409);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"detail\":\"of this occasion\""));
    expect_items("");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM audit"), "0");
    ck_assert_int_eq(atomic_load(&made), 0);
}
END_TEST

START_TEST(a_lost_transaction_runs_again)
{
    ck_assert_int_eq(post("k", "{\"name\":\"a\",\"act\":\"lose\"}"), 201);
    ck_assert_str_eq(body_of(&last), "{\"id\":2,\"name\":\"a\"}"); /* the first run took an id and left no text */
    ck_assert_int_eq(atomic_load(&runs), 2);
    ck_assert_int_eq(atomic_load(&made), 1);
    expect_items("a");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM audit"), "1");
}
END_TEST

START_TEST(a_key_is_nothing_to_a_request_that_creates_nothing)
{
    last = (struct exchange){.path = "/plain", .key = "k k", .json = "{\"name\":\"a\"}"};
    exchange(&last);
    ck_assert_int_eq(last.status, 201);
    expect_keys("0");
}
END_TEST

/* --- repeats --- */

START_TEST(a_repeat_is_answered_as_the_first)
{
    struct exchange first;

    ck_assert_int_eq(post("k-1", "{\"name\":\"имя\"}"), 201);
    ck_assert(!is_replayed(&last));
    first = last;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(post("k-1", "{\"name\":\"имя\"}"), 201);
        ck_assert(is_replayed(&last));
        ck_assert_str_eq(body_of(&last), body_of(&first));
        ck_assert_str_eq(loopback_field(last.answer, "Content-Type"), "application/json");
    }
    ck_assert_int_eq(post("k-2", "{\"name\":\"b\",\"act\":\"empty\"}"), 204);
    ck_assert_int_eq(post("k-2", "{\"name\":\"b\",\"act\":\"empty\"}"), 204);
    ck_assert(is_replayed(&last));
    expect_items("b имя");
    ck_assert_int_eq(atomic_load(&runs), 2);
    ck_assert_int_eq(atomic_load(&made), 2);
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM audit"), "2");
}
END_TEST

static void expect_reused(const char *method, const char *path, const char *json)
{
    last = (struct exchange){.method = method, .path = path, .key = "k", .json = json};
    exchange(&last);
    ck_assert_int_eq(last.status, 422);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"code\":\"idempotency_key_reused\""));
    ck_assert(!is_replayed(&last));
}

START_TEST(a_key_serves_one_request)
{
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
    expect_reused(NULL, NULL, "{\"name\":\"b\"}");
    expect_reused(NULL, NULL, "{\"name\":\"a\"} ");
    expect_reused(NULL, "/others", "{\"name\":\"a\"}");
    expect_reused("PUT", NULL, "{\"name\":\"a\"}");
    expect_items("a");
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
    ck_assert(is_replayed(&last));
}
END_TEST

START_TEST(a_handlers_digest_stands_for_the_body)
{
    last = (struct exchange){.path = "/digest", .key = "k", .json = "{\"name\":\"a\"}"};
    exchange(&last);
    ck_assert_int_eq(last.status, 201);
    last = (struct exchange){.path = "/digest", .key = "k", .json = "{\"name\":\"b\"}"};
    exchange(&last);
    ck_assert(is_replayed(&last));
    expect_reused(NULL, "/digest", "{\"name\":\"a\",\"other\":true}");
    expect_items("a");
}
END_TEST

START_TEST(callers_do_not_meet)
{
    struct exchange other = {.key = "k", .caller = "boris", .json = "{\"name\":\"b\"}"};

    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
    exchange(&other);
    ck_assert_int_eq(other.status, 201);
    ck_assert(!is_replayed(&other));
    ck_assert_str_eq(body_of(&other), "{\"id\":2,\"name\":\"b\"}");
    expect_items("a b");
}
END_TEST

START_TEST(keys_have_a_form)
{
    char longest[257];

    memset(longest, 'x', 256);
    longest[256] = '\0';
    ck_assert_int_eq(post(longest, "{\"name\":\"a\"}"), 400);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"code\":\"idempotency_key_malformed\""));
    longest[255] = '\0';
    ck_assert_int_eq(post(longest, "{\"name\":\"a\"}"), 201);
    ck_assert_int_eq(post("", "{\"name\":\"b\"}"), 400);
    ck_assert_int_eq(post("two words", "{\"name\":\"b\"}"), 400);
    ck_assert_int_eq(post("ключ", "{\"name\":\"b\"}"), 400);
    ck_assert_int_eq(post("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "{\"name\":\"b\"}"), 201);
    expect_items("a b");
}
END_TEST

START_TEST(refusals_are_not_remembered)
{
    ck_assert_int_eq(post(NULL, "{\"name\":\"a\"}"), 201);
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 409);
    expect_keys("0");
    postgres_run(url, "DELETE FROM items");
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
    ck_assert(!is_replayed(&last));
}
END_TEST

START_TEST(an_answer_that_is_too_large_keeps_nothing)
{
    ck_assert_int_eq(post("k", "{\"name\":\"a\",\"act\":\"grow\"}"), 500);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"code\":\"internal_error\""));
    expect_items("");
    expect_keys("0");
    ck_assert_int_eq(atomic_load(&made), 0);
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 201);
}
END_TEST

/* --- at the same time --- */

enum { CROWD = 24 };

static void start_crowd(struct exchange crowd[CROWD], pthread_t threads[CROWD], const char *json)
{
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = (struct exchange){.key = "k", .json = json};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_exchange, &crowd[i]), 0);
    }
}

static void join_crowd(pthread_t threads[CROWD])
{
    for (int i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
}

static void await_waiting_for_key(const char *count)
{
    postgres_await(url,
                   "SELECT least(count(*), 2) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                   " AND query LIKE 'INSERT INTO idempotency_keys%'",
                   count);
}

START_TEST(simultaneous_repeats_wait_for_the_first)
{
    static struct exchange crowd[CROWD];
    pthread_t threads[CROWD];
    int replayed = 0;

    start_crowd(crowd, threads, "{\"name\":\"a\",\"act\":\"wait\"}");
    await_waiting_for_key("2");
    ck_assert_int_eq(atomic_load(&runs), 1);
    poly_latch_open(gate);
    join_crowd(threads);
    for (int i = 0; i < CROWD; i++) {
        ck_assert_int_eq(crowd[i].status, 201);
        ck_assert_str_eq(body_of(&crowd[i]), "{\"id\":1,\"name\":\"a\"}");
        replayed += is_replayed(&crowd[i]);
    }
    ck_assert_int_eq(replayed, CROWD - 1);
    ck_assert_int_eq(atomic_load(&runs), 1);
    ck_assert_int_eq(atomic_load(&made), 1);
    expect_items("a");
}
END_TEST

/* When the first is refused, the next one's turn has come, and so on. */
START_TEST(refused_ones_hand_the_key_on)
{
    static struct exchange crowd[CROWD];
    pthread_t threads[CROWD];

    start_crowd(crowd, threads, "{\"name\":\"a\",\"act\":\"refuse\"}");
    join_crowd(threads);
    for (int i = 0; i < CROWD; i++)
        ck_assert_int_eq(crowd[i].status, 409);
    ck_assert_int_eq(atomic_load(&runs), CROWD);
    expect_items("");
    expect_keys("0");
}
END_TEST

/* --- crashes --- */

START_TEST(a_crash_before_the_commit_leaves_nothing)
{
    struct exchange first = {.key = "k", .json = "{\"name\":\"a\",\"act\":\"wait\"}"};
    pthread_t thread;

    pthread_create(&thread, NULL, run_exchange, &first);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'", "1");
    postgres_crash();
    poly_latch_open(gate);
    pthread_join(thread, NULL);
    ck_assert_int_eq(first.status, 503);
    ck_assert_ptr_nonnull(loopback_field(first.answer, "Retry-After"));
    ck_assert_int_eq(atomic_load(&made), 0);
    postgres_restart();
    expect_items("");
    ck_assert_int_eq(post("k", first.json), 201);
    ck_assert(!is_replayed(&last));
    expect_items("a");
}
END_TEST

/* The server waits for a standby that does not exist: what it has committed is on disk, and nobody is told. */
START_TEST(a_crash_after_the_commit_loses_only_the_answer)
{
    struct exchange first = {.key = "k", .json = "{\"name\":\"a\"}"};
    pthread_t thread;

    postgres_run(url, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    postgres_run(url, "SELECT pg_reload_conf()");
    postgres_await(url, "SHOW synchronous_standby_names", "nobody");
    pthread_create(&thread, NULL, run_exchange, &first);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", "1");
    postgres_run(url, "ALTER SYSTEM RESET synchronous_standby_names");
    postgres_crash();
    pthread_join(thread, NULL);
    ck_assert_int_eq(first.status, 503);
    postgres_restart();
    expect_items("a");
    ck_assert_int_eq(post("k", first.json), 201);
    ck_assert(is_replayed(&last));
    ck_assert_str_eq(body_of(&last), "{\"id\":1,\"name\":\"a\"}");
    expect_items("a");
}
END_TEST

START_TEST(without_a_database_it_is_unavailable)
{
    postgres_crash();
    ck_assert_int_eq(post("k", "{\"name\":\"a\"}"), 503);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"code\":\"upstream_unavailable\""));
    ck_assert_int_eq(atomic_load(&runs), 0);
    postgres_restart();
}
END_TEST

/* --- old keys --- */

int main(void)
{
    const TTest *const tests[] = {
        the_change_and_its_answer,
        the_table_alone_tells_neither_key_nor_answer,
        an_answer_that_was_not_sealed_is_none,
        a_refusal_keeps_nothing,
        a_lost_transaction_runs_again,
        a_key_is_nothing_to_a_request_that_creates_nothing,
        a_repeat_is_answered_as_the_first,
        a_key_serves_one_request,
        a_handlers_digest_stands_for_the_body,
        callers_do_not_meet,
        keys_have_a_form,
        refusals_are_not_remembered,
        an_answer_that_is_too_large_keeps_nothing,
        simultaneous_repeats_wait_for_the_first,
        refused_ones_hand_the_key_on,
        a_crash_before_the_commit_leaves_nothing,
        a_crash_after_the_commit_loses_only_the_answer,
        without_a_database_it_is_unavailable,
    };
    Suite *suite = suite_create("write");
    TCase *cases = tcase_create("write");
    SRunner *runner = srunner_create(suite);
    int failed;

    postgres_begin();
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

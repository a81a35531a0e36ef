/* SPDX-License-Identifier: MIT */
/* A daemon with clerks, who have a user each at an sso-svc of the test's own, and the daemon's clients. */
#ifndef TESTS_ACCOUNT_SCENE_H
#define TESTS_ACCOUNT_SCENE_H

#include "loopback.h"
#include "postgres.h"
#include "upstream.h"

#include "poly/account.h"
#include "poly/log.h"
#include "poly/time.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET    "0123456789abcdef0123456789abcdef"
#define USERS_MAX 64
#define ORPHAN    "00000000-0000-4000-8000-00000000000"

/* --- sso-svc: users, and what is wrong with it --- */

enum disorder { FINE, DOWN, REFUSES, LOSES_ANSWERS };

static struct user {
    char entity_id[40];
    char username[64];
} users[USERS_MAX];
static size_t user_count;
static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic enum disorder disorder;
static atomic_int provisions, removals;

static struct user *find_user(const char *entity_id)
{
    for (size_t i = 0; i < user_count; i++)
        if (strcmp(users[i].entity_id, entity_id) == 0)
            return &users[i];
    return NULL;
}

static const char *holder_of(const char *username)
{
    for (size_t i = 0; i < user_count; i++)
        if (strcmp(users[i].username, username) == 0)
            return users[i].entity_id;
    return NULL;
}

static void put_user(const char *entity_id, const char *username)
{
    struct user *user = find_user(entity_id);

    if (!user)
        user = &users[user_count++];
    snprintf(user->entity_id, sizeof(user->entity_id), "%s", entity_id);
    snprintf(user->username, sizeof(user->username), "%s", username);
}

static size_t count_users(void)
{
    size_t count;

    pthread_mutex_lock(&users_lock);
    count = user_count;
    pthread_mutex_unlock(&users_lock);
    return count;
}

static void write_user(char *out, size_t size, const struct user *user)
{
    snprintf(out, size,
             "{\"id\":\"u-%s\",\"username\":\"%s\",\"full_name\":\"Name\",\"app\":\"services\",\"role\":\"executor\","
             "\"entity_id\":\"%s\",\"ruz_teacher_id\":null,\"telegram_id\":null,\"telegram_username\":null,"
             "\"telegram_linked\":false,\"is_active\":true,\"created_at\":\"2026-09-01T08:00:00Z\"}",
             user->entity_id, user->username, user->entity_id);
}

static bool answer(const upstream_exchange *exchange, int status, const char *body)
{
    if (atomic_load(&disorder) == LOSES_ANSWERS) {
        upstream_reset(exchange);
        return false;
    }
    return upstream_answer(exchange, status, status < 300 ? "application/json" : "application/problem+json", NULL, body,
                           strlen(body));
}

static bool refuse(const upstream_exchange *exchange, int status, const char *code)
{
    char body[256];

    snprintf(body, sizeof(body),
             "{\"type\":\"about:blank\",\"title\":\"T\",\"detail\":\"D\",\"code\":\"%s\",\"request_id\":\"r\"}", code);
    return answer(exchange, status, body);
}

static bool serve_provision(const upstream_exchange *exchange)
{
    poly_json *body;
    const char *entity_id, *username, *holder;
    char text[1024];
    bool lives;

    ck_assert_int_eq(poly_json_parse(exchange->body, exchange->body_size, NULL, &body, NULL), POLY_OK);
    entity_id = poly_json_text(poly_json_get(body, "entity_id"), "");
    username = poly_json_text(poly_json_get(body, "username"), "made.up");
    atomic_fetch_add(&provisions, 1);
    holder = holder_of(username);
    if (atomic_load(&disorder) == REFUSES || (holder && strcmp(holder, entity_id) != 0)) {
        lives = refuse(exchange, 400, "username_taken");
    } else {
        put_user(entity_id, username);
        write_user(text, sizeof(text), find_user(entity_id));
        lives = answer(exchange, 201, text);
    }
    poly_json_destroy(&body);
    return lives;
}

static bool serve_removal(const upstream_exchange *exchange)
{
    char entity_id[40];
    struct user *user;

    snprintf(entity_id, sizeof(entity_id), "%.36s", exchange->target + strlen("/api/users/by-entity/"));
    atomic_fetch_add(&removals, 1);
    user = find_user(entity_id);
    if (!user)
        return answer(exchange, 200, "{\"status\":\"not_found\"}");
    *user = users[--user_count];
    return answer(exchange, 200, "{\"status\":\"deleted\"}");
}

static bool serve_list(const upstream_exchange *exchange)
{
    static char body[USERS_MAX * 512];
    size_t size = (size_t)snprintf(body, sizeof(body), "{\"items\":[");

    for (size_t i = 0; i < user_count; i++) {
        if (i)
            body[size++] = ',';
        write_user(body + size, sizeof(body) - size, &users[i]);
        size += strlen(body + size);
    }
    snprintf(body + size, sizeof(body) - size, "],\"total\":%zu,\"page\":1,\"page_size\":500,\"total_pages\":1}",
             user_count);
    return answer(exchange, 200, body);
}

static bool serve_sso(const upstream_exchange *exchange, void *argument)
{
    bool lives;

    (void)argument;
    if (atomic_load(&disorder) == DOWN) {
        upstream_reset(exchange);
        return false;
    }
    pthread_mutex_lock(&users_lock);
    if (strcmp(exchange->method, "POST") == 0)
        lives = serve_provision(exchange);
    else if (strcmp(exchange->method, "DELETE") == 0)
        lives = serve_removal(exchange);
    else
        lives = serve_list(exchange);
    pthread_mutex_unlock(&users_lock);
    return lives;
}

/* --- a daemon with clerks --- */

static char url[256];
static struct loopback loopback;
static poly_pg *pool;
static upstream *sso;
static poly_sso_client *client;
static poly_accounts *accounts;

static const poly_problem clerk_unknown = {404, "clerk_unknown", {"Нет", "No"}, {"Нет такого.", "No such."}, 0};
static const poly_problem no_room = {409, "no_room", {"Нет", "No"}, {"Нет места.", "No room."}, 0};

static const poly_statement alive = {
    .name = "clerk_alive",
    .sql = "SELECT FROM clerks WHERE id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};
static const poly_statement list = {
    .name = "list_clerks",
    .sql = "SELECT id, 'executor', name, NULL::bigint FROM clerks WHERE id > $1 ORDER BY id LIMIT $2",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_UUID, POLY_PG_INT},
};
static const poly_statement insert = {
    .name = "insert_clerk",
    .sql = "INSERT INTO clerks (id, name) VALUES ($1, $2)",
    .types = {POLY_PG_UUID, POLY_PG_TEXT},
};
static const poly_statement remove_clerk = {
    .name = "remove_clerk",
    .sql = "DELETE FROM clerks WHERE id = $1",
    .types = {POLY_PG_UUID},
};

static poly_result insert_clerk(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const poly_account *account = context;
    poly_pg_rows rows;
    poly_result result;

    if (strcmp(account->full_name, "Nobody") == 0) {
        write->problem = &no_room;
        return POLY_REJECTED;
    }
    result = poly_pg_transaction_query(
        transaction, &insert, POLY_PG_VALUES(poly_pg_uuid(account->entity_id), poly_pg_text(account->full_name)),
        write->arena, &rows);
    if (result == POLY_OK)
        poly_strbuf_printf(&write->body, "{\"id\":\"%s\",\"username\":\"%s\"}", account->entity_id,
                           account->user.username);
    write->status = 201;
    return result;
}

static void post_clerk(poly_request *request)
{
    poly_account account = {.role = POLY_ROLE_EXECUTOR, .password = "correct horse"};
    const poly_json *body;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    account.full_name = poly_json_text(poly_json_get(body, "name"), "");
    account.username = poly_json_text(poly_json_get(body, "username"), NULL);
    poly_account_create(accounts, request, &(poly_write_options){.scope = "anna", .idempotent = true}, &account,
                        insert_clerk, &account);
}

static poly_result delete_one(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const char *id = context;
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &remove_clerk, POLY_PG_VALUES(poly_pg_uuid(id)), write->arena, &rows);

    if (result == POLY_OK && rows.affected == 0) {
        write->problem = &clerk_unknown;
        return POLY_NOT_FOUND;
    }
    write->status = 204;
    return result == POLY_OK ? poly_account_remove(transaction, write->arena, id, id) : result;
}

static void delete_clerk(poly_request *request)
{
    const char *id = poly_request_param(request, "id");

    poly_account_delete(accounts, request, &(poly_write_options){.scope = "anna"}, id, delete_one, (void *)id);
}

static const poly_route routes[] = {
    {POLY_POST, "/clerks", .handler = post_clerk, .deadline_ms = 20000},
    {POLY_DELETE, "/clerks/{id}", .handler = delete_clerk, .deadline_ms = 20000},
    {.path = NULL},
};

static void create_tables(void)
{
    postgres_run(url,
                 "CREATE TABLE clerks (id uuid PRIMARY KEY, name text NOT NULL);"
                 "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL,"
                 " key text, payload jsonb NOT NULL, attempts integer NOT NULL DEFAULT 0,"
                 " next_attempt_at timestamptz NOT NULL DEFAULT now(), dead_at timestamptz, last_error text,"
                 " created_at timestamptz NOT NULL DEFAULT now());"
                 "CREATE TABLE idempotency_keys (scope text NOT NULL, key text NOT NULL, digest bytea NOT NULL,"
                 " status integer, body text, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (scope, key));"
                 "CREATE TABLE audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                 " at timestamptz NOT NULL DEFAULT now(), event text NOT NULL, actor text, target text, address text,"
                 " request_id text, details jsonb NOT NULL DEFAULT '{}')");
}

static void start_accounts(void)
{
    accounts = poly_accounts_start(poly_runtime_loop(loopback.runtime, 0), &(poly_accounts_options){
                                                                               .pg = pool,
                                                                               .sso = client,
                                                                               .app = POLY_APP_SERVICES,
                                                                               .alive = &alive,
                                                                               .list = &list,
                                                                               .reconcile_seconds = 2,
                                                                           });
}

static void set_up(void)
{
    snprintf(url, sizeof(url), "%s", postgres_new_database());
    create_tables();
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    sso = upstream_start(serve_sso, NULL);
    client = poly_sso_client_create(upstream_url(sso), SECRET);
    loopback_start(&loopback, routes, (poly_server_options){.drain_ms = 3000}, 2);
    pool = poly_pg_create(&(poly_pg_options){.url = url});
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    poly_accounts_stop(&accounts);
    poly_sso_client_destroy(&client);
    poly_pg_destroy(&pool);
    upstream_stop(&sso);
    poly_log_stop();
}

/* --- its clients --- */

struct call {
    const char *key; /* NULL: none */
    const char *name;
    const char *username;
    int status;
    char answer[4096];
};

/* Without closing its side, which the server would take for leaving. */
static int exchange(const char *request, char *out, size_t size)
{
    int fd = loopback_connect(&loopback);

    loopback_send(fd, request, strlen(request));
    ck_assert_int_gt(loopback_read_all(fd, out, size), 0);
    close(fd);
    return loopback_status(out);
}

static void *run_call(void *argument)
{
    struct call *call = argument;
    char request[1024], body[256], key[128] = "";

    snprintf(body, sizeof(body), "{\"name\":\"%s\",\"username\":\"%s\"}", call->name, call->username);
    if (call->key)
        snprintf(key, sizeof(key), "Idempotency-Key: %s\r\n", call->key);
    snprintf(request, sizeof(request),
             "POST /clerks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             key, strlen(body), body);
    call->status = exchange(request, call->answer, sizeof(call->answer));
    return NULL;
}

static struct call last;

static int create(const char *key, const char *name, const char *username)
{
    last = (struct call){.key = key, .name = name, .username = username};
    run_call(&last);
    return last.status;
}

static int delete_by_id(const char *id)
{
    char request[256];

    snprintf(request, sizeof(request), "DELETE /clerks/%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", id);
    return exchange(request, last.answer, sizeof(last.answer));
}

static void expect_clerks(const char *count)
{
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM clerks"), count);
}

static void await_no_message(void)
{
    postgres_await(url, "SELECT count(*) FROM outbox", "0");
}

static void await_users(size_t count)
{
    for (int i = 0; i < 400 && count_users() != count; i++)
        usleep(50000);
    ck_assert_uint_eq(count_users(), count);
}

static void due_now(void)
{
    postgres_run(url, "UPDATE outbox SET next_attempt_at = now()");
}

#endif

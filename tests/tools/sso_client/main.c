/* SPDX-License-Identifier: MIT */
/*
 * Calls a running sso-svc by the library's client, as the other daemons do, and prints what came of it as one JSON
 * line.
 *
 *   sso_client BASE_URL SECRET COMMAND ARGUMENT...       "-" stands for an argument that is not given
 */
#include "poly/sso_client.h"

#include "../arguments.h"

#include <semaphore.h>
#include <string.h>

#define ID_MAX 9e15

static poly_sso_client *client;
static poly_sso_call call;
static poly_json_writer answer;
static char **arguments;
static size_t argument_count;
static sem_t done;

/* --- arguments --- */

/* NULL for "-" and behind the last. */
static const char *text_at(size_t at)
{
    return at < argument_count && strcmp(arguments[at], "-") != 0 ? arguments[at] : NULL;
}

static int64_t number_at(size_t at)
{
    const char *text = text_at(at);

    return text ? (int64_t)parse_number("a number", text, 0, ID_MAX) : 0;
}

static poly_app app_at(size_t at)
{
    const char *text = text_at(at);
    poly_app app;

    if (!poly_app_parse(text, &app))
        refuse("no such app", text ? text : "");
    return app;
}

/* --- answers --- */

static void put_user(const char *name, const poly_sso_user *user)
{
    poly_json_begin_object(&answer, name);
    poly_json_put_text(&answer, "id", user->id);
    poly_json_put_text(&answer, "username", user->username);
    poly_json_put_text(&answer, "full_name", user->full_name);
    poly_json_put_text(&answer, "app", poly_app_name(user->app));
    poly_json_put_text(&answer, "role", poly_role_name(user->role));
    poly_json_put_text(&answer, "entity_id", user->entity_id);
    poly_json_put_int(&answer, "ruz_teacher_id", user->ruz_teacher_id);
    poly_json_put_int(&answer, "telegram_id", user->telegram_id);
    poly_json_put_text(&answer, "telegram_username", user->telegram_username);
    poly_json_put_bool(&answer, "is_active", user->is_active);
    poly_json_put_text(&answer, "created_at", user->created_at);
    poly_json_end_object(&answer);
}

static poly_result with_user(poly_result result, const poly_sso_user *user)
{
    if (result == POLY_OK)
        put_user("user", user);
    return result;
}

static poly_result with_users(poly_result result, const poly_sso_users *users)
{
    if (result != POLY_OK)
        return result;
    poly_json_put_int(&answer, "total", users->total);
    poly_json_begin_array(&answer, "users");
    for (size_t i = 0; i < users->count; i++)
        put_user(NULL, &users->items[i]);
    poly_json_end_array(&answer);
    return result;
}

static void put_refusal(void)
{
    const poly_sso_refusal *refusal = &call.refusal;

    poly_json_put_int(&answer, "status", refusal->status);
    poly_json_put_text(&answer, "code", refusal->code);
    poly_json_put_text(&answer, "detail", refusal->detail);
    poly_json_begin_array(&answer, "faults");
    for (size_t i = 0; i < refusal->fault_count; i++)
        poly_json_put_text(&answer, NULL, refusal->faults[i].field);
    poly_json_end_array(&answer);
}

/* --- commands --- */

/* APP [ROLE [SEARCH [PAGE [SIZE]]]] */
static poly_result list(void)
{
    poly_role role;
    poly_sso_users users;
    const poly_sso_query query = {
        .app = app_at(0),
        .role = poly_role_parse(text_at(1), &role) ? &role : NULL,
        .search = text_at(2),
        .page = text_at(3) ? number_at(3) : 1,
        .page_size = text_at(4) ? number_at(4) : 50,
    };

    return with_users(poly_sso_list_users(client, &call, &query, &users), &users);
}

/* APP ENTITY... */
static poly_result entities(void)
{
    poly_sso_users users;
    poly_app app = app_at(0);

    return with_users(
        poly_sso_users_by_entities(client, &call, app, (const char *const *)arguments + 1, argument_count - 1, &users),
        &users);
}

static poly_result check_username(void)
{
    bool available;
    poly_result result = poly_sso_check_username(client, &call, text_at(0), &available);

    if (result == POLY_OK)
        poly_json_put_bool(&answer, "available", available);
    return result;
}

static poly_result by_telegram(void)
{
    poly_sso_user user;

    return with_user(poly_sso_user_by_telegram(client, &call, number_at(0), &user), &user);
}

static poly_result by_ruz_teacher(void)
{
    poly_sso_user user;

    return with_user(poly_sso_user_by_ruz_teacher(client, &call, number_at(0), &user), &user);
}

/* ENTITY NAME [USERNAME [PASSWORD [RUZ_TEACHER [active|inactive]]]] */
static poly_sso_provision provision_at(size_t at)
{
    const char *activity = text_at(at + 5);
    poly_sso_provision provision = {
        .entity_id = text_at(at),
        .full_name = text_at(at + 1),
        .username = text_at(at + 2),
        .password = text_at(at + 3),
        .ruz_teacher_id = number_at(at + 4),
    };

    if (activity)
        provision.activity = strcmp(activity, "active") == 0 ? POLY_SSO_ACTIVE : POLY_SSO_INACTIVE;
    return provision;
}

static poly_result staff(void)
{
    const poly_sso_provision provision = provision_at(0);
    poly_sso_user user;

    return with_user(poly_sso_provision_staff(client, &call, &provision, &user), &user);
}

static poly_result executor(void)
{
    const poly_sso_provision provision = provision_at(0);
    poly_sso_user user;

    return with_user(poly_sso_provision_executor(client, &call, &provision, &user), &user);
}

static poly_result teacher(void)
{
    const poly_sso_provision provision = provision_at(0);
    poly_sso_user user;

    return with_user(poly_sso_provision_teacher(client, &call, &provision, &user), &user);
}

static void put_outcome(const poly_sso_outcome *outcome)
{
    static const char *const kinds[] = {
        [POLY_SSO_FAILED] = "failed",
        [POLY_SSO_CREATED] = "created",
        [POLY_SSO_UPDATED] = "updated",
        [POLY_SSO_UNCHANGED] = "unchanged",
    };

    poly_json_begin_object(&answer, NULL);
    poly_json_put_text(&answer, "kind", kinds[outcome->kind]);
    if (outcome->kind == POLY_SSO_FAILED)
        poly_json_put_text(&answer, "code", outcome->code);
    else
        put_user("user", &outcome->user);
    poly_json_end_object(&answer);
}

/* COUNT: teachers "e-1" … with RUZ ids from 1. */
static poly_result teachers(void)
{
    size_t count = (size_t)number_at(0);
    poly_sso_provision *provisions = poly_arena_alloc_zero(call.arena, count + 1, sizeof(*provisions));
    const poly_sso_outcome *outcomes;
    poly_result result;

    for (size_t i = 0; i < count; i++)
        provisions[i] = (poly_sso_provision){.entity_id = poly_arena_printf(call.arena, "e-%zu", i + 1),
                                             .full_name = i % 100 == 99 ? "" : "Иванов Иван Иванович",
                                             .ruz_teacher_id = (int64_t)i + 1};
    result = poly_sso_provision_teachers(client, &call, provisions, count, &outcomes);
    if (result != POLY_OK)
        return result;
    poly_json_begin_array(&answer, "outcomes");
    for (size_t i = 0; i < count; i++)
        put_outcome(&outcomes[i]);
    poly_json_end_array(&answer);
    return result;
}

/* APP ENTITY */
static poly_result delete_by_entity(void)
{
    return poly_sso_delete_by_entity(client, &call, app_at(0), text_at(1));
}

/* USER TELEGRAM */
static poly_result link_telegram(void)
{
    const poly_sso_telegram account = {.id = number_at(1), .username = "poly_test", .chat_id = -5};
    poly_sso_user user;

    return with_user(poly_sso_link_telegram(client, &call, text_at(0), &account, &user), &user);
}

static poly_result unlink_telegram(void)
{
    poly_sso_user user;

    return with_user(poly_sso_unlink_telegram(client, &call, text_at(0), &user), &user);
}

/* ENTITY RUZ_TEACHER TELEGRAM */
static poly_result link_teacher(void)
{
    const poly_sso_telegram account = {.id = number_at(2)};
    poly_sso_user user;

    return with_user(poly_sso_link_teacher_telegram(client, &call, text_at(0), number_at(1), &account, &user), &user);
}

static poly_result telegram_token(void)
{
    poly_sso_token token;
    poly_result result = poly_sso_telegram_token(client, &call, number_at(0), &token);

    if (result != POLY_OK)
        return result;
    poly_json_put_text(&answer, "access_token", token.access_token);
    poly_json_put_text(&answer, "app", poly_app_name(token.app));
    poly_json_put_text(&answer, "role", poly_role_name(token.role));
    poly_json_put_text(&answer, "full_name", token.full_name);
    poly_json_put_text(&answer, "entity_id", token.entity_id);
    return result;
}

static const struct command {
    const char *name;
    poly_result (*run)(void);
} commands[] = {
    {"list", list},
    {"entities", entities},
    {"check-username", check_username},
    {"by-telegram", by_telegram},
    {"by-ruz-teacher", by_ruz_teacher},
    {"staff", staff},
    {"executor", executor},
    {"teacher", teacher},
    {"teachers", teachers},
    {"delete", delete_by_entity},
    {"link", link_telegram},
    {"unlink", unlink_telegram},
    {"link-teacher", link_teacher},
    {"token", telegram_token},
};

/* --- running one --- */

static void run(void *argument)
{
    const struct command *command = argument;
    poly_result result = command->run();

    poly_json_put_text(&answer, "result", poly_result_name(result));
    if (call.refusal.status)
        put_refusal();
    sem_post(&done);
}

static void run_on_fiber(const struct command *command)
{
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});

    sem_init(&done, 0, 0);
    poly_runtime_start(runtime);
    poly_fiber_start(poly_runtime_loop(runtime, 0), "command", run, (void *)(uintptr_t)command);
    while (sem_wait(&done) != 0)
        ;
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < POLY_LENGTH(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    refuse("no such command", name);
    return NULL;
}

int main(int argc, char **argv)
{
    const struct command *command;
    poly_strbuf text;

    if (argc < 5)
        refuse("too few arguments", "BASE_URL SECRET COMMAND ARGUMENT...");
    command = find_command(argv[3]);
    arguments = argv + 4;
    argument_count = (size_t)argc - 4;
    client = poly_sso_client_create(argv[1], argv[2]);
    call.arena = poly_arena_create(0);
    poly_strbuf_init(&text, (size_t)16 << 20);
    poly_json_writer_init(&answer, &text);
    poly_json_begin_object(&answer, NULL);
    run_on_fiber(command);
    poly_json_end_object(&answer);
    puts(poly_strbuf_text(&text));
    poly_strbuf_release(&text);
    poly_arena_destroy(&call.arena);
    poly_sso_client_destroy(&client);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Users as they are: looked up, listed, names that are free. */
#include "clients/sso_call.h"

#include <string.h>

#define ID_MAX ((INT64_C(1) << 53) - 1)

/* So many ids make a path of some 5 KiB; an id has at most 128 characters. */
#define IDS_PER_QUESTION 128
#define IDS_PATH_MAX     6000

/* --- reading --- */

/* Null is 0. */
static bool read_id(const poly_json *object, const char *name, int64_t *out)
{
    const poly_json *value = poly_json_get(object, name);

    *out = 0;
    return poly_json_type_of(value) == POLY_JSON_NULL || poly_json_int(value, 1, ID_MAX, out);
}

bool sso_read_app_and_role(const poly_json *object, poly_app *app, poly_role *role)
{
    return poly_app_parse(poly_json_text(poly_json_get(object, "app"), NULL), app) &&
           poly_role_parse(poly_json_text(poly_json_get(object, "role"), NULL), role);
}

poly_result sso_read_user(const poly_json *object, poly_arena *arena, void *out)
{
    poly_sso_user *user = out;
    bool is_whole = sso_read_text(object, "id", false, arena, &user->id) &&
                    sso_read_text(object, "username", false, arena, &user->username) &&
                    sso_read_text(object, "full_name", false, arena, &user->full_name) &&
                    sso_read_app_and_role(object, &user->app, &user->role) &&
                    sso_read_text(object, "entity_id", true, arena, &user->entity_id) &&
                    read_id(object, "ruz_teacher_id", &user->ruz_teacher_id) &&
                    read_id(object, "telegram_id", &user->telegram_id) &&
                    sso_read_text(object, "telegram_username", true, arena, &user->telegram_username) &&
                    poly_json_bool(poly_json_get(object, "is_active"), &user->is_active) &&
                    sso_read_text(object, "created_at", false, arena, &user->created_at);

    return is_whole ? POLY_OK : POLY_BAD_ANSWER;
}

static poly_result read_array(const poly_json *array, poly_arena *arena, poly_sso_users *users)
{
    poly_sso_user *user = poly_arena_alloc_zero(arena, poly_json_count(array) + 1, sizeof(*user));
    poly_result result = poly_json_type_of(array) == POLY_JSON_ARRAY ? POLY_OK : POLY_BAD_ANSWER;

    users->items = user;
    users->count = poly_json_count(array);
    for (const poly_json *item = poly_json_first(array); item && result == POLY_OK; item = poly_json_next(item))
        result = sso_read_user(item, arena, user++);
    return result;
}

static poly_result read_page(const poly_json *document, poly_arena *arena, void *out)
{
    poly_sso_users *users = out;

    if (!poly_json_int(poly_json_get(document, "total"), 0, ID_MAX, &users->total))
        return POLY_BAD_ANSWER;
    return read_array(poly_json_get(document, "items"), arena, users);
}

static poly_result read_list(const poly_json *document, poly_arena *arena, void *out)
{
    return read_array(document, arena, out);
}

static poly_result read_available(const poly_json *document, poly_arena *arena, void *out)
{
    (void)arena;
    return poly_json_bool(poly_json_get(document, "available"), out) ? POLY_OK : POLY_BAD_ANSWER;
}

/* --- lists --- */

poly_result poly_sso_list_users(poly_sso_client *client, poly_sso_call *call, const poly_sso_query *query,
                                poly_sso_users *users)
{
    const char *search = query->search ? sso_encode(call->arena, query->search) : "";
    const char *path =
        poly_arena_printf(call->arena, "/api/users?app_filter=%s&role_filter=%s&search=%s&page=%lld&page_size=%lld",
                          poly_app_name(query->app), query->role ? poly_role_name(*query->role) : "", search,
                          (long long)query->page, (long long)query->page_size);

    *users = (poly_sso_users){0};
    return sso_ask(client, call,
                   &(struct sso_question){.method = POLY_GET, .path = path, .read = read_page, .out = users});
}

/* A comma would make two ids of it. */
static bool append_id(const char *id, bool is_first, poly_strbuf *path)
{
    if (!is_first)
        poly_strbuf_append_char(path, ',');
    poly_url_encode(id, path);
    return *id && !strchr(id, ',');
}

/* Asks for as many of the ids as fit; `taken` says how many. */
static poly_result ask_for_some(poly_sso_client *client, poly_sso_call *call, poly_app app,
                                const char *const *entity_ids, size_t count, size_t *taken, poly_sso_users *users)
{
    poly_result result = POLY_OK;
    poly_strbuf path;

    poly_strbuf_init(&path, IDS_PATH_MAX + 512);
    poly_strbuf_printf(&path, "/api/users?app_filter=%s&entity_ids=", poly_app_name(app));
    for (*taken = 0; *taken < count && *taken < IDS_PER_QUESTION && path.size < IDS_PATH_MAX; ++*taken)
        if (!append_id(entity_ids[*taken], *taken == 0, &path))
            result = POLY_INVALID;
    if (result == POLY_OK && !path.overflowed)
        result = sso_ask(client, call,
                         &(struct sso_question){
                             .method = POLY_GET, .path = poly_strbuf_text(&path), .read = read_list, .out = users});
    else
        result = POLY_INVALID;
    poly_strbuf_release(&path);
    return result;
}

poly_result poly_sso_users_by_entities(poly_sso_client *client, poly_sso_call *call, poly_app app,
                                       const char *const *entity_ids, size_t count, poly_sso_users *users)
{
    poly_sso_user *items = poly_arena_alloc_zero(call->arena, count + 1, sizeof(*items));
    poly_result result = POLY_OK;
    size_t taken;

    *users = (poly_sso_users){.items = items};
    for (size_t at = 0; at < count && result == POLY_OK; at += taken) {
        poly_sso_users some = {0};

        result = ask_for_some(client, call, app, entity_ids + at, count - at, &taken, &some);
        if (result == POLY_OK && some.count > taken)
            result = POLY_BAD_ANSWER; /* an entity has one user in an app */
        if (result == POLY_OK && some.count)
            memcpy(items + users->count, some.items, some.count * sizeof(*items));
        users->count += result == POLY_OK ? some.count : 0;
    }
    users->total = (int64_t)users->count;
    return result;
}

/* --- single ones --- */

poly_result poly_sso_check_username(poly_sso_client *client, poly_sso_call *call, const char *username, bool *available)
{
    const char *path =
        poly_arena_printf(call->arena, "/api/users/check-username?username=%s", sso_encode(call->arena, username));

    return sso_ask(client, call,
                   &(struct sso_question){.method = POLY_GET, .path = path, .read = read_available, .out = available});
}

static poly_result look_up(poly_sso_client *client, poly_sso_call *call, const char *kind, int64_t id,
                           poly_sso_user *user)
{
    const char *path = poly_arena_printf(call->arena, "/api/users/%s/%lld", kind, (long long)id);

    return sso_ask(client, call,
                   &(struct sso_question){.method = POLY_GET, .path = path, .read = sso_read_user, .out = user});
}

poly_result poly_sso_user_by_telegram(poly_sso_client *client, poly_sso_call *call, int64_t telegram_id,
                                      poly_sso_user *user)
{
    return look_up(client, call, "by-telegram", telegram_id, user);
}

poly_result poly_sso_user_by_ruz_teacher(poly_sso_client *client, poly_sso_call *call, int64_t ruz_teacher_id,
                                         poly_sso_user *user)
{
    return look_up(client, call, "by-ruz-teacher", ruz_teacher_id, user);
}

/* SPDX-License-Identifier: MIT */
#include "user.h"

#include <string.h>

#include "poly/text.h"

const char *const app_names[] = {
    [POLY_APP_SSO] = "sso", [POLY_APP_SERVICES] = "services", [POLY_APP_TRAFFIC] = "traffic", NULL};
const char *const role_names[] = {[POLY_ROLE_ADMIN] = "admin",
                                  [POLY_ROLE_STAFF] = "staff",
                                  [POLY_ROLE_EXECUTOR] = "executor",
                                  [POLY_ROLE_TEACHER] = "teacher",
                                  NULL};

static void put_id(poly_json_writer *writer, const char *name, int64_t id)
{
    if (id)
        poly_json_put_int(writer, name, id);
    else
        poly_json_put_null(writer, name);
}

void user_write(poly_json_writer *writer, const char *name, const sso_user *user)
{
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "id", user->id);
    poly_json_put_text(writer, "username", user->username);
    poly_json_put_text(writer, "full_name", user->full_name);
    poly_json_put_text(writer, "app", poly_app_name(user->app));
    poly_json_put_text(writer, "role", poly_role_name(user->role));
    poly_json_put_text(writer, "entity_id", user->entity_id);
    put_id(writer, "ruz_teacher_id", user->ruz_teacher_id);
    put_id(writer, "telegram_id", user->telegram_id);
    poly_json_put_text(writer, "telegram_username", user->telegram_username);
    poly_json_put_bool(writer, "telegram_linked", user->telegram_id != 0);
    poly_json_put_bool(writer, "is_active", user->is_active);
    poly_json_put_text(writer, "created_at", user->created_at);
    poly_json_end_object(writer);
}

const char *user_sort_text(const char *full_name, const char *username, poly_arena *arena)
{
    poly_strbuf folded;
    const char *text;

    poly_strbuf_init(&folded, 16 * 1024);
    poly_text_fold(full_name, strlen(full_name), &folded);
    poly_strbuf_append_char(&folded, ' ');
    poly_text_fold(username, strlen(username), &folded);
    text = poly_arena_strndup(arena, poly_strbuf_text(&folded), folded.size);
    poly_strbuf_release(&folded);
    return text;
}

/* A name of three words has six orders; whoever types more words types more than a name. */
static void order_words(user_search *search, poly_arena *arena)
{
    static const unsigned char orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const char **starts = poly_arena_alloc(arena, POLY_LENGTH(orders) * sizeof(*starts));
    const char *words[3] = {search->longest};

    for (size_t i = 0; i < search->other_count && i < 2; i++)
        words[i + 1] = search->others[i];
    for (size_t i = 0; search->other_count >= 2 && i < POLY_LENGTH(orders); i++)
        starts[search->start_count++] =
            poly_arena_printf(arena, "%s %s %s", words[orders[i][0]], words[orders[i][1]], words[orders[i][2]]);
    if (search->other_count == 1) {
        starts[search->start_count++] = poly_arena_printf(arena, "%s %s", words[0], words[1]);
        starts[search->start_count++] = poly_arena_printf(arena, "%s %s", words[1], words[0]);
    }
    search->starts = starts;
    search->rest_count = search->other_count > 2 ? search->other_count - 2 : 0;
    search->rest = search->others + search->other_count - search->rest_count;
}

const user_search *user_search_read(const char *typed, poly_arena *arena)
{
    user_search *search = poly_arena_alloc_zero(arena, 1, sizeof(*search));
    const char **others = poly_arena_alloc(arena, (strlen(typed) + 1) * sizeof(*others));
    poly_strbuf folded;

    poly_strbuf_init(&folded, 16 * 1024);
    poly_text_fold(typed, strlen(typed), &folded);
    search->others = others;
    for (const char *at = poly_strbuf_text(&folded); *at;) {
        size_t size = strcspn(at, " ");
        const char *word = poly_arena_strndup(arena, at, size);
        const char *shorter = word;

        if (!search->longest || size > strlen(search->longest)) {
            shorter = search->longest;
            search->longest = word;
        }
        if (shorter)
            others[search->other_count++] = shorter;
        at += size + (at[size] == ' ');
    }
    poly_strbuf_release(&folded);
    if (!search->longest)
        return NULL;
    order_words(search, arena);
    return search;
}

bool entity_id_is_valid(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return size >= 1 && size <= ENTITY_ID_MAX;
}

poly_access_token user_claims(const sso_user *user, poly_auth_source source)
{
    return (poly_access_token){
        .base.audience = {poly_app_name(user->app)},
        .user_id = user->id,
        .username = user->username,
        .full_name = user->full_name,
        .app = user->app,
        .role = user->role,
        .entity_id = user->entity_id,
        .auth_source = source,
        .telegram_id = source == POLY_AUTH_TELEGRAM ? user->telegram_id : 0,
    };
}

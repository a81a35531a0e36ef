/* SPDX-License-Identifier: MIT */
#include "teacher_answer.h"

#include <stdlib.h>
#include <string.h>

#include "poly/log.h"

#include "service.h"

static int compare(const void *left, const void *right)
{
    const poly_sso_user *a = left, *b = right;

    return strcmp(a->entity_id ? a->entity_id : "", b->entity_id ? b->entity_id : "");
}

const poly_sso_users *teacher_users(poly_request *request, const teacher *teachers, size_t count)
{
    const traffic_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    const char **ids = poly_arena_alloc(arena, (count + 1) * sizeof(*ids));
    poly_sso_users *users = poly_arena_alloc_zero(arena, 1, sizeof(*users));
    poly_sso_call call = {.arena = arena};
    poly_sso_user *sorted;
    poly_result result;

    for (size_t i = 0; i < count; i++)
        ids[i] = teachers[i].id;
    result = count ? poly_sso_users_by_entities(service->sso, &call, POLY_APP_TRAFFIC, ids, count, users) : POLY_OK;
    if (result != POLY_OK) {
        poly_log(POLY_LOG_WARNING, "teachers are listed without their users",
                 poly_text_field("error", poly_result_name(result)));
        return NULL;
    }
    sorted = poly_arena_alloc(arena, (users->count + 1) * sizeof(*sorted));
    if (users->count) {
        memcpy(sorted, users->items, users->count * sizeof(*sorted));
        qsort(sorted, users->count, sizeof(*sorted), compare);
    }
    users->items = sorted;
    return users;
}

const poly_sso_user *teacher_user_of(const poly_sso_users *users, const char *entity_id)
{
    const poly_sso_user key = {.entity_id = entity_id};

    return users->count ? bsearch(&key, users->items, users->count, sizeof(key), compare) : NULL;
}

static void put_id(poly_json_writer *writer, const char *name, int64_t id)
{
    if (id)
        poly_json_put_int(writer, name, id);
    else
        poly_json_put_null(writer, name);
}

void teacher_write(poly_json_writer *writer, const teacher *who, const poly_sso_user *user, bool asked)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "id", who->id);
    poly_json_put_text(writer, "full_name", who->full_name);
    poly_json_put_text(writer, "username", user ? user->username : who->username);
    put_id(writer, "ruz_teacher_id", who->ruz_teacher_id);
    poly_json_put_bool(writer, "is_active", who->is_active);
    poly_json_put_text(writer, "source", who->is_synced ? "sync" : "manual");
    poly_json_put_text(writer, "missing_since", who->missing_since);
    put_id(writer, "telegram_id", user ? user->telegram_id : 0);
    poly_json_put_text(writer, "telegram_username", user ? user->telegram_username : NULL);
    if (asked)
        poly_json_put_bool(writer, "telegram_linked", user && user->telegram_id);
    else
        poly_json_put_null(writer, "telegram_linked");
    poly_json_put_text(writer, "created_at", who->created_at);
    poly_json_end_object(writer);
}

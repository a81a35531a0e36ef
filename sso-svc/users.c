/* SPDX-License-Identifier: MIT */
/* Users read: lists, look-ups, free names. */
#include "handlers.h"

#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "problems.h"
#include "rules.h"
#include "service.h"
#include "store.h"
#include "username.h"

enum { SEARCH_MAX = 200, ENTITY_IDS_MAX = 500, PAGE_SIZE = 50 };

#define LIST_MAX ((size_t)8 << 20)

struct listing {
    user_filter filter;
    poly_app app;
    poly_role role;
    poly_page page;
    user_list list;
};

/* Comma-separated. */
static void read_entity_ids(poly_request *request, user_filter *filter)
{
    const char *text = poly_request_query(request, "entity_ids");
    poly_arena *arena = poly_request_arena(request);
    const char **ids;

    if (!text || !*text)
        return;
    ids = poly_arena_alloc_zero(arena, ENTITY_IDS_MAX, sizeof(*ids));
    while (*text && filter->entity_count < ENTITY_IDS_MAX) {
        size_t size = strcspn(text, ",");

        if (size)
            ids[filter->entity_count++] = poly_arena_strndup(arena, text, size);
        text += size + (text[size] == ',');
    }
    if (*text)
        poly_request_fault(request, "entity_ids", "too_many",
                           (poly_message){"Параметр «entity_ids»: не больше 500 идентификаторов за раз.",
                                          "The parameter \"entity_ids\" takes at most 500 ids at a time."});
    filter->entity_ids = ids;
}

static void read_listing(poly_request *request, struct listing *listing)
{
    const char *search = poly_query_text(request, "search", SEARCH_MAX);
    int app = poly_query_choice(request, "app_filter", app_names);
    int role = poly_query_choice(request, "role_filter", role_names);

    listing->page = poly_query_page(request, PAGE_SIZE, USERS_PAGE_MAX);
    if (app >= 0) {
        listing->app = (poly_app)app;
        listing->filter.app = &listing->app;
    }
    if (role >= 0) {
        listing->role = (poly_role)role;
        listing->filter.role = &listing->role;
    }
    if (search)
        listing->filter.search = user_search_read(search, poly_request_arena(request));
    read_entity_ids(request, &listing->filter);
}

/* A service must say whose users it wants. False when it has been refused. */
static bool may_list(poly_request *request, const user_filter *filter)
{
    const sso_caller *caller = caller_of(request);

    if (caller->service && !filter->app)
        poly_fail(request, &problem_app_filter_missing);
    else if (caller->service && !caller_may_touch(caller, *filter->app))
        poly_fail(request, &problem_app_forbidden);
    else
        return true;
    return false;
}

static void write_items(poly_json_writer *writer, const char *name, const user_list *list)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < list->count; i++)
        user_write(writer, NULL, &list->items[i]);
    poly_json_end_array(writer);
}

/* An array that the limit has cut says so. */
static void tell_total(poly_request *request, const user_list *list)
{
    char total[24];

    snprintf(total, sizeof(total), "%lld", (long long)list->total);
    poly_respond_header(request, "X-Total-Count", total);
    if (list->total > (int64_t)list->count)
        poly_respond_header(request, "Link", "<?page=1&page_size=500>; rel=\"first\"");
}

static void respond_list(poly_request *request, const struct listing *listing)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    if (listing->page.asked) {
        poly_json_begin_object(&writer, NULL);
        write_items(&writer, "items", &listing->list);
        poly_json_put_page(&writer, listing->page, listing->list.total);
        poly_json_end_object(&writer);
    } else {
        tell_total(request, &listing->list);
        write_items(&writer, NULL, &listing->list);
    }
    poly_respond_json(request, 200, &body);
}

/* GET /api/users/?app_filter=&role_filter=&search=&entity_ids=&page=&page_size=: an array, or a page if one is asked
 * for. */
void get_users(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    struct listing listing = {0};
    int64_t limit, offset;
    poly_result result;

    read_listing(request, &listing);
    if (poly_request_refused(request) || !may_list(request, &listing.filter))
        return;
    limit = listing.page.asked ? listing.page.page_size : USERS_MAX;
    offset = listing.page.asked ? (listing.page.page - 1) * listing.page.page_size : 0;
    result = store_list_users(service->pg, poly_request_arena(request), &listing.filter, limit, offset, &listing.list);
    if (result == POLY_OK)
        respond_list(request, &listing);
    else
        poly_fail_dependency(request, result, "postgresql");
}

/* GET /api/users/check-username?username=: {"available"}. */
void get_check_username(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    const char *typed = poly_query_text_required(request, "username", 128);
    char username[USERNAME_SIZE];
    poly_json_writer writer;
    poly_strbuf body;
    bool is_free;
    poly_result result;

    if (typed && !username_normalise(typed, username))
        rule_note(request, &fault_username);
    if (poly_request_refused(request))
        return;
    result = store_username_is_free(service->pg, poly_request_arena(request), username, &is_free);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, 64);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_bool(&writer, "available", is_free);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* --- look-ups by the ids of other systems --- */

static void respond_user(poly_request *request, poly_result result, const sso_user *user)
{
    poly_json_writer writer;
    poly_strbuf body;

    if (result == POLY_NOT_FOUND) {
        poly_fail(request, &problem_user_unknown);
        return;
    }
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    user_write(&writer, NULL, user);
    poly_respond_json(request, 200, &body);
}

/* The app to look in: a service sees its own only. False when it has been answered. */
static bool read_lookup(poly_request *request, poly_app *app, const poly_app **filter)
{
    const sso_caller *caller = caller_of(request);
    int chosen = poly_query_choice(request, "app_filter", app_names);

    if (poly_request_refused(request))
        return false;
    *app = chosen >= 0 ? (poly_app)chosen : caller->app;
    *filter = chosen >= 0 || caller->service ? app : NULL;
    if (caller_may_touch(caller, *app))
        return true;
    poly_fail(request, &problem_app_forbidden);
    return false;
}

/* GET /api/users/by-telegram/{telegram_id}?app_filter=. */
void get_user_by_telegram(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    int64_t telegram_id = poly_param_int(request, "telegram_id", 1, TELEGRAM_ID_MAX);
    const poly_app *filter;
    poly_app app;
    sso_user user;

    if (read_lookup(request, &app, &filter))
        respond_user(request,
                     store_user_by_telegram(service->pg, poly_request_arena(request), telegram_id, filter, &user),
                     &user);
}

/* GET /api/users/by-ruz-teacher/{ruz_teacher_id}?app_filter=. */
void get_user_by_ruz_teacher(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    int64_t ruz_teacher_id = poly_param_int(request, "ruz_teacher_id", 1, RUZ_ID_MAX);
    const poly_app *filter;
    poly_app app;
    sso_user user;

    if (read_lookup(request, &app, &filter))
        respond_user(request,
                     store_user_by_ruz_teacher(service->pg, poly_request_arena(request), ruz_teacher_id, filter, &user),
                     &user);
}

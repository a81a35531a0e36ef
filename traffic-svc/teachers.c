/* SPDX-License-Identifier: MIT */
/* Teachers, as administrators look at them. */
#include "handlers.h"

#include <stdio.h>

#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"
#include "teacher_answer.h"

enum { SEARCH_MAX = 200, PAGE_SIZE = 50, PAGE_SIZE_MAX = 200, ARRAY_MAX = 5000, USERNAME_MAX = 128 };

#define LIST_MAX ((size_t)8 << 20)

static void write_items(poly_json_writer *writer, const char *name, const teacher_page *page,
                        const poly_sso_users *users)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < page->count; i++)
        teacher_write(writer, &page->items[i], users ? teacher_user_of(users, page->items[i].id) : NULL, users != NULL);
    poly_json_end_array(writer);
}

/* An array that the limit has cut says so. */
static void tell_total(poly_request *request, const teacher_page *page)
{
    char total[24];

    snprintf(total, sizeof(total), "%lld", (long long)page->total);
    poly_respond_header(request, "X-Total-Count", total);
    if (page->total > (int64_t)page->count)
        poly_respond_header(request, "Link", "<?page=1&page_size=200>; rel=\"first\"");
}

static void respond_list(poly_request *request, poly_page asked, const teacher_page *page, const poly_sso_users *users)
{
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    if (asked.asked) {
        poly_json_begin_object(&writer, NULL);
        write_items(&writer, "items", page, users);
        poly_json_put_page(&writer, asked, page->total);
        poly_json_end_object(&writer);
    } else {
        tell_total(request, page);
        write_items(&writer, NULL, page, users);
    }
    poly_respond_json(request, 200, &body);
}

/* GET /api/teachers/?search=&page=&page_size=: an array, or a page if one is asked for. */
void get_teachers(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    const char *search = poly_query_text(request, "search", SEARCH_MAX);
    poly_page asked = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    const poly_sso_users *users;
    teacher_page page;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = store_list_teachers(service->pg, arena, search, asked.asked ? asked.page_size : ARRAY_MAX,
                                 asked.asked ? (asked.page - 1) * asked.page_size : 0, &page);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    users = teacher_users(request, page.items, page.count);
    respond_list(request, asked, &page, users);
}

/* GET /api/teachers/check-username?username=: {"available"}. */
void get_check_username(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *username = poly_query_text_required(request, "username", USERNAME_MAX);
    poly_sso_call call = {.arena = poly_request_arena(request), .language = poly_request_language(request)};
    poly_json_writer writer;
    poly_strbuf body;
    bool available;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = poly_sso_check_username(service->sso, &call, username, &available);
    if (result != POLY_OK) {
        poly_sso_fail(request, &call, result);
        return;
    }
    poly_strbuf_init(&body, 64);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_bool(&writer, "available", available);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

bool teacher_of_path(poly_request *request, teacher *out)
{
    const traffic_service *service = poly_request_context(request);
    const char *id;

    return read_path_id(request, "id", &problem_teacher_unknown, &id) &&
           answer_failure(request, store_find_teacher(service->pg, poly_request_arena(request), id, out),
                          &problem_teacher_unknown);
}

/* GET /api/teachers/{id}/telegram-register-link: where the teacher tells the bot who they are. */
void get_telegram_register_link(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *bot = service->config->telegram_bot_username;
    poly_json_writer writer;
    poly_strbuf body;
    teacher who;

    if (!teacher_of_path(request, &who))
        return;
    if (!*bot) {
        poly_fail(request, &problem_telegram_off);
        return;
    }
    poly_strbuf_init(&body, 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "link",
                       poly_arena_printf(poly_request_arena(request), "https://t.me/%s?start=teacher_%s",
                                         bot + (*bot == '@'), who.id));
    poly_json_put_text(&writer, "bot_username", bot + (*bot == '@'));
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

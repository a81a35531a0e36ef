/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "kind_parameter.h"
#include "reply.h"

#define QUERY_MIN_CHARACTERS 2
#define QUERY_MAX_CHARACTERS 100
#define PAGE_SIZE            20
#define PAGE_SIZE_MAX        200
#define ANSWER_MAX           ((size_t)1 << 20)

static const char *const parent_names[] = {
    [TIMETABLE_GROUP] = "faculty_id",
    [TIMETABLE_TEACHER] = NULL,
    [TIMETABLE_ROOM] = "building_id",
};

static size_t count_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80 && *text != ' ';
    return count;
}

static const char *query_q(poly_request *request)
{
    const char *q = poly_query_text_required(request, "q", QUERY_MAX_CHARACTERS);

    if (q && count_characters(q) < QUERY_MIN_CHARACTERS)
        poly_request_fault(request, "q", "too_short",
                           (poly_message){"Параметр «q»: введите хотя бы два знака.",
                                          "The parameter \"q\" must have two characters at least."});
    return q;
}

static void write_item(poly_json_writer *writer, const search_item *item)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "kind", timetable_kind_name(item->kind));
    poly_json_put_int(writer, "id", item->id);
    poly_json_put_text(writer, "name", item->name);
    poly_json_put_text(writer, "detail", item->detail ? item->detail : "");
    if (parent_names[item->kind])
        poly_json_put_int(writer, parent_names[item->kind], item->parent_id);
    poly_json_end_object(writer);
}

static void write_page(poly_strbuf *body, const search_item *const *items, size_t count, size_t total,
                       const poly_page *page)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < count; i++)
        write_item(&writer, items[i]);
    poly_json_end_array(&writer);
    poly_json_put_int(&writer, "total", (int64_t)total);
    poly_json_put_int(&writer, "page", page->page);
    poly_json_put_int(&writer, "page_size", page->page_size);
    poly_json_put_int(&writer, "total_pages", ((int64_t)total + page->page_size - 1) / page->page_size);
    poly_json_end_object(&writer);
}

static void reply_found(poly_request *request, const directory_view *directory, const char *q, unsigned kinds,
                        const poly_page *page)
{
    const schedule_service *service = poly_request_context(request);
    const search_item **items = poly_arena_alloc(poly_request_arena(request), (size_t)page->page_size * sizeof(*items));
    size_t count, total;
    poly_strbuf body;

    if (search_index_search(directory_index(directory), q, kinds, (size_t)((page->page - 1) * page->page_size),
                            (size_t)page->page_size, items, &count, &total) != POLY_OK) {
        poly_request_fault(request, "q", "too_many_words",
                           (poly_message){"Параметр «q»: слишком много слов, оставьте не больше восьми.",
                                          "The parameter \"q\" has too many words; leave eight at most."});
        poly_request_refused(request);
        return;
    }
    poly_strbuf_init(&body, ANSWER_MAX);
    write_page(&body, items, count, total, page);
    reply_made(request, "application/json", &body, directory_keeper_provenance(service->directory));
}

/* GET /search?q=&kind=&page=&page_size=: groups, teachers and rooms by the beginnings of their words. */
void get_search(poly_request *request)
{
    const schedule_service *service = poly_request_context(request);
    const char *q = query_q(request);
    unsigned kinds = query_timetable_kinds(request);
    poly_page page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    directory_view *directory;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = directory_keeper_get(service->directory, poly_fiber_deadline(), &directory);
    if (result != POLY_OK) {
        /* A directory that is not there yet will be, so it is 503 and not 504. */
        poly_fail_dependency(request, result == POLY_TIMEOUT ? POLY_UNAVAILABLE : result, "directory");
        return;
    }
    if (directory_kinds(directory) & kinds)
        reply_found(request, directory, q, kinds, &page);
    else
        poly_fail_dependency(request, POLY_UNAVAILABLE, "directory");
    directory_unref(&directory);
}

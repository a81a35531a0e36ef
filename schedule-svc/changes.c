/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "kind_parameter.h"
#include "moment.h"
#include "reply.h"

#define PAGE_SIZE     50
#define PAGE_SIZE_MAX 200
#define ANSWER_MAX    ((size_t)16 << 20)

static int64_t query_since(poly_request *request)
{
    const char *text = poly_request_query(request, "since");
    int64_t moment = 0;

    if (text && *text && !moment_parse(text, &moment))
        poly_request_fault(
            request, "since", "time",
            (poly_message){
                "Параметр «since»: укажите время в виде 2026-09-01T08:00:00Z или день в виде 2026-09-01.",
                "The parameter \"since\" must be a time such as 2026-09-01T08:00:00Z or a day such as 2026-09-01.",
            });
    return moment;
}

static void write_page(poly_strbuf *body, const change_record *records, size_t count, size_t total,
                       const poly_page *page, int64_t last_sequence)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < count; i++)
        poly_json_put_raw(&writer, NULL, records[i].json);
    poly_json_end_array(&writer);
    poly_json_put_int(&writer, "total", (int64_t)total);
    poly_json_put_int(&writer, "page", page->page);
    poly_json_put_int(&writer, "page_size", page->page_size);
    poly_json_put_int(&writer, "total_pages", ((int64_t)total + page->page_size - 1) / page->page_size);
    poly_json_put_int(&writer, "last_sequence", last_sequence);
    poly_json_end_object(&writer);
}

/* GET /changes?since=&after=&kind=&id=&page=&page_size=: what changed in watched timetables, newest first. */
void get_changes(poly_request *request)
{
    const schedule_service *service = poly_request_context(request);
    poly_page page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    change_query query = {
        .since_time = query_since(request),
        .after_sequence = poly_query_int(request, "after", 0, INT64_C(1) << 53, 0),
        .timetables = query_timetable_kinds(request),
        .timetable_id = poly_query_int(request, "id", 1, RESOURCE_ID_MAX, 0),
        .offset = (size_t)((page.page - 1) * page.page_size),
        .limit = (size_t)page.page_size,
    };
    int64_t last_sequence;
    change_record *records;
    size_t count, total;
    poly_strbuf body;

    if (poly_request_refused(request))
        return;
    last_sequence = change_log_last_sequence(service->changes);
    change_log_query(service->changes, &query, poly_request_arena(request), &records, &count, &total);
    poly_strbuf_init(&body, ANSWER_MAX);
    write_page(&body, records, count, total, &page, last_sequence);
    poly_respond_header(request, "Cache-Control", "no-cache");
    poly_respond_json(request, 200, &body);
}

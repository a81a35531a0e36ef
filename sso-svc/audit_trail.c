/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include "service.h"
#include "store.h"

enum { FILTER_MAX = 128, PAGE_SIZE = 50, PAGE_SIZE_MAX = 200 };

#define ANSWER_MAX ((size_t)4 << 20)

static void write_row(poly_json_writer *writer, const audit_row *row)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_int(writer, "id", row->id);
    poly_json_put_text(writer, "at", row->at);
    poly_json_put_text(writer, "event", row->event);
    poly_json_put_text(writer, "actor", row->actor);
    poly_json_put_text(writer, "target", row->target);
    poly_json_put_text(writer, "address", row->address);
    poly_json_put_text(writer, "request_id", row->request_id);
    poly_json_put_raw(writer, "details", row->details);
    poly_json_end_object(writer);
}

/* GET /api/audit?event=&actor=&target=&from=&to=&page=&page_size=: a page, newest first. */
void get_audit(poly_request *request)
{
    const sso_service *service = poly_request_context(request);
    audit_filter filter = {
        .event = poly_query_text(request, "event", FILTER_MAX),
        .actor = poly_query_text(request, "actor", FILTER_MAX),
        .target = poly_query_text(request, "target", FILTER_MAX),
    };
    poly_page page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    int64_t from, to, total;
    poly_json_writer writer;
    audit_row *rows;
    poly_strbuf body;
    size_t count;
    poly_result result;

    filter.from = poly_query_time(request, "from", &from) ? &from : NULL;
    filter.to = poly_query_time(request, "to", &to) ? &to : NULL;
    if (poly_request_refused(request))
        return;
    result = store_list_audit(service->pg, poly_request_arena(request), &filter, page.page_size,
                              (page.page - 1) * page.page_size, &rows, &count, &total);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < count; i++)
        write_row(&writer, &rows[i]);
    poly_json_end_array(&writer);
    poly_json_put_page(&writer, page, total);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* SPDX-License-Identifier: MIT */
/* Sessions as their teacher reads them. */
#include "handlers.h"

#include "caller.h"
#include "own_session.h"
#include "reading.h"
#include "service.h"
#include "store.h"

enum { PAGE_SIZE = 50, ATTENDEES_PAGE_SIZE = 200, PAGE_SIZE_MAX = 200, CORRECTIONS = 200 };

#define LIST_MAX   ((size_t)16 << 20) /* each session may have a timetable's entry with it */
#define ANSWER_MAX ((size_t)1 << 20)

/* GET /api/sessions/?page=&page_size=: the teacher's own, newest first. */
void get_sessions(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_page page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX);
    poly_json_writer writer;
    session_list list;
    poly_strbuf body;

    if (poly_request_refused(request) ||
        !answer_failure(request,
                        store_list_sessions(service->pg, poly_request_arena(request), caller_of(request)->teacher->id,
                                            page.page_size, (page.page - 1) * page.page_size, &list),
                        NULL))
        return;
    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < list.count; i++)
        session_write(&writer, NULL, &list.items[i]);
    poly_json_end_array(&writer);
    poly_json_put_page(&writer, page, list.total);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* GET /api/sessions/{id}: with the last corrections. */
void get_session(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    lesson_session session;
    poly_json_writer writer;
    const char *corrections;
    poly_strbuf body;

    if (!own_session(request, &session) ||
        !answer_failure(
            request,
            store_corrections_json(service->pg, poly_request_arena(request), session.id, CORRECTIONS, &corrections),
            NULL))
        return;
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    session_write_members(&writer, &session);
    poly_json_put_raw(&writer, "corrections", poly_slice_of(corrections));
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* GET /api/sessions/{id}/attendees?page=&page_size=: in the order of names. */
void get_attendees(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_page page = poly_query_page(request, ATTENDEES_PAGE_SIZE, PAGE_SIZE_MAX);
    lesson_session session;
    poly_json_writer writer;
    attendance_list list;
    poly_strbuf body;

    if (poly_request_refused(request) || !own_session(request, &session) ||
        !answer_failure(request,
                        store_list_attendance(service->pg, poly_request_arena(request), session.id, page.page_size,
                                              (page.page - 1) * page.page_size, &list),
                        NULL))
        return;
    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "items");
    for (size_t i = 0; i < list.count; i++)
        attendance_write(&writer, NULL, &list.items[i]);
    poly_json_end_array(&writer);
    poly_json_put_page(&writer, page, list.total);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

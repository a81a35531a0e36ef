/* SPDX-License-Identifier: MIT */
/* GET /api/applications/export.csv?status=&from=&to=: streamed, oldest first, however many there are. */
#include "handlers.h"

#include <stdio.h>

#include "poly/log.h"
#include "poly/sheet.h"

#include "application_access.h"
#include "service.h"

#define PORTION_MAX  ((size_t)64 << 20)
#define MICROSECONDS INT64_C(1000000)
#define NIL_UUID     "00000000-0000-0000-0000-000000000000"
#define FOREVER      INT64_C(253402300799) /* the end of the year 9999 */

struct export
{
    const char *department_id; /* NULL: all */
    application_state state;
    int64_t until; /* µs, excluded */
    export_mark mark;
};

static const char *const columns[] = {
    "Номер",  "Подана",      "Услуга", "Студент",  "E-mail", "ID студента",
    "Статус", "Исполнитель", "Срок",   "Изменена", "Форма",
};

static const char *const state_labels[STATE_COUNT] = {
    [STATE_PENDING] = "Ожидает",
    [STATE_IN_PROGRESS] = "В работе",
    [STATE_COMPLETED] = "Выполнена",
    [STATE_REJECTED] = "Отклонена",
};

/* A day as `to` means all of it. */
static int64_t read_until(poly_request *request)
{
    const char *text = poly_request_query(request, "to");
    poly_date day;
    int64_t until = FOREVER;

    if (!poly_query_time(request, "to", &until))
        return FOREVER;
    return text && poly_date_parse(text, &day) ? until + 24 * 3600 : until + 1;
}

static void read_export(poly_request *request, struct export *export)
{
    const services_caller *caller = caller_of(request);
    int state = poly_query_choice(request, "status", application_state_names);
    int64_t from = 0;

    export->department_id = caller->who == WHO_ADMIN ? NULL : caller->department_id;
    export->state = state < 0 ? STATE_COUNT : (application_state)state;
    poly_query_time(request, "from", &from);
    export->until = read_until(request) * MICROSECONDS;
    export->mark = (export_mark){from * MICROSECONDS, NIL_UUID};
}

static void append(poly_strbuf *out, const campus_application *application)
{
    const char *const cells[POLY_LENGTH(columns)] = {
        application->id,
        application->created_at,
        application->service_name,
        application->student_name,
        application->student_email,
        application->student_id,
        state_labels[application->state],
        application->executor_name,
        application->due_at,
        application->updated_at,
        application->form_data,
    };

    poly_csv_append_row(out, cells, POLY_LENGTH(cells));
}

static poly_result read_portion(poly_request *request, poly_arena *arena, struct export *export, application_list *out)
{
    const services_service *service = poly_request_context(request);

    *out = (application_list){.count = 0};
    return store_export_applications(service->pg, arena, export->department_id, export->state, export->until,
                                     &export->mark, out);
}

static poly_result send_portion(poly_request *request, const application_list *list)
{
    poly_strbuf out;
    poly_result result;

    poly_strbuf_init(&out, PORTION_MAX);
    for (size_t i = 0; i < list->count; i++)
        append(&out, &list->items[i]);
    result = out.overflowed ? POLY_TOO_LARGE : poly_stream_write(request, out.data, out.size);
    poly_strbuf_release(&out);
    return result;
}

static poly_result send_head(poly_request *request)
{
    poly_strbuf out;
    poly_result result;

    poly_respond_header(request, "Content-Disposition", "attachment; filename=\"applications.csv\"");
    result = poly_stream_begin(request, 200, POLY_CSV_TYPE, -1);
    if (result != POLY_OK)
        return result;
    poly_strbuf_init(&out, (size_t)4 << 10);
    poly_csv_append_mark(&out);
    poly_csv_append_row(&out, columns, POLY_LENGTH(columns));
    result = poly_stream_write(request, out.data, out.size);
    poly_strbuf_release(&out);
    return result;
}

/* Two arenas take turns: the mark is in that of the portion before. */
static poly_result send_rest(poly_request *request, struct export *export, size_t count)
{
    poly_arena *arenas[] = {poly_arena_create(0), poly_arena_create(0)};
    application_list list;
    poly_result result = POLY_OK;

    for (size_t turn = 0; result == POLY_OK && count == EXPORT_PORTION; turn ^= 1) {
        poly_arena_reset(arenas[turn]);
        result = read_portion(request, arenas[turn], export, &list);
        if (result == POLY_OK)
            result = send_portion(request, &list);
        count = list.count;
    }
    poly_arena_destroy(&arenas[0]);
    poly_arena_destroy(&arenas[1]);
    return result;
}

void get_applications_export(poly_request *request)
{
    struct export export;
    application_list first;
    poly_result result;

    read_export(request, &export);
    if (poly_request_refused(request))
        return;
    result = read_portion(request, poly_request_arena(request), &export, &first);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "postgresql");
        return;
    }
    result = send_head(request);
    if (result == POLY_OK)
        result = send_portion(request, &first);
    if (result == POLY_OK)
        result = send_rest(request, &export, first.count);
    if (result == POLY_OK) {
        poly_stream_end(request);
        return;
    }
    /* The client sees that the answer has no end. */
    if (result != POLY_CANCELLED)
        poly_log(POLY_LOG_WARNING, "an export has been cut off", poly_text_field("result", poly_result_name(result)));
    poly_respond_abort(request);
}

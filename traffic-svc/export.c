/* SPDX-License-Identifier: MIT */
/* A session's attendees for spreadsheets. */
#include "handlers.h"

#include "attendance_sheet.h"
#include "own_session.h"
#include "reading.h"
#include "service.h"
#include "store.h"

enum { ATTENDEES_MAX = 20000 };

#define FILE_MAX ((size_t)32 << 20)

typedef struct export_kind {
    const char *extension;
    const char *content_type;
    poly_result (*make)(const poly_sheet *sheet, poly_strbuf *out);
} export_kind;

struct making {
    const export_kind *kind;
    poly_sheet sheet;
    poly_strbuf file;
    poly_result result;
};

static void make(void *argument)
{
    struct making *making = argument;

    making->result = making->kind->make(&making->sheet, &making->file);
}

static void respond_file(poly_request *request, const lesson_session *session, struct making *making)
{
    poly_result result;

    poly_strbuf_init(&making->file, FILE_MAX);
    result = poly_offload(make, making);
    if (result == POLY_OK)
        result = making->result;
    if (result != POLY_OK) {
        poly_strbuf_release(&making->file);
        poly_fail_dependency(request, result, "export");
        return;
    }
    poly_respond_header(
        request, "Content-Disposition",
        attendance_file(session, making->kind->extension, poly_request_language(request), poly_request_arena(request)));
    poly_respond_strbuf(request, 200, making->kind->content_type, &making->file);
}

static void export_session(poly_request *request, const export_kind *kind)
{
    const traffic_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    struct making making = {.kind = kind};
    lesson_session session;
    attendance_list list;

    if (!own_session(request, &session) ||
        !answer_failure(request, store_list_attendance(service->pg, arena, session.id, ATTENDEES_MAX, 0, &list), NULL))
        return;
    making.sheet = attendance_sheet(list.items, list.count, poly_request_language(request), arena);
    respond_file(request, &session, &making);
}

/* GET /api/sessions/{id}/export.csv. */
void get_export_csv(poly_request *request)
{
    static const export_kind csv = {"csv", POLY_CSV_TYPE, poly_sheet_csv};

    export_session(request, &csv);
}

/* GET /api/sessions/{id}/export.xlsx. */
void get_export_xlsx(poly_request *request)
{
    static const export_kind xlsx = {"xlsx", POLY_XLSX_TYPE, poly_sheet_xlsx};

    export_session(request, &xlsx);
}

/* SPDX-License-Identifier: MIT */
/* GET /api/applications/attachments/{id}/download: a file, or a part of it (RFC 9110, section 14). */
#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>

#include "poly/log.h"

#include "application_access.h"
#include "byte_range.h"
#include "fields.h"
#include "file_name.h"
#include "problems.h"
#include "service.h"

#define PIECE ((size_t)64 << 10)

/* What the caller may not see is unknown to them. False: it has been answered. */
static bool find(poly_request *request, campus_attachment *out)
{
    const services_service *service = poly_request_context(request);
    const services_caller *caller = caller_of(request);
    const char *id = path_id(request, &problem_attachment_unknown);
    campus_application of;
    poly_result result;

    if (!id)
        return false;
    result = store_find_attachment(service->pg, poly_request_arena(request), id, out, &of);
    if (result != POLY_OK && result != POLY_NOT_FOUND) {
        poly_fail_dependency(request, result, "postgresql");
        return false;
    }
    if (result == POLY_OK && application_is_seen_by(&of, caller) && !(out->internal && caller->who == WHO_STUDENT))
        return true;
    poly_fail(request, &problem_attachment_unknown);
    return false;
}

/* The store has lost a file that the database knows of: nothing that the caller can help. */
static void fail_to_open(poly_request *request, const campus_attachment *wanted, poly_result result)
{
    if (result == POLY_NOT_FOUND)
        poly_log(POLY_LOG_ERROR, "a file is missing", poly_text_field("attachment", wanted->id),
                 poly_text_field("name", wanted->stored_name));
    if (result == POLY_NOT_FOUND || result == POLY_IO || result == POLY_OVERLOADED)
        poly_fail(request, &problem_storage_unavailable);
    else
        poly_fail_dependency(request, result, "storage");
}

static poly_result send_bytes(poly_request *request, storage_reader *reader, byte_range range, char *piece)
{
    poly_result result = POLY_OK;

    while (result == POLY_OK && range.size > 0) {
        size_t room = range.size < PIECE ? (size_t)range.size : PIECE, got = 0;

        result = storage_read(reader, range.first, piece, room, &got);
        if (result == POLY_OK && got == 0)
            return POLY_IO; /* it has become shorter; the answer stays short, too, and the client sees that */
        if (result == POLY_OK)
            result = poly_stream_write(request, piece, got);
        range.first += got;
        range.size -= got;
    }
    return result;
}

static void send(poly_request *request, storage_reader *reader, const campus_attachment *wanted, int status,
                 byte_range range)
{
    char *piece;

    if (poly_stream_begin(request, status, wanted->content_type, (int64_t)range.size) != POLY_OK)
        return;
    if (poly_request_method(request) != POLY_HEAD) {
        piece = poly_alloc(PIECE);
        (void)!send_bytes(request, reader, range, piece);
        free(piece);
    }
    poly_stream_end(request);
}

static void say_range(poly_request *request, const byte_range *range, uint64_t size)
{
    unsigned long long first = range->first, last = range->first + range->size - 1, all = size;

    poly_respond_header(request, "Content-Range",
                        poly_arena_printf(poly_request_arena(request), "bytes %llu-%llu/%llu", first, last, all));
}

static void refuse_range(poly_request *request, uint64_t size)
{
    unsigned long long all = size;

    poly_respond_header(request, "Content-Range", poly_arena_printf(poly_request_arena(request), "bytes */%llu", all));
    poly_fail(request, &problem_range_unsatisfiable);
}

static void answer(poly_request *request, storage_reader *reader, const campus_attachment *wanted, const char *etag,
                   uint64_t size)
{
    byte_range range;
    byte_range_answer part = byte_range_read(poly_request_header(request, "Range"),
                                             poly_request_header(request, "If-Range"), etag, size, &range);

    poly_respond_header(request, "Accept-Ranges", "bytes");
    if (part == RANGE_UNSATISFIABLE) {
        refuse_range(request, size);
        return;
    }
    if (part == RANGE_PART)
        say_range(request, &range, size);
    poly_respond_header(request, "ETag", etag);
    poly_respond_header(request, "Content-Disposition",
                        file_name_disposition(poly_request_arena(request), wanted->name));
    poly_respond_header(request, "Content-Security-Policy", "default-src 'none'; sandbox");
    poly_respond_header(request, "Cache-Control", "no-store");
    send(request, reader, wanted, part == RANGE_PART ? 206 : 200, range);
}

void get_attachment(poly_request *request)
{
    const services_service *service = poly_request_context(request);
    storage_reader *reader;
    campus_attachment wanted;
    const char *etag;
    uint64_t size;
    poly_result result;

    if (!find(request, &wanted))
        return;
    etag = poly_arena_printf(poly_request_arena(request), "\"%s\"", wanted.sha256);
    if (poly_slice_equal(poly_request_header(request, "If-None-Match"), etag)) {
        poly_respond_header(request, "ETag", etag);
        poly_respond_header(request, "Cache-Control", "no-store");
        poly_respond_empty(request, 304);
        return;
    }
    result = storage_open(service->storage, wanted.stored_name, &reader, &size);
    if (result != POLY_OK) {
        fail_to_open(request, &wanted, result);
        return;
    }
    answer(request, reader, &wanted, etag, size);
    storage_close(&reader);
}

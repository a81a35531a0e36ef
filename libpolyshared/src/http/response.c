/* SPDX-License-Identifier: MIT */
/* The head of an answer, and the answers whose body is at hand. */
#include "http/connection.h"
#include "http/negotiate.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#define COMPRESS_MIN        1024u
#define COMPRESS_INLINE_MAX (64u * 1024u)
#define COMPRESS_LEVEL      5

static const char security_fields[] = "X-Content-Type-Options: nosniff\r\n"
                                      "Referrer-Policy: no-referrer\r\n"
                                      "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < POLY_LENGTH(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Status";
}

/* A head under construction in the request's arena; the room is reckoned before. */
struct head_writer {
    char *at;
    char *end;
};

static void put(struct head_writer *writer, const char *text, size_t size)
{
    assert((size_t)(writer->end - writer->at) >= size);
    memcpy(writer->at, text, size);
    writer->at += size;
}

static void put_text(struct head_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

#define put_literal(writer, text) put(writer, text, sizeof(text) - 1)

static void put_number(struct head_writer *writer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    put(writer, digits + at, sizeof(digits) - at);
}

static void put_field(struct head_writer *writer, const char *name, const char *value)
{
    put_text(writer, name);
    put_literal(writer, ": ");
    put_text(writer, value);
    put_literal(writer, "\r\n");
}

static const char *date_now(struct server_loop *home)
{
    time_t now = time(NULL);

    if (now != home->date_second) {
        home->date_second = now;
        poly_time_format_http(now, home->date);
    }
    return home->date;
}

static void put_status_line(struct head_writer *writer, int status)
{
    put_literal(writer, "HTTP/1.1 ");
    put_number(writer, (uint64_t)status);
    put_literal(writer, " ");
    put_text(writer, reason_of(status));
    put_literal(writer, "\r\n");
}

static void put_vary(struct head_writer *writer, const poly_request *request)
{
    const char *const *origins = request->connection->home->server->options.cors_allow_origins;
    const char *separator = "Vary: ";

    if (request->varies_by_encoding) {
        put_text(writer, separator);
        put_literal(writer, "Accept-Encoding");
        separator = ", ";
    }
    if (request->varies_by_language) {
        put_text(writer, separator);
        put_literal(writer, "Accept-Language");
        separator = ", ";
    }
    if (origins && *origins) {
        put_text(writer, separator);
        put_literal(writer, "Origin");
        separator = ", ";
    }
    if (*separator == ',')
        put_literal(writer, "\r\n");
}

static void put_cors(struct head_writer *writer, const poly_request *request)
{
    const char *origin = cors_allowed_origin(request);

    if (!origin)
        return;
    put_field(writer, "Access-Control-Allow-Origin", origin);
    put_literal(writer, "Access-Control-Allow-Credentials: true\r\n"
                        "Access-Control-Expose-Headers: Age, Content-Disposition, ETag, Link, Retry-After, "
                        "X-Request-ID, X-Schedule-Stale, X-Total-Count\r\n");
}

static void put_trace(struct head_writer *writer, const poly_request *request)
{
    char traceparent[POLY_TRACEPARENT_SIZE];

    poly_trace_parent(&request->trace, traceparent);
    put_field(writer, "X-Request-ID", request->trace.request_id);
    put_field(writer, "traceparent", traceparent);
}

static void put_framing(struct head_writer *writer, const poly_request *request, const char *content_type,
                        int64_t content_length)
{
    const struct answer *answer = &request->answer;

    if (content_type)
        put_field(writer, "Content-Type", content_type);
    if (content_length >= 0 && answer->status != 204 && answer->status != 304) {
        put_literal(writer, "Content-Length: ");
        put_number(writer, (uint64_t)content_length);
        put_literal(writer, "\r\n");
    } else if (answer->chunked) {
        put_literal(writer, "Transfer-Encoding: chunked\r\n");
    }
    if (answer->closes)
        put_literal(writer, "Connection: close\r\n");
    else if (request->head.minor == 0)
        put_literal(writer, "Connection: keep-alive\r\n");
}

static size_t fields_size(const poly_request *request)
{
    size_t size = 0;

    for (const struct response_field *field = request->fields; field; field = field->next)
        size += strlen(field->name) + strlen(field->value) + 4;
    return size;
}

/* A connection is kept only when both sides can tell where the request ended. */
static bool must_close(const poly_request *request)
{
    return !request->head.keep_alive || request->body.state != HTTP_BODY_END || request->connection->closing ||
           atomic_load_explicit(&request->connection->home->server->draining, memory_order_relaxed);
}

void response_build(poly_request *request, int status, const char *content_type, int64_t content_length,
                    poly_blob *body)
{
    struct answer *answer = &request->answer;
    size_t room = 1280 + strlen(request->trace.request_id) + fields_size(request);
    struct head_writer writer;
    char *head = poly_arena_alloc(request->arena, room);

    assert(!answer->begun);
    writer = (struct head_writer){head, head + room};
    answer->begun = true;
    answer->status = status;
    answer->closes = must_close(request) || (content_length < 0 && !answer->chunked && status != 204 && status != 304);
    put_status_line(&writer, status);
    put_field(&writer, "Date", date_now(request->connection->home));
    put_framing(&writer, request, content_type, content_length);
    if (request->etag_field)
        put_field(&writer, "ETag", request->etag_field);
    put_field(&writer, "Cache-Control", request->cache_control ? request->cache_control : "no-store");
    put_vary(&writer, request);
    put_cors(&writer, request);
    put_trace(&writer, request);
    for (const struct response_field *field = request->fields; field; field = field->next)
        put_field(&writer, field->name, field->value);
    put(&writer, security_fields, sizeof(security_fields) - 1);
    put_literal(&writer, "\r\n");
    answer->pieces[0] = (struct iovec){head, (size_t)(writer.at - head)};
    answer->piece_count = 1;
    if (body && request->head.method != POLY_HEAD && status != 304 && status != 204) {
        answer->body = poly_blob_ref(body);
        answer->pieces[answer->piece_count++] = (struct iovec){(void *)(uintptr_t)body->data, body->size};
    }
}

void response_refuse(poly_request *request, const struct http_refusal *refusal)
{
    const char *detail;

    request_begin(request);
    request->body.state = HTTP_BODY_BAD;
    if (http_language(request->head.known[HTTP_ACCEPT_LANGUAGE]) == POLY_RUSSIAN)
        detail = poly_arena_printf(request->arena, "Запрос не понят сервером (%s).", refusal->reason);
    else
        detail = poly_arena_printf(request->arena, "The request was not understood: %s.", refusal->reason);
    poly_fail_detail(request, problem_for_status(refusal->status), detail);
}

/* --- public --- */

void poly_respond_header(poly_request *request, const char *name, const char *value)
{
    struct response_field *field = poly_arena_alloc_zero(request->arena, 1, sizeof(*field));

    assert(!strpbrk(value, "\r\n") && !request->answer.begun);
    if (poly_slice_equal_nocase(poly_slice_of(name), "Cache-Control")) {
        request->cache_control = poly_arena_strdup(request->arena, value);
        return;
    }
    field->name = name;
    field->value = poly_arena_strdup(request->arena, value);
    *request->fields_end = field;
    request->fields_end = &field->next;
}

bool poly_request_accepts_gzip(const poly_request *request)
{
    return http_accepts_gzip(request->head.known[HTTP_ACCEPT_ENCODING]);
}

poly_language poly_request_language(const poly_request *request)
{
    return http_language(request->head.known[HTTP_ACCEPT_LANGUAGE]);
}

const char *poly_request_say(const poly_request *request, poly_message message)
{
    return poly_request_language(request) == POLY_ENGLISH ? message.en : message.ru;
}

struct compression {
    const poly_blob *plain;
    poly_blob *packed;
};

static void compress(void *argument)
{
    struct compression *compression = argument;

    compression->packed = poly_blob_gzip(compression->plain, COMPRESS_LEVEL);
}

/* A full off-loop queue is no reason to fail: the plain form will do. */
poly_blob *poly_request_compress(poly_request *request, const char *content_type, const poly_blob *body)
{
    struct compression compression = {body, NULL};
    bool packable = strncmp(content_type, "text/", 5) == 0 || strstr(content_type, "json");

    if (!packable || body->size < COMPRESS_MIN)
        return NULL;
    request->varies_by_encoding = true;
    if (!poly_request_accepts_gzip(request) || request->head.method == POLY_HEAD)
        return NULL;
    if (body->size <= COMPRESS_INLINE_MAX)
        compress(&compression);
    else if (poly_offload(compress, &compression) != POLY_OK)
        return NULL;
    return compression.packed;
}

void poly_respond_blob(poly_request *request, int status, const char *content_type, poly_blob *body)
{
    poly_blob *packed = poly_request_compress(request, content_type, body);

    if (packed)
        poly_respond_header(request, "Content-Encoding", "gzip");
    response_build(request, status, content_type, (int64_t)(packed ? packed : body)->size, packed ? packed : body);
    poly_blob_unref(&packed);
}

void poly_respond_strbuf(poly_request *request, int status, const char *content_type, poly_strbuf *body)
{
    poly_blob *blob;

    if (body->overflowed) {
        poly_log_plain(POLY_LOG_ERROR, "an answer is larger than its buffer's maximum");
        poly_strbuf_release(body);
        poly_fail(request, &problem_internal);
        return;
    }
    blob = poly_blob_from_strbuf(body);
    poly_respond_blob(request, status, content_type, blob);
    poly_blob_unref(&blob);
}

void poly_respond_json(poly_request *request, int status, poly_strbuf *body)
{
    poly_respond_strbuf(request, status, "application/json", body);
}

void poly_respond_empty(poly_request *request, int status)
{
    response_build(request, status, NULL, 0, NULL);
}

void poly_respond_representation(poly_request *request, const poly_representation *representation)
{
    poly_slice if_none_match = request->head.known[HTTP_IF_NONE_MATCH];
    bool packed = representation->gzip && poly_request_accepts_gzip(request);
    poly_blob *body = packed ? representation->gzip : representation->identity;
    size_t etag_size = strlen(representation->etag);
    char *etag = poly_arena_alloc(request->arena, etag_size + 6);

    assert(body);
    request->varies_by_encoding |= representation->gzip != NULL;
    request->cache_control = representation->cache_control;
    etag[0] = '"';
    memcpy(etag + 1, representation->etag, etag_size);
    memcpy(etag + 1 + etag_size, packed ? "-gz\"" : "\"", packed ? 5 : 2);
    request->etag_field = etag;
    if (if_none_match.data && http_etag_matches(if_none_match, representation->etag)) {
        response_build(request, 304, NULL, -1, NULL);
        return;
    }
    if (packed)
        poly_respond_header(request, "Content-Encoding", "gzip");
    response_build(request, 200, representation->content_type, (int64_t)body->size, body);
}

void poly_respond_abort(poly_request *request)
{
    request->answer.begun = true;
    request->answer.aborted = true;
}

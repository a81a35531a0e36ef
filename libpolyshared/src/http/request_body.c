/* SPDX-License-Identifier: MIT */
/* Bodies, piece by piece and held whole. */
#include "http/connection.h"

#include <string.h>

#define DEFAULT_MAX          (1024u * 1024u)
#define GRACE                POLY_SECONDS(5)
#define MIN_BYTES_PER_SECOND 1024u
#define PARSE_ON_LOOP_MAX    (24u * 1024u)
#define HELD_MAX             (64u << 20) /* of all unfinished bodies of a loop */
#define SECRET_ROOM          (64u << 10)

/* --- piece by piece --- */

static poly_result answer_100(struct connection *connection)
{
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct iovec piece = {(void *)(uintptr_t)interim, sizeof(interim) - 1};

    return connection_write_waiting(connection, &piece, 1);
}

/* What has arrived; empty when nothing has. */
static poly_slice take_arrived(poly_request *request)
{
    struct connection *connection = request->connection;
    poly_slice data = {NULL, 0};

    while (connection->input_start < connection->input_size && request->body.state != HTTP_BODY_END &&
           request->body.state != HTTP_BODY_BAD && data.size == 0) {
        poly_slice input = {connection->input->bytes + connection->input_start,
                            connection->input_size - connection->input_start};

        connection->input_start += http_body_take(&request->body, input, &data);
    }
    connection->body_received += data.size;
    connection->input_pinned = data.size > 0;
    return data;
}

/* The slower a body comes, the sooner it is over: a minimum rate behind a grace. Only waiting for the client counts. */
static poly_result await_more(poly_request *request)
{
    struct connection *connection = request->connection;
    uint64_t allowed = GRACE + POLY_SECONDS(1) * connection->body_received / MIN_BYTES_PER_SECOND;
    uint64_t began = poly_loop_now(connection->home->loop);
    poly_result result;

    if (request->body_waited >= allowed)
        return POLY_TIMEOUT;
    result = connection_await_input(connection, began + allowed - request->body_waited);
    request->body_waited += poly_loop_now(connection->home->loop) - began;
    return result;
}

poly_result request_pull(poly_request *request, poly_slice *piece)
{
    poly_result result = POLY_OK;

    if (request->head.expects_continue && !request->body_asked && request->body.state != HTTP_BODY_END)
        result = answer_100(request->connection);
    request->body_asked = true;
    while (result == POLY_OK) {
        *piece = take_arrived(request);
        if (piece->size)
            return POLY_OK;
        if (request->body.state == HTTP_BODY_END)
            return POLY_NOT_FOUND;
        if (request->body.state == HTTP_BODY_BAD)
            return POLY_INVALID;
        result = await_more(request);
    }
    return result;
}

void request_fail_body(poly_request *request, poly_result result)
{
    switch (result) {
    case POLY_TOO_LARGE:
        poly_fail(request, &problem_too_large);
        return;
    case POLY_TIMEOUT:
        poly_fail(request, &problem_body_timeout);
        return;
    case POLY_OVERLOADED:
        poly_counter_add(request->connection->home->server->shed_counter, 1);
        poly_fail(request, &problem_overloaded);
        return;
    case POLY_INVALID:
        poly_fail_detail(request, &problem_malformed,
                         poly_request_say(request, (poly_message){"Тело запроса нарушает кодировку chunked.",
                                                                  "The body breaks the chunked coding."}));
        return;
    default:
        poly_respond_abort(request); /* the client left in the middle */
    }
}

/* --- whole --- */

static poly_result receive(poly_request *request, poly_strbuf *out)
{
    struct server_loop *home = request->connection->home;

    while (home->body_bytes_held <= HELD_MAX || request->body.state == HTTP_BODY_END) {
        poly_slice piece;
        poly_result result = request_pull(request, &piece);

        if (result != POLY_OK)
            return result == POLY_NOT_FOUND ? POLY_OK : result;
        home->body_bytes_held += piece.size;
        if (!poly_strbuf_append(out, piece.data, piece.size))
            return POLY_TOO_LARGE;
    }
    return POLY_OVERLOADED;
}

/* A buffer that grows leaves copies behind. */
static void make_secret_room(const poly_request *request, size_t max_size, poly_strbuf *out)
{
    size_t size = request->head.chunked ? SECRET_ROOM : (size_t)request->head.content_length;

    (void)poly_strbuf_reserve(out, size < max_size ? size : max_size);
}

static void release(const poly_request *request, poly_strbuf *out)
{
    if (request->secret && out->data)
        explicit_bzero(out->data, out->capacity);
    poly_strbuf_release(out);
}

poly_result poly_request_body(poly_request *request, size_t max_size, poly_slice *body)
{
    struct server_loop *home = request->connection->home;
    uint64_t received = request->connection->body_received;
    poly_strbuf out;
    poly_result result;

    max_size = max_size ? max_size : DEFAULT_MAX;
    poly_strbuf_init(&out, max_size);
    if (request->secret)
        make_secret_room(request, max_size, &out);
    if ((uint64_t)request->head.content_length > max_size)
        result = POLY_TOO_LARGE;
    else
        result = receive(request, &out);
    home->body_bytes_held -= request->connection->body_received - received;
    /* While it waited for its client it had no place. */
    if (result == POLY_OK && home->active_count > home->server->options.max_active)
        result = POLY_OVERLOADED;
    if (result == POLY_OK)
        request->body_text =
            (poly_slice){poly_arena_strndup(request->arena, poly_strbuf_text(&out), out.size), out.size};
    else
        request_fail_body(request, result);
    release(request, &out);
    *body = request->body_text;
    return result;
}

poly_slice poly_request_body_text(const poly_request *request)
{
    return request->body_text;
}

static bool is_json(poly_slice content_type)
{
    const char *semicolon;

    if (!content_type.data)
        return false;
    semicolon = memchr(content_type.data, ';', content_type.size);
    if (semicolon)
        content_type.size = (size_t)(semicolon - content_type.data);
    while (content_type.size && content_type.data[content_type.size - 1] == ' ')
        content_type.size--;
    return poly_slice_equal_nocase(content_type, "application/json");
}

static void fail_json(poly_request *request, const poly_json_error *error)
{
    const poly_message message = {
        poly_arena_printf(request->arena, "Тело запроса — не JSON: байт %zu (%s).", error->offset, error->reason),
        poly_arena_printf(request->arena, "The body is not JSON: byte %zu (%s).", error->offset, error->reason),
    };

    poly_fail_detail(request, &problem_malformed, poly_request_say(request, message));
}

struct parsing {
    poly_slice body;
    poly_json_limits limits;
    poly_json **document;
    poly_json_error error;
    poly_result result;
};

static void parse(void *argument)
{
    struct parsing *parsing = argument;

    parsing->result =
        poly_json_parse(parsing->body.data, parsing->body.size, &parsing->limits, parsing->document, &parsing->error);
}

/* A large document would hold up the loop. */
static poly_result parse_body(poly_request *request, struct parsing *parsing)
{
    poly_result result = POLY_OK;

    if (parsing->body.size > PARSE_ON_LOOP_MAX)
        result = poly_offload(parse, parsing);
    else
        parse(parsing);
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "off-loop work");
        return result;
    }
    if (parsing->result != POLY_OK)
        fail_json(request, &parsing->error);
    return parsing->result;
}

poly_result poly_request_json_up_to(poly_request *request, size_t max_size, const poly_json **document)
{
    struct parsing parsing = {.limits.max_size = max_size, .document = &request->document};
    poly_result result;

    if (!is_json(request->head.known[HTTP_CONTENT_TYPE])) {
        poly_fail(request, &problem_unsupported_type);
        return POLY_INVALID;
    }
    result = poly_request_body(request, max_size, &parsing.body);
    if (result == POLY_OK)
        result = parse_body(request, &parsing);
    *document = request->document;
    return result;
}

poly_result poly_request_json(poly_request *request, const poly_json **document)
{
    return poly_request_json_up_to(request, 0, document);
}

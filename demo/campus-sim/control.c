/* SPDX-License-Identifier: MIT */
/* The control API: what a test changes and looks at while the simulator runs. It is described in demo/README.md. */
#include "exchange.h"

#include <string.h>

#define MAX_BODY     (8u << 20)
#define MAX_LISTING  (4u << 20)
#define MAX_DEPTH    32
#define MAX_DELAY_MS 3600000
#define MAX_HUGE     (INT64_C(1) << 40)
#define DEFAULT_HUGE (INT64_C(1) << 30)
#define DEFAULT_DRIP 100

static const poly_problem malformed = {.status = 400,
                                       .code = "malformed_json",
                                       .title = {"Неверный JSON", "Malformed JSON"},
                                       .detail = {"Тело запроса не является JSON.", "The body is not JSON."}};
static const poly_problem full = {.status = 409,
                                  .code = "full",
                                  .title = {"Слишком много", "Too many"},
                                  .detail = {"Больше настроек не помещается.", "There is no room for more settings."}};
static const poly_message unusable = {"Неподходящее значение.", "The value does not fit."};
static const poly_message unknown = {"Неизвестное поле.", "There is no such member."};

static struct simulator *simulator_of(poly_request *request)
{
    return poly_request_context(request);
}

/* The body as a document to be destroyed; NULL when the request has been answered. Content-Type does not matter. */
static poly_json *read_body(poly_request *request)
{
    const poly_json_limits limits = {.max_size = MAX_BODY, .max_depth = MAX_DEPTH};
    poly_json_error error = {0};
    poly_json *document = NULL;
    poly_slice body;

    if (poly_request_body(request, MAX_BODY, &body) != POLY_OK)
        return NULL;
    if (poly_json_parse(body.data, body.size, &limits, &document, &error) != POLY_OK) {
        poly_fail_detail(request, &malformed,
                         poly_arena_printf(poly_request_arena(request), "%s at byte %zu",
                                           error.reason ? error.reason : "too large", error.offset));
        return NULL;
    }
    return document;
}

/* A misspelt name would otherwise be a fault that never happens. */
static void refuse_unknown(poly_request *request, const poly_json *document, const char *const names[], size_t count)
{
    if (poly_json_type_of(document) != POLY_JSON_OBJECT)
        poly_request_fault(request, "", "not_an_object", unusable);
    for (const poly_json *member = poly_json_first(document); member; member = poly_json_next(member)) {
        bool known = false;

        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(poly_json_name(member), names[i]) == 0;
        if (!known)
            poly_request_fault(request, poly_arena_strdup(poly_request_arena(request), poly_json_name(member)),
                               "unknown", unknown);
    }
}

static int64_t read_int(poly_request *request, const poly_json *document, const char *name, int64_t min, int64_t max,
                        int64_t otherwise)
{
    const poly_json *member = poly_json_get(document, name);
    int64_t value = otherwise;

    if (member && !poly_json_int(member, min, max, &value))
        poly_request_fault(request, name, "out_of_range", unusable);
    return value;
}

static void read_prefix(poly_request *request, const poly_json *document, struct fault *fault)
{
    const char *prefix = poly_json_text(poly_json_get(document, "path_prefix"), "");

    if (prefix[0] != '/' || strlen(prefix) >= sizeof(fault->path_prefix)) {
        poly_request_fault(request, "path_prefix", "not_a_path", unusable);
        return;
    }
    memcpy(fault->path_prefix, prefix, strlen(prefix) + 1);
}

static void read_fault(poly_request *request, const poly_json *document, struct fault *fault)
{
    const poly_json *probability = poly_json_get(document, "probability");
    const poly_json *chunked = poly_json_get(document, "chunked");

    read_prefix(request, document, fault);
    if (!fault_mode_parse(poly_json_text(poly_json_get(document, "mode"), "none"), &fault->mode))
        poly_request_fault(request, "mode", "not_one_of", (poly_message){FAULT_MODES, FAULT_MODES});
    if (probability &&
        (!poly_json_number(probability, &fault->probability) || fault->probability < 0 || fault->probability > 1))
        poly_request_fault(request, "probability", "out_of_range", unusable);
    if (chunked && !poly_json_bool(chunked, &fault->chunked))
        poly_request_fault(request, "chunked", "not_a_bool", unusable);
    fault->delay_ms = (unsigned)read_int(request, document, "delay_ms", 0, MAX_DELAY_MS, 0);
    fault->status = (int)read_int(request, document, "status", 200, 599, 0);
    fault->count = read_int(request, document, "count", -1, INT64_C(1) << 40, -1);
    fault->drip_bytes_per_second =
        (unsigned)read_int(request, document, "drip_bytes_per_second", 1, INT32_MAX, DEFAULT_DRIP);
    fault->size_bytes = read_int(request, document, "size_bytes", 1, MAX_HUGE, DEFAULT_HUGE);
}

static void put_faults(poly_request *request)
{
    static const char *const names[] = {
        "path_prefix",           "mode",       "delay_ms", "status", "probability", "count",
        "drip_bytes_per_second", "size_bytes", "chunked"};
    struct fault fault = {.probability = 1, .chunked = true};
    poly_json *document = read_body(request);

    if (!document)
        return;
    refuse_unknown(request, document, names, POLY_LENGTH(names));
    read_fault(request, document, &fault);
    poly_json_destroy(&document);
    if (poly_request_refused(request))
        return;
    if (fault_table_set(simulator_of(request)->faults, &fault) == POLY_OK)
        poly_respond_empty(request, 204);
    else
        poly_fail(request, &full);
}

static void get_faults(poly_request *request)
{
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, MAX_LISTING);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    fault_table_write(simulator_of(request)->faults, &writer);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &out);
}

static void delete_faults(poly_request *request)
{
    fault_table_clear(simulator_of(request)->faults, poly_request_query(request, "path_prefix"));
    poly_respond_empty(request, 204);
}

/* {"path","body"} for JSON, {"path","text"} for any bytes; both with "status" or without. */
static poly_blob *read_override(poly_request *request, const poly_json *document, const char **path, int *status)
{
    const poly_json *body = poly_json_get(document, "body");
    const char *text = poly_json_text(poly_json_get(document, "text"), NULL);
    const char *target = poly_json_text(poly_json_get(document, "path"), "");
    poly_json_writer writer;
    poly_strbuf out;

    *path = poly_arena_strdup(poly_request_arena(request), target);
    *status = (int)read_int(request, document, "status", 200, 599, 200);
    if (target[0] != '/')
        poly_request_fault(request, "path", "not_a_path", unusable);
    if (!body == !text)
        poly_request_fault(request, "body", "one_of_body_and_text", unusable);
    if (poly_request_refused(request))
        return NULL;
    poly_strbuf_init(&out, 2 * MAX_BODY);
    poly_json_writer_init(&writer, &out);
    if (text)
        poly_strbuf_append_text(&out, text);
    else
        poly_json_put_value(&writer, NULL, body);
    return poly_blob_from_strbuf(&out);
}

static void put_overrides(poly_request *request)
{
    static const char *const names[] = {"path", "body", "text", "status"};
    poly_json *document = read_body(request);
    poly_blob *body;
    const char *path;
    int status;

    if (!document)
        return;
    refuse_unknown(request, document, names, POLY_LENGTH(names));
    body = read_override(request, document, &path, &status);
    poly_json_destroy(&document);
    if (!body)
        return;
    switch (answer_book_put(simulator_of(request)->overrides, path, status, body)) {
    case POLY_OK:
        poly_respond_empty(request, 204);
        return;
    case POLY_INVALID:
        poly_request_fault(request, "path", "not_a_date_or_search", unusable);
        (void)poly_request_refused(request);
        return;
    default:
        poly_fail(request, &full);
        return;
    }
}

static void get_overrides(poly_request *request)
{
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, MAX_LISTING);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    answer_book_write(simulator_of(request)->overrides, &writer);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &out);
}

static void delete_overrides(poly_request *request)
{
    answer_book_remove(simulator_of(request)->overrides, poly_request_query(request, "path"));
    poly_respond_empty(request, 204);
}

static void get_requests(poly_request *request)
{
    const char *prefix = poly_request_query(request, "path_prefix");
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, MAX_LISTING);
    poly_json_writer_init(&writer, &out);
    poly_json_begin_object(&writer, NULL);
    request_log_write(simulator_of(request)->requests, prefix ? prefix : "", &writer);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &out);
}

static void delete_requests(poly_request *request)
{
    request_log_reset(simulator_of(request)->requests);
    poly_respond_empty(request, 204);
}

const poly_route control_routes[] = {
    {POLY_GET, "/control/faults", .handler = get_faults},
    {POLY_PUT, "/control/faults", .handler = put_faults},
    {POLY_DELETE, "/control/faults", .handler = delete_faults},
    {POLY_GET, "/control/overrides", .handler = get_overrides},
    {POLY_PUT, "/control/overrides", .handler = put_overrides},
    {POLY_DELETE, "/control/overrides", .handler = delete_overrides},
    {POLY_GET, "/control/requests", .handler = get_requests},
    {POLY_DELETE, "/control/requests", .handler = delete_requests},
    {.path = NULL},
};

/* SPDX-License-Identifier: MIT */
/* Values that handlers read from the path and the query, and the faults found in them. */
#include "http/connection.h"

#include "poly/text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 64

const char *poly_request_param(poly_request *request, const char *name)
{
    for (size_t i = 0; i < request->match.param_count; i++)
        if (strcmp(request->match.params[i].name, name) == 0)
            return request->match.params[i].value.data;
    assert(!"the route has no such parameter");
    return NULL;
}

const char *poly_request_query(poly_request *request, const char *name)
{
    for (const struct query_pair *pair = request->query; pair; pair = pair->next)
        if (strcmp(pair->name, name) == 0)
            return pair->value;
    return NULL;
}

void poly_request_fault(poly_request *request, const char *field, const char *code, poly_message message)
{
    struct request_fault *fault = poly_arena_alloc_zero(request->arena, 1, sizeof(*fault));

    fault->field = field;
    fault->code = code;
    fault->message = poly_request_say(request, message);
    *request->faults_end = fault;
    request->faults_end = &fault->next;
}

/* What was sent, short enough to be shown, cut between characters. */
static const char *shown(poly_request *request, const char *value)
{
    size_t size = strlen(value);

    if (size <= SHOWN_MAX)
        return value;
    size = SHOWN_MAX;
    while (size && ((unsigned char)value[size] & 0xc0) == 0x80)
        size--;
    return poly_arena_printf(request->arena, "%.*s…", (int)size, value);
}

static void fault_required(poly_request *request, const char *name)
{
    poly_request_fault(request, name, "required",
                       (poly_message){
                           poly_arena_printf(request->arena, "Параметр «%s» обязателен.", name),
                           poly_arena_printf(request->arena, "The parameter \"%s\" is required.", name),
                       });
}

static void fault_int(poly_request *request, const char *name, const char *value, int64_t min, int64_t max)
{
    const char *sent = shown(request, value);

    poly_request_fault(
        request, name, "integer",
        (poly_message){
            poly_arena_printf(request->arena, "Параметр «%s»: вместо «%s» нужно целое число от %lld до %lld.", name,
                              sent, (long long)min, (long long)max),
            poly_arena_printf(request->arena,
                              "The parameter \"%s\" must be a whole number from %lld to %lld, not \"%s\".", name,
                              (long long)min, (long long)max, sent),
        });
}

/* Decimal digits with an optional minus, nothing else. */
static bool parse_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    const char *digits = text + (*text == '-');
    size_t count = strspn(digits, "0123456789");
    long long value;

    if (count == 0 || count > 18 || digits[count] != '\0')
        return false;
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno || value < min || value > max)
        return false;
    *out = value;
    return true;
}

int64_t poly_param_int(poly_request *request, const char *name, int64_t min, int64_t max)
{
    const char *text = poly_request_param(request, name);
    int64_t value = min;

    if (!parse_int(text, min, max, &value))
        fault_int(request, name, text, min, max);
    return value;
}

static int64_t query_int(poly_request *request, const char *name, int64_t min, int64_t max, int64_t otherwise,
                         bool required)
{
    const char *text = poly_request_query(request, name);
    int64_t value = otherwise;

    if (!text || !*text) {
        if (required)
            fault_required(request, name);
        return otherwise;
    }
    if (!parse_int(text, min, max, &value))
        fault_int(request, name, text, min, max);
    return value;
}

int64_t poly_query_int(poly_request *request, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
    return query_int(request, name, min, max, otherwise, false);
}

int64_t poly_query_int_required(poly_request *request, const char *name, int64_t min, int64_t max)
{
    return query_int(request, name, min, max, min, true);
}

static size_t count_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

const char *poly_query_text(poly_request *request, const char *name, size_t max_characters)
{
    const char *text = poly_request_query(request, name);

    if (!text || text[strspn(text, " \t")] == '\0')
        return NULL;
    if (count_characters(text) > max_characters) {
        poly_request_fault(
            request, name, "too_long",
            (poly_message){
                poly_arena_printf(request->arena, "Параметр «%s» длиннее %zu знаков.", name, max_characters),
                poly_arena_printf(request->arena, "The parameter \"%s\" is over %zu characters.", name, max_characters),
            });
        return NULL;
    }
    return text;
}

const char *poly_query_text_required(poly_request *request, const char *name, size_t max_characters)
{
    const char *text = poly_request_query(request, name);

    if (!text || text[strspn(text, " \t")] == '\0') {
        fault_required(request, name);
        return NULL;
    }
    return poly_query_text(request, name, max_characters);
}

static poly_date query_date(poly_request *request, const char *name, poly_date otherwise, bool required)
{
    const char *text = poly_request_query(request, name);
    poly_date date = otherwise;
    const char *sent;

    if (!text || !*text) {
        if (required)
            fault_required(request, name);
        return otherwise;
    }
    if (poly_date_parse(text, &date))
        return date;
    sent = shown(request, text);
    poly_request_fault(
        request, name, "date",
        (poly_message){
            poly_arena_printf(request->arena,
                              "Параметр «%s»: «%s» — не дата. Укажите существующий день в виде ГГГГ-ММ-ДД, "
                              "например 2026-09-01.",
                              name, sent),
            poly_arena_printf(request->arena,
                              "The parameter \"%s\": \"%s\" is not a date. Give an existing day as YYYY-MM-DD, such as "
                              "2026-09-01.",
                              name, sent),
        });
    return otherwise;
}

poly_date poly_query_date(poly_request *request, const char *name, poly_date otherwise)
{
    return query_date(request, name, otherwise, false);
}

poly_date poly_query_date_required(poly_request *request, const char *name)
{
    return query_date(request, name, (poly_date){1970, 1, 1}, true);
}

int poly_query_clock_required(poly_request *request, const char *name)
{
    const char *text = poly_request_query(request, name);
    const char *sent;
    int minutes = 0;

    if (!text || !*text) {
        fault_required(request, name);
        return 0;
    }
    if (poly_clock_parse(text, &minutes))
        return minutes;
    sent = shown(request, text);
    poly_request_fault(
        request, name, "time",
        (poly_message){
            poly_arena_printf(request->arena,
                              "Параметр «%s»: «%s» — не время. Укажите часы и минуты в виде ЧЧ:ММ, например 10:00.",
                              name, sent),
            poly_arena_printf(
                request->arena,
                "The parameter \"%s\": \"%s\" is not a time. Give hours and minutes as HH:MM, such as 10:00.", name,
                sent),
        });
    return 0;
}

poly_page poly_query_page(poly_request *request, int64_t default_size, int64_t max_size)
{
    return (poly_page){
        .asked = poly_request_query(request, "page") || poly_request_query(request, "page_size"),
        .page = poly_query_int(request, "page", 1, 1000000, 1),
        .page_size = poly_query_int(request, "page_size", 1, max_size, default_size),
    };
}

/* SPDX-License-Identifier: MIT */
/* Values that handlers read from the path and the query. */
#include "http/connection.h"
#include "http/values.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LAST_PAGE 1000000

static struct value parameter(poly_request *request, const char *name)
{
    return (struct value){request, VALUE_PARAMETER, name};
}

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

/* NULL when it is absent or empty, with a fault when it was required. */
static const char *find(const struct value *value, bool required)
{
    const char *text = poly_request_query(value->request, value->name);

    if (text && *text)
        return text;
    if (required)
        value_fault_required(value);
    return NULL;
}

/* --- numbers --- */

/* Decimal digits with an optional minus, nothing else. */
static bool parse_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    const char *digits = text + (*text == '-');
    size_t count = strspn(digits, "0123456789");
    long long number;

    if (count == 0 || count > 18 || digits[count] != '\0')
        return false;
    errno = 0;
    number = strtoll(text, NULL, 10);
    if (errno || number < min || number > max)
        return false;
    *out = number;
    return true;
}

int64_t poly_param_int(poly_request *request, const char *name, int64_t min, int64_t max)
{
    const struct value value = parameter(request, name);
    const char *text = poly_request_param(request, name);
    int64_t number = min;

    if (!parse_int(text, min, max, &number))
        value_fault_int(&value, text, min, max);
    return number;
}

static int64_t query_int(const struct value *value, int64_t min, int64_t max, int64_t otherwise, bool required)
{
    const char *text = find(value, required);
    int64_t number = otherwise;

    if (text && !parse_int(text, min, max, &number))
        value_fault_int(value, text, min, max);
    return number;
}

int64_t poly_query_int(poly_request *request, const char *name, int64_t min, int64_t max, int64_t otherwise)
{
    const struct value value = parameter(request, name);

    return query_int(&value, min, max, otherwise, false);
}

int64_t poly_query_int_required(poly_request *request, const char *name, int64_t min, int64_t max)
{
    const struct value value = parameter(request, name);

    return query_int(&value, min, max, min, true);
}

/* --- texts --- */

const char *poly_query_text(poly_request *request, const char *name, size_t max_characters)
{
    const struct value value = parameter(request, name);

    return value_text(&value, poly_request_query(request, name), max_characters, false);
}

const char *poly_query_text_required(poly_request *request, const char *name, size_t max_characters)
{
    const struct value value = parameter(request, name);

    return value_text(&value, poly_request_query(request, name), max_characters, true);
}

int poly_query_choice(poly_request *request, const char *name, const char *const *choices)
{
    const struct value value = parameter(request, name);

    return value_choice(&value, poly_request_query(request, name), choices, false);
}

/* --- days and times --- */

static poly_date query_date(const struct value *value, poly_date otherwise, bool required)
{
    const char *text = find(value, required);
    poly_date date = otherwise;

    if (!text || poly_date_parse(text, &date))
        return date;
    value_fault_date(value, text);
    return otherwise;
}

poly_date poly_query_date(poly_request *request, const char *name, poly_date otherwise)
{
    const struct value value = parameter(request, name);

    return query_date(&value, otherwise, false);
}

poly_date poly_query_date_required(poly_request *request, const char *name)
{
    const struct value value = parameter(request, name);

    return query_date(&value, (poly_date){1970, 1, 1}, true);
}

int poly_query_clock_required(poly_request *request, const char *name)
{
    const struct value value = parameter(request, name);
    const char *text = find(&value, true);
    int minutes = 0;

    if (text && !poly_clock_parse(text, &minutes))
        value_fault_clock(&value, text);
    return minutes;
}

/* People write "+03:00" as it is, which a query reads as a space. */
static const char *restore_plus(const struct value *value, const char *text)
{
    size_t size = strlen(text);
    char *restored;

    if (size < 6 || text[size - 6] != ' ')
        return text;
    restored = poly_arena_strndup(value->request->arena, text, size);
    restored[size - 6] = '+';
    return restored;
}

bool poly_query_time(poly_request *request, const char *name, int64_t *unix_seconds)
{
    const struct value value = parameter(request, name);
    const char *text = find(&value, false);
    poly_date date;

    if (!text)
        return false;
    if (poly_date_parse(text, &date)) {
        *unix_seconds = (int64_t)poly_date_to_days(date) * 86400 - POLY_MOSCOW_OFFSET_SECONDS;
        return true;
    }
    if (poly_time_parse_rfc3339(restore_plus(&value, text), unix_seconds))
        return true;
    value_fault_time(&value, text);
    return false;
}

/* --- pages --- */

poly_page poly_query_page(poly_request *request, int64_t default_size, int64_t max_size)
{
    return (poly_page){
        .asked = poly_request_query(request, "page") || poly_request_query(request, "page_size"),
        .page = poly_query_int(request, "page", 1, LAST_PAGE, 1),
        .page_size = poly_query_int(request, "page_size", 1, max_size, default_size),
    };
}

void poly_json_put_page(poly_json_writer *writer, poly_page page, int64_t total)
{
    poly_json_put_int(writer, "total", total);
    poly_json_put_int(writer, "page", page.page);
    poly_json_put_int(writer, "page_size", page.page_size);
    poly_json_put_int(writer, "total_pages", total / page.page_size + (total % page.page_size != 0));
}

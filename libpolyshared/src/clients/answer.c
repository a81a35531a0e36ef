/* SPDX-License-Identifier: MIT */
#include "clients/answer.h"

#include <string.h>
#include <strings.h>

/* An answer holds lists of lessons and people, nested a few levels. */
enum { MAX_DEPTH = 16 };

static bool has_type(const poly_httpc_response *response, const char *type)
{
    size_t size = strlen(type);

    if (strncasecmp(response->content_type, type, size) != 0)
        return false;
    return response->content_type[size] == '\0' || response->content_type[size] == ';' ||
           response->content_type[size] == ' ';
}

bool answer_is_json(const poly_httpc_response *response)
{
    return has_type(response, "application/json");
}

bool answer_is_problem(const poly_httpc_response *response)
{
    return has_type(response, "application/problem+json");
}

/* An answer on its way into structs in the arena. */
struct reading {
    answer_reader *read;
    poly_arena *arena;
    void *out;
    poly_slice json;
    poly_result result;
};

static void run(void *argument)
{
    const poly_json_limits limits = {.max_size = ANSWER_MAX, .max_depth = MAX_DEPTH};
    struct reading *reading = argument;
    poly_json *document;

    reading->result = POLY_BAD_ANSWER;
    if (poly_json_parse(reading->json.data, reading->json.size, &limits, &document, NULL) != POLY_OK)
        return;
    reading->result = reading->read(document, reading->arena, reading->out);
    poly_json_destroy(&document);
}

poly_result answer_read(poly_slice json, answer_reader *read, poly_arena *arena, void *out)
{
    struct reading reading = {.read = read, .arena = arena, .out = out, .json = json};
    poly_result result = POLY_OK;

    if (json.size > ANSWER_MAX_ON_LOOP)
        result = poly_offload(run, &reading);
    else
        run(&reading);
    if (result != POLY_OK)
        return result == POLY_OVERLOADED ? POLY_UNAVAILABLE : result;
    return reading.result;
}

/* SPDX-License-Identifier: MIT */
/* Values that handlers read from a JSON body. */
#include "http/connection.h"
#include "http/values.h"

#include <string.h>

/* Whole numbers beyond it have been rounded. */
#define EXACT ((INT64_C(1) << 53) - 1)

static struct value field(poly_request *request, const char *name)
{
    return (struct value){request, VALUE_FIELD, name};
}

bool poly_body_has(const poly_json *object, const char *name)
{
    return poly_json_type_of(poly_json_get(object, name)) > POLY_JSON_NULL;
}

/* --- what there is --- */

/* Once, however many members of it are asked for. */
static void fault_object(poly_request *request)
{
    for (const struct request_fault *fault = request->faults; fault; fault = fault->next)
        if (strcmp(fault->code, "object") == 0)
            return;
    poly_request_fault(request, "", "object",
                       (poly_message){"Нужен объект JSON: {…}.", "A JSON object is expected: {…}."});
}

/* NULL when it is absent or null, with a fault when it was required; or when there is no object to have it. */
static const poly_json *get(const struct value *value, const poly_json *object, bool required)
{
    const poly_json *member = poly_json_get(object, value->name);

    if (object && poly_json_type_of(object) != POLY_JSON_OBJECT) {
        fault_object(value->request);
        return NULL;
    }
    if (poly_json_type_of(member) > POLY_JSON_NULL)
        return member;
    if (required)
        value_fault_required(value);
    return NULL;
}

/* What was sent, for a person. */
static const char *show(const struct value *value, const poly_json *member)
{
    bool truth = false;
    double number = 0;

    if (poly_json_bool(member, &truth))
        return truth ? "true" : "false";
    if (poly_json_number(member, &number))
        return poly_arena_printf(value->request->arena, "%.17g", number);
    if (poly_json_type_of(member) == POLY_JSON_ARRAY)
        return "[…]";
    return poly_json_text(member, "{…}");
}

/* --- readers --- */

/* NULL when there is none, with a fault when it was required or is of another type. */
static const char *get_text(const struct value *value, const poly_json *object, bool required)
{
    const poly_json *member = get(value, object, required);

    if (member && poly_json_type_of(member) != POLY_JSON_STRING)
        value_fault_type(value, "string", show(value, member), (poly_message){"строковое значение", "a string"});
    return poly_json_text(member, NULL);
}

static const char *body_text(const struct value *value, const poly_json *object, size_t max_characters, bool required)
{
    const char *text = get_text(value, object, required);

    return text ? value_text(value, text, max_characters, required) : NULL;
}

const char *poly_body_text(poly_request *request, const poly_json *object, const char *name, size_t max_characters)
{
    const struct value value = field(request, name);

    return body_text(&value, object, max_characters, false);
}

const char *poly_body_text_required(poly_request *request, const poly_json *object, const char *name,
                                    size_t max_characters)
{
    const struct value value = field(request, name);

    return body_text(&value, object, max_characters, true);
}

static void fault_secret(const struct value *value)
{
    poly_arena *arena = value->request->arena;

    poly_request_fault(value->request, value->name, "string",
                       (poly_message){
                           poly_arena_printf(arena, "Поле «%s»: нужно строковое значение.", value->name),
                           poly_arena_printf(arena, "The field \"%s\" must be a string.", value->name),
                       });
}

const char *poly_body_secret_required(poly_request *request, const poly_json *object, const char *name,
                                      size_t max_characters)
{
    const struct value value = field(request, name);
    const poly_json *member = get(&value, object, true);
    const char *text = poly_json_text(member, NULL);

    if (member && !text)
        fault_secret(&value);
    return text ? value_text(&value, text, max_characters, true) : NULL;
}

static int body_choice(const struct value *value, const poly_json *object, const char *const *choices, bool required)
{
    const char *text = get_text(value, object, required);

    return text ? value_choice(value, text, choices, required) : -1;
}

int poly_body_choice(poly_request *request, const poly_json *object, const char *name, const char *const *choices)
{
    const struct value value = field(request, name);

    return body_choice(&value, object, choices, false);
}

int poly_body_choice_required(poly_request *request, const poly_json *object, const char *name,
                              const char *const *choices)
{
    const struct value value = field(request, name);

    return body_choice(&value, object, choices, true);
}

static int64_t body_int(const struct value *value, const poly_json *object, int64_t min, int64_t max, int64_t otherwise,
                        bool required)
{
    const poly_json *member = get(value, object, required);
    int64_t number = otherwise;

    min = min < -EXACT ? -EXACT : min;
    max = max > EXACT ? EXACT : max;
    if (member && !poly_json_int(member, min, max, &number))
        value_fault_int(value, show(value, member), min, max);
    return number;
}

int64_t poly_body_int(poly_request *request, const poly_json *object, const char *name, int64_t min, int64_t max,
                      int64_t otherwise)
{
    const struct value value = field(request, name);

    return body_int(&value, object, min, max, otherwise, false);
}

int64_t poly_body_int_required(poly_request *request, const poly_json *object, const char *name, int64_t min,
                               int64_t max)
{
    const struct value value = field(request, name);

    return body_int(&value, object, min, max, min, true);
}

bool poly_body_bool(poly_request *request, const poly_json *object, const char *name, bool otherwise)
{
    const struct value value = field(request, name);
    const poly_json *member = get(&value, object, false);
    bool truth = otherwise;

    if (member && !poly_json_bool(member, &truth))
        value_fault_type(&value, "boolean", show(&value, member), (poly_message){"true или false", "true or false"});
    return truth;
}

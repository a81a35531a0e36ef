/* SPDX-License-Identifier: MIT */
#include "pg/parameters.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

/* PostgreSQL counts timestamps from 2000-01-01 UTC. */
#define EPOCH_2000_US INT64_C(946684800000000)

#define MAX_VALUE_SIZE ((size_t)1 << 30)

/* Of pg_type, where they never change. */
static const Oid type_ids[POLY_PG_TYPE_COUNT] = {
    [POLY_PG_TEXT] = 25,   [POLY_PG_INT] = 20,         [POLY_PG_BOOL] = 16,
    [POLY_PG_UUID] = 2950, [POLY_PG_TIME] = 1184,      [POLY_PG_JSON] = 3802,
    [POLY_PG_BYTES] = 17,  [POLY_PG_TEXT_LIST] = 1009, [POLY_PG_UUID_LIST] = 2951,
};

/* --- making values --- */

static poly_pg_value text_of(poly_pg_type type, const char *text)
{
    return (poly_pg_value){.type = type, .is_null = !text, .text = text};
}

poly_pg_value poly_pg_text(const char *text)
{
    return text_of(POLY_PG_TEXT, text);
}

poly_pg_value poly_pg_uuid(const char *text)
{
    return text_of(POLY_PG_UUID, text);
}

poly_pg_value poly_pg_json(const char *text)
{
    return text_of(POLY_PG_JSON, text);
}

poly_pg_value poly_pg_bytes(const void *bytes, size_t size)
{
    return (poly_pg_value){.type = POLY_PG_BYTES, .is_null = !bytes, .bytes = {bytes, size}};
}

poly_pg_value poly_pg_int(int64_t number)
{
    return (poly_pg_value){.type = POLY_PG_INT, .number = number};
}

poly_pg_value poly_pg_bool(bool truth)
{
    return (poly_pg_value){.type = POLY_PG_BOOL, .truth = truth};
}

poly_pg_value poly_pg_time(int64_t unix_microseconds)
{
    return (poly_pg_value){.type = POLY_PG_TIME, .number = unix_microseconds};
}

poly_pg_value poly_pg_text_list(const char *const *items, size_t count)
{
    return (poly_pg_value){.type = POLY_PG_TEXT_LIST, .list = {items, count}};
}

poly_pg_value poly_pg_uuid_list(const char *const *items, size_t count)
{
    return (poly_pg_value){.type = POLY_PG_UUID_LIST, .list = {items, count}};
}

poly_pg_value poly_pg_null(void)
{
    return (poly_pg_value){.is_null = true};
}

/* --- as libpq takes them --- */

static size_t quoted_size(const char *item)
{
    size_t size = strlen("\"\",");

    for (; *item; item++)
        size += *item == '"' || *item == '\\' ? 2 : 1;
    return size;
}

static char *append_quoted(char *to, const char *item)
{
    *to++ = '"';
    for (; *item; item++) {
        if (*item == '"' || *item == '\\')
            *to++ = '\\';
        *to++ = *item;
    }
    *to++ = '"';
    return to;
}

/* {"one","with \" and \\"}: PostgreSQL's documentation, 8.15.6. NULL when it is too large. */
static const char *list_literal(const poly_pg_value *value, poly_arena *arena)
{
    size_t size = sizeof("{}");
    char *literal;
    char *to;

    for (size_t i = 0; i < value->list.count; i++) {
        size += quoted_size(value->list.items[i]);
        if (size > MAX_VALUE_SIZE)
            return NULL;
    }
    literal = poly_arena_alloc(arena, size);
    to = literal;
    *to++ = '{';
    for (size_t i = 0; i < value->list.count; i++) {
        if (i > 0)
            *to++ = ',';
        to = append_quoted(to, value->list.items[i]);
    }
    *to++ = '}';
    *to = '\0';
    return literal;
}

static void set_number(poly_pg_parameters *parameters, int i, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);

    memcpy(parameters->numbers[i], &wire, sizeof(wire));
    parameters->values[i] = parameters->numbers[i];
    parameters->sizes[i] = sizeof(wire);
    parameters->formats[i] = 1;
}

static bool set_time(poly_pg_parameters *parameters, int i, int64_t unix_microseconds)
{
    int64_t number;

    if (__builtin_sub_overflow(unix_microseconds, EPOCH_2000_US, &number))
        return false;
    set_number(parameters, i, number);
    return true;
}

static bool set_bytes(poly_pg_parameters *parameters, int i, poly_slice bytes)
{
    parameters->values[i] = bytes.data;
    parameters->formats[i] = 1;
    if (bytes.size > MAX_VALUE_SIZE)
        return false;
    parameters->sizes[i] = (int)bytes.size;
    return true;
}

static bool set_value(poly_pg_parameters *parameters, int i, const poly_pg_value *value, poly_arena *arena)
{
    switch (value->type) {
    case POLY_PG_INT:
        set_number(parameters, i, value->number);
        return true;
    case POLY_PG_TIME:
        return set_time(parameters, i, value->number);
    case POLY_PG_BOOL:
        parameters->values[i] = value->truth ? "t" : "f";
        return true;
    case POLY_PG_BYTES:
        return set_bytes(parameters, i, value->bytes);
    case POLY_PG_TEXT_LIST:
    case POLY_PG_UUID_LIST:
        parameters->values[i] = list_literal(value, arena);
        return parameters->values[i] != NULL;
    default:
        parameters->values[i] = value->text;
        return strnlen(value->text, MAX_VALUE_SIZE) < MAX_VALUE_SIZE;
    }
}

poly_result poly_pg_parameters_make(const poly_statement *statement, const poly_pg_value *values, poly_arena *arena,
                                    poly_pg_parameters *parameters)
{
    int i = 0;

    for (; i < POLY_PG_MAX_PARAMETERS && statement->types[i] != POLY_PG_NONE; i++) {
        parameters->values[i] = NULL;
        parameters->sizes[i] = 0;
        parameters->formats[i] = 0;
        if (values[i].is_null)
            continue;
        assert(values[i].type == statement->types[i]);
        if (!set_value(parameters, i, &values[i], arena))
            return POLY_INVALID;
    }
    parameters->count = i;
    return POLY_OK;
}

int poly_pg_parameter_types(const poly_statement *statement, Oid types[POLY_PG_MAX_PARAMETERS])
{
    int count = 0;

    for (; count < POLY_PG_MAX_PARAMETERS && statement->types[count] != POLY_PG_NONE; count++)
        types[count] = type_ids[statement->types[count]];
    return count;
}

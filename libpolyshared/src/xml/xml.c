/* SPDX-License-Identifier: MIT */
#include "poly/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "poly/strbuf.h"

enum { DEFAULT_MAX_DEPTH = 32, DEFAULT_MAX_ELEMENTS = 4096, DEEPEST = 64 };
#define DEFAULT_MAX_SIZE ((size_t)256 << 10)

/* Expat puts it between the namespace and the name; no URI has it. */
#define SEPARATOR '\n'

/* An element that is not closed yet. */
struct open_element {
    poly_xml_element *element;
    poly_xml_element *last_child;
    poly_strbuf text;
};

struct reading {
    XML_Parser parser;
    poly_arena *arena;
    poly_xml_limits limits;
    struct open_element open[DEEPEST];
    unsigned depth;
    size_t count; /* of elements and attributes */
    poly_xml_element *root;
    poly_result result;
    const char *reason; /* of a refusal of ours */
};

static void refuse(struct reading *reading, poly_result result, const char *reason)
{
    if (reading->result != POLY_OK)
        return;
    reading->result = result;
    reading->reason = reason;
    XML_StopParser(reading->parser, XML_FALSE);
}

/* --- what expat tells --- */

static void split_name(struct reading *reading, const char *joined, const char **space, const char **name)
{
    const char *separator = strchr(joined, SEPARATOR);

    *space = separator ? poly_arena_strndup(reading->arena, joined, (size_t)(separator - joined)) : "";
    *name = poly_arena_strdup(reading->arena, separator ? separator + 1 : joined);
}

static void add_attributes(struct reading *reading, poly_xml_element *element, const char **pairs)
{
    const poly_xml_attribute **end = &element->attributes;

    for (; *pairs; pairs += 2) {
        poly_xml_attribute *attribute = poly_arena_alloc_zero(reading->arena, 1, sizeof(*attribute));

        if (++reading->count > reading->limits.max_elements) {
            refuse(reading, POLY_TOO_LARGE, "too many elements");
            return;
        }
        split_name(reading, pairs[0], &attribute->space, &attribute->name);
        attribute->value = poly_arena_strdup(reading->arena, pairs[1]);
        *end = attribute;
        end = &attribute->next;
    }
}

static void link_to_parent(struct reading *reading, poly_xml_element *element)
{
    struct open_element *parent;

    if (reading->depth == 0) {
        reading->root = element;
        return;
    }
    parent = &reading->open[reading->depth - 1];
    if (parent->last_child)
        parent->last_child->next = element;
    else
        parent->element->first = element;
    parent->last_child = element;
}

static void XMLCALL begin_element(void *context, const char *joined, const char **attributes)
{
    struct reading *reading = context;
    poly_xml_element *element;

    if (reading->depth == reading->limits.max_depth) {
        refuse(reading, POLY_TOO_LARGE, "too deep");
        return;
    }
    if (++reading->count > reading->limits.max_elements) {
        refuse(reading, POLY_TOO_LARGE, "too many elements");
        return;
    }
    element = poly_arena_alloc_zero(reading->arena, 1, sizeof(*element));
    element->text = "";
    split_name(reading, joined, &element->space, &element->name);
    add_attributes(reading, element, attributes);
    link_to_parent(reading, element);
    reading->open[reading->depth] = (struct open_element){.element = element};
    poly_strbuf_init(&reading->open[reading->depth].text, reading->limits.max_size);
    reading->depth++;
}

static void close_element(struct reading *reading)
{
    struct open_element *open = &reading->open[--reading->depth];

    if (open->text.size > 0)
        open->element->text = poly_arena_strndup(reading->arena, open->text.data, open->text.size);
    poly_strbuf_release(&open->text);
}

static void XMLCALL end_element(void *context, const char *joined)
{
    struct reading *reading = context;

    (void)joined;
    if (reading->result == POLY_OK)
        close_element(reading);
}

static void XMLCALL take_text(void *context, const char *text, int size)
{
    struct reading *reading = context;

    if (reading->result == POLY_OK && reading->depth > 0)
        poly_strbuf_append(&reading->open[reading->depth - 1].text, text, (size_t)size);
}

static void XMLCALL refuse_doctype(void *context, const char *name, const char *system_id, const char *public_id,
                                   int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    refuse(context, POLY_INVALID, "document type declaration");
}

/* --- parsing --- */

static void *resize(void *memory, size_t size)
{
    return poly_realloc(memory, size ? size : 1, 1);
}

static XML_Parser make_parser(struct reading *reading)
{
    static const XML_Memory_Handling_Suite memory = {poly_alloc, resize, free};
    static const char separator[] = {SEPARATOR, '\0'};
    XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, separator);

    XML_SetUserData(parser, reading);
    XML_SetElementHandler(parser, begin_element, end_element);
    XML_SetCharacterDataHandler(parser, take_text);
    XML_SetStartDoctypeDeclHandler(parser, refuse_doctype);
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
    return parser;
}

static void judge(struct reading *reading, enum XML_Status status, poly_xml_error *error)
{
    if (reading->result == POLY_OK && status != XML_STATUS_OK) {
        reading->result = POLY_INVALID;
        reading->reason = XML_ErrorString(XML_GetErrorCode(reading->parser));
    }
    if (reading->result != POLY_OK && error)
        *error = (poly_xml_error){.reason = reading->reason, .line = XML_GetCurrentLineNumber(reading->parser)};
}

static poly_xml_limits with_defaults(const poly_xml_limits *limits)
{
    poly_xml_limits all = limits ? *limits : (poly_xml_limits){.max_size = 0};

    if (!all.max_size)
        all.max_size = DEFAULT_MAX_SIZE;
    if (!all.max_depth)
        all.max_depth = DEFAULT_MAX_DEPTH;
    if (all.max_depth > DEEPEST)
        all.max_depth = DEEPEST;
    if (!all.max_elements)
        all.max_elements = DEFAULT_MAX_ELEMENTS;
    return all;
}

poly_result poly_xml_parse(poly_slice text, const poly_xml_limits *limits, poly_arena *arena,
                           const poly_xml_element **root, poly_xml_error *error)
{
    struct reading reading = {.arena = arena, .limits = with_defaults(limits), .result = POLY_OK};

    *root = NULL;
    if (text.size > reading.limits.max_size || text.size > INT32_MAX) {
        if (error)
            *error = (poly_xml_error){.reason = "document too large", .line = 1};
        return POLY_TOO_LARGE;
    }
    reading.parser = make_parser(&reading);
    judge(&reading, XML_Parse(reading.parser, text.size ? text.data : "", (int)text.size, XML_TRUE), error);
    while (reading.depth > 0)
        close_element(&reading);
    XML_ParserFree(reading.parser);
    if (reading.result == POLY_OK)
        *root = reading.root;
    return reading.result;
}

/* --- the tree --- */

static bool is_named(const poly_xml_element *element, const char *space, const char *name)
{
    return strcmp(element->name, name) == 0 && strcmp(element->space, space) == 0;
}

const poly_xml_element *poly_xml_child(const poly_xml_element *element, const char *space, const char *name)
{
    for (const poly_xml_element *child = element ? element->first : NULL; child; child = child->next)
        if (is_named(child, space, name))
            return child;
    return NULL;
}

const poly_xml_element *poly_xml_next_of_name(const poly_xml_element *element)
{
    for (const poly_xml_element *next = element->next; next; next = next->next)
        if (is_named(next, element->space, element->name))
            return next;
    return NULL;
}

const char *poly_xml_attribute_value(const poly_xml_element *element, const char *name)
{
    for (const poly_xml_attribute *attribute = element ? element->attributes : NULL; attribute;
         attribute = attribute->next)
        if (!*attribute->space && strcmp(attribute->name, name) == 0)
            return attribute->value;
    return NULL;
}

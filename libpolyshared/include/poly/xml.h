/* SPDX-License-Identifier: MIT */
/*
 * XML (1.0, with namespaces) as a small tree. The reader loads nothing from outside and refuses every document type
 * declaration, so that there are no entities but XML's own five and no bomb to make of them. Size, depth, and the
 * number of elements and attributes are bounded. Any thread.
 */
#ifndef POLY_XML_H
#define POLY_XML_H

#include "poly/arena.h"

typedef struct poly_xml_attribute {
    const char *space; /* namespace name, "" for none */
    const char *name;
    const char *value;
    const struct poly_xml_attribute *next;
} poly_xml_attribute;

typedef struct poly_xml_element {
    const char *space; /* namespace name (a URI), "" for none */
    const char *name;  /* without prefix */
    const char *text;  /* all character data right inside it, in order; never NULL */
    const poly_xml_attribute *attributes;
    const struct poly_xml_element *first; /* child */
    const struct poly_xml_element *next;  /* sibling */
} poly_xml_element;

typedef struct poly_xml_limits {
    size_t max_size;     /* bytes; 0: 256 KiB */
    unsigned max_depth;  /* of elements; 0: 32 */
    size_t max_elements; /* elements and attributes; 0: 4,096 */
} poly_xml_limits;

typedef struct poly_xml_error {
    const char *reason; /* static, such as "document type declaration" */
    size_t line;        /* from 1 */
} poly_xml_error;

/*
 * POLY_OK with the root, in the arena. POLY_TOO_LARGE: beyond a limit. POLY_INVALID: not well-formed, not UTF-8 or
 * UTF-16, or with a document type declaration. `limits` and `error` may be NULL.
 */
poly_result poly_xml_parse(poly_slice text, const poly_xml_limits *limits, poly_arena *arena,
                           const poly_xml_element **root, poly_xml_error *error) POLY_MUST_CHECK;

/* The first child of this name and namespace; NULL if there is none, or `element` is NULL. */
const poly_xml_element *poly_xml_child(const poly_xml_element *element, const char *space, const char *name);
/* The next sibling of the same name and namespace. */
const poly_xml_element *poly_xml_next_of_name(const poly_xml_element *element);
/* The value of an attribute without namespace; NULL if absent, or `element` is NULL. */
const char *poly_xml_attribute_value(const poly_xml_element *element, const char *name);

#endif

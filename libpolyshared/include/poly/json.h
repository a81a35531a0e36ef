/* SPDX-License-Identifier: MIT */
/*
 * JSON (RFC 8259). The reader is strict: UTF-8 only, no duplicate names, bounded size and depth, flat stack, no
 * \u0000, no number outside the range of a double, nothing behind the document. The writer streams into a
 * bounded buffer; no tree is built on the way out. One thread at a time per document or writer.
 */
#ifndef POLY_JSON_H
#define POLY_JSON_H

#include "poly/strbuf.h"

/* A value inside a parsed document. Belongs to the document, lives as long. */
typedef struct poly_json poly_json;

typedef enum poly_json_type {
    POLY_JSON_ABSENT, /* what NULL has */
    POLY_JSON_NULL,
    POLY_JSON_BOOL,
    POLY_JSON_NUMBER,
    POLY_JSON_STRING,
    POLY_JSON_ARRAY,
    POLY_JSON_OBJECT,
} poly_json_type;

typedef struct poly_json_limits {
    size_t max_size;    /* bytes; 0: 1 MiB */
    unsigned max_depth; /* of arrays and objects, at most 32; 0: 32 */
    size_t max_values;  /* up to 100 bytes of memory each; 0: one per 8 bytes of max_size, at least 10,000 */
} poly_json_limits;

typedef struct poly_json_error {
    const char *reason; /* static, such as "duplicate name" */
    size_t offset;      /* in bytes */
} poly_json_error;

/*
 * POLY_OK with a document that poly_json_destroy ends; POLY_TOO_LARGE (bytes or values) or POLY_INVALID with `error`
 * (may be NULL) filled in. `limits` may be NULL. A number has at most 63 characters; one too small for a double is 0.
 */
poly_result poly_json_parse(const char *text, size_t size, const poly_json_limits *limits, poly_json **document,
                            poly_json_error *error) POLY_MUST_CHECK;
void poly_json_destroy(poly_json **document);
void poly_json_wipe(poly_json **document); /* the same, zeroing it first: for what holds a secret */

/* All of these accept NULL, and a value of another type, as absent. */
poly_json_type poly_json_type_of(const poly_json *value);
const poly_json *poly_json_get(const poly_json *object, const char *name); /* case-sensitive; NULL if absent */
size_t poly_json_count(const poly_json *container);                        /* of an array or object; walks it */
const poly_json *poly_json_first(const poly_json *container);              /* for (v = first(a); v; v = next(v)) */
const poly_json *poly_json_next(const poly_json *value);
const char *poly_json_name(const poly_json *member); /* an object member's name */

const char *poly_json_text(const poly_json *value, const char *otherwise); /* the string, or `otherwise` */
/* True for a whole number in min..max (both within ±(2^53 - 1)). */
bool poly_json_int(const poly_json *value, int64_t min, int64_t max, int64_t *out) POLY_MUST_CHECK;
bool poly_json_number(const poly_json *value, double *out) POLY_MUST_CHECK;
bool poly_json_bool(const poly_json *value, bool *out) POLY_MUST_CHECK;

/*
 * The writer puts the commas; the caller keeps begin and end in balance (asserted) to a depth of 64. `name` is
 * NULL inside arrays and at the top (asserted). A byte of invalid UTF-8 is written as U+FFFD.
 */
typedef struct poly_json_writer {
    poly_strbuf *out;
    uint64_t not_first; /* a bit per depth */
    uint64_t in_object; /* a bit per depth */
    unsigned depth;
} poly_json_writer;

void poly_json_writer_init(poly_json_writer *writer, poly_strbuf *out);
void poly_json_begin_object(poly_json_writer *writer, const char *name);
void poly_json_end_object(poly_json_writer *writer);
void poly_json_begin_array(poly_json_writer *writer, const char *name);
void poly_json_end_array(poly_json_writer *writer);
void poly_json_put_text(poly_json_writer *writer, const char *name, const char *value); /* NULL value: null */
void poly_json_put_slice(poly_json_writer *writer, const char *name, poly_slice value);
void poly_json_put_int(poly_json_writer *writer, const char *name, int64_t value);
void poly_json_put_number(poly_json_writer *writer, const char *name, double value); /* finite */
void poly_json_put_bool(poly_json_writer *writer, const char *name, bool value);
void poly_json_put_null(poly_json_writer *writer, const char *name);
void poly_json_put_raw(poly_json_writer *writer, const char *name, poly_slice json); /* trusted, valid JSON */
/* A parsed value, written again; adds at most 32 to the depth. */
void poly_json_put_value(poly_json_writer *writer, const char *name, const poly_json *value);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the readers of the path, the query and the body share: the checks of a text, and what a fault says. A fault is
 * noted in the request, for poly_request_refused.
 */
#ifndef POLY_HTTP_VALUES_H
#define POLY_HTTP_VALUES_H

#include "poly/http.h"

/* Where a value comes from, which decides what it is called. */
enum value_place {
    VALUE_PARAMETER, /* of the path or the query */
    VALUE_FIELD,     /* of a JSON body */
};

/* A value that a handler asked for. */
struct value {
    poly_request *request;
    enum value_place place;
    const char *name;
};

/* `sent` is what came instead, as text of any length. */
void value_fault_required(const struct value *value);
void value_fault_type(const struct value *value, const char *code, const char *sent, poly_message wanted);
void value_fault_int(const struct value *value, const char *sent, int64_t min, int64_t max);
void value_fault_date(const struct value *value, const char *sent);
void value_fault_clock(const struct value *value, const char *sent);
void value_fault_time(const struct value *value, const char *sent);

/* White space, or nothing at all; NULL too. */
bool value_is_blank(const char *text);
/* `text` unless it is blank or too long; NULL then, with a fault if it is too long or was required. */
const char *value_text(const struct value *value, const char *text, size_t max_characters, bool required);
/* The index of `text` in `choices`; -1 if it is blank, with a fault if it was required, or none of them, with a fault.
 */
int value_choice(const struct value *value, const char *text, const char *const *choices, bool required);

#endif

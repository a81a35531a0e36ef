/* SPDX-License-Identifier: MIT */
/*
 * The form of a service: the fields that an application for it fills in. A definition is read and checked when a
 * service is made; what a student sends is checked against it. No HTTP, no SQL.
 */
#ifndef SERVICES_FORM_H
#define SERVICES_FORM_H

#include "poly/arena.h"
#include "poly/http.h"
#include "poly/json.h"

enum {
    FORM_FIELDS_MAX = 50,
    FORM_FIELD_NAME_MAX = 64, /* characters */
    FORM_LABEL_MAX = 200,
    FORM_OPTIONS_MAX = 100,
    FORM_OPTION_MAX = 200,
    FORM_TEXT_MAX = 1000,
    FORM_TEXTAREA_MAX = 10000,
    FORM_NUMBER_MAX = 32,
    FORM_FAULTS_MAX = 50, /* further ones are not told */
};

typedef enum form_type { FORM_TEXT, FORM_TEXTAREA, FORM_SELECT, FORM_NUMBER, FORM_DATE } form_type;

typedef struct form_field {
    const char *name;
    const char *label;
    form_type type;
    bool required;
    const char *const *options; /* of FORM_SELECT */
    size_t option_count;
} form_field;

typedef struct service_form {
    const form_field *fields;
    size_t count;
} service_form;

/* What is wrong with a definition or with what was filled in. In the arena. */
typedef struct form_fault {
    const char *field; /* "required_fields[2].name", "form_data.phone" */
    const char *code;
    poly_message message;
} form_fault;

typedef struct form_faults {
    poly_arena *arena;
    form_fault items[FORM_FAULTS_MAX];
    size_t count;
} form_faults;

/* Static: "text" …. */
const char *form_type_name(form_type type);

/*
 * Reads a definition: a list of {name, label, type, required, options?}; null or absent is an empty one. False with
 * faults when it is none. Strings live as long as `definition` or the arena, whichever dies first.
 */
bool form_read(const poly_json *definition, service_form *out, form_faults *faults) POLY_MUST_CHECK;
/* The same from text that was stored once; false when it is damaged. The document is copied into the arena. */
bool form_read_stored(const char *text, poly_arena *arena, service_form *out) POLY_MUST_CHECK;
/* Writes the definition in its normal form, as the array `name`. */
void form_write(poly_json_writer *writer, const char *name, const service_form *form);

/*
 * Checks what was filled in, an object: every value is of a field's type, and what is required is there. A value that
 * is null or blank is none. Numbers may come as JSON numbers or as text.
 */
bool form_check(const service_form *form, const poly_json *data, form_faults *faults) POLY_MUST_CHECK;
/* Writes what was filled in and has been checked, as the object `name`: in the form's order, without what is none. */
void form_write_data(poly_json_writer *writer, const char *name, const service_form *form, const poly_json *data);

/* Notes the faults of the request. */
void form_note(poly_request *request, const form_faults *faults);

#endif

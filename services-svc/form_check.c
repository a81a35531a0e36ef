/* SPDX-License-Identifier: MIT */
/* What was filled in, held against the form's definition. */
#include "form.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "poly/text.h"
#include "poly/time.h"

#include "form_faults.h"

enum { MEMBERS_LOOKED_AT = 2 * FORM_FIELDS_MAX };

static const form_field *find_field(const service_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0)
            return &form->fields[i];
    return NULL;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

/* Null, an empty text and white space are no value. */
static bool has_value(const poly_json *value)
{
    const char *text = poly_json_text(value, NULL);

    switch (poly_json_type_of(value)) {
    case POLY_JSON_ABSENT:
    case POLY_JSON_NULL:
        return false;
    default:
        return !text || !is_blank(text);
    }
}

/* --- a rule per type; the message goes on after "Поле «…»" --- */

static const poly_message no_text = {"— текст.", "is text."};

static bool has_control(const char *text, const char *allowed)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' || *text == 0x7f) && !strchr(allowed, *text))
            return true;
    return false;
}

static const char *judge_text(const poly_json *value, size_t max, const char *allowed, poly_message *message)
{
    static const poly_message too_long = {"слишком длинное.", "is too long."};
    static const poly_message control = {"содержит недопустимые знаки.", "has characters that are not allowed."};
    const char *text = poly_json_text(value, NULL);

    *message = no_text;
    if (!text)
        return "text";
    *message = too_long;
    if (poly_text_count(text) > max)
        return "too_long";
    *message = control;
    return has_control(text, allowed) ? "characters" : NULL;
}

static const char *judge_select(const form_field *field, const poly_json *value, poly_message *message)
{
    static const poly_message no_option = {"— один из предложенных вариантов.", "is one of the options."};
    const char *text = poly_json_text(value, NULL);

    for (size_t i = 0; text && i < field->option_count; i++)
        if (strcmp(field->options[i], text) == 0)
            return NULL;
    *message = no_option;
    return "option";
}

static size_t skip_digits(const char *text)
{
    size_t size = 0;

    while (isdigit((unsigned char)text[size]))
        size++;
    return size;
}

/* -12, 3.5 or, as people here write it, 3,5. */
static bool is_decimal(const char *text)
{
    size_t digits;

    text += *text == '-' || *text == '+';
    digits = skip_digits(text);
    text += digits;
    if (digits == 0)
        return false;
    if (*text == '.' || *text == ',') {
        digits = skip_digits(++text);
        if (digits == 0)
            return false;
        text += digits;
    }
    return *text == '\0';
}

static const char *judge_number(const poly_json *value, poly_message *message)
{
    static const poly_message no_number = {"— число.", "is a number."};
    const char *text = poly_json_text(value, NULL);
    double number;

    *message = no_number;
    if (text)
        return strlen(text) <= FORM_NUMBER_MAX && is_decimal(text) ? NULL : "number";
    return poly_json_number(value, &number) && isfinite(number) ? NULL : "number";
}

/* The one form in which fields of a page send it. */
static const char *judge_date(const poly_json *value, poly_message *message)
{
    static const poly_message no_date = {"— дата вида ГГГГ-ММ-ДД.", "is a date, YYYY-MM-DD."};
    const char *text = poly_json_text(value, NULL);
    poly_date date;

    *message = no_date;
    return text && strlen(text) == POLY_DATE_SIZE - 1 && poly_date_parse(text, &date) ? NULL : "date";
}

/* NULL: the value is fine. */
static const char *judge(const form_field *field, const poly_json *value, poly_message *message)
{
    switch (field->type) {
    case FORM_TEXT:
        return judge_text(value, FORM_TEXT_MAX, "\t", message);
    case FORM_TEXTAREA:
        return judge_text(value, FORM_TEXTAREA_MAX, "\t\r\n", message);
    case FORM_SELECT:
        return judge_select(field, value, message);
    case FORM_NUMBER:
        return judge_number(value, message);
    case FORM_DATE:
        return judge_date(value, message);
    }
    return NULL;
}

static const char *path_of(const form_faults *faults, const char *name)
{
    return poly_arena_printf(faults->arena, "form_data.%s", name);
}

static void check_field(const form_field *field, const poly_json *value, form_faults *faults)
{
    static const poly_message required = {"обязательно.", "is required."};
    poly_message message;
    const char *code;

    if (!has_value(value)) {
        if (field->required)
            form_add_about(faults, path_of(faults, field->name), field->label, "required", required);
        return;
    }
    code = judge(field, value, &message);
    if (code)
        form_add_about(faults, path_of(faults, field->name), field->label, code, message);
}

static void check_unknown(const service_form *form, const poly_json *data, form_faults *faults)
{
    static const poly_message unknown = {"В форме этой услуги нет такого поля.",
                                         "The form of this service has no such field."};

    for (const poly_json *each = poly_json_first(data); each && faults->count < FORM_FAULTS_MAX;
         each = poly_json_next(each))
        if (!find_field(form, poly_json_name(each)))
            form_add_fault(faults, path_of(faults, poly_json_name(each)), "unknown_field", unknown);
}

bool form_check(const service_form *form, const poly_json *data, form_faults *faults)
{
    static const poly_message no_object = {"«form_data» — объект JSON: {…}.", "\"form_data\" is a JSON object: {…}."};
    size_t known = faults->count;
    bool is_too_wide = poly_json_count(data) > MEMBERS_LOOKED_AT;

    if (poly_json_type_of(data) != POLY_JSON_OBJECT)
        return form_add_fault(faults, "form_data", "object", no_object);
    /* Names come once, so some of that many are unknown; they are not all looked through for each that is. */
    for (size_t i = 0; i < form->count && !is_too_wide; i++)
        check_field(&form->fields[i], poly_json_get(data, form->fields[i].name), faults);
    check_unknown(form, data, faults);
    return faults->count == known;
}

void form_write_data(poly_json_writer *writer, const char *name, const service_form *form, const poly_json *data)
{
    poly_json_begin_object(writer, name);
    for (size_t i = 0; i < form->count; i++) {
        const poly_json *value = poly_json_get(data, form->fields[i].name);

        if (has_value(value))
            poly_json_put_value(writer, form->fields[i].name, value);
    }
    poly_json_end_object(writer);
}

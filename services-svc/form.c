/* SPDX-License-Identifier: MIT */
/* Definitions of forms: read, checked, written. */
#include "form.h"

#include <string.h>

#include "poly/text.h"

#include "form_faults.h"

static const char *const type_names[] = {
    [FORM_TEXT] = "text",     [FORM_TEXTAREA] = "textarea", [FORM_SELECT] = "select",
    [FORM_NUMBER] = "number", [FORM_DATE] = "date",
};

const char *form_type_name(form_type type)
{
    return type_names[type];
}

static bool parse_type(const char *name, form_type *out)
{
    for (size_t i = 0; name && i < POLY_LENGTH(type_names); i++) {
        if (strcmp(type_names[i], name) == 0) {
            *out = (form_type)i;
            return true;
        }
    }
    return false;
}

static bool is_absent(const poly_json *value)
{
    poly_json_type type = poly_json_type_of(value);

    return type == POLY_JSON_ABSENT || type == POLY_JSON_NULL;
}

/* Not blank, on one line, no longer than `max` characters. */
static bool is_line(const char *text, size_t max)
{
    bool is_blank = true;

    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
        is_blank = is_blank && *at == ' ';
    }
    return !is_blank && poly_text_count(text) <= max;
}

/* A member of the field at `place`. */
static const char *path_of(form_faults *faults, size_t place, const char *member)
{
    return poly_arena_printf(faults->arena, "required_fields[%zu].%s", place, member);
}

static bool read_name(const poly_json *typed, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message wrong = {
        "Имя поля — одна строка, от 1 до 64 знаков.",
        "A field's name is one line of 1 to 64 characters.",
    };

    field->name = poly_json_text(poly_json_get(typed, "name"), NULL);
    if (field->name && is_line(field->name, FORM_FIELD_NAME_MAX))
        return true;
    return form_add_fault(faults, path_of(faults, place, "name"), "name", wrong);
}

static bool read_label(const poly_json *typed, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message wrong = {
        "Подпись поля — одна строка, от 1 до 200 знаков.",
        "A field's label is one line of 1 to 200 characters.",
    };

    field->label = poly_json_text(poly_json_get(typed, "label"), NULL);
    if (field->label && is_line(field->label, FORM_LABEL_MAX))
        return true;
    return form_add_fault(faults, path_of(faults, place, "label"), "label", wrong);
}

static bool read_type(const poly_json *typed, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message wrong = {
        "Тип поля — один из: text, textarea, select, number, date.",
        "A field's type is one of text, textarea, select, number, date.",
    };

    if (parse_type(poly_json_text(poly_json_get(typed, "type"), NULL), &field->type))
        return true;
    return form_add_fault(faults, path_of(faults, place, "type"), "type", wrong);
}

static bool read_required(const poly_json *typed, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message wrong = {"«required» — true или false.", "\"required\" is true or false."};
    const poly_json *value = poly_json_get(typed, "required");

    if (is_absent(value) || poly_json_bool(value, &field->required))
        return true;
    return form_add_fault(faults, path_of(faults, place, "required"), "boolean", wrong);
}

static bool has_option(const form_field *field, const char *text)
{
    for (size_t i = 0; i < field->option_count; i++)
        if (strcmp(field->options[i], text) == 0)
            return true;
    return false;
}

static bool read_options(const poly_json *list, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message wrong = {
        "Варианты — список от 1 до 100 разных строк, каждая от 1 до 200 знаков.",
        "The options are a list of 1 to 100 different texts of 1 to 200 characters.",
    };
    size_t count = poly_json_type_of(list) == POLY_JSON_ARRAY ? poly_json_count(list) : 0;
    const char **options;

    if (count == 0 || count > FORM_OPTIONS_MAX)
        return form_add_fault(faults, path_of(faults, place, "options"), "options", wrong);
    options = poly_arena_alloc(faults->arena, count * sizeof(*options));
    field->options = options;
    for (const poly_json *each = poly_json_first(list); each; each = poly_json_next(each)) {
        const char *text = poly_json_text(each, NULL);

        if (!text || !is_line(text, FORM_OPTION_MAX) || has_option(field, text))
            return form_add_fault(faults, path_of(faults, place, "options"), "options", wrong);
        options[field->option_count++] = text;
    }
    return true;
}

/* Only a select has options; an empty list is none. */
static bool read_choices(const poly_json *typed, size_t place, form_field *field, form_faults *faults)
{
    static const poly_message unexpected = {
        "Варианты бывают только у поля типа select.",
        "Only a field of the type select has options.",
    };
    const poly_json *list = poly_json_get(typed, "options");

    if (field->type == FORM_SELECT)
        return read_options(list, place, field, faults);
    if (is_absent(list) || (poly_json_type_of(list) == POLY_JSON_ARRAY && poly_json_count(list) == 0))
        return true;
    return form_add_fault(faults, path_of(faults, place, "options"), "options", unexpected);
}

static bool is_new_name(const form_field *fields, size_t place, form_faults *faults)
{
    static const poly_message twice = {"Имя поля повторяется.", "The field's name comes twice."};

    for (size_t i = 0; i < place; i++)
        if (fields[i].name && strcmp(fields[i].name, fields[place].name) == 0)
            return form_add_fault(faults, path_of(faults, place, "name"), "duplicate", twice);
    return true;
}

static void read_field(const poly_json *typed, form_field *fields, size_t place, form_faults *faults)
{
    static const poly_message no_object = {"Поле описывается объектом: {…}.", "A field is an object: {…}."};
    form_field *field = &fields[place];

    if (poly_json_type_of(typed) != POLY_JSON_OBJECT) {
        form_add_fault(faults, poly_arena_printf(faults->arena, "required_fields[%zu]", place), "object", no_object);
        return;
    }
    if (read_name(typed, place, field, faults))
        (void)is_new_name(fields, place, faults);
    (void)read_label(typed, place, field, faults);
    (void)read_required(typed, place, field, faults);
    if (read_type(typed, place, field, faults))
        (void)read_choices(typed, place, field, faults);
}

bool form_read(const poly_json *definition, service_form *out, form_faults *faults)
{
    static const poly_message no_list = {
        "«required_fields» — список полей, не больше 50.",
        "\"required_fields\" is a list of at most 50 fields.",
    };
    size_t known = faults->count;
    form_field *fields;
    size_t count;

    *out = (service_form){0};
    if (is_absent(definition))
        return true;
    count = poly_json_count(definition);
    if (poly_json_type_of(definition) != POLY_JSON_ARRAY || count > FORM_FIELDS_MAX)
        return form_add_fault(faults, "required_fields", "fields", no_list);
    fields = poly_arena_alloc_zero(faults->arena, count + 1, sizeof(*fields));
    for (const poly_json *each = poly_json_first(definition); each; each = poly_json_next(each))
        read_field(each, fields, out->count++, faults);
    out->fields = fields;
    return faults->count == known;
}

static void copy_field(form_field *field, poly_arena *arena)
{
    const char **options = poly_arena_alloc(arena, (field->option_count + 1) * sizeof(*options));

    field->name = poly_arena_strdup(arena, field->name);
    field->label = poly_arena_strdup(arena, field->label);
    for (size_t i = 0; i < field->option_count; i++)
        options[i] = poly_arena_strdup(arena, field->options[i]);
    field->options = options;
}

bool form_read_stored(const char *text, poly_arena *arena, service_form *out)
{
    form_faults *faults = poly_arena_alloc_zero(arena, 1, sizeof(*faults));
    poly_json *document = NULL;
    bool is_good;

    faults->arena = arena;
    if (poly_json_parse(text, strlen(text), NULL, &document, NULL) != POLY_OK)
        return false;
    is_good = form_read(document, out, faults);
    for (size_t i = 0; is_good && i < out->count; i++)
        copy_field((form_field *)&out->fields[i], arena);
    poly_json_destroy(&document);
    return is_good;
}

void form_write(poly_json_writer *writer, const char *name, const service_form *form)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < form->count; i++) {
        const form_field *field = &form->fields[i];

        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "name", field->name);
        poly_json_put_text(writer, "label", field->label);
        poly_json_put_text(writer, "type", form_type_name(field->type));
        poly_json_put_bool(writer, "required", field->required);
        if (field->type == FORM_SELECT) {
            poly_json_begin_array(writer, "options");
            for (size_t k = 0; k < field->option_count; k++)
                poly_json_put_text(writer, NULL, field->options[k]);
            poly_json_end_array(writer);
        }
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <string.h>

#include "poly/random.h"
#include "poly/text.h"

#define LINE_MAX_BYTES ((size_t)8 << 10)

/* In lower case, the form in which ids are stored and compared. */
static const char *normal_id(poly_request *request, const char *id)
{
    char *normal = poly_arena_strdup(poly_request_arena(request), id);

    for (char *at = normal; *at; at++)
        *at = (char)poly_text_lower((unsigned char)*at);
    return normal;
}

const char *path_id(poly_request *request, const poly_problem *unknown)
{
    const char *id = poly_request_param(request, "id");

    if (poly_uuid_is_valid(id))
        return normal_id(request, id);
    poly_fail(request, unknown);
    return NULL;
}

static const char *take_id(poly_request *request, const char *name, const char *id)
{
    poly_arena *arena = poly_request_arena(request);

    if (!id)
        return NULL;
    if (poly_uuid_is_valid(id))
        return normal_id(request, id);
    poly_request_fault(request, name, "uuid",
                       (poly_message){
                           poly_arena_printf(arena, "«%s» — идентификатор вида UUID.", name),
                           poly_arena_printf(arena, "\"%s\" is a UUID.", name),
                       });
    return NULL;
}

const char *query_id(poly_request *request, const char *name)
{
    return take_id(request, name, poly_query_text(request, name, 128));
}

const char *body_id(poly_request *request, const poly_json *body, const char *name)
{
    return take_id(request, name, poly_body_text(request, body, name, 128));
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && !strchr("\t\r\n", *text)) || *text == 0x7f)
            return true;
    return false;
}

static void fault_characters(poly_request *request, const char *name)
{
    poly_arena *arena = poly_request_arena(request);

    poly_request_fault(request, name, "characters",
                       (poly_message){
                           poly_arena_printf(arena, "Поле «%s» содержит недопустимые знаки.", name),
                           poly_arena_printf(arena, "The field \"%s\" has characters that are not allowed.", name),
                       });
}

const char *body_line(poly_request *request, const poly_json *body, const char *name, size_t max_characters,
                      bool required)
{
    const char *typed = required ? poly_body_text_required(request, body, name, max_characters)
                                 : poly_body_text(request, body, name, max_characters);
    poly_strbuf squeezed;
    const char *line;

    if (!typed)
        return NULL;
    poly_strbuf_init(&squeezed, LINE_MAX_BYTES);
    poly_text_squeeze(typed, strlen(typed), &squeezed);
    line = poly_arena_strdup(poly_request_arena(request), poly_strbuf_text(&squeezed));
    poly_strbuf_release(&squeezed);
    if (*line && !poly_text_has_control(line, ""))
        return line;
    fault_characters(request, name);
    return NULL;
}

const char *body_prose(poly_request *request, const poly_json *body, const char *name, size_t max_characters)
{
    const char *text = poly_json_text(poly_json_get(body, name), NULL);

    if (text && text[strspn(text, " \t\r\n")] == '\0')
        return "";
    text = poly_body_text(request, body, name, max_characters);
    if (!text || !has_control(text))
        return text;
    fault_characters(request, name);
    return NULL;
}

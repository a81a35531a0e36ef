/* SPDX-License-Identifier: MIT */
/* Forms with files, pulled from the connection on the request's fiber. */
#include "poly/multipart.h"

#include "http/connection.h"
#include "http/multipart_parser.h"
#include "http/multipart_part.h"
#include "poly/text.h"

#include <string.h>

#define DEFAULT_MAX_PARTS       64u
#define DEFAULT_MAX_PART_HEADER (4u * 1024u)
#define DEFAULT_MAX_FIELD       (64u * 1024u)
#define DEFAULT_MAX_FILE        (UINT64_C(10) << 20)
#define DEFAULT_MAX_TOTAL       (UINT64_C(128) << 20)
#define KIB                     1024u
#define MIB                     (1024u * 1024u)

static const poly_problem problem_no_form = {
    415,
    "unsupported_media_type",
    {"Неподдерживаемый тип содержимого", "Unsupported media type"},
    {"Нужна форма: Content-Type: multipart/form-data.", "A form is expected: Content-Type: multipart/form-data."},
    0,
};
static const poly_problem problem_file_too_large = {
    413,
    "file_too_large",
    {"Слишком большой файл", "File too large"},
    {"Файл больше допустимого.", "A file is over the limit."},
    0,
};
static const poly_problem problem_field_too_large = {
    413,
    "field_too_large",
    {"Слишком большое поле", "Field too large"},
    {"Поле формы больше допустимого.", "A field is over the limit."},
    0,
};
static const poly_problem problem_too_many_parts = {
    413, "too_many_parts", {"Слишком много частей", "Too many parts"}, {"", ""}, 0,
};

struct poly_multipart {
    poly_request *request;
    poly_multipart_limits limits; /* no zero in it */
    struct multipart_parser parser;
    poly_slice input; /* of the body, not yet parsed */
    uint64_t total;
    unsigned part_count;
    bool in_part;
    poly_multipart_part part; /* the present one */
    uint64_t part_size;
};

/* --- refusals --- */

static poly_result malformed(poly_multipart *form, poly_message reason)
{
    poly_request *request = form->request;
    const poly_message detail = {
        poly_arena_printf(request->arena, "Тело запроса — не форма: %s.", reason.ru),
        poly_arena_printf(request->arena, "The body is no form: %s.", reason.en),
    };

    poly_fail_detail(request, &problem_malformed, poly_request_say(request, detail));
    return POLY_INVALID;
}

/* "10 МБ", in the largest unit that divides it. */
static poly_message size_text(poly_arena *arena, uint64_t size)
{
    bool in_mib = size % MIB == 0, in_kib = size % KIB == 0;
    unsigned long long count = in_mib ? size / MIB : in_kib ? size / KIB : size;

    return (poly_message){
        poly_arena_printf(arena, "%llu %s", count,
                          in_mib   ? "МБ"
                          : in_kib ? "КБ"
                                   : "байт"),
        poly_arena_printf(arena, "%llu %s", count,
                          in_mib   ? "MB"
                          : in_kib ? "KB"
                                   : "bytes"),
    };
}

static poly_result part_too_large(poly_multipart *form)
{
    poly_arena *arena = form->request->arena;
    bool is_file = form->part.file_name != NULL;
    poly_message size = size_text(arena, is_file ? form->limits.max_file : form->limits.max_field);
    const char *name = is_file ? form->part.file_name : form->part.name;
    const poly_message detail = {
        poly_arena_printf(arena, "%s «%s» больше %s.", is_file ? "Файл" : "Поле", name, size.ru),
        poly_arena_printf(arena, "The %s \"%s\" is over %s.", is_file ? "file" : "field", name, size.en),
    };

    poly_fail_detail(form->request, is_file ? &problem_file_too_large : &problem_field_too_large,
                     poly_request_say(form->request, detail));
    return POLY_TOO_LARGE;
}

static poly_result too_many_parts(poly_multipart *form)
{
    poly_arena *arena = form->request->arena;
    const poly_message detail = {
        poly_arena_printf(arena, "В форме больше %u частей.", form->limits.max_parts),
        poly_arena_printf(arena, "The form has more than %u parts.", form->limits.max_parts),
    };

    poly_fail_detail(form->request, &problem_too_many_parts, poly_request_say(form->request, detail));
    return POLY_TOO_LARGE;
}

/* --- opening --- */

static void set_limits(poly_multipart_limits *limits, const poly_multipart_limits *given)
{
    if (given)
        *limits = *given;
    limits->max_parts = limits->max_parts ? limits->max_parts : DEFAULT_MAX_PARTS;
    limits->max_part_header = limits->max_part_header ? limits->max_part_header : DEFAULT_MAX_PART_HEADER;
    limits->max_field = limits->max_field ? limits->max_field : DEFAULT_MAX_FIELD;
    limits->max_file = limits->max_file ? limits->max_file : DEFAULT_MAX_FILE;
    limits->max_total = limits->max_total ? limits->max_total : DEFAULT_MAX_TOTAL;
}

poly_result poly_multipart_open(poly_request *request, const poly_multipart_limits *limits, poly_multipart **form)
{
    poly_slice content_type = request->head.known[HTTP_CONTENT_TYPE];
    poly_multipart *opened = poly_arena_alloc_zero(request->arena, 1, sizeof(*opened));
    poly_slice boundary;

    opened->request = request;
    set_limits(&opened->limits, limits);
    if (!multipart_is_form_data(content_type)) {
        poly_fail(request, &problem_no_form);
        return POLY_INVALID;
    }
    if ((uint64_t)request->head.content_length > opened->limits.max_total) {
        request_fail_body(request, POLY_TOO_LARGE);
        return POLY_TOO_LARGE;
    }
    boundary = multipart_boundary(content_type, request->arena);
    if (!boundary.data)
        return malformed(opened, (poly_message){"граница в Content-Type не указана или указана неверно",
                                                "Content-Type names no proper boundary"});
    multipart_parser_init(&opened->parser, boundary, poly_arena_alloc(request->arena, opened->limits.max_part_header),
                          opened->limits.max_part_header);
    *form = opened;
    return POLY_OK;
}

/* --- pulling --- */

static poly_result pull(poly_multipart *form)
{
    poly_result result = request_pull(form->request, &form->input);

    if (result == POLY_OK) {
        form->total += form->input.size;
        if (form->total > form->limits.max_total)
            result = POLY_TOO_LARGE;
    }
    if (result == POLY_NOT_FOUND && !multipart_parser_is_complete(&form->parser))
        return malformed(form, (poly_message){"оно обрывается", "it is cut short"});
    if (result != POLY_OK && result != POLY_NOT_FOUND)
        request_fail_body(form->request, result);
    return result;
}

/* The next event; POLY_NOT_FOUND at the end of the form. */
static poly_result advance(poly_multipart *form, enum multipart_event *event, poly_slice *data)
{
    for (;;) {
        size_t taken = multipart_parser_take(&form->parser, form->input, event, data);
        poly_result result;

        form->input.data += taken;
        form->input.size -= taken;
        if (*event == MULTIPART_FAULT)
            return malformed(form, form->parser.fault);
        if (*event != MULTIPART_MORE)
            return POLY_OK;
        result = pull(form);
        if (result != POLY_OK)
            return result;
    }
}

/* --- parts --- */

static poly_result begin_part(poly_multipart *form, poly_multipart_part *part)
{
    const struct multipart_parser *parser = &form->parser;
    poly_slice header = {parser->header, parser->header_size};
    poly_message fault;

    if (++form->part_count > form->limits.max_parts)
        return too_many_parts(form);
    if (!multipart_part_parse(header, form->request->arena, &form->part, &fault))
        return malformed(form, fault);
    form->in_part = true;
    form->part_size = 0;
    *part = form->part;
    return POLY_OK;
}

poly_result poly_multipart_next(poly_multipart *form, poly_multipart_part *part)
{
    enum multipart_event event;
    poly_slice piece = {NULL, 1};
    poly_result result;

    while (form->in_part) {
        result = poly_multipart_read(form, &piece);
        if (result != POLY_OK)
            return result;
    }
    result = advance(form, &event, &piece);
    return result == POLY_OK ? begin_part(form, part) : result;
}

poly_result poly_multipart_read(poly_multipart *form, poly_slice *piece)
{
    uint64_t most = form->part.file_name ? form->limits.max_file : form->limits.max_field;
    enum multipart_event event = MULTIPART_PART_END;
    poly_result result;

    *piece = (poly_slice){"", 0};
    if (!form->in_part)
        return POLY_OK;
    result = advance(form, &event, piece);
    if (result != POLY_OK)
        return result;
    if (event == MULTIPART_PART_END) {
        form->in_part = false;
        *piece = (poly_slice){"", 0};
        return POLY_OK;
    }
    form->part_size += piece->size;
    return form->part_size > most ? part_too_large(form) : POLY_OK;
}

poly_result poly_multipart_text(poly_multipart *form, const char **text)
{
    poly_strbuf whole;
    poly_slice piece;
    poly_result result;

    poly_strbuf_init(&whole, form->limits.max_field);
    do {
        result = poly_multipart_read(form, &piece);
        if (result == POLY_OK && piece.size && !poly_strbuf_append(&whole, piece.data, piece.size))
            result = part_too_large(form);
    } while (result == POLY_OK && piece.size);
    if (result == POLY_OK && (!poly_text_is_utf8(poly_strbuf_text(&whole), whole.size) ||
                              memchr(poly_strbuf_text(&whole), '\0', whole.size)))
        result = malformed(form, (poly_message){"поле формы — не текст в UTF-8", "a field is no UTF-8 text"});
    if (result == POLY_OK)
        *text = poly_arena_strndup(form->request->arena, poly_strbuf_text(&whole), whole.size);
    poly_strbuf_release(&whole);
    return result;
}

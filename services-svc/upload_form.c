/* SPDX-License-Identifier: MIT */
#include "upload_form.h"

#include <stdlib.h>
#include <string.h>

#include "poly/log.h"
#include "poly/multipart.h"
#include "poly/text.h"
#include "poly/time.h"

#include "caller.h"
#include "file_name.h"
#include "problems.h"
#include "service.h"

#define PIECE            ((size_t)128 << 10) /* what is held of a file at a time */
#define FIELD_MAX_BYTES  ((size_t)1 << 20)
#define TURN_WAIT        POLY_SECONDS(5)
#define OWN_TURN_SECONDS 5                  /* after which one who sends too many may try again */
#define HEADER_MAX       ((size_t)12 << 10) /* of a part: long names are cut, not refused */

_Static_assert(PIECE >= POLY_FILE_MAGIC_HEAD, "a file's kind is told by its first piece");

struct reading {
    upload_form *form;
    const services_service *service;
    poly_multipart *parts;
    char *piece; /* PIECE bytes */
    size_t held; /* of it */
};

static services_service *service_of(const upload_form *form)
{
    return poly_request_context(form->request);
}

/* Answers, and says so. */
static poly_result refuse(upload_form *form, const poly_problem *problem)
{
    poly_fail(form->request, problem);
    return POLY_INVALID;
}

static poly_result refuse_part(upload_form *form, const char *name, const char *code, poly_message message)
{
    poly_request_fault(form->request, name, code, message);
    return poly_request_refused(form->request) ? POLY_INVALID : POLY_OK;
}

/* What the store could not do. */
static poly_result refuse_store(upload_form *form, poly_result result)
{
    if (result == POLY_IO || result == POLY_OVERLOADED)
        poly_fail(form->request, &problem_storage_unavailable);
    else
        poly_fail_dependency(form->request, result, "storage");
    return result;
}

/* --- a file --- */

struct look {
    poly_file_magic *magic;
    const void *bytes;
    size_t size;
    poly_file_type type;
    poly_result result;
};

static void look(void *argument)
{
    struct look *self = argument;

    self->result = poly_file_magic_look(self->magic, self->bytes, self->size, &self->type);
}

static poly_result check_kind(struct reading *reading, const uploaded_file *file)
{
    struct look self = {.magic = reading->service->magic, .bytes = reading->piece, .size = reading->held};
    poly_result result = poly_offload(look, &self);

    if (result == POLY_OK)
        result = self.result;
    if (result != POLY_OK)
        return refuse_store(reading->form, result);
    if (file_kind_agrees(file->kind, &self.type))
        return POLY_OK;
    poly_log(POLY_LOG_INFO, "a file is not what its name says", poly_text_field("extension", file->kind->extension),
             poly_text_field("found", self.type.media_type));
    return refuse(reading->form, &problem_file_content);
}

/* Hands over what is held; before the first of it, the file is begun. */
static poly_result flush(struct reading *reading, uploaded_file *file)
{
    poly_result result = POLY_OK;

    if (!file->upload) {
        result = check_kind(reading, file);
        if (result != POLY_OK)
            return result;
        result = storage_begin(reading->service->storage, &file->upload);
    }
    if (result == POLY_OK)
        result = storage_write(file->upload, reading->piece, reading->held);
    reading->held = 0;
    return result == POLY_OK ? POLY_OK : refuse_store(reading->form, result);
}

static poly_result take_bytes(struct reading *reading, uploaded_file *file, poly_slice bytes)
{
    while (bytes.size > 0) {
        size_t room = PIECE - reading->held, size = bytes.size < room ? bytes.size : room;
        poly_result result = POLY_OK;

        memcpy(reading->piece + reading->held, bytes.data, size);
        reading->held += size;
        bytes.data += size;
        bytes.size -= size;
        if (reading->held == PIECE)
            result = flush(reading, file);
        if (result != POLY_OK)
            return result;
    }
    return POLY_OK;
}

static poly_result read_file(struct reading *reading, uploaded_file *file)
{
    poly_slice bytes;
    poly_result result;

    reading->held = 0;
    while ((result = poly_multipart_read(reading->parts, &bytes)) == POLY_OK && bytes.size > 0) {
        result = take_bytes(reading, file, bytes);
        if (result != POLY_OK)
            return result;
    }
    if (result != POLY_OK)
        return result;
    if (reading->held == 0 && !file->upload)
        return refuse(reading->form, &problem_file_empty);
    return reading->held ? flush(reading, file) : POLY_OK;
}

static poly_result take_file(struct reading *reading, const poly_multipart_part *part)
{
    upload_form *form = reading->form;
    uploaded_file *file = &form->files[form->file_count];

    if (part->file_name[0] == '\0') /* a browser's field for files that was left empty */
        return POLY_OK;
    if (form->file_count == UPLOAD_FILES_MAX)
        return refuse(form, &problem_too_many_files);
    file->name = file_name_clean(poly_request_arena(form->request), part->file_name);
    file->kind = file_kind_of_name(file->name, reading->service->config->allowed_upload_extensions);
    if (!file->kind)
        return refuse(form, &problem_file_kind);
    form->file_count++;
    return read_file(reading, file);
}

/* --- the form --- */

static poly_result take_field(struct reading *reading, const poly_multipart_part *part)
{
    static const poly_message unknown = {"В этой форме нет такого поля.", "The form has no such field."};
    static const poly_message repeated = {"Поле повторяется.", "The field is repeated."};
    upload_form *form = reading->form;

    for (size_t i = 0; form->names[i]; i++) {
        if (strcmp(form->names[i], part->name) != 0)
            continue;
        if (form->texts[i])
            return refuse_part(form, form->names[i], "repeated", repeated);
        return poly_multipart_text(reading->parts, &form->texts[i]);
    }
    return refuse_part(form, poly_arena_strdup(poly_request_arena(form->request), part->name), "unknown_field",
                       unknown);
}

static poly_result take_part(struct reading *reading, const poly_multipart_part *part)
{
    static const poly_message no_file = {"В поле «files» ожидается файл.", "The field \"files\" holds a file."};
    static const poly_message misplaced = {"Файлы передаются в поле «files».", "Files come in the field \"files\"."};
    bool is_files = strcmp(part->name, "files") == 0;

    if (is_files && part->file_name)
        return take_file(reading, part);
    if (is_files)
        return refuse_part(reading->form, "files", "file", no_file);
    if (part->file_name)
        return refuse_part(reading->form, "files", "misplaced_file", misplaced);
    return take_field(reading, part);
}

static poly_result read_parts(struct reading *reading)
{
    const uint64_t file_max = (uint64_t)reading->service->config->max_upload_file_bytes;
    const poly_multipart_limits limits = {
        .max_part_header = HEADER_MAX,
        .max_field = FIELD_MAX_BYTES,
        .max_file = file_max,
        .max_total = (UPLOAD_FILES_MAX + 1) * file_max + 4 * FIELD_MAX_BYTES,
    };
    poly_multipart_part part;
    poly_result result = poly_multipart_open(reading->form->request, &limits, &reading->parts);

    while (result == POLY_OK) {
        result = poly_multipart_next(reading->parts, &part);
        if (result == POLY_NOT_FOUND)
            return POLY_OK;
        if (result == POLY_OK)
            result = take_part(reading, &part);
    }
    return result;
}

/* So many forms are read at a time as there is memory set aside for. */
static poly_result read_in_turn(upload_form *form)
{
    struct reading reading = {.form = form, .service = service_of(form)};
    upload_turns *turns = reading.service->uploads;
    const char *caller = caller_of(form->request)->actor;
    poly_result result = upload_turns_enter(turns, caller, poly_time_monotonic() + TURN_WAIT);

    if (result == POLY_REJECTED) {
        poly_fail_throttled(form->request, OWN_TURN_SECONDS);
        return result;
    }
    if (result != POLY_OK) {
        poly_fail_dependency(form->request, result == POLY_TIMEOUT ? POLY_OVERLOADED : result, "uploads");
        return result;
    }
    reading.piece = poly_alloc(PIECE);
    result = read_parts(&reading);
    free(reading.piece);
    upload_turns_leave(turns, caller);
    return result;
}

bool upload_form_read(poly_request *request, const char *const *names, upload_form *form)
{
    poly_result result;

    *form = (upload_form){.request = request, .names = names};
    result = read_in_turn(form);
    if (result != POLY_OK)
        upload_form_drop(form);
    return result == POLY_OK;
}

/* --- fields --- */

const char *upload_form_text(const upload_form *form, const char *name)
{
    for (size_t i = 0; form->names[i]; i++)
        if (strcmp(form->names[i], name) == 0)
            return form->texts[i];
    return NULL;
}

static void fault(upload_form *form, const char *name, const char *code, const char *ru, const char *en)
{
    poly_arena *arena = poly_request_arena(form->request);

    poly_request_fault(form->request, name, code,
                       (poly_message){
                           poly_arena_printf(arena, "Поле «%s» %s.", name, ru),
                           poly_arena_printf(arena, "The field \"%s\" %s.", name, en),
                       });
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && !strchr("\t\r\n", *text)) || *text == 0x7f)
            return true;
    return false;
}

const char *upload_form_prose(upload_form *form, const char *name, size_t max_characters, bool required)
{
    static const char spaces[] = " \t\r\n";
    const char *text = upload_form_text(form, name);
    size_t size;

    text = text ? text + strspn(text, spaces) : "";
    for (size = strlen(text); size > 0 && strchr(spaces, text[size - 1]);)
        size--;
    if (size == 0) {
        if (required)
            fault(form, name, "required", "обязательно", "is required");
        return NULL;
    }
    text = poly_arena_strndup(poly_request_arena(form->request), text, size);
    if (poly_text_count(text) > max_characters)
        fault(form, name, "too_long", "слишком длинное", "is too long");
    else if (has_control(text))
        fault(form, name, "characters", "содержит недопустимые знаки", "has characters that are not allowed");
    else
        return text;
    return NULL;
}

bool upload_form_truth(upload_form *form, const char *name)
{
    const char *text = upload_form_prose(form, name, 8, false);

    if (!text || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return false;
    if (strcmp(text, "true") != 0 && strcmp(text, "1") != 0)
        fault(form, name, "boolean", "— true или false", "is true or false");
    return true;
}

/* --- the files' fate --- */

/* With its length in front, so that no two forms come to the same. */
static void digest_text(poly_sha256_stream *stream, const char *text)
{
    uint64_t size = text ? strlen(text) : UINT64_MAX;

    poly_sha256_add(stream, &size, sizeof(size));
    if (text)
        poly_sha256_add(stream, text, strlen(text));
}

static void digest_form(upload_form *form)
{
    poly_sha256_stream *stream = poly_sha256_begin();

    for (size_t i = 0; form->names[i]; i++)
        digest_text(stream, form->texts[i]);
    for (size_t i = 0; i < form->file_count; i++) {
        digest_text(stream, form->files[i].name);
        poly_sha256_add(stream, form->files[i].stored.sha256, POLY_SHA256_SIZE);
    }
    poly_sha256_end(&stream, form->digest);
}

bool upload_form_keep(upload_form *form)
{
    for (size_t i = 0; i < form->file_count; i++) {
        poly_result result = storage_finish(&form->files[i].upload, &form->files[i].stored);

        if (result == POLY_OK)
            continue;
        form->files[i].stored.name[0] = '\0';
        upload_form_drop(form);
        refuse_store(form, result);
        return false;
    }
    digest_form(form);
    return true;
}

void upload_form_drop(upload_form *form)
{
    storage *store = service_of(form)->storage;

    for (size_t i = 0; i < form->file_count; i++) {
        uploaded_file *file = &form->files[i];

        storage_abandon(&file->upload);
        if (file->stored.name[0] && storage_remove(store, file->stored.name) != POLY_OK)
            poly_log(POLY_LOG_WARNING, "a file is left to the sweeper", poly_text_field("name", file->stored.name));
        file->stored.name[0] = '\0';
    }
    form->file_count = 0;
}

/* SPDX-License-Identifier: MIT */
#include "application.h"

#include <string.h>

bool application_is_seen_by(const campus_application *application, const services_caller *caller)
{
    switch (caller->who) {
    case WHO_STUDENT:
        return strcmp(application->student_id, caller->id) == 0;
    case WHO_EXECUTOR:
        return application->executor_id && strcmp(application->executor_id, caller->executor_id) == 0;
    default:
        return caller_may_touch(caller, application->department_id);
    }
}

bool conversation_has_room(conversation_side said, const char *text)
{
    return said.messages < SIDE_MESSAGES_MAX && said.bytes + (int64_t)strlen(text) <= SIDE_BYTES_MAX;
}

void application_write_members(poly_json_writer *writer, const campus_application *application)
{
    poly_json_put_text(writer, "id", application->id);
    poly_json_put_text(writer, "service_id", application->service_id);
    poly_json_put_text(writer, "service_name", application->service_name);
    poly_json_put_text(writer, "department_id", application->department_id);
    poly_json_put_text(writer, "student_external_id", application->student_id);
    poly_json_put_text(writer, "student_name", application->student_name);
    poly_json_put_text(writer, "student_email", application->student_email);
    poly_json_put_text(writer, "status", application_state_names[application->state]);
    poly_json_put_text(writer, "executor_id", application->executor_id);
    poly_json_put_text(writer, "executor_name", application->executor_name);
    if (application->form_data)
        poly_json_put_raw(writer, "form_data", poly_slice_of(application->form_data));
    poly_json_put_text(writer, "created_at", application->created_at);
    poly_json_put_text(writer, "updated_at", application->updated_at);
    poly_json_put_text(writer, "due_at", application->due_at);
}

void application_write(poly_json_writer *writer, const char *name, const campus_application *application)
{
    poly_json_begin_object(writer, name);
    application_write_members(writer, application);
    poly_json_end_object(writer);
}

void attachment_write(poly_json_writer *writer, const campus_attachment *attachment)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "id", attachment->id);
    poly_json_put_text(writer, "file_name", attachment->name);
    poly_json_put_int(writer, "size", attachment->size);
    poly_json_put_text(writer, "sha256", attachment->sha256);
    poly_json_put_text(writer, "content_type", attachment->content_type);
    poly_json_put_text(writer, "created_at", attachment->created_at);
    poly_json_end_object(writer);
}

/* The response or comment that it came with; "" if it came with the application. */
static const char *owner_of(const campus_attachment *attachment)
{
    return attachment->response_id ? attachment->response_id : attachment->comment_id ? attachment->comment_id : "";
}

/* The first whose owner is not before that one. */
static size_t find_owner(const attachment_list *attachments, const char *owner)
{
    size_t first = 0, behind = attachments->count;

    while (first < behind) {
        size_t middle = first + (behind - first) / 2;

        if (strcmp(owner_of(&attachments->items[middle]), owner) < 0)
            first = middle + 1;
        else
            behind = middle;
    }
    return first;
}

static void write_those_of(poly_json_writer *writer, const char *name, const attachment_list *attachments,
                           const char *owner)
{
    poly_json_begin_array(writer, name);
    for (size_t i = find_owner(attachments, owner); i < attachments->count; i++) {
        if (strcmp(owner_of(&attachments->items[i]), owner) != 0)
            break;
        attachment_write(writer, &attachments->items[i]);
    }
    poly_json_end_array(writer);
}

void attachments_write_own(poly_json_writer *writer, const char *name, const attachment_list *attachments)
{
    write_those_of(writer, name, attachments, "");
}

static void write_author(poly_json_writer *writer, const campus_message *message)
{
    poly_json_put_text(writer, "id", message->id);
    poly_json_put_text(writer, "author_name", message->author_name);
    poly_json_put_text(writer, "author_role", message->author_role);
    poly_json_put_text(writer, "message", message->text);
}

void response_write(poly_json_writer *writer, const char *name, const campus_message *response,
                    const attachment_list *attachments)
{
    poly_json_begin_object(writer, name);
    write_author(writer, response);
    poly_json_put_text(writer, "new_status", response->new_status);
    write_those_of(writer, "attachments", attachments, response->id);
    poly_json_put_text(writer, "created_at", response->created_at);
    poly_json_end_object(writer);
}

void comment_write(poly_json_writer *writer, const char *name, const campus_message *comment,
                   const attachment_list *attachments)
{
    poly_json_begin_object(writer, name);
    write_author(writer, comment);
    poly_json_put_bool(writer, "internal", comment->internal);
    write_those_of(writer, "attachments", attachments, comment->id);
    poly_json_put_text(writer, "created_at", comment->created_at);
    poly_json_end_object(writer);
}

void history_write(poly_json_writer *writer, const char *name, const history_list *history)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < history->count; i++) {
        const history_entry *entry = &history->items[i];

        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "at", entry->at);
        poly_json_put_text(writer, "actor_name", entry->actor_name);
        poly_json_put_text(writer, "actor_role", entry->actor_role);
        poly_json_put_text(writer, "change", entry->change);
        poly_json_put_text(writer, "old_value", entry->old_value);
        poly_json_put_text(writer, "new_value", entry->new_value);
        poly_json_put_text(writer, "old_name", entry->old_name);
        poly_json_put_text(writer, "new_name", entry->new_name);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

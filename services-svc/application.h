/* SPDX-License-Identifier: MIT */
/*
 * Applications and what belongs to them, as the store reads them and answers show them, and who may see them. Strings
 * live in the arena of the request that read them.
 */
#ifndef SERVICES_APPLICATION_H
#define SERVICES_APPLICATION_H

#include "poly/json.h"

#include "application_state.h"
#include "caller.h"

enum {
    MESSAGE_MAX_CHARACTERS = 10000,
    SIDE_MESSAGES_MAX = 250, /* of an application: responses, comments of the student, comments of all others */
    SIDE_BYTES_MAX = 1 << 20,
};

/* What one side has said of an application so far. */
typedef struct conversation_side {
    int64_t messages;
    int64_t bytes;
} conversation_side;

/* Whether it may say this, too. So a conversation is answered whole, and nobody can use up what others may say. */
bool conversation_has_room(conversation_side said, const char *text);

typedef struct campus_application {
    const char *id;
    const char *service_id;
    const char *service_name;
    const char *department_id;
    const char *student_id;
    const char *student_name;
    const char *student_email;
    application_state state;
    const char *executor_id; /* NULL: nobody */
    const char *executor_name;
    const char *created_at;
    const char *updated_at;
    const char *due_at;    /* NULL: no time is promised */
    const char *form_data; /* JSON, an object; NULL where it is not asked for */
} campus_application;

/* A file that came with an application, or with a response or comment to it. */
typedef struct campus_attachment {
    const char *id;
    const char *response_id; /* NULL, as the next, if it came with the application */
    const char *comment_id;
    const char *stored_name;
    const char *name;
    int64_t size;
    const char *sha256; /* hex */
    const char *content_type;
    bool internal; /* not for the student */
    const char *created_at;
} campus_attachment;

/* A response, or a comment. */
typedef struct campus_message {
    const char *id;
    const char *author_id;
    const char *author_name;
    const char *author_role;
    const char *text;
    const char *new_status; /* of a response; NULL: left as it was */
    bool internal;          /* of a comment */
    const char *created_at;
} campus_message;

typedef struct history_entry {
    const char *at;
    const char *actor_name;
    const char *actor_role;
    const char *change; /* "created", "status", "executor", "response" */
    const char *old_value;
    const char *new_value;
    const char *old_name; /* of the executors */
    const char *new_name;
} history_entry;

typedef struct message_list {
    const campus_message *items;
    size_t count;
} message_list;

/* Ordered by the response or comment that they came with, those of the application first. */
typedef struct attachment_list {
    const campus_attachment *items;
    size_t count;
} attachment_list;

typedef struct history_list {
    const history_entry *items;
    size_t count;
} history_list;

/* A student sees their own, an executor what is assigned to them, staff their department's, administrators all. */
bool application_is_seen_by(const campus_application *application, const services_caller *caller);

void application_write(poly_json_writer *writer, const char *name, const campus_application *application);
/* The members only, for who writes more of them. */
void application_write_members(poly_json_writer *writer, const campus_application *application);
void attachment_write(poly_json_writer *writer, const campus_attachment *attachment);
/* Those of the application itself. */
void attachments_write_own(poly_json_writer *writer, const char *name, const attachment_list *attachments);
void response_write(poly_json_writer *writer, const char *name, const campus_message *response,
                    const attachment_list *attachments);
void comment_write(poly_json_writer *writer, const char *name, const campus_message *comment,
                   const attachment_list *attachments);
void history_write(poly_json_writer *writer, const char *name, const history_list *history);

#endif

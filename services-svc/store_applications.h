/* SPDX-License-Identifier: MIT */
/*
 * Applications in the database; as store.h has it.
 */
#ifndef SERVICES_STORE_APPLICATIONS_H
#define SERVICES_STORE_APPLICATIONS_H

#include "application.h"
#include "store.h"

/* --- one application (store_applications.c) --- */

/* With its form_data. */
poly_result store_find_application(poly_pg *pg, poly_arena *arena, const char *id, campus_application *out);
/* The same, locked for a change. */
poly_result store_lock_application(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                   campus_application *out);
/* `created_at`, `updated_at` and `due_at` are filled in; `due_at` is in seconds since 1970, 0 for none. */
poly_result store_insert_application(poly_pg_transaction *transaction, poly_arena *arena,
                                     campus_application *application, int64_t due_at);
/* How many of the student's are pending or in progress; behind an insert in the same transaction. */
poly_result store_count_open(poly_pg_transaction *transaction, poly_arena *arena, const char *student_id, int64_t *out);
/* These change the row and `application`, and leave a record of who did it. */
poly_result store_set_state(poly_pg_transaction *transaction, poly_arena *arena, campus_application *application,
                            application_state state, const history_actor *actor);
/* `executor` NULL: nobody. */
poly_result store_assign(poly_pg_transaction *transaction, poly_arena *arena, campus_application *application,
                         const campus_executor *executor, const history_actor *actor);
poly_result store_touch_application(poly_pg_transaction *transaction, poly_arena *arena, const char *id);
poly_result store_add_history(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                              const history_actor *actor, const char *change, const char *old_value,
                              const char *new_value);

/* --- lists (store_application_lists.c): newest first --- */

enum { SEARCH_FOUND_MAX = 200 }; /* of a search's: its total says no more */

typedef struct application_filter {
    const services_caller *reader;
    application_state state; /* STATE_COUNT: any */
    const char *search;      /* folded; NULL for all */
} application_filter;

typedef struct application_list {
    campus_application *items;
    size_t count;
    int64_t total;
} application_list;

poly_result store_list_applications(poly_pg *pg, poly_arena *arena, const application_filter *filter,
                                    store_window window, application_list *out);

/* Where the next portion of an export begins. */
typedef struct export_mark {
    int64_t created_at; /* µs since 1970, from which on, */
    const char *id;     /* and behind this one */
} export_mark;

enum { EXPORT_PORTION = 500 };

/* The next EXPORT_PORTION, oldest first, with their form_data; `department_id` NULL for all, `until` in µs, excluded.
 */
poly_result store_export_applications(poly_pg *pg, poly_arena *arena, const char *department_id,
                                      application_state state, int64_t until, export_mark *mark, application_list *out);

/* --- what belongs to them (store_conversation.c) --- */

enum { CONVERSATION_MAX = 1000 }; /* the newest of each kind that are shown */

/* The application is locked, so that it stays true. */
poly_result store_side_of_responses(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                    conversation_side *out);
poly_result store_side_of_comments(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                   bool of_student, conversation_side *out);
/* `created_at` is filled in. */
poly_result store_insert_response(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                  campus_message *response);
poly_result store_insert_comment(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                 campus_message *comment);
/* The same; `sha256` is the binary one. */
poly_result store_insert_attachment(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                    campus_attachment *attachment, poly_slice sha256);

poly_result store_responses(poly_pg *pg, poly_arena *arena, const char *application_id, message_list *out);
/* Without the internal ones unless `all`. */
poly_result store_comments(poly_pg *pg, poly_arena *arena, const char *application_id, bool all, message_list *out);
poly_result store_attachments(poly_pg *pg, poly_arena *arena, const char *application_id, bool all,
                              attachment_list *out);
poly_result store_history(poly_pg *pg, poly_arena *arena, const char *application_id, history_list *out);

/* With its application. */
poly_result store_find_attachment(poly_pg *pg, poly_arena *arena, const char *id, campus_attachment *out,
                                  campus_application *application);
/* Which of the names belong to an attachment; in no order. */
poly_result store_known_files(poly_pg *pg, poly_arena *arena, const char *const *names, size_t count,
                              const char *const **known, size_t *known_count);

/* --- events (store_events.c) --- */

typedef struct application_event {
    int64_t sequence;
    const char *application_id;
    const char *name;
    const char *data; /* JSON */
    bool internal;    /* not for the student */
} application_event;

typedef struct event_list {
    application_event *items;
    size_t count;
} event_list;

enum { EVENTS_PORTION = 500, EVENTS_REPLAY_BYTES = 128 * 1024 };

/* The last statement of its transaction but for the audit: from here to the commit all others' wait. */
poly_result store_add_event(poly_pg_transaction *transaction, poly_arena *arena, const application_event *event);
/* From which number on a replica that has just been started tells. */
poly_result store_events_start(poly_pg *pg, poly_arena *arena, int64_t *sequence);
/* The next EVENTS_PORTION behind `sequence`. */
poly_result store_events_after(poly_pg *pg, poly_arena *arena, int64_t sequence, event_list *out);
/*
 * All of one application behind `sequence`. POLY_NOT_FOUND: there is none, or they are EVENTS_PORTION or more, or over
 * EVENTS_REPLAY_BYTES, or events as old as that are no longer kept.
 */
poly_result store_events_of(poly_pg *pg, poly_arena *arena, const char *application_id, int64_t sequence, bool all,
                            event_list *out);
/* The application as it is, and the number of the last event that this has in it. */
poly_result store_application_now(poly_pg *pg, poly_arena *arena, const char *id, campus_application *out,
                                  int64_t *sequence);

#endif

/* SPDX-License-Identifier: MIT */
/* What belongs to an application: responses, comments, files, history. */
#include "store_application_rows.h"

#define CUT "ORDER BY created_at DESC, id DESC LIMIT 1000"
_Static_assert(CONVERSATION_MAX == 1000, "the limit in CUT");

/* --- responses and comments --- */

static const poly_statement insert_response = {
    .name = "insert_response",
    .sql = "INSERT INTO responses (id, application_id, author_id, author_name, author_role, message, new_status)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT},
};

static const poly_statement insert_comment = {
    .name = "insert_comment",
    .sql = "INSERT INTO comments (id, application_id, author_id, author_name, author_role, message, internal)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING created_at",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_BOOL},
};

static poly_result insert(poly_pg_transaction *transaction, poly_arena *arena, const poly_statement *statement,
                          const char *application_id, campus_message *said, poly_pg_value last)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, statement,
                                  POLY_PG_VALUES(poly_pg_uuid(said->id), poly_pg_uuid(application_id),
                                                 poly_pg_text(said->author_id), poly_pg_text(said->author_name),
                                                 poly_pg_text(said->author_role), poly_pg_text(said->text), last),
                                  arena, &rows);

    if (result == POLY_OK)
        said->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    return result;
}

poly_result store_insert_response(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                  campus_message *response)
{
    return insert(transaction, arena, &insert_response, application_id, response, poly_pg_text(response->new_status));
}

poly_result store_insert_comment(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                 campus_message *comment)
{
    return insert(transaction, arena, &insert_comment, application_id, comment, poly_pg_bool(comment->internal));
}

#define SIDE_COLUMNS "count(*), coalesce(sum(octet_length(message)), 0)"
static const poly_statement side_of_responses = {
    .name = "side_of_responses",
    .sql = "SELECT " SIDE_COLUMNS " FROM responses WHERE application_id = $1",
    .types = {POLY_PG_UUID},
};
static const poly_statement side_of_comments = {
    .name = "side_of_comments",
    .sql = "SELECT " SIDE_COLUMNS " FROM comments WHERE application_id = $1 AND (author_role = 'student') = $2",
    .types = {POLY_PG_UUID, POLY_PG_BOOL},
};

static poly_result take_side(poly_result result, const poly_pg_rows *rows, conversation_side *out)
{
    if (result == POLY_OK)
        *out = (conversation_side){poly_pg_get_int(rows, 0, 0), poly_pg_get_int(rows, 0, 1)};
    return result;
}

poly_result store_side_of_responses(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                    conversation_side *out)
{
    poly_pg_rows rows;

    return take_side(poly_pg_transaction_query(transaction, &side_of_responses,
                                               POLY_PG_VALUES(poly_pg_uuid(application_id)), arena, &rows),
                     &rows, out);
}

poly_result store_side_of_comments(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                   bool of_student, conversation_side *out)
{
    poly_pg_rows rows;

    return take_side(poly_pg_transaction_query(transaction, &side_of_comments,
                                               POLY_PG_VALUES(poly_pg_uuid(application_id), poly_pg_bool(of_student)),
                                               arena, &rows),
                     &rows, out);
}

static const poly_statement list_responses = {
    .name = "list_responses",
    .sql = "SELECT * FROM (SELECT id, author_id, author_name, author_role, message, new_status, false, created_at"
           " FROM responses WHERE application_id = $1 " CUT ") newest ORDER BY created_at, id",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

static const poly_statement list_comments = {
    .name = "list_comments",
    .sql = "SELECT * FROM (SELECT id, author_id, author_name, author_role, message, NULL::text, internal, created_at"
           " FROM comments WHERE application_id = $1 AND ($2 OR NOT internal) " CUT ") newest ORDER BY created_at, id",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID, POLY_PG_BOOL},
};

static poly_result take_messages(poly_result result, const poly_pg_rows *rows, poly_arena *arena, message_list *out)
{
    campus_message *items;

    if (result != POLY_OK)
        return result;
    items = poly_arena_alloc(arena, (rows->count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows->count; i++)
        items[i] = (campus_message){
            .id = poly_pg_get_text(rows, i, 0),
            .author_id = poly_pg_get_text(rows, i, 1),
            .author_name = poly_pg_get_text(rows, i, 2),
            .author_role = poly_pg_get_text(rows, i, 3),
            .text = poly_pg_get_text(rows, i, 4),
            .new_status = poly_pg_get_text(rows, i, 5),
            .internal = poly_pg_get_bool(rows, i, 6),
            .created_at = poly_pg_get_rfc3339(rows, i, 7, arena),
        };
    *out = (message_list){items, rows->count};
    return POLY_OK;
}

poly_result store_responses(poly_pg *pg, poly_arena *arena, const char *application_id, message_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_responses, POLY_PG_VALUES(poly_pg_uuid(application_id)), arena, &rows);

    return take_messages(result, &rows, arena, out);
}

poly_result store_comments(poly_pg *pg, poly_arena *arena, const char *application_id, bool all, message_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_comments,
                                       POLY_PG_VALUES(poly_pg_uuid(application_id), poly_pg_bool(all)), arena, &rows);

    return take_messages(result, &rows, arena, out);
}

/* --- files --- */

/* Not now(), which is the transaction's: files are listed in their order. */
static const poly_statement insert_attachment = {
    .name = "insert_attachment",
    .sql = "INSERT INTO attachments (id, application_id, response_id, comment_id, stored_name, original_name, size,"
           " sha256, content_type, internal, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
           "clock_timestamp())"
           " RETURNING created_at, encode(sha256, 'hex')",
    .types = {POLY_PG_UUID, POLY_PG_UUID, POLY_PG_UUID, POLY_PG_UUID, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_INT,
              POLY_PG_BYTES, POLY_PG_TEXT, POLY_PG_BOOL},
};

poly_result store_insert_attachment(poly_pg_transaction *transaction, poly_arena *arena, const char *application_id,
                                    campus_attachment *new, poly_slice sha256)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(
        transaction, &insert_attachment,
        POLY_PG_VALUES(poly_pg_uuid(new->id), poly_pg_uuid(application_id), poly_pg_uuid(new->response_id),
                       poly_pg_uuid(new->comment_id), poly_pg_text(new->stored_name), poly_pg_text(new->name),
                       poly_pg_int(new->size), poly_pg_bytes(sha256.data, sha256.size), poly_pg_text(new->content_type),
                       poly_pg_bool(new->internal)),
        arena, &rows);

    if (result != POLY_OK)
        return result;
    new->created_at = poly_pg_get_rfc3339(&rows, 0, 0, arena);
    new->sha256 = poly_pg_get_text(&rows, 0, 1);
    return POLY_OK;
}

#define ATTACHMENT_COLUMNS                                                                               \
    "f.id, f.response_id, f.comment_id, f.stored_name, f.original_name, f.size, encode(f.sha256, 'hex')" \
    ", f.content_type, f.internal, f.created_at"
enum { ATTACHMENT_COLUMN_COUNT = 10 };

static campus_attachment attachment_of_row(const poly_pg_rows *rows, size_t row, poly_arena *arena)
{
    return (campus_attachment){
        .id = poly_pg_get_text(rows, row, 0),
        .response_id = poly_pg_get_text(rows, row, 1),
        .comment_id = poly_pg_get_text(rows, row, 2),
        .stored_name = poly_pg_get_text(rows, row, 3),
        .name = poly_pg_get_text(rows, row, 4),
        .size = poly_pg_get_int(rows, row, 5),
        .sha256 = poly_pg_get_text(rows, row, 6),
        .content_type = poly_pg_get_text(rows, row, 7),
        .internal = poly_pg_get_bool(rows, row, 8),
        .created_at = poly_pg_get_rfc3339(rows, row, 9, arena),
    };
}

/* Ten times what is shown of the messages, since each may have ten. */
static const poly_statement list_attachments = {
    .name = "list_attachments",
    .sql = "SELECT " ATTACHMENT_COLUMNS " FROM attachments f WHERE f.application_id = $1 AND ($2 OR NOT f.internal)"
           " ORDER BY coalesce(f.response_id, f.comment_id) NULLS FIRST, f.created_at, f.id LIMIT 10000",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID, POLY_PG_BOOL},
};

poly_result store_attachments(poly_pg *pg, poly_arena *arena, const char *application_id, bool all,
                              attachment_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_attachments,
                                       POLY_PG_VALUES(poly_pg_uuid(application_id), poly_pg_bool(all)), arena, &rows);
    campus_attachment *items;

    if (result != POLY_OK)
        return result;
    items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows.count; i++)
        items[i] = attachment_of_row(&rows, i, arena);
    *out = (attachment_list){items, rows.count};
    return POLY_OK;
}

static const poly_statement find_attachment = {
    .name = "find_attachment",
    .sql = "SELECT " ATTACHMENT_COLUMNS ", " APPLICATION_COLUMNS " FROM attachments f"
           " JOIN applications a ON a.id = f.application_id" APPLICATION_JOINS " WHERE f.id = $1",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_find_attachment(poly_pg *pg, poly_arena *arena, const char *id, campus_attachment *out,
                                  campus_application *of)
{
    poly_pg_rows rows;
    poly_result result =
        take_first(poly_pg_query(pg, &find_attachment, POLY_PG_VALUES(poly_pg_uuid(id)), arena, &rows), &rows);

    if (result != POLY_OK)
        return result;
    *out = attachment_of_row(&rows, 0, arena);
    *of = application_of_row(&rows, 0, ATTACHMENT_COLUMN_COUNT, arena);
    return POLY_OK;
}

static const poly_statement known_files = {
    .name = "known_files",
    .sql = "SELECT stored_name FROM attachments WHERE stored_name = ANY ($1)",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_TEXT_LIST},
};

poly_result store_known_files(poly_pg *pg, poly_arena *arena, const char *const *names, size_t count,
                              const char *const **known, size_t *known_count)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &known_files, POLY_PG_VALUES(poly_pg_text_list(names, count)), arena, &rows);
    const char **found;

    if (result != POLY_OK)
        return result;
    found = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*found));
    for (size_t i = 0; i < rows.count; i++)
        found[i] = poly_pg_get_text(&rows, i, 0);
    *known = found;
    *known_count = rows.count;
    return POLY_OK;
}

/* --- history --- */

#define EXECUTOR_OF(column) "CASE newest.change WHEN 'executor' THEN newest." column "::uuid END"

static const poly_statement list_history = {
    .name = "list_history",
    .sql = "SELECT newest.at, newest.actor_name, newest.actor_role, newest.change, newest.old_value, newest.new_value,"
           " o.name, n.name FROM (SELECT * FROM application_history WHERE application_id = $1 ORDER BY id DESC"
           " LIMIT 1000) newest"
           " LEFT JOIN executors o ON o.id = " EXECUTOR_OF("old_value") " LEFT JOIN executors n ON n.id = " EXECUTOR_OF(
               "new_value") " ORDER BY newest.id",
    .use = POLY_PG_READ,
    .types = {POLY_PG_UUID},
};

poly_result store_history(poly_pg *pg, poly_arena *arena, const char *application_id, history_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, &list_history, POLY_PG_VALUES(poly_pg_uuid(application_id)), arena, &rows);
    history_entry *items;

    if (result != POLY_OK)
        return result;
    items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*items));
    for (size_t i = 0; i < rows.count; i++)
        items[i] = (history_entry){
            .at = poly_pg_get_rfc3339(&rows, i, 0, arena),
            .actor_name = poly_pg_get_text(&rows, i, 1),
            .actor_role = poly_pg_get_text(&rows, i, 2),
            .change = poly_pg_get_text(&rows, i, 3),
            .old_value = poly_pg_get_text(&rows, i, 4),
            .new_value = poly_pg_get_text(&rows, i, 5),
            .old_name = poly_pg_get_text(&rows, i, 6),
            .new_name = poly_pg_get_text(&rows, i, 7),
        };
    *out = (history_list){items, rows.count};
    return POLY_OK;
}

/* SPDX-License-Identifier: MIT */
/* Lists of applications. Each kind of reader has statements of its own, so that each has the index that it needs. */
#include "store_application_rows.h"

#include <string.h>

enum reader { READER_ALL, READER_DEPARTMENT, READER_STUDENT, READER_EXECUTOR, READER_COUNT };

/* $3 is whose, and $4 which status, NULL for any. */
#define OF_ALL        "$3::text IS NULL"
#define OF_DEPARTMENT "x.department_id = $3::uuid"
#define OF_STUDENT    "x.student_id = $3"
#define OF_EXECUTOR   "x.executor_id = $3::uuid"
#define ANY_STATUS    " AND $4::text IS NULL"
#define ONE_STATUS    " AND x.status = $4"

/* Whose counts, for one plan whatever the values: those of a reader are a few, those of all readers are not. */
#define COUNTS_OF_ALL         "c.reader = 'department' AND $3::text IS NULL"
#define COUNTS_OF_ONE(reader) "c.reader = '" reader "' AND c.reader_id = $3::text"
#define TOTAL_SQL(whose)                                                               \
    "(SELECT coalesce(sum(c.total), 0)::bigint FROM application_counts c WHERE " whose \
    " AND ($4::text IS NULL OR c.status = $4))"

/*
 * What the page leaves out is counted off in the index alone; OFFSET 0 keeps the planner from reading every row. The
 * total goes out with each row, and with one that has nothing else if there is none on the page.
 */
#define JOINED_PAGE                                                                                                  \
    " FROM (SELECT) one LEFT JOIN page ON true LEFT JOIN LATERAL (SELECT * FROM applications y WHERE y.id = page.id" \
    " OFFSET 0) a ON true LEFT JOIN services s ON s.id = a.service_id LEFT JOIN executors e ON e.id = a.executor_id" \
    " ORDER BY page.created_at DESC, page.id DESC"
#define LIST_SQL(of, status, whose)                                                                                \
    "WITH page AS MATERIALIZED (SELECT x.id, x.created_at FROM applications x WHERE " of status                    \
    " ORDER BY x.created_at DESC, x.id DESC LIMIT $1 OFFSET $2) SELECT " APPLICATION_COLUMNS ", " TOTAL_SQL(whose) \
        JOINED_PAGE
#define LIST(label, of, status, whose)                                               \
    {                                                                                \
        .name = label, .sql = LIST_SQL(of, status, whose), .use = POLY_PG_SLOW_READ, \
        .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT},             \
    }

static const poly_statement lists[READER_COUNT][2] = {
    [READER_ALL] = {LIST("list_all", OF_ALL, ANY_STATUS, COUNTS_OF_ALL),
                    LIST("list_all_of_status", OF_ALL, ONE_STATUS, COUNTS_OF_ALL)},
    [READER_DEPARTMENT] = {LIST("list_department", OF_DEPARTMENT, ANY_STATUS, COUNTS_OF_ONE("department")),
                           LIST("list_department_of_status", OF_DEPARTMENT, ONE_STATUS, COUNTS_OF_ONE("department"))},
    [READER_STUDENT] = {LIST("list_student", OF_STUDENT, ANY_STATUS, COUNTS_OF_ONE("student")),
                        LIST("list_student_of_status", OF_STUDENT, ONE_STATUS, COUNTS_OF_ONE("student"))},
    [READER_EXECUTOR] = {LIST("list_executor", OF_EXECUTOR, ANY_STATUS, COUNTS_OF_ONE("executor")),
                         LIST("list_executor_of_status", OF_EXECUTOR, ONE_STATUS, COUNTS_OF_ONE("executor"))},
};

/* --- search: $5 is the longest word's beginning, $6 are all of them, each of which some word of the text has --- */

#define HAS_WORD(text, prefix) \
    "strpos(' ' || " text " || ' ' || translate(" text ", '-._@', '    '), ' ' || " prefix ") > 0"
/* Each is looked up one by one (OFFSET 0), in the candidates' order, until there are enough. */
#define MATCHING(candidates)                                                                  \
    "SELECT a.id, a.created_at FROM (" candidates                                             \
    ") c, LATERAL (SELECT * FROM applications y WHERE y.id = c.id OFFSET 0) a"                \
    " WHERE ($4::text IS NULL OR a.status = $4)"                                              \
    " AND NOT EXISTS (SELECT FROM unnest($6) q (prefix) WHERE NOT " HAS_WORD("a.search_text", \
                                                                             "q.prefix") ") LIMIT 200"
#define FOUND_SQL(matching)                                                                \
    "WITH found AS MATERIALIZED (SELECT DISTINCT m.created_at, m.id FROM (" matching ") m" \
    " ORDER BY m.created_at DESC, m.id DESC LIMIT 200),"                                   \
    " page AS (SELECT * FROM found ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2)"  \
    " SELECT " APPLICATION_COLUMNS ", (SELECT count(*) FROM found)" JOINED_PAGE
_Static_assert(SEARCH_FOUND_MAX == 200, "the limits above");

/* Whole words first, the newest of them, then those that only begin so: no more is read, however many there are. */
#define WHOLE_WORDS(of)                                                             \
    "SELECT application_id AS id FROM application_words WHERE " of " AND word = $5" \
    " ORDER BY created_at DESC, application_id DESC LIMIT 2000"
#define BEGINNINGS(of)                                                                                            \
    "SELECT application_id AS id FROM application_words WHERE " of " AND word > $5 AND word < $5 || chr(1114111)" \
    " ORDER BY word, created_at, application_id LIMIT 1000"
#define WORDS_SQL(of) \
    FOUND_SQL("SELECT * FROM ((" MATCHING(WHOLE_WORDS(of)) ") UNION ALL (" MATCHING(BEGINNINGS(of)) ")) f LIMIT 300")
/* A student's or an executor's own are few enough to be looked through; those of many years ago are left out. */
#define OWN(of)     "SELECT x.id FROM applications x WHERE " of " ORDER BY x.created_at DESC, x.id DESC LIMIT 3000"
#define OWN_SQL(of) FOUND_SQL(MATCHING(OWN(of)))
#define SEARCH(label, text)                                                                               \
    {                                                                                                     \
        .name = label, .sql = text, .use = POLY_PG_SLOW_READ,                                             \
        .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT_LIST}, \
    }

static const poly_statement searches[READER_COUNT] = {
    [READER_ALL] = SEARCH("search_all", WORDS_SQL("$3::text IS NULL")),
    [READER_DEPARTMENT] = SEARCH("search_department", WORDS_SQL("department_id = $3::uuid")),
    [READER_STUDENT] = SEARCH("search_student", OWN_SQL(OF_STUDENT)),
    [READER_EXECUTOR] = SEARCH("search_executor", OWN_SQL(OF_EXECUTOR)),
};

static enum reader reader_of(const services_caller *caller, const char **whose)
{
    switch (caller->who) {
    case WHO_STUDENT:
        *whose = caller->id;
        return READER_STUDENT;
    case WHO_EXECUTOR:
        *whose = caller->executor_id;
        return READER_EXECUTOR;
    case WHO_STAFF:
        *whose = caller->department_id;
        return READER_DEPARTMENT;
    default:
        *whose = NULL;
        return READER_ALL;
    }
}

enum { WORDS_MAX = 8 };

/* The folded text's, and the longest, which few texts have. What is over WORDS_MAX is left out. */
static const char *split(const char *search, poly_arena *arena, const char *words[WORDS_MAX], size_t *count)
{
    const char *longest = "";

    *count = 0;
    while (*search && *count < WORDS_MAX) {
        size_t size = strcspn(search, " ");
        const char *word = poly_arena_strndup(arena, search, size);

        search += size + (search[size] == ' ');
        words[(*count)++] = word;
        if (size > strlen(longest))
            longest = word;
    }
    return longest;
}

static poly_result take_list(poly_result result, const poly_pg_rows *rows, poly_arena *arena, application_list *out)
{
    if (result != POLY_OK)
        return result;
    out->count = items_of_page(rows, APPLICATION_COLUMN_COUNT, &out->total);
    out->items = poly_arena_alloc(arena, (out->count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = application_of_row(rows, i, 0, arena);
    return POLY_OK;
}

poly_result store_list_applications(poly_pg *pg, poly_arena *arena, const application_filter *filter,
                                    store_window window, application_list *out)
{
    const char *whose, *words[WORDS_MAX], *longest;
    enum reader reader = reader_of(filter->reader, &whose);
    const char *status = application_state_names[filter->state];
    poly_pg_rows rows;
    size_t count;
    poly_result result;

    if (!filter->search || !*filter->search) {
        result = poly_pg_query(pg, &lists[reader][status != NULL],
                               POLY_PG_VALUES(poly_pg_int(window.limit), poly_pg_int(window.offset),
                                              poly_pg_text(whose), poly_pg_text(status)),
                               arena, &rows);
        return take_list(result, &rows, arena, out);
    }
    longest = split(filter->search, arena, words, &count);
    result = poly_pg_query(pg, &searches[reader],
                           POLY_PG_VALUES(poly_pg_int(window.limit), poly_pg_int(window.offset), poly_pg_text(whose),
                                          poly_pg_text(status), poly_pg_text(longest), poly_pg_text_list(words, count)),
                           arena, &rows);
    return take_list(result, &rows, arena, out);
}

/* --- export: along the index, portion by portion --- */

#define EXPORT_SQL(of)                                                                                         \
    "SELECT " APPLICATION_COLUMNS ", a.form_data, a.created_at FROM (SELECT x.* FROM applications x WHERE " of \
    " AND (x.created_at, x.id) > ($2, $3) AND x.created_at < $4 AND ($5::text IS NULL OR x.status = $5)"       \
    " ORDER BY x.created_at, x.id LIMIT 500) a" APPLICATION_JOINS " ORDER BY a.created_at, a.id"
#define EXPORT(label, of)                                                                \
    {                                                                                    \
        .name = label, .sql = EXPORT_SQL(of), .use = POLY_PG_SLOW_READ,                  \
        .types = {POLY_PG_TEXT, POLY_PG_TIME, POLY_PG_UUID, POLY_PG_TIME, POLY_PG_TEXT}, \
    }
_Static_assert(EXPORT_PORTION == 500, "the limit in EXPORT_SQL");

static const poly_statement export_all = EXPORT("export_all", "$1::text IS NULL");
static const poly_statement export_department = EXPORT("export_department", "x.department_id = $1::uuid");

poly_result store_export_applications(poly_pg *pg, poly_arena *arena, const char *department_id,
                                      application_state state, int64_t until, export_mark *mark, application_list *out)
{
    poly_pg_rows rows;
    poly_result result = poly_pg_query(pg, department_id ? &export_department : &export_all,
                                       POLY_PG_VALUES(poly_pg_text(department_id), poly_pg_time(mark->created_at),
                                                      poly_pg_uuid(mark->id), poly_pg_time(until),
                                                      poly_pg_text(application_state_names[state])),
                                       arena, &rows);

    if (result != POLY_OK)
        return result;
    out->count = rows.count;
    out->items = poly_arena_alloc(arena, (rows.count + 1) * sizeof(*out->items));
    for (size_t i = 0; i < rows.count; i++) {
        out->items[i] = application_of_row(&rows, i, 0, arena);
        out->items[i].form_data = poly_pg_get_text(&rows, i, APPLICATION_COLUMN_COUNT);
    }
    if (rows.count > 0) {
        mark->created_at = poly_pg_get_time(&rows, rows.count - 1, APPLICATION_COLUMN_COUNT + 1);
        mark->id = out->items[rows.count - 1].id;
    }
    return POLY_OK;
}

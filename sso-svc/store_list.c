/* SPDX-License-Identifier: MIT */
/* Lists of users. Each combination of filters is a statement of its own, so that each has the index that it needs. */
#include "store_rows.h"

enum filter_bits { BY_APP = 1, BY_ROLE = 2, FILTERS = 4 };

#define BY_APP_SQL  " AND x.app = $3"
#define BY_ROLE_SQL " AND x.role = $4"
#define LIST_TYPES                                                         \
    {                                                                      \
        POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_TEXT \
    }

/* The total is the sum of the counts that the filter leaves; those parameters that a statement does not compare with
 * are mentioned all the same, so that one set of values fits all. */
#define TOTAL_SQL                                                \
    "(SELECT coalesce(sum(total), 0)::bigint FROM user_counts c" \
    " WHERE ($3::text IS NULL OR c.app = $3) AND ($4::text IS NULL OR c.role = $4))"

/*
 * The page is looked for from $5 on, which stands no further before it than a range of users is long: what is left is
 * counted off in the index alone, and from the page's edge on users are read along the index. `most` is a number, since
 * a plan for all values would take a parameter for a tenth of the users, and sort them.
 */
#define LIST_COLUMNS USER_COLUMNS("u") ", " TOTAL_SQL
#define LIST_SQL(where, most)                                                                        \
    "WITH edge AS MATERIALIZED (SELECT x.sort_text, x.id FROM users x WHERE x.sort_text >= $5" where \
    " ORDER BY x.sort_text, x.id LIMIT 1 OFFSET $2) SELECT " LIST_COLUMNS                            \
    " FROM edge, LATERAL (SELECT n.* FROM (SELECT x.* FROM users x WHERE (x.sort_text, x.id) >="     \
    " (edge.sort_text, edge.id)" where " ORDER BY x.sort_text, x.id LIMIT " most ") n LIMIT $1) u"   \
    " ORDER BY u.sort_text, u.id"
#define LIST(label, ...)                                                                            \
    {                                                                                               \
        .name = label, .sql = LIST_SQL(__VA_ARGS__), .use = POLY_PG_SLOW_READ, .types = LIST_TYPES, \
    }
#define LISTS(prefix, most)                                                                 \
    {                                                                                       \
        [0] = LIST(prefix, "", most), [BY_APP] = LIST(prefix "_of_app", BY_APP_SQL, most),  \
        [BY_ROLE] = LIST(prefix "_of_role", BY_ROLE_SQL, most),                             \
        [BY_APP | BY_ROLE] = LIST(prefix "_of_app_and_role", BY_APP_SQL BY_ROLE_SQL, most), \
    }

static const poly_statement page_users[FILTERS] = LISTS("page_users", "500");
static const poly_statement array_users[FILTERS] = LISTS("array_users", "5000");
_Static_assert(USERS_PAGE_MAX == 500 && USERS_MAX == 5000, "the limits above");

/* What it costs to ask for a range first is what it costs to count off so many. */
#define FAR_OFFSET 1000

/* Where the range begins that the page begins in, and how many users stand before it; see the migration 0003_ranges. */
static const poly_statement find_range = {
    .name = "find_range",
    .sql = "SELECT start, before FROM find_range($1, $2, $3)",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT, POLY_PG_TEXT, POLY_PG_INT},
};

/* For a page behind the last. */
static const poly_statement count_users = {
    .name = "count_users",
    .sql = "SELECT coalesce(sum(total), 0)::bigint FROM user_counts c"
           " WHERE ($1::text IS NULL OR c.app = $1) AND ($2::text IS NULL OR c.role = $2)",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT, POLY_PG_TEXT},
};

/* Whether a word of the name begins so: a word is what follows a space, or a mark that parts it. */
#define HAS_WORD(sort_text, prefix) \
    "strpos(' ' || " sort_text " || ' ' || translate(" sort_text ", '-._@', '    '), ' ' || " prefix ") > 0"
/* For each of a list's; the plain look comes first, since it leaves little to do. */
#define HAS_ALL(sort_text, prefixes)                                                                     \
    " NOT EXISTS (SELECT FROM unnest(" prefixes ") q (prefix) WHERE strpos(" sort_text ", q.prefix) = 0" \
    " OR NOT " HAS_WORD(sort_text, "q.prefix") ")"
/* Its total goes out with each row, and with one that has nothing else if there is none on the page. */
#define FOUND_COLUMNS USER_COLUMNS("u") ", (SELECT count(*) FROM found)"
#define PAGE_OF_FOUND                                                                                                \
    " page AS (SELECT f.id, f.word, f.sort_text FROM found f ORDER BY f.word, f.sort_text, f.id LIMIT $1 OFFSET $2)" \
    " SELECT " FOUND_COLUMNS " FROM (SELECT) one LEFT JOIN page ON true LEFT JOIN users u ON u.id = page.id"         \
    " ORDER BY page.word, page.sort_text, page.id"

/*
 * $3 are apps, $6 is the beginning of a word. Each app's words are read in order and no further than the bounds say. A
 * user of whom several words begin so is found by the first of them. Those whose names begin with one of $7 and
 * have $8 come first: they are found wherever they stand, however many have the same given name. When there are enough
 * of them, or when three words in their order have found somebody, the single words are not looked at.
 */
#define BEGUN_HAVE_OTHERS HAS_ALL("x.sort_text", "$8")
#define BEGUN_SQL                                                                      \
    "SELECT x.id AS user_id, '' AS word, x.sort_text FROM users x WHERE x.app = a.app" \
    " AND x.sort_text >= s.start AND x.sort_text < s.start || chr(1114111)"            \
    " AND ($4::text IS NULL OR x.role = $4) AND" BEGUN_HAVE_OTHERS " LIMIT 200"
#define CANDIDATES_SQL                                                                                   \
    "SELECT w.* FROM user_words w WHERE w.app = a.app AND w.word >= $6 AND w.word < $6 || chr(1114111)"  \
    " ORDER BY w.word, w.sort_text, w.user_id"                                                           \
    " LIMIT (SELECT CASE WHEN n = 0 THEN 3000 WHEN n >= 200 OR cardinality($7) = 6 THEN 0 ELSE 1000 END" \
    " FROM (SELECT count(*) AS n FROM begun) counted)"
#define WORDY_HAVE_OTHERS HAS_ALL("c.sort_text", "$5")
#define WORDY_SQL                                                                           \
    "SELECT c.user_id, c.word, c.sort_text FROM (" CANDIDATES_SQL ") c"                     \
    " WHERE ($4::text IS NULL OR (SELECT r.role FROM users r WHERE r.id = c.user_id) = $4)" \
    " AND" WORDY_HAVE_OTHERS " LIMIT 200"

static const poly_statement search_users = {
    .name = "search_users",
    .sql =
        "WITH begun AS MATERIALIZED"
        " (SELECT b.* FROM unnest($3) a (app), unnest($7) s (start), LATERAL (" BEGUN_SQL ") b),"
        " wordy AS (SELECT b.* FROM unnest($3) a (app), LATERAL (" WORDY_SQL ") b),"
        " found AS MATERIALIZED (SELECT b.user_id AS id, min(b.word) AS word, b.sort_text"
        " FROM (SELECT * FROM begun UNION ALL SELECT * FROM wordy) b GROUP BY b.user_id, b.sort_text)," PAGE_OF_FOUND,
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT_LIST, POLY_PG_TEXT, POLY_PG_TEXT_LIST, POLY_PG_TEXT,
              POLY_PG_TEXT_LIST, POLY_PG_TEXT_LIST},
};
_Static_assert(SEARCH_TOTAL_MAX == 200, "the limit in search_users");

/* $3 are the ids, $6 the beginning of a word or NULL, $7 an app: no more users than ids, so nothing is to be bound. */
#define ENTITY_HAS_WORD   HAS_WORD("u.sort_text", "$6")
#define ENTITY_HAS_OTHERS HAS_ALL("u.sort_text", "$5")

static const poly_statement users_of_entities = {
    .name = "users_of_entities",
    .sql = "WITH found AS MATERIALIZED (SELECT u.* FROM users u"
           " WHERE u.entity_id = ANY ($3) AND ($7::text IS NULL OR u.app = $7) AND ($4::text IS NULL OR u.role = $4)"
           " AND ($6::text IS NULL OR " ENTITY_HAS_WORD ") AND" ENTITY_HAS_OTHERS "),"
           " page AS (SELECT f.* FROM found f ORDER BY f.sort_text, f.id LIMIT $1 OFFSET $2)"
           " SELECT " USER_COLUMNS("page") ", (SELECT count(*) FROM found)"
                                           " FROM (SELECT) one LEFT JOIN page ON true ORDER BY page.sort_text, page.id",
    .use = POLY_PG_SLOW_READ,
    .types = {POLY_PG_INT, POLY_PG_INT, POLY_PG_TEXT_LIST, POLY_PG_TEXT, POLY_PG_TEXT_LIST, POLY_PG_TEXT, POLY_PG_TEXT},
};

static const char *app_name(const user_filter *filter)
{
    return filter->app ? poly_app_name(*filter->app) : NULL;
}

static const char *role_name(const user_filter *filter)
{
    return filter->role ? poly_role_name(*filter->role) : NULL;
}

static void take_list(const poly_pg_rows *rows, poly_arena *arena, user_list *out)
{
    out->items = poly_arena_alloc(arena, (rows->count + 1) * sizeof(*out->items));
    out->count = 0;
    /* Without a row on the page there is one that has nothing but the total. */
    for (size_t i = 0; i < rows->count && !poly_pg_is_null(rows, i, 0); i++)
        out->items[out->count++] = user_of_row(rows, i, 0, arena);
    out->total = rows->count ? poly_pg_get_int(rows, 0, USER_COLUMN_COUNT) : 0;
}

static poly_result take_found(poly_result result, const poly_pg_rows *rows, poly_arena *arena, user_list *out)
{
    if (result == POLY_OK)
        take_list(rows, arena, out);
    return result;
}

static poly_result search(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t limit, int64_t offset,
                          user_list *out)
{
    const char *const one_app[] = {app_name(filter)};
    const user_search *words = filter->search;
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &search_users,
        POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset),
                       filter->app ? poly_pg_text_list(one_app, 1) : poly_pg_text_list(app_names, APP_COUNT),
                       poly_pg_text(role_name(filter)), poly_pg_text_list(words->others, words->other_count),
                       poly_pg_text(words->longest), poly_pg_text_list(words->starts, words->start_count),
                       poly_pg_text_list(words->rest, words->rest_count)),
        arena, &rows);

    return take_found(result, &rows, arena, out);
}

static poly_result list_entities(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t limit,
                                 int64_t offset, user_list *out)
{
    const user_search *words = filter->search;
    poly_pg_rows rows;
    poly_result result = poly_pg_query(
        pg, &users_of_entities,
        POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset),
                       poly_pg_text_list(filter->entity_ids, filter->entity_count), poly_pg_text(role_name(filter)),
                       poly_pg_text_list(words ? words->others : NULL, words ? words->other_count : 0),
                       poly_pg_text(words ? words->longest : NULL), poly_pg_text(app_name(filter))),
        arena, &rows);

    return take_found(result, &rows, arena, out);
}

static poly_result count_all(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t *total)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_query(pg, &count_users, POLY_PG_VALUES(poly_pg_text(app_name(filter)), poly_pg_text(role_name(filter))),
                      arena, &rows);

    if (result == POLY_OK)
        *total = poly_pg_get_int(&rows, 0, 0);
    return result;
}

/* Moves `offset` to behind `start`, where a range begins. */
static poly_result find_start(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t *offset,
                              const char **start)
{
    poly_pg_rows rows;
    poly_result result;

    *start = "";
    if (*offset < FAR_OFFSET)
        return POLY_OK;
    result = poly_pg_query(
        pg, &find_range,
        POLY_PG_VALUES(poly_pg_text(app_name(filter)), poly_pg_text(role_name(filter)), poly_pg_int(*offset)), arena,
        &rows);
    if (result == POLY_OK) {
        *start = poly_pg_get_text(&rows, 0, 0);
        *offset -= poly_pg_get_int(&rows, 0, 1);
    }
    return result;
}

static poly_result list(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t limit, int64_t offset,
                        user_list *out)
{
    const poly_statement *statements = limit > USERS_PAGE_MAX ? array_users : page_users;
    unsigned bits = (filter->app ? BY_APP : 0u) | (filter->role ? BY_ROLE : 0u);
    const char *start;
    poly_pg_rows rows;
    poly_result result = find_start(pg, arena, filter, &offset, &start);

    if (result != POLY_OK)
        return result;
    result = poly_pg_query(pg, &statements[bits],
                           POLY_PG_VALUES(poly_pg_int(limit), poly_pg_int(offset), poly_pg_text(app_name(filter)),
                                          poly_pg_text(role_name(filter)), poly_pg_text(start)),
                           arena, &rows);
    return take_found(result, &rows, arena, out);
}

poly_result store_list_users(poly_pg *pg, poly_arena *arena, const user_filter *filter, int64_t limit, int64_t offset,
                             user_list *out)
{
    poly_result result;

    if (filter->entity_ids)
        return list_entities(pg, arena, filter, limit, offset, out);
    if (filter->search)
        return search(pg, arena, filter, limit, offset, out);
    result = list(pg, arena, filter, limit, offset, out);
    if (result == POLY_OK && out->count == 0 && offset > 0)
        return count_all(pg, arena, filter, &out->total);
    return result;
}

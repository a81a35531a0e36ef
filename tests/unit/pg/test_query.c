/* SPDX-License-Identifier: MIT */
/* Values there and back, refusals, pipelines, deadlines, the bound on waiting. */
#include "scene.h"

static const poly_statement select_number = {
    .name = "number", .sql = "SELECT $1", .use = POLY_PG_READ, .types = {POLY_PG_INT}};
static const poly_statement divide = {
    .name = "divide", .sql = "SELECT 1 / $1", .use = POLY_PG_READ, .types = {POLY_PG_INT}};
static const poly_statement sleep_alone = {
    .name = "sleep_alone", .sql = "SELECT pg_sleep($1 / 1000.0)", .use = POLY_PG_SLOW_READ, .types = {POLY_PG_INT}};
static const poly_statement sleep_shared = {
    .name = "sleep_shared", .sql = "SELECT pg_sleep($1 / 1000.0)", .use = POLY_PG_READ, .types = {POLY_PG_INT}};

/* --- values --- */

static const poly_statement all_types = {
    .name = "all_types",
    .sql = "SELECT $1, $2, $3, $4, $5, $6, $7, array_length($8, 1), ($8)[2], ($9)[1], $10, $11",
    .use = POLY_PG_READ,
    .types = {POLY_PG_TEXT, POLY_PG_INT, POLY_PG_BOOL, POLY_PG_UUID, POLY_PG_TIME, POLY_PG_JSON, POLY_PG_BYTES,
              POLY_PG_TEXT_LIST, POLY_PG_UUID_LIST, POLY_PG_TEXT, POLY_PG_TIME},
};

#define UUID "0f8fad5b-d9cb-469f-a165-70867728950e"
#define WHEN INT64_C(1788249600123456)

static struct {
    poly_result result;
    char text[64], uuid[64], json[64], item[64], list_uuid[64], rfc3339[64], old_rfc3339[64];
    int64_t number, when, old, length;
    bool truth, text_is_null;
    char bytes[8];
    size_t size;
} seen;

static void exchange_all(struct errand *errand)
{
    static const char *const items[] = {"one", "a \"quoted\\\" {item}, Ё", ""};
    static const char *const uuids[] = {UUID};
    poly_pg_rows rows;
    poly_slice bytes;

    seen.result = poly_pg_query(pool, &all_types,
                                POLY_PG_VALUES(poly_pg_text("Ларионенко"), poly_pg_int(INT64_MIN), poly_pg_bool(true),
                                               poly_pg_uuid(UUID), poly_pg_time(WHEN), poly_pg_json("{\"a\": 1}"),
                                               poly_pg_bytes("\0\xff\x10", 3), poly_pg_text_list(items, 3),
                                               poly_pg_uuid_list(uuids, 1), poly_pg_text(NULL), poly_pg_time(-1)),
                                errand->arena, &rows);
    if (seen.result != POLY_OK)
        return;
    snprintf(seen.text, sizeof(seen.text), "%s", poly_pg_get_text(&rows, 0, 0));
    seen.number = poly_pg_get_int(&rows, 0, 1);
    seen.truth = poly_pg_get_bool(&rows, 0, 2);
    snprintf(seen.uuid, sizeof(seen.uuid), "%s", poly_pg_get_text(&rows, 0, 3));
    seen.when = poly_pg_get_time(&rows, 0, 4);
    snprintf(seen.rfc3339, sizeof(seen.rfc3339), "%s", poly_pg_get_rfc3339(&rows, 0, 4, errand->arena));
    snprintf(seen.json, sizeof(seen.json), "%s", poly_pg_get_text(&rows, 0, 5));
    bytes = poly_pg_get_bytes(&rows, 0, 6, errand->arena);
    seen.size = bytes.size;
    memcpy(seen.bytes, bytes.data, bytes.size < sizeof(seen.bytes) ? bytes.size : 0);
    seen.length = poly_pg_get_int(&rows, 0, 7);
    snprintf(seen.item, sizeof(seen.item), "%s", poly_pg_get_text(&rows, 0, 8));
    snprintf(seen.list_uuid, sizeof(seen.list_uuid), "%s", poly_pg_get_text(&rows, 0, 9));
    seen.text_is_null = poly_pg_is_null(&rows, 0, 10) && !poly_pg_get_text(&rows, 0, 10);
    seen.old = poly_pg_get_time(&rows, 0, 11);
    snprintf(seen.old_rfc3339, sizeof(seen.old_rfc3339), "%s", poly_pg_get_rfc3339(&rows, 0, 11, errand->arena));
}

START_TEST(values_come_back_as_they_went)
{
    struct errand errand = {0};

    use((poly_pg_options){0});
    do_errand(&errand, exchange_all);
    expect(seen.result, POLY_OK);
    ck_assert_str_eq(seen.text, "Ларионенко");
    ck_assert_int_eq(seen.number, INT64_MIN);
    ck_assert(seen.truth);
    ck_assert_str_eq(seen.uuid, UUID);
    ck_assert_int_eq(seen.when, WHEN);
    ck_assert_str_eq(seen.rfc3339, "2026-09-01T08:00:00Z");
    ck_assert_str_eq(seen.json, "{\"a\": 1}");
    ck_assert_uint_eq(seen.size, 3);
    ck_assert_mem_eq(seen.bytes, "\0\xff\x10", 3);
    ck_assert_int_eq(seen.length, 3);
    ck_assert_str_eq(seen.item, "a \"quoted\\\" {item}, Ё");
    ck_assert_str_eq(seen.list_uuid, UUID);
    ck_assert(seen.text_is_null);
    ck_assert_int_eq(seen.old, -1);
    ck_assert_str_eq(seen.old_rfc3339, "1969-12-31T23:59:59Z");
}
END_TEST

/* --- refusals --- */

static const poly_statement insert_user = {
    .name = "insert_user", .sql = "INSERT INTO users (name) VALUES ($1)", .types = {POLY_PG_TEXT}};
static const poly_statement select_unknown = {.name = "unknown", .sql = "SELECT * FROM nowhere", .use = POLY_PG_READ};
static const poly_statement cast_uuid = {
    .name = "cast", .sql = "SELECT $1::uuid", .use = POLY_PG_READ, .types = {POLY_PG_TEXT}};

static void insert(struct errand *errand)
{
    query(errand, &insert_user, POLY_PG_VALUES(poly_pg_text(errand->text)));
}

static void cast(struct errand *errand)
{
    query(errand, &cast_uuid, POLY_PG_VALUES(poly_pg_text(errand->text)));
}

static void look_nowhere(struct errand *errand)
{
    query(errand, &select_unknown, POLY_PG_NO_VALUES);
}

START_TEST(refusals_have_their_results)
{
    struct errand errand = {.text = "anna"};

    postgres_run(url, "CREATE TABLE users (name text CONSTRAINT users_name_key UNIQUE,"
                      " CONSTRAINT users_name_check CHECK (name <> 'root'))");
    use((poly_pg_options){0});
    do_errand(&errand, insert);
    expect(errand.result, POLY_OK);
    do_errand(&errand, insert);
    expect(errand.result, POLY_CONFLICT);
    ck_assert_str_eq(errand.sqlstate, "23505");
    ck_assert_str_eq(errand.constraint, "users_name_key");
    errand.text = "root";
    do_errand(&errand, insert);
    expect(errand.result, POLY_INVALID);
    ck_assert_str_eq(errand.constraint, "users_name_check");
    errand.text = "\xff";
    do_errand(&errand, insert);
    expect(errand.result, POLY_INVALID);
    errand.text = "no uuid";
    do_errand(&errand, cast);
    expect(errand.result, POLY_INVALID);
    do_errand(&errand, look_nowhere);
    expect(errand.result, POLY_REJECTED);
    ck_assert_str_eq(errand.sqlstate, "42P01");
    do_errand(&errand, look_nowhere);
    expect(errand.result, POLY_REJECTED);
    ck_assert_str_eq(errand.sqlstate, "42P01");
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM users"), "1");
}
END_TEST

static void connect_nowhere(struct errand *errand)
{
    query(errand, &select_number, POLY_PG_VALUES(poly_pg_int(1)));
}

START_TEST(no_server_is_unavailable_at_once)
{
    struct errand errand = {0};

    use((poly_pg_options){.url = "postgresql://poly@127.0.0.1:1/none"});
    do_errand(&errand, connect_nowhere);
    expect(errand.result, POLY_UNAVAILABLE);
    ck_assert_uint_lt(errand.microseconds, POLY_SECONDS(2));
}
END_TEST

static void ping(struct errand *errand)
{
    errand->result = poly_pg_ping(pool);
}

START_TEST(the_first_host_that_takes_writes_is_used)
{
    struct errand errand = {0};
    char hosts[256];

    snprintf(hosts, sizeof(hosts), "postgresql://poly@127.0.0.1:1,%s", strchr(url, '@') + 1);
    use((poly_pg_options){.url = hosts});
    do_errand(&errand, ping);
    expect(errand.result, POLY_OK);
}
END_TEST

START_TEST(a_server_that_takes_no_writes_is_not_used)
{
    struct errand errand = {0};
    char sql[512];

    snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET default_transaction_read_only TO on", strrchr(url, '/') + 1);
    postgres_run(postgres_url(), sql);
    use((poly_pg_options){0});
    do_errand(&errand, ping);
    expect(errand.result, POLY_UNAVAILABLE);
}
END_TEST

/* --- pipelines --- */

enum { MANY = 200 };

static void select_own_number(struct errand *errand)
{
    query(errand, &select_number, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

static void divide_by_number(struct errand *errand)
{
    query(errand, &divide, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

static uint64_t counter(const char *name)
{
    return poly_counter_value(poly_counter_get(name, "", NULL));
}

START_TEST(many_fibers_share_a_few_connections)
{
    static struct errand errands[MANY];
    char expected[16];

    use((poly_pg_options){.connections_per_loop = 2});
    for (int i = 0; i < MANY; i++) {
        errands[i].number = i;
        start_errand(&errands[i], select_own_number, 0);
    }
    for (int i = 0; i < MANY; i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_OK);
        snprintf(expected, sizeof(expected), "%d", i);
        ck_assert_str_eq(errands[i].answer, expected);
    }
    ck_assert_int_le(poly_gauge_value(poly_gauge_get("poly_pg_connections", "", NULL)), 2);
    ck_assert_int_eq(poly_gauge_value(poly_gauge_get("poly_pg_waiting", "", NULL)), 0);
}
END_TEST

/* Both reads are on the one connection that exists, and neither waits for the other's answer to be sent. */
static const poly_statement take_lock = {
    .name = "take_lock", .sql = "SELECT pg_advisory_xact_lock_shared(1)", .use = POLY_PG_READ};

static void lock_shared(struct errand *errand)
{
    query(errand, &take_lock, POLY_PG_NO_VALUES);
}

START_TEST(each_query_of_a_pipeline_is_its_own_transaction)
{
    struct errand errands[8] = {0};

    use((poly_pg_options){.connections_per_loop = 2});
    for (size_t i = 0; i < POLY_LENGTH(errands); i++)
        start_errand(&errands[i], lock_shared, 0);
    for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_OK);
    }
    /* A lock that lives as long as its transaction is gone. */
    postgres_await(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", "0");
}
END_TEST

START_TEST(a_failing_query_leaves_its_neighbours_alone)
{
    static struct errand errands[MANY];

    use((poly_pg_options){.connections_per_loop = 2, .pipeline_depth = 64});
    for (int i = 0; i < MANY; i++) {
        errands[i].number = i % 3;
        start_errand(&errands[i], divide_by_number, 0);
    }
    for (int i = 0; i < MANY; i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, i % 3 == 0 ? POLY_INVALID : POLY_OK);
        if (i % 3 == 0)
            ck_assert_str_eq(errands[i].sqlstate, "22012");
        else
            ck_assert_str_eq(errands[i].answer, i % 3 == 1 ? "1" : "0");
    }
    ck_assert_uint_eq(counter("poly_pg_connections_lost_total"), 0);
}
END_TEST

static void sleep_on_its_own(struct errand *errand)
{
    query(errand, &sleep_alone, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

START_TEST(reads_pass_slow_ones_by)
{
    struct errand slow[6] = {0};
    struct errand quick = {.number = 1};

    use((poly_pg_options){.connections_per_loop = 3});
    for (size_t i = 0; i < POLY_LENGTH(slow); i++) {
        slow[i].number = 1500;
        start_errand(&slow[i], sleep_on_its_own, 0);
    }
    do_errand(&quick, select_own_number);
    expect(quick.result, POLY_OK);
    ck_assert_uint_lt(quick.microseconds, POLY_MILLISECONDS(slow[0].number));
    for (size_t i = 0; i < POLY_LENGTH(slow); i++) {
        await_errand(&slow[i]);
        expect(slow[i].result, POLY_OK);
    }
}
END_TEST

/* --- deadlines and cancellation --- */

START_TEST(the_server_gives_up_before_the_query_timeout)
{
    struct errand errand = {.number = 20000};

    use((poly_pg_options){.query_timeout_ms = 5000}); /* half a second later, which a loaded machine needs */
    do_errand(&errand, sleep_on_its_own);
    expect(errand.result, POLY_TIMEOUT);
    ck_assert_str_eq(errand.sqlstate, "57014");
    ck_assert_uint_lt(errand.microseconds, POLY_MILLISECONDS(errand.number));
    ck_assert_uint_eq(counter("poly_pg_connections_lost_total"), 0);
}
END_TEST

static void sleep_until_deadline(struct errand *errand)
{
    poly_fiber_set_deadline(poly_time_monotonic() + POLY_MILLISECONDS(100));
    query(errand, errand->text ? &sleep_shared : &sleep_alone, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

START_TEST(the_fibers_deadline_ends_a_query)
{
    struct errand errand = {.number = 20000};
    struct errand after = {.number = 7};

    use((poly_pg_options){.query_timeout_ms = 30000});
    do_errand(&errand, sleep_until_deadline);
    expect(errand.result, POLY_TIMEOUT);
    ck_assert_uint_lt(errand.microseconds, POLY_SECONDS(2));
    do_errand(&after, select_own_number);
    expect(after.result, POLY_OK);
    /* The connection is given up after a while, and the server notices. */
    postgres_await(
        url, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND pid <> pg_backend_pid()", "0");
}
END_TEST

START_TEST(what_is_abandoned_does_not_harm_what_shares_its_connection)
{
    struct errand slow = {.number = 300, .text = "shared"};
    struct errand quick[4] = {0};

    use((poly_pg_options){.connections_per_loop = 2});
    start_errand(&slow, sleep_until_deadline, 0);
    for (size_t i = 0; i < POLY_LENGTH(quick); i++) {
        quick[i].number = (int64_t)i;
        start_errand(&quick[i], select_own_number, 0);
    }
    await_errand(&slow);
    expect(slow.result, POLY_TIMEOUT);
    for (size_t i = 0; i < POLY_LENGTH(quick); i++) {
        await_errand(&quick[i]);
        expect(quick[i].result, POLY_OK);
    }
    ck_assert_uint_eq(counter("poly_pg_connections_lost_total"), 0);
}
END_TEST

static void insert_too_late(struct errand *errand)
{
    poly_fiber_set_deadline(poly_time_monotonic());
    insert(errand);
}

START_TEST(nothing_is_sent_after_the_deadline)
{
    struct errand errand = {.text = "first"};

    postgres_run(url, "CREATE TABLE users (name text)");
    use((poly_pg_options){0});
    do_errand(&errand, insert);
    expect(errand.result, POLY_OK);
    errand.text = "late";
    do_errand(&errand, insert_too_late);
    expect(errand.result, POLY_TIMEOUT);
    errand.text = "last";
    do_errand(&errand, insert);
    expect(errand.result, POLY_OK);
    ck_assert_str_eq(postgres_run(url, "SELECT string_agg(name, ' ') FROM users"), "first last");
}
END_TEST

static _Atomic(poly_fiber *) sleeper;

static void sleep_until_cancelled(struct errand *errand)
{
    atomic_store(&sleeper, poly_fiber_current());
    query(errand, &sleep_alone, POLY_PG_VALUES(poly_pg_int(20000)));
}

static void cancel_sleeper(struct errand *errand)
{
    while (!atomic_load(&sleeper))
        poly_fiber_yield();
    poly_fiber_cancel(atomic_load(&sleeper));
    errand->result = POLY_OK;
}

START_TEST(cancellation_frees_the_fiber)
{
    struct errand waiting = {0};
    struct errand cancelling = {0};
    struct errand after = {.number = 7};

    use((poly_pg_options){.query_timeout_ms = 30000});
    start_errand(&waiting, sleep_until_cancelled, 0);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "1");
    do_errand(&cancelling, cancel_sleeper);
    await_errand(&waiting);
    expect(waiting.result, POLY_CANCELLED);
    do_errand(&after, select_own_number);
    expect(after.result, POLY_OK);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "0");
}
END_TEST

START_TEST(too_many_who_wait_are_turned_away)
{
    static struct errand errands[40];
    int counts[POLY_IO + 1] = {0};

    use((poly_pg_options){.connections_per_loop = 2, .max_waiting = 8});
    for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
        errands[i].number = 20;
        start_errand(&errands[i], sleep_on_its_own, 0);
    }
    for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
        await_errand(&errands[i]);
        counts[errands[i].result]++;
    }
    ck_assert_int_eq(counts[POLY_OK], 8);
    ck_assert_int_eq(counts[POLY_OVERLOADED], 32);
}
END_TEST

/* The runtime is stopped while queries are under way. */
START_TEST(stopping_cancels_what_is_under_way)
{
    struct errand errands[4] = {0};

    use_workers((poly_pg_options){.query_timeout_ms = 30000}, 2);
    for (unsigned i = 0; i < POLY_LENGTH(errands); i++) {
        errands[i].number = 20000;
        start_errand(&errands[i], sleep_on_its_own, i % 2);
    }
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "4");
    end_scene();
    for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_CANCELLED);
    }
}
END_TEST

/* --- plans --- */

static const poly_statement how_plans_are_made = {
    .name = "how_plans_are_made", .sql = "SELECT current_setting('plan_cache_mode')", .use = POLY_PG_READ};

static void ask_how_plans_are_made(struct errand *errand)
{
    query(errand, &how_plans_are_made, POLY_PG_NO_VALUES);
}

START_TEST(plans_are_made_once_if_asked_for)
{
    struct errand errand = {0};

    use((poly_pg_options){.plans_once = true});
    do_errand(&errand, ask_how_plans_are_made);
    expect(errand.result, POLY_OK);
    ck_assert_str_eq(errand.answer, "force_generic_plan");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pg query");

    postgres_begin();
    add_case(suite, "values", values_come_back_as_they_went);
    add_case(suite, "refusals", refusals_have_their_results);
    add_case(suite, "no server", no_server_is_unavailable_at_once);
    add_case(suite, "hosts", the_first_host_that_takes_writes_is_used);
    add_case(suite, "read-only", a_server_that_takes_no_writes_is_not_used);
    add_case(suite, "many", many_fibers_share_a_few_connections);
    add_case(suite, "own transactions", each_query_of_a_pipeline_is_its_own_transaction);
    add_case(suite, "neighbours", a_failing_query_leaves_its_neighbours_alone);
    add_case(suite, "slow", reads_pass_slow_ones_by);
    add_case(suite, "timeout", the_server_gives_up_before_the_query_timeout);
    add_case(suite, "deadline", the_fibers_deadline_ends_a_query);
    add_case(suite, "late", nothing_is_sent_after_the_deadline);
    add_case(suite, "abandoned", what_is_abandoned_does_not_harm_what_shares_its_connection);
    add_case(suite, "cancel", cancellation_frees_the_fiber);
    add_case(suite, "bound", too_many_who_wait_are_turned_away);
    add_case(suite, "stop", stopping_cancels_what_is_under_way);
    add_case(suite, "plans", plans_are_made_once_if_asked_for);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
/* A server that crashes, freezes, is full; connections that are cut; migrations under prepared statements. */
#include "scene.h"

static const poly_statement insert_item = {
    .name = "insert_item", .sql = "INSERT INTO items (id) VALUES ($1)", .types = {POLY_PG_INT}};
static const poly_statement all_items = {
    .name = "all_items", .sql = "SELECT * FROM items ORDER BY id", .use = POLY_PG_READ};
static const poly_statement sleep_read = {
    .name = "sleep_read", .sql = "SELECT pg_sleep($1 / 1000.0)", .use = POLY_PG_SLOW_READ, .types = {POLY_PG_INT}};
static const poly_statement sleep_write = {
    .name = "sleep_write", .sql = "SELECT pg_sleep($1 / 1000.0)", .types = {POLY_PG_INT}};

static uint64_t counter(const char *name)
{
    return poly_counter_value(poly_counter_get(name, "", NULL));
}

static uint64_t failed_connects(void)
{
    const poly_label labels[] = {{"outcome", "failed"}, {NULL, NULL}};

    return poly_counter_value(poly_counter_get("poly_pg_connects_total", "", labels));
}

static void read_items(struct errand *errand)
{
    query(errand, &all_items, POLY_PG_NO_VALUES);
}

static void insert_number(struct errand *errand)
{
    query(errand, &insert_item, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

static void read_slowly(struct errand *errand)
{
    query(errand, &sleep_read, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

static void write_slowly(struct errand *errand)
{
    query(errand, &sleep_write, POLY_PG_VALUES(poly_pg_int(errand->number)));
}

static void ping(struct errand *errand)
{
    errand->result = poly_pg_ping(pool);
}

static void make_items(void)
{
    postgres_run(url, "CREATE TABLE items (id bigint PRIMARY KEY)");
}

/* --- crash and restart --- */

static atomic_bool must_end;
static int64_t acknowledged[100000];
static size_t acknowledged_count;

/* Writes one number after the other; every number is tried once. */
static void write_under_load(struct errand *errand)
{
    poly_pg_rows rows;

    while (!atomic_load(&must_end)) {
        poly_arena_reset(errand->arena);
        errand->result =
            poly_pg_query(pool, &insert_item, POLY_PG_VALUES(poly_pg_int(++errand->number)), errand->arena, &rows);
        if (errand->result == POLY_OK && acknowledged_count < POLY_LENGTH(acknowledged))
            acknowledged[acknowledged_count++] = errand->number;
        else if (errand->result != POLY_UNAVAILABLE && errand->result != POLY_TIMEOUT)
            return;
        else if (poly_fiber_sleep(POLY_MILLISECONDS(5)) != POLY_OK)
            return;
    }
    errand->result = POLY_OK;
}

static void ping_until_it_works(struct errand *errand)
{
    while (poly_pg_ping(pool) != POLY_OK)
        if (poly_fiber_sleep(POLY_MILLISECONDS(10)) != POLY_OK)
            return;
    errand->result = POLY_OK;
}

static void check_acknowledged(void)
{
    char sql[128];

    ck_assert_uint_gt(acknowledged_count, 0);
    for (size_t i = 0; i < acknowledged_count; i += 1 + acknowledged_count / 200) {
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM items WHERE id = %lld", (long long)acknowledged[i]);
        ck_assert_str_eq(postgres_run(url, sql), "1");
    }
    snprintf(sql, sizeof(sql), "SELECT count(*) >= %zu FROM items", acknowledged_count);
    ck_assert_str_eq(postgres_run(url, sql), "t");
}

START_TEST(a_crash_loses_nothing_acknowledged_and_is_recovered_from)
{
    struct errand writers[4] = {0};
    struct errand pinging = {0};

    make_items();
    use((poly_pg_options){0});
    for (size_t i = 0; i < POLY_LENGTH(writers); i++) {
        writers[i].number = (int64_t)i * 1000000;
        start_errand(&writers[i], write_under_load, 0);
    }
    postgres_await(url, "SELECT count(*) > 50 FROM items", "t");
    postgres_crash();
    postgres_restart();
    do_errand(&pinging, ping_until_it_works);
    ck_assert_uint_lt(pinging.microseconds, POLY_SECONDS(5));
    postgres_run(url, "CREATE TABLE after AS SELECT count(*) AS so_far FROM items");
    postgres_await(url, "SELECT count(*) > (SELECT so_far FROM after) + 50 FROM items", "t");
    atomic_store(&must_end, true);
    for (size_t i = 0; i < POLY_LENGTH(writers); i++) {
        await_errand(&writers[i]);
        expect(writers[i].result, POLY_OK);
    }
    check_acknowledged();
}
END_TEST

START_TEST(a_crash_is_unavailable_for_what_was_under_way)
{
    struct errand reader = {.number = 20000};
    struct errand writer = {.number = 20000};
    struct errand after = {0};

    use((poly_pg_options){.query_timeout_ms = 30000});
    start_errand(&reader, read_slowly, 0);
    start_errand(&writer, write_slowly, 0);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "2");
    postgres_crash();
    await_errand(&reader);
    await_errand(&writer);
    expect(reader.result, POLY_UNAVAILABLE);
    expect(writer.result, POLY_UNAVAILABLE);
    postgres_restart();
    do_errand(&after, ping_until_it_works);
    ck_assert_uint_lt(after.microseconds, POLY_SECONDS(5));
}
END_TEST

/* --- one connection is cut --- */

#define CUT "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"

START_TEST(a_read_is_sent_again_and_a_write_is_not)
{
    struct errand reader = {.number = 700};
    struct errand writer = {.number = 20000};

    use((poly_pg_options){.query_timeout_ms = 30000});
    start_errand(&reader, read_slowly, 0);
    start_errand(&writer, write_slowly, 0);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "2");
    postgres_run(url, CUT);
    await_errand(&writer);
    expect(writer.result, POLY_UNAVAILABLE);
    await_errand(&reader);
    expect(reader.result, POLY_OK);
    ck_assert_uint_eq(counter("poly_pg_retries_total"), 1);
}
END_TEST

#define SLEEPING "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "

START_TEST(a_read_is_sent_again_only_once)
{
    struct errand reader = {.number = 20000};
    char sql[256];

    use((poly_pg_options){.query_timeout_ms = 30000});
    start_errand(&reader, read_slowly, 0);
    postgres_await(url, SLEEPING "true", "1");
    snprintf(sql, sizeof(sql), SLEEPING "pid <> %s",
             postgres_run(url, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"));
    postgres_run(url, CUT);
    postgres_await(url, sql, "1");
    postgres_run(url, CUT);
    await_errand(&reader);
    expect(reader.result, POLY_UNAVAILABLE);
}
END_TEST

START_TEST(idle_connections_that_are_cut_are_noticed)
{
    struct errand errand = {0};

    use((poly_pg_options){0});
    do_errand(&errand, ping);
    expect(errand.result, POLY_OK);
    postgres_run(url, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                      " AND pid <> pg_backend_pid()");
    do_errand(&errand, ping);
    expect(errand.result, POLY_OK);
}
END_TEST

/* --- frozen --- */

START_TEST(a_frozen_server_costs_no_more_than_the_deadline)
{
    struct errand first = {0};
    struct errand errands[8] = {0};

    use((poly_pg_options){.query_timeout_ms = 700});
    do_errand(&first, ping);
    expect(first.result, POLY_OK);
    postgres_freeze();
    for (size_t i = 0; i < POLY_LENGTH(errands); i++)
        start_errand(&errands[i], ping, 0);
    for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
        await_errand(&errands[i]);
        ck_assert(errands[i].result == POLY_TIMEOUT || errands[i].result == POLY_UNAVAILABLE);
        ck_assert_uint_lt(errands[i].microseconds, POLY_SECONDS(3));
    }
    postgres_thaw();
    do_errand(&first, ping_until_it_works);
    ck_assert_uint_lt(first.microseconds, POLY_SECONDS(5));
}
END_TEST

/* --- full --- */

START_TEST(a_full_server_is_asked_gently)
{
    struct errand errand = {0};
    struct errand after = {0};
    char sql[256];
    uint64_t attempts;
    uint64_t until = poly_time_monotonic() + POLY_MILLISECONDS(1500);

    snprintf(sql, sizeof(sql), "ALTER DATABASE %s CONNECTION LIMIT 0; CREATE ROLE plain LOGIN", strrchr(url, '/') + 1);
    postgres_run(postgres_url(), sql);
    snprintf(sql, sizeof(sql), "postgresql://plain@%s", strchr(url, '@') + 1);
    use((poly_pg_options){.url = sql, .query_timeout_ms = 3000});
    while (poly_time_monotonic() < until) {
        do_errand(&errand, ping);
        expect(errand.result, POLY_UNAVAILABLE);
    }
    attempts = failed_connects();
    /* 100 ms, 200 ms, 400 ms, 800 ms: at least half of each. */
    ck_assert_uint_ge(attempts, 2);
    ck_assert_uint_le(attempts, 7);
    snprintf(sql, sizeof(sql), "ALTER DATABASE %s CONNECTION LIMIT -1", strrchr(url, '/') + 1);
    postgres_run(postgres_url(), sql);
    do_errand(&after, ping_until_it_works);
    ck_assert_uint_lt(after.microseconds, POLY_SECONDS(5));
    postgres_run(postgres_url(), "DROP ROLE plain");
}
END_TEST

START_TEST(one_connection_is_enough_when_there_are_no_more)
{
    struct errand errands[6] = {0};
    char sql[256];

    make_items();
    snprintf(sql, sizeof(sql), "ALTER DATABASE %s CONNECTION LIMIT 1; CREATE ROLE single LOGIN", strrchr(url, '/') + 1);
    postgres_run(postgres_url(), sql);
    postgres_run(url, "GRANT ALL ON items TO single");
    snprintf(sql, sizeof(sql), "postgresql://single@%s", strchr(url, '@') + 1);
    use((poly_pg_options){.url = sql});
    for (int i = 0; i < 6; i++) {
        errands[i].number = i;
        start_errand(&errands[i], i % 2 ? insert_number : read_items, 0);
    }
    for (int i = 0; i < 6; i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_OK);
    }
    end_scene();
    postgres_run(url, "DROP OWNED BY single; DROP ROLE single");
}
END_TEST

/* --- migrations --- */

static poly_result read_within(poly_pg_transaction *transaction, void *context)
{
    struct errand *errand = context;
    poly_pg_rows rows;

    errand->number++;
    note(errand, poly_pg_transaction_query(transaction, &all_items, POLY_PG_NO_VALUES, errand->arena, &rows), &rows);
    return errand->result;
}

static void read_in_transaction(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, read_within, errand);
}

static const poly_statement one = {.name = "one", .sql = "SELECT 1", .use = POLY_PG_READ};

static poly_result read_second_within(poly_pg_transaction *transaction, void *context)
{
    struct errand *errand = context;
    poly_pg_rows rows;
    poly_result result = poly_pg_transaction_query(transaction, &one, POLY_PG_NO_VALUES, errand->arena, &rows);

    return result == POLY_OK ? read_within(transaction, context) : result;
}

static void read_second_in_transaction(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, read_second_within, errand);
}

START_TEST(statements_are_prepared_again_after_a_migration)
{
    static struct errand errands[40];
    struct errand transaction = {0};
    struct errand second = {0};

    make_items();
    postgres_run(url, "INSERT INTO items VALUES (1)");
    use((poly_pg_options){0});
    for (int round = 0; round < 3; round++) {
        if (round > 0)
            postgres_run(url,
                         round == 1 ? "ALTER TABLE items ADD COLUMN name text" : "ALTER TABLE items DROP COLUMN name");
        if (round == 2)
            do_errand(&transaction, read_in_transaction);
        for (size_t i = 0; i < POLY_LENGTH(errands); i++)
            start_errand(&errands[i], read_items, 0);
        for (size_t i = 0; i < POLY_LENGTH(errands); i++) {
            await_errand(&errands[i]);
            expect(errands[i].result, POLY_OK);
            ck_assert_str_eq(errands[i].answer, "1");
        }
    }
    expect(transaction.result, POLY_OK);
    ck_assert_int_eq(transaction.number, 1);
    /* Not the first statement of its transaction: the whole transaction runs again, when its connection knows the
     * statement from before. */
    for (int round = 0; round < 10; round++) {
        postgres_run(url,
                     round % 2 ? "ALTER TABLE items DROP COLUMN place" : "ALTER TABLE items ADD COLUMN place text");
        do_errand(&second, read_second_in_transaction);
        expect(second.result, POLY_OK);
    }
    ck_assert_int_gt(second.number, 10);
    ck_assert_uint_eq(counter("poly_pg_connections_lost_total"), 0);
}
END_TEST

static const poly_statement forget_all = {.name = "forget_all", .sql = "DEALLOCATE ALL", .use = POLY_PG_READ};

static void forget(struct errand *errand)
{
    query(errand, &forget_all, POLY_PG_NO_VALUES);
}

START_TEST(statements_that_the_server_forgot_are_prepared_again)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){.connections_per_loop = 2});
    do_errand(&errand, read_items);
    expect(errand.result, POLY_OK);
    do_errand(&errand, forget);
    do_errand(&errand, read_items);
    expect(errand.result, POLY_OK);
    ck_assert_str_eq(errand.sqlstate, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pg faults");

    postgres_begin_with("fsync = on");
    add_case(suite, "crash", a_crash_loses_nothing_acknowledged_and_is_recovered_from);
    add_case(suite, "under way", a_crash_is_unavailable_for_what_was_under_way);
    add_case(suite, "again", a_read_is_sent_again_and_a_write_is_not);
    add_case(suite, "once", a_read_is_sent_again_only_once);
    add_case(suite, "idle", idle_connections_that_are_cut_are_noticed);
    add_case(suite, "frozen", a_frozen_server_costs_no_more_than_the_deadline);
    add_case(suite, "full", a_full_server_is_asked_gently);
    add_case(suite, "single", one_connection_is_enough_when_there_are_no_more);
    add_case(suite, "migration", statements_are_prepared_again_after_a_migration);
    add_case(suite, "forgotten", statements_that_the_server_forgot_are_prepared_again);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
/* Commit, rollback, what a failure does to the rest, and running again after losing against another transaction. */
#include "scene.h"

static const poly_statement insert_item = {
    .name = "insert_item", .sql = "INSERT INTO items (id) VALUES ($1)", .types = {POLY_PG_INT}};
static const poly_statement count_items = {
    .name = "count_items", .sql = "SELECT count(*) FROM items", .use = POLY_PG_READ};
static const poly_statement sleep_long = {.name = "sleep_long", .sql = "SELECT pg_sleep(20)"};
static const poly_statement raise = {
    .name = "raise", .sql = "UPDATE counters SET value = value + 1 WHERE id = $1", .types = {POLY_PG_INT}};
static const poly_statement serializable = {.name = "serializable",
                                            .sql = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};

static poly_result add(poly_pg_transaction *transaction, struct errand *errand, int64_t id)
{
    poly_pg_rows rows;
    poly_result result =
        poly_pg_transaction_query(transaction, &insert_item, POLY_PG_VALUES(poly_pg_int(id)), errand->arena, &rows);

    note(errand, result, &rows);
    return result;
}

static void make_items(void)
{
    postgres_run(url, "CREATE TABLE items (id bigint PRIMARY KEY,"
                      " CONSTRAINT items_late UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)");
}

static const char *items(void)
{
    return postgres_run(url, "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM items");
}

static uint64_t lost(void)
{
    return poly_counter_value(poly_counter_get("poly_pg_connections_lost_total", "", NULL));
}

static void commit_two(struct errand *errand)
{
    poly_pg_transaction *transaction;

    errand->result = poly_pg_begin(pool, &transaction);
    if (errand->result != POLY_OK)
        return;
    if (add(transaction, errand, 1) == POLY_OK && add(transaction, errand, 2) == POLY_OK)
        errand->result = poly_pg_commit(&transaction);
    poly_pg_rollback(&transaction);
}

START_TEST(commit_keeps)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){0});
    do_errand(&errand, commit_two);
    expect(errand.result, POLY_OK);
    ck_assert_str_eq(items(), "1 2");
    ck_assert_uint_eq(lost(), 0);
}
END_TEST

static void leave_after_one(struct errand *errand)
{
    poly_pg_transaction *transaction;
    poly_pg_rows rows;

    if (poly_pg_begin(pool, &transaction) != POLY_OK)
        return;
    (void)add(transaction, errand, 1);
    poly_pg_rollback(&transaction);
    poly_pg_rollback(&transaction);
    /* The connection is whole again. */
    for (int i = 0; i < 8; i++)
        note(errand, poly_pg_query(pool, &count_items, POLY_PG_NO_VALUES, errand->arena, &rows), &rows);
}

START_TEST(rollback_keeps_nothing)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){.connections_per_loop = 2});
    do_errand(&errand, leave_after_one);
    expect(errand.result, POLY_OK);
    ck_assert_str_eq(errand.answer, "0");
    ck_assert_str_eq(items(), "");
    ck_assert_uint_eq(lost(), 0);
}
END_TEST

static void commit_nothing(struct errand *errand)
{
    poly_pg_transaction *transaction;

    errand->result = poly_pg_begin(pool, &transaction);
    if (errand->result == POLY_OK)
        errand->result = poly_pg_commit(&transaction);
}

START_TEST(an_empty_transaction_commits)
{
    struct errand errand = {0};

    use((poly_pg_options){0});
    do_errand(&errand, commit_nothing);
    expect(errand.result, POLY_OK);
}
END_TEST

static poly_result after_failure[2];

static void go_on_after_failure(struct errand *errand)
{
    poly_pg_transaction *transaction;

    if (poly_pg_begin(pool, &transaction) != POLY_OK)
        return;
    (void)add(transaction, errand, 1);
    (void)add(transaction, errand, 1);
    after_failure[0] = add(transaction, errand, 2);
    after_failure[1] = poly_pg_commit(&transaction);
}

START_TEST(a_failure_spoils_the_rest)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){0});
    do_errand(&errand, go_on_after_failure);
    expect(after_failure[0], POLY_CONFLICT);
    expect(after_failure[1], POLY_CONFLICT);
    ck_assert_str_eq(items(), "");
}
END_TEST

static const poly_statement insert_late = {
    .name = "insert_late", .sql = "INSERT INTO late (id) VALUES ($1)", .types = {POLY_PG_INT}};

static void break_deferred(struct errand *errand)
{
    poly_pg_transaction *transaction;
    poly_pg_rows rows;

    if (poly_pg_begin(pool, &transaction) != POLY_OK)
        return;
    for (int i = 0; i < 2; i++)
        if (poly_pg_transaction_query(transaction, &insert_late, POLY_PG_VALUES(poly_pg_int(1)), errand->arena,
                                      &rows) != POLY_OK)
            return;
    errand->result = poly_pg_commit(&transaction);
}

START_TEST(commit_may_refuse)
{
    struct errand errand = {0};

    postgres_run(url, "CREATE TABLE late (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    use((poly_pg_options){0});
    do_errand(&errand, break_deferred);
    expect(errand.result, POLY_CONFLICT);
    ck_assert_str_eq(postgres_run(url, "SELECT count(*) FROM late"), "0");
    ck_assert_uint_eq(lost(), 0);
}
END_TEST

static void time_out_within(struct errand *errand)
{
    poly_pg_transaction *transaction;
    poly_pg_rows rows;
    poly_result result;

    if (poly_pg_begin(pool, &transaction) != POLY_OK)
        return;
    (void)add(transaction, errand, 1);
    poly_fiber_set_deadline(poly_time_monotonic() + POLY_MILLISECONDS(100));
    result = poly_pg_transaction_query(transaction, &sleep_long, POLY_PG_NO_VALUES, errand->arena, &rows);
    errand->number = (int64_t)poly_pg_commit(&transaction);
    errand->result = result;
}

START_TEST(a_deadline_within_rolls_back)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){.query_timeout_ms = 30000});
    do_errand(&errand, time_out_within);
    expect(errand.result, POLY_TIMEOUT);
    expect((poly_result)errand.number, POLY_TIMEOUT);
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", "0");
    ck_assert_str_eq(items(), "");
}
END_TEST

/* Transactions hold all connections they may have, and one is left for reads. */
static atomic_int inside;
static atomic_bool may_leave;

static void hold(struct errand *errand)
{
    poly_pg_transaction *transaction;

    errand->result = poly_pg_begin(pool, &transaction);
    if (errand->result != POLY_OK)
        return;
    (void)add(transaction, errand, errand->number);
    atomic_fetch_add(&inside, 1);
    while (!atomic_load(&may_leave))
        if (poly_fiber_sleep(POLY_MILLISECONDS(1)) != POLY_OK)
            break;
    errand->result = poly_pg_commit(&transaction);
}

static void count(struct errand *errand)
{
    poly_pg_rows rows;

    note(errand, poly_pg_query(pool, &count_items, POLY_PG_NO_VALUES, errand->arena, &rows), &rows);
}

START_TEST(reads_go_on_beside_transactions)
{
    struct errand holders[5] = {0};
    struct errand reader = {0};
    char expected[16];

    make_items();
    use((poly_pg_options){.connections_per_loop = 3});
    for (int i = 0; i < 5; i++) {
        holders[i].number = i;
        start_errand(&holders[i], hold, 0);
    }
    postgres_await(url, "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'", "2");
    do_errand(&reader, count);
    expect(reader.result, POLY_OK);
    ck_assert_str_eq(reader.answer, "0");
    ck_assert_int_eq(atomic_load(&inside), 2);
    atomic_store(&may_leave, true);
    for (int i = 0; i < 5; i++) {
        await_errand(&holders[i]);
        snprintf(expected, sizeof(expected), "%d", i);
        expect(holders[i].result, POLY_OK);
    }
    ck_assert_str_eq(items(), "0 1 2 3 4");
}
END_TEST

/* --- running again --- */

static poly_latch *both_inside;
static atomic_int runs;

static poly_result raise_counter(poly_pg_transaction *transaction, struct errand *errand, int64_t id)
{
    poly_pg_rows rows;

    return poly_pg_transaction_query(transaction, &raise, POLY_PG_VALUES(poly_pg_int(id)), errand->arena, &rows);
}

static poly_result raise_both(poly_pg_transaction *transaction, void *context)
{
    struct errand *errand = context;
    poly_result result;

    atomic_fetch_add(&runs, 1);
    result = raise_counter(transaction, errand, errand->number);
    if (result != POLY_OK)
        return result;
    if (atomic_fetch_add(&inside, 1) == 1)
        poly_latch_open(both_inside);
    result = poly_latch_wait(both_inside, POLY_NO_DEADLINE);
    return result == POLY_OK ? raise_counter(transaction, errand, 3 - errand->number) : result;
}

static void raise_in_transaction(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, raise_both, errand);
}

START_TEST(a_deadlocks_loser_runs_again)
{
    struct errand errands[2] = {{.number = 1}, {.number = 2}};

    postgres_run(url, "CREATE TABLE counters (id bigint PRIMARY KEY, value bigint);"
                      " INSERT INTO counters VALUES (1, 0), (2, 0)");
    both_inside = poly_latch_create();
    use((poly_pg_options){0});
    for (size_t i = 0; i < 2; i++)
        start_errand(&errands[i], raise_in_transaction, 0);
    for (size_t i = 0; i < 2; i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_OK);
    }
    poly_latch_unref(&both_inside);
    ck_assert_int_ge(atomic_load(&runs), 3);
    ck_assert_str_eq(postgres_run(url, "SELECT sum(value) FROM counters"), "4");
}
END_TEST

static const poly_statement sum_items = {
    .name = "sum_items", .sql = "SELECT coalesce(sum(id), 0)::bigint FROM items", .use = POLY_PG_READ};

static poly_result add_one_more_than_there_are(poly_pg_transaction *transaction, void *context)
{
    struct errand *errand = context;
    poly_pg_rows rows;
    poly_result result;

    atomic_fetch_add(&runs, 1);
    result = poly_pg_transaction_query(transaction, &serializable, POLY_PG_NO_VALUES, errand->arena, &rows);
    if (result == POLY_OK)
        result = poly_pg_transaction_query(transaction, &sum_items, POLY_PG_NO_VALUES, errand->arena, &rows);
    if (result != POLY_OK)
        return result;
    errand->number = poly_pg_get_int(&rows, 0, 0) + errand->text[0];
    if (atomic_fetch_add(&inside, 1) == 1)
        poly_latch_open(both_inside);
    result = poly_latch_wait(both_inside, POLY_NO_DEADLINE);
    return result == POLY_OK ? add(transaction, errand, errand->number) : result;
}

static void add_in_transaction(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, add_one_more_than_there_are, errand);
}

START_TEST(a_serialization_failure_runs_again)
{
    struct errand errands[2] = {{.text = "\x01"}, {.text = "\x02"}};

    make_items();
    both_inside = poly_latch_create();
    use((poly_pg_options){0});
    for (size_t i = 0; i < 2; i++)
        start_errand(&errands[i], add_in_transaction, 0);
    for (size_t i = 0; i < 2; i++) {
        await_errand(&errands[i]);
        expect(errands[i].result, POLY_OK);
    }
    poly_latch_unref(&both_inside);
    ck_assert_int_ge(atomic_load(&runs), 3);
    /* As if one had been after the other: 1 then 1 + 2, or 2 then 2 + 1. */
    ck_assert_str_eq(postgres_run(url, "SELECT max(id) FROM items"), "3");
}
END_TEST

static poly_result add_and_refuse(poly_pg_transaction *transaction, void *context)
{
    (void)add(transaction, context, 1);
    return POLY_NOT_FOUND;
}

static void refuse_in_transaction(struct errand *errand)
{
    errand->result = poly_pg_in_transaction(pool, add_and_refuse, errand);
}

START_TEST(what_the_body_answers_decides)
{
    struct errand errand = {0};

    make_items();
    use((poly_pg_options){0});
    do_errand(&errand, refuse_in_transaction);
    expect(errand.result, POLY_NOT_FOUND);
    ck_assert_str_eq(items(), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pg transaction");

    postgres_begin_with("deadlock_timeout = 100ms");
    add_case(suite, "commit", commit_keeps);
    add_case(suite, "rollback", rollback_keeps_nothing);
    add_case(suite, "empty", an_empty_transaction_commits);
    add_case(suite, "failure", a_failure_spoils_the_rest);
    add_case(suite, "late refusal", commit_may_refuse);
    add_case(suite, "deadline", a_deadline_within_rolls_back);
    add_case(suite, "reads beside", reads_go_on_beside_transactions);
    add_case(suite, "deadlock", a_deadlocks_loser_runs_again);
    add_case(suite, "serialization", a_serialization_failure_runs_again);
    add_case(suite, "body", what_the_body_answers_decides);
    return run_suite(suite);
}

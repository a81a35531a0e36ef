/* SPDX-License-Identifier: MIT */
/* Clerks, who have a user each at an sso-svc of the test's own: whatever fails in between, both sides agree in the end.
 */
#include "scene.h"

/* --- creating --- */

START_TEST(both_sides_are_made)
{
    start_accounts();
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 201);
    ck_assert_ptr_nonnull(strstr(last.answer, "\"username\":\"anna\""));
    expect_clerks("1");
    ck_assert_uint_eq(count_users(), 1);
    ck_assert_str_eq(postgres_run(url, "SELECT id FROM clerks"), users[0].entity_id);
    await_no_message();
    ck_assert_int_eq(atomic_load(&removals), 0);
}
END_TEST

START_TEST(a_refusal_leaves_nothing)
{
    start_accounts();
    atomic_store(&disorder, REFUSES);
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 400);
    ck_assert_ptr_nonnull(strstr(last.answer, "username_taken"));
    expect_clerks("0");
    await_no_message();
    ck_assert_uint_eq(count_users(), 0);
}
END_TEST

START_TEST(an_entity_that_is_refused_takes_its_user_along)
{
    start_accounts();
    ck_assert_int_eq(create(NULL, "Nobody", "nobody"), 409);
    ck_assert_int_eq(atomic_load(&provisions), 1);
    await_users(0);
    await_no_message();
    expect_clerks("0");
}
END_TEST

START_TEST(nothing_is_left_when_sso_is_away)
{
    start_accounts();
    atomic_store(&disorder, DOWN);
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 503);
    expect_clerks("0");
    atomic_store(&disorder, FINE);
    await_no_message();
    ck_assert_uint_eq(count_users(), 0);
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 201);
}
END_TEST

START_TEST(a_lost_answer_is_undone_or_repeated)
{
    int status;

    start_accounts();
    atomic_store(&disorder, LOSES_ANSWERS);
    status = create("k", "Anna", "anna");
    ck_assert_int_ge(status, 502);
    expect_clerks("0");
    atomic_store(&disorder, FINE);
    for (int i = 0; i < 100 && (status = create("k", "Anna", "anna")) == 503; i++)
        usleep(100000);
    ck_assert_int_eq(status, 201);
    await_no_message();
    ck_assert_uint_eq(count_users(), 1);
    ck_assert_str_eq(postgres_run(url, "SELECT id FROM clerks"), users[0].entity_id);
}
END_TEST

/* As if the daemon had been killed between the user and the entity. */
START_TEST(a_promise_is_kept)
{
    put_user(ORPHAN "1", "half");
    postgres_run(url, "INSERT INTO outbox (topic, key, payload) VALUES ('account_undo', '" ORPHAN "1', '{}')");
    start_accounts();
    await_users(0);
    await_no_message();
}
END_TEST

START_TEST(a_promise_spares_what_came_about)
{
    put_user(ORPHAN "1", "whole");
    postgres_run(url, "INSERT INTO clerks VALUES ('" ORPHAN "1', 'Whole')");
    postgres_run(url, "INSERT INTO outbox (topic, key, payload) VALUES ('account_undo', '" ORPHAN "1', '{}')");
    start_accounts();
    await_no_message();
    ck_assert_uint_eq(count_users(), 1);
    ck_assert_int_eq(atomic_load(&removals), 0);
}
END_TEST

/* A name that waits to be freed is no name that somebody else has. */
START_TEST(a_name_that_is_being_freed)
{
    put_user(ORPHAN "1", "anna");
    postgres_run(url, "INSERT INTO outbox (topic, key, payload, next_attempt_at)"
                      " VALUES ('account_undo', '" ORPHAN "1', '{\"username\":\"anna\"}', now() + interval '1 hour')");
    start_accounts();
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 503);
    ck_assert_ptr_nonnull(strstr(last.answer, "being_undone"));
    due_now();
    await_users(0);
    ck_assert_int_eq(create(NULL, "Anna", "anna"), 201);
}
END_TEST

START_TEST(a_key_makes_one)
{
    struct call calls[8];
    pthread_t threads[POLY_LENGTH(calls)];

    start_accounts();
    for (size_t i = 0; i < POLY_LENGTH(calls); i++) {
        calls[i] = (struct call){.key = "k", .name = "Anna", .username = "anna"};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_call, &calls[i]), 0);
    }
    for (size_t i = 0; i < POLY_LENGTH(calls); i++) {
        pthread_join(threads[i], NULL);
        ck_assert_msg(calls[i].status == 201, "%s", calls[i].answer);
        ck_assert_str_eq(loopback_body(calls[i].answer), loopback_body(calls[0].answer));
    }
    expect_clerks("1");
    ck_assert_uint_eq(count_users(), 1);
    ck_assert_int_eq(create("k", "Boris", "boris"), 422);
    ck_assert_uint_eq(count_users(), 1);
    due_now();
    await_no_message();
    ck_assert_uint_eq(count_users(), 1);
}
END_TEST

/* The table forgets keys after a while. */
START_TEST(a_forgotten_key_makes_no_second_one)
{
    start_accounts();
    ck_assert_int_eq(create("k", "Anna", "anna"), 201);
    postgres_run(url, "DELETE FROM idempotency_keys");
    ck_assert_int_eq(create("k", "Anna", "anna"), 409);
    ck_assert_ptr_nonnull(strstr(last.answer, "created_before"));
    ck_assert_int_eq(atomic_load(&provisions), 1);
    expect_clerks("1");
    await_no_message();
    ck_assert_uint_eq(count_users(), 1);
    ck_assert_int_eq(create("l", "Boris", "boris"), 201);
}
END_TEST

/* As one that is marked as deleted. */
START_TEST(a_forgotten_key_brings_nobody_back)
{
    postgres_run(url, "CREATE TABLE gone (id uuid PRIMARY KEY);"
                      "CREATE FUNCTION check_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                      " INSERT INTO gone VALUES (NEW.id); RETURN NEW; END $$;"
                      "CREATE TRIGGER once BEFORE INSERT ON clerks FOR EACH ROW EXECUTE FUNCTION check_gone()");
    start_accounts();
    ck_assert_int_eq(create("k", "Anna", "anna"), 201);
    ck_assert_int_eq(delete_by_id(postgres_run(url, "SELECT id FROM clerks")), 204);
    postgres_run(url, "DELETE FROM idempotency_keys");
    ck_assert_int_eq(create("k", "Anna", "anna"), 409);
    ck_assert_ptr_nonnull(strstr(last.answer, "created_before"));
    await_users(0);
    await_no_message();
    expect_clerks("0");
}
END_TEST

/* --- removing --- */

static void make_whole(void)
{
    put_user(ORPHAN "1", "anna");
    postgres_run(url, "INSERT INTO clerks VALUES ('" ORPHAN "1', 'Anna')");
    start_accounts();
}

START_TEST(both_sides_are_removed)
{
    make_whole();
    ck_assert_int_eq(delete_by_id(ORPHAN "1"), 204);
    ck_assert_uint_eq(count_users(), 0);
    expect_clerks("0");
    await_no_message();
    ck_assert_int_eq(delete_by_id(ORPHAN "1"), 404);
}
END_TEST

START_TEST(a_removal_outlives_sso)
{
    int status;

    make_whole();
    atomic_store(&disorder, DOWN);
    ck_assert_int_eq(delete_by_id(ORPHAN "1"), 503);
    ck_assert_ptr_nonnull(strstr(last.answer, "removal_pending"));
    expect_clerks("0");
    ck_assert_int_eq(delete_by_id(ORPHAN "1"), 503);
    atomic_store(&disorder, FINE);
    status = delete_by_id(ORPHAN "1");
    ck_assert_msg(status == 204 || status == 503 || status == 404, "%d", status);
    await_users(0);
    await_no_message();
}
END_TEST

/* --- comparing --- */

START_TEST(what_differs_is_repaired)
{
    put_user(ORPHAN "1", "orphan");
    put_user(ORPHAN "2", "whole");
    postgres_run(url, "INSERT INTO clerks VALUES ('" ORPHAN "2', 'Whole'), ('" ORPHAN "3', 'Without')");
    start_accounts();
    postgres_await(url, "SELECT count(*) FROM audit", "2");
    await_no_message();
    pthread_mutex_lock(&users_lock);
    ck_assert_ptr_null(find_user(ORPHAN "1"));
    ck_assert_ptr_nonnull(find_user(ORPHAN "2"));
    ck_assert_ptr_nonnull(find_user(ORPHAN "3"));
    pthread_mutex_unlock(&users_lock);
    ck_assert_str_eq(postgres_run(url, "SELECT string_agg(concat_ws(' ', event, actor), ',' ORDER BY id) FROM audit"),
                     "orphaned_user_removed reconciler,missing_user_provisioned reconciler");
}
END_TEST

START_TEST(an_empty_database_removes_nobody)
{
    char id[40];

    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", i);
        put_user(id, id);
    }
    postgres_run(url, "INSERT INTO clerks VALUES ('" ORPHAN "f', 'Without')");
    start_accounts();
    await_users(21); /* it has compared, since the missing one is there */
    ck_assert_int_eq(atomic_load(&removals), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("account");
    TCase *cases = tcase_create("account");
    SRunner *runner;
    int failed;

    postgres_begin();
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, both_sides_are_made);
    tcase_add_test(cases, a_refusal_leaves_nothing);
    tcase_add_test(cases, an_entity_that_is_refused_takes_its_user_along);
    tcase_add_test(cases, nothing_is_left_when_sso_is_away);
    tcase_add_test(cases, a_lost_answer_is_undone_or_repeated);
    tcase_add_test(cases, a_promise_is_kept);
    tcase_add_test(cases, a_promise_spares_what_came_about);
    tcase_add_test(cases, a_name_that_is_being_freed);
    tcase_add_test(cases, a_key_makes_one);
    tcase_add_test(cases, a_forgotten_key_makes_no_second_one);
    tcase_add_test(cases, a_forgotten_key_brings_nobody_back);
    tcase_add_test(cases, both_sides_are_removed);
    tcase_add_test(cases, a_removal_outlives_sso);
    tcase_add_test(cases, what_differs_is_repaired);
    tcase_add_test(cases, an_empty_database_removes_nobody);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

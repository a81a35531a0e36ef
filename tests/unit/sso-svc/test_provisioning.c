/* SPDX-License-Identifier: MIT */
#include "provisioning.h"

#include <string.h>

#include "problems.h"
#include "suite.h"

static poly_arena *arena;
static poly_json *document;

static void begin(void)
{
    arena = poly_arena_create(0);
}

static void end(void)
{
    poly_json_destroy(&document);
    poly_arena_destroy(&arena);
}

static const poly_json *json(const char *text)
{
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse(text, strlen(text), NULL, &document, NULL), POLY_OK);
    return document;
}

/* --- reading --- */

START_TEST(an_item_is_read_into_its_normal_form)
{
    const field_fault *faults[PROVISION_FAULTS_MAX];
    provision_item item = {0};

    ck_assert_uint_eq(provision_read(json("{\"full_name\":\" Иванов  Иван\",\"entity_id\":\"e1\",\"username\":\"Ivan\","
                                          "\"ruz_teacher_id\":7,\"is_active\":false}"),
                                     arena, &item, faults),
                      0);
    ck_assert_str_eq(item.full_name, "Иванов Иван");
    ck_assert_str_eq(item.entity_id, "e1");
    ck_assert_str_eq(item.username, "ivan");
    ck_assert_int_eq(item.ruz_teacher_id, 7);
    ck_assert(item.is_active && !*item.is_active);
}
END_TEST

START_TEST(what_is_left_out_or_null_stays_as_it_is)
{
    const field_fault *faults[PROVISION_FAULTS_MAX];
    provision_item item = {0};

    ck_assert_uint_eq(provision_read(json("{\"full_name\":\"И\",\"entity_id\":\"e\",\"username\":null,"
                                          "\"ruz_teacher_id\":null,\"is_active\":null}"),
                                     arena, &item, faults),
                      0);
    ck_assert_ptr_null(item.username);
    ck_assert_int_eq(item.ruz_teacher_id, 0);
    ck_assert_ptr_null(item.is_active);
}
END_TEST

static const struct {
    const char *text, *field, *code;
} faulty[] = {
    {"{\"entity_id\":\"e\"}", "full_name", "required"},
    {"{\"full_name\":\"  \",\"entity_id\":\"e\"}", "full_name", "required"},
    {"{\"full_name\":5,\"entity_id\":\"e\"}", "full_name", "full_name"},
    {"{\"full_name\":\"a\\u0001b\",\"entity_id\":\"e\"}", "full_name", "full_name"},
    {"{\"full_name\":\"И\"}", "entity_id", "required"},
    {"{\"full_name\":\"И\",\"entity_id\":\"\"}", "entity_id", "entity_id"},
    {"{\"full_name\":\"И\",\"entity_id\":\"a b\"}", "entity_id", "entity_id"},
    {"{\"full_name\":\"И\",\"entity_id\":17}", "entity_id", "entity_id"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"username\":\"Имя\"}", "username", "username"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"username\":[]}", "username", "username"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"ruz_teacher_id\":0}", "ruz_teacher_id", "integer"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"ruz_teacher_id\":\"7\"}", "ruz_teacher_id", "integer"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"ruz_teacher_id\":1.5}", "ruz_teacher_id", "integer"},
    {"{\"full_name\":\"И\",\"entity_id\":\"e\",\"is_active\":1}", "is_active", "boolean"},
    {"[]", "full_name", "required"},
    {"7", "full_name", "required"},
};

START_TEST(a_broken_rule_is_named)
{
    const field_fault *faults[PROVISION_FAULTS_MAX];
    provision_item item = {0};

    ck_assert_uint_ge(provision_read(json(faulty[_i].text), arena, &item, faults), 1);
    ck_assert_int_eq(item.outcome, PROVISION_REFUSED);
    ck_assert_str_eq(faults[0]->field, faulty[_i].field);
    ck_assert_str_eq(faults[0]->code, faulty[_i].code);
    ck_assert_ptr_eq(item.fault, faults[0]);
}
END_TEST

/* --- deciding --- */

static provision_item asked(const char *entity_id, int64_t ruz_teacher_id)
{
    return (provision_item){.outcome = PROVISION_UNCHANGED,
                            .full_name = "Иванов Иван",
                            .entity_id = entity_id,
                            .ruz_teacher_id = ruz_teacher_id};
}

static provision_match known(const char *entity_id, int64_t ruz_teacher_id)
{
    return (provision_match){.is_found = true,
                             .user = {.id = "u1",
                                      .username = "ivanov.i",
                                      .full_name = "Иванов Иван",
                                      .app = POLY_APP_TRAFFIC,
                                      .role = POLY_ROLE_TEACHER,
                                      .entity_id = entity_id,
                                      .ruz_teacher_id = ruz_teacher_id,
                                      .is_active = true}};
}

static void decide(provision_item *item, const provision_match *match)
{
    provision_decide(item, match, POLY_APP_TRAFFIC, POLY_ROLE_TEACHER, arena);
}

START_TEST(nobody_there_is_created)
{
    provision_item item = asked("e1", 7);

    decide(&item, &(provision_match){0});
    ck_assert_int_eq(item.outcome, PROVISION_CREATED);
    ck_assert_uint_eq(strlen(item.user.id), 36);
    ck_assert_ptr_null(item.user.username);
    ck_assert(item.user.is_active);
    ck_assert(!item.ends_sessions);
}
END_TEST

START_TEST(the_same_again_changes_nothing)
{
    provision_item item = asked("e1", 7);
    provision_match match = known("e1", 7);

    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UNCHANGED);
    ck_assert_str_eq(item.user.id, "u1");
    item = asked("e1", 0); /* what is not said stays */
    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UNCHANGED);
    ck_assert_int_eq(item.user.ruz_teacher_id, 7);
}
END_TEST

START_TEST(a_teacher_with_a_new_entity_is_linked_to_it)
{
    provision_item item = asked("e2", 7);
    provision_match match = known("e1", 7);

    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UPDATED);
    ck_assert_str_eq(item.user.entity_id, "e2");
    ck_assert(!item.ends_sessions);
}
END_TEST

START_TEST(disabling_and_passwords_end_sessions)
{
    static const bool yes = true, no = false;
    provision_match match = known("e1", 7);
    provision_item item = asked("e1", 7);

    item.is_active = &no;
    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UPDATED);
    ck_assert(item.ends_sessions);
    item = asked("e1", 7);
    item.password_hash = "$argon2id$…";
    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UPDATED);
    ck_assert(item.ends_sessions);
    item = asked("e1", 7);
    item.is_active = &yes;
    match.user.is_active = false;
    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UPDATED);
    ck_assert(item.user.is_active);
    ck_assert(!item.ends_sessions);
}
END_TEST

START_TEST(contradictions_are_refused)
{
    provision_item item = asked("e1", 7);
    provision_match match = known("e1", 7);

    match.is_ambiguous = true;
    decide(&item, &match);
    ck_assert_ptr_eq(item.problem, &problem_entity_conflict);
    match = known("e1", 7);
    match.user.role = POLY_ROLE_ADMIN;
    item = asked("e1", 7);
    decide(&item, &match);
    ck_assert_ptr_eq(item.problem, &problem_entity_other_role);
    match = known("e1", 7);
    match.username_owner = "u2";
    item = asked("e1", 7);
    decide(&item, &match);
    ck_assert_ptr_eq(item.problem, &problem_username_of_other);
    match = (provision_match){.username_owner = "u2"};
    item = asked("e1", 7);
    decide(&item, &match);
    ck_assert_ptr_eq(item.problem, &problem_username_of_other);
    match = known("e1", 7);
    match.username_owner = "u1"; /* one's own */
    item = asked("e1", 7);
    decide(&item, &match);
    ck_assert_int_eq(item.outcome, PROVISION_UNCHANGED);
}
END_TEST

START_TEST(what_comes_twice_is_refused_the_second_time)
{
    provision_item items[] = {asked("e1", 1), asked("e2", 1), asked("e1", 2), asked("e3", 0), asked("e4", 0)};

    provision_refuse_duplicates(items, POLY_LENGTH(items), arena);
    ck_assert_ptr_null(items[0].problem);
    ck_assert_ptr_eq(items[1].problem, &problem_duplicate_item);
    ck_assert_ptr_eq(items[2].problem, &problem_duplicate_item);
    ck_assert_ptr_null(items[3].problem);
    ck_assert_ptr_null(items[4].problem);
}
END_TEST

/* --- naming --- */

START_TEST(names_are_made_beside_those_that_are_taken)
{
    static const char *const taken[] = {"ivanov.i", "ivanov.i3"};
    provision_item items[4];

    for (size_t i = 0; i < POLY_LENGTH(items); i++) {
        items[i] = asked("e", 0);
        decide(&items[i], &(provision_match){0});
    }
    provision_name(items, POLY_LENGTH(items), taken, POLY_LENGTH(taken), arena);
    ck_assert_str_eq(items[0].user.username, "ivanov.i2");
    ck_assert_str_eq(items[1].user.username, "ivanov.i4");
    ck_assert_str_eq(items[2].user.username, "ivanov.i5");
    ck_assert_str_eq(items[3].user.username, "ivanov.i6");
}
END_TEST

START_TEST(chosen_names_go_first_and_only_once)
{
    provision_item items[3];

    for (size_t i = 0; i < POLY_LENGTH(items); i++) {
        items[i] = asked("e", 0);
        items[i].username = i ? "ivanov.i" : NULL;
        decide(&items[i], &(provision_match){0});
    }
    provision_name(items, POLY_LENGTH(items), NULL, 0, arena);
    ck_assert_str_eq(items[0].user.username, "ivanov.i2");
    ck_assert_str_eq(items[1].user.username, "ivanov.i");
    ck_assert_int_eq(items[2].outcome, PROVISION_REFUSED);
    ck_assert_ptr_eq(items[2].problem, &problem_username_of_other);
}
END_TEST

START_TEST(two_ways_to_one_user_are_refused_the_second_time)
{
    provision_item items[3] = {asked("e1", 0), asked("e2", 7), asked("e3", 0)};
    const provision_match same = known("e1", 7);

    decide(&items[0], &same);
    decide(&items[1], &same);
    decide(&items[2], &(provision_match){0});
    provision_refuse_twins(items, POLY_LENGTH(items), arena);
    ck_assert_int_ne(items[0].outcome, PROVISION_REFUSED);
    ck_assert_int_eq(items[1].outcome, PROVISION_REFUSED);
    ck_assert_ptr_eq(items[1].problem, &problem_duplicate_item);
    ck_assert_int_eq(items[2].outcome, PROVISION_CREATED);
}
END_TEST

START_TEST(a_password_must_not_be_the_name_that_is_made)
{
    provision_item items[3] = {asked("e1", 0), asked("e2", 0), asked("e3", 0)};

    items[1].password = "Ivanov.I2";
    items[2].password = "ivanov.i2";
    for (size_t i = 0; i < POLY_LENGTH(items); i++)
        decide(&items[i], &(provision_match){0});
    provision_name(items, POLY_LENGTH(items), NULL, 0, arena);
    provision_refuse_own_names(items, POLY_LENGTH(items));
    ck_assert_int_eq(items[0].outcome, PROVISION_CREATED);
    ck_assert_int_eq(items[1].outcome, PROVISION_REFUSED);
    ck_assert_ptr_eq(items[1].fault, &fault_password_is_username);
    ck_assert_int_eq(items[2].outcome, PROVISION_CREATED);
}
END_TEST

START_TEST(a_stem_has_no_number_at_its_end)
{
    ck_assert_str_eq(provision_stem("Иванов Иван", arena), "ivanov.i");
    ck_assert_str_eq(provision_stem("Иванов 2 7", arena), "ivanov.");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("provisioning");
    TCase *tests = add_case(suite, "provisioning");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, an_item_is_read_into_its_normal_form);
    tcase_add_test(tests, what_is_left_out_or_null_stays_as_it_is);
    tcase_add_loop_test(tests, a_broken_rule_is_named, 0, POLY_LENGTH(faulty));
    tcase_add_test(tests, nobody_there_is_created);
    tcase_add_test(tests, the_same_again_changes_nothing);
    tcase_add_test(tests, a_teacher_with_a_new_entity_is_linked_to_it);
    tcase_add_test(tests, disabling_and_passwords_end_sessions);
    tcase_add_test(tests, contradictions_are_refused);
    tcase_add_test(tests, what_comes_twice_is_refused_the_second_time);
    tcase_add_test(tests, names_are_made_beside_those_that_are_taken);
    tcase_add_test(tests, chosen_names_go_first_and_only_once);
    tcase_add_test(tests, two_ways_to_one_user_are_refused_the_second_time);
    tcase_add_test(tests, a_password_must_not_be_the_name_that_is_made);
    tcase_add_test(tests, a_stem_has_no_number_at_its_end);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "sso_scene.h"

#define STAFF    "/api/provision/services/staff"
#define EXECUTOR "/api/provision/services/executor"
#define TEACHER  "/api/provision/traffic/teacher"
#define BATCH    "/api/provision/traffic/teachers:batch"

static const struct canned answers[] = {
    {"POST", STAFF, 201, JSON, PETROV},
    {"POST", EXECUTOR, 400, PROBLEM_JSON, PROBLEM("username_taken")},
    {"POST", TEACHER, 200, JSON, IVANOV},
    {"DELETE", "/api/users/by-entity/e%2F1?app=traffic", 200, JSON, "{\"status\":\"deleted\"}"},
    {"DELETE", "/api/users/by-entity/e-2?app=services", 200, JSON, "{\"status\":\"not_found\"}"},
    {"DELETE", "/api/users/by-entity/e-3?app=services", 403, PROBLEM_JSON, PROBLEM("app_forbidden")},
};

static const poly_sso_provision small = {.entity_id = "e-1", .full_name = "Иванов \"И\""};
static const poly_sso_provision full = {
    .entity_id = "e-1",
    .full_name = "Иванов",
    .username = "ivanov",
    .password = "пароль 123",
    .ruz_teacher_id = 7,
    .activity = POLY_SSO_INACTIVE,
};
static poly_sso_user user;

/* --- one --- */

static void provision_staff(void *argument)
{
    result = poly_sso_provision_staff(client, &call, &small, argument);
}

static void provision_executor(void *argument)
{
    result = poly_sso_provision_executor(client, &call, &full, argument);
}

static void provision_teacher(void *argument)
{
    result = poly_sso_provision_teacher(client, &call, &full, argument);
}

START_TEST(asks_for_what_is_wanted)
{
    expect(provision_staff, &user, POLY_OK);
    expect_sent("POST", STAFF, "{\"entity_id\":\"e-1\",\"full_name\":\"Иванов \\\"И\\\"\"}");
    ck_assert_str_eq(user.id, "u-2");
    expect(provision_teacher, &user, POLY_OK);
    expect_sent("POST", TEACHER,
                "{\"entity_id\":\"e-1\",\"full_name\":\"Иванов\",\"username\":\"ivanov\","
                "\"password\":\"пароль 123\",\"ruz_teacher_id\":7,\"is_active\":false}");
    expect_ivanov(&user);
}
END_TEST

START_TEST(the_user_need_not_be_looked_at)
{
    expect(provision_staff, NULL, POLY_OK);
}
END_TEST

START_TEST(a_refusal_says_why)
{
    expect(provision_executor, &user, POLY_REJECTED);
    expect_sent("POST", EXECUTOR, seen.body);
    ck_assert_int_eq(call.refusal.status, 400);
    ck_assert_str_eq(call.refusal.code, "username_taken");
}
END_TEST

/* An upsert may be sent again, so the third try's answer is as good as the first's. */
static bool fail_twice(const upstream_exchange *exchange, bool *lives)
{
    static unsigned tries;

    if (++tries > 2)
        return false;
    if (tries == 2)
        *lives =
            upstream_answer(exchange, 503, PROBLEM_JSON, NULL, PROBLEM("overloaded"), strlen(PROBLEM("overloaded")));
    else
        upstream_reset(exchange);
    *lives = tries == 2;
    return true;
}

START_TEST(a_lost_answer_is_asked_for_again)
{
    serve_special = fail_twice;
    expect(provision_teacher, &user, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 3);
    expect_ivanov(&user);
}
END_TEST

/* --- many --- */

static poly_sso_provision wanted[POLY_SSO_BATCH_MAX];
static size_t wanted_count;
static const poly_sso_outcome *outcomes;
static const char *batch_answer; /* NULL: made to fit the question */

static void provision_teachers(void *argument)
{
    (void)argument;
    result = poly_sso_provision_teachers(client, &call, wanted, wanted_count, &outcomes);
}

static size_t count_items(const upstream_exchange *exchange)
{
    size_t count = 0;

    for (const char *at = exchange->body; (at = strstr(at, "\"entity_id\"")) != NULL; at++)
        count++;
    return count;
}

static bool serve_batch(const upstream_exchange *exchange, bool *lives)
{
    size_t count = count_items(exchange);
    poly_strbuf text;

    poly_strbuf_init(&text, 8 << 20);
    poly_strbuf_append_text(&text, "{\"items\":[");
    for (size_t i = 0; i < count; i++)
        poly_strbuf_printf(&text, "%s{\"status\":\"created\",\"user\":%s}", i ? "," : "", IVANOV);
    poly_strbuf_append_text(&text, "]}");
    if (batch_answer) {
        poly_strbuf_clear(&text);
        poly_strbuf_append_text(&text, batch_answer);
    }
    *lives = upstream_answer(exchange, 200, JSON, NULL, text.data, text.size);
    poly_strbuf_release(&text);
    return true;
}

static void use_batch(size_t count, const char *json)
{
    serve_special = serve_batch;
    batch_answer = json;
    wanted_count = count;
    for (size_t i = 0; i < count; i++)
        wanted[i] = i % 2 ? full : small;
}

START_TEST(a_batch_has_an_outcome_for_each)
{
    use_batch(4, "{\"items\":[{\"status\":\"created\",\"user\":" IVANOV "},"
                 "{\"status\":\"failed\",\"code\":\"entity_conflict\",\"detail\":\"Двое.\"},"
                 "{\"status\":\"unchanged\",\"user\":" PETROV "},{\"status\":\"updated\",\"user\":" IVANOV "}]}");
    wanted[1].password = NULL;
    wanted[3].activity = POLY_SSO_ACTIVE;
    wanted_count = 4;
    expect(provision_teachers, NULL, POLY_OK);
    ck_assert_str_eq(seen.target, BATCH);
    ck_assert_ptr_nonnull(strstr(seen.body, "\"is_active\":true}]}"));
    ck_assert_int_eq(outcomes[0].kind, POLY_SSO_CREATED);
    expect_ivanov(&outcomes[0].user);
    ck_assert_int_eq(outcomes[1].kind, POLY_SSO_FAILED);
    ck_assert_str_eq(outcomes[1].code, "entity_conflict");
    ck_assert_str_eq(outcomes[1].detail, "Двое.");
    ck_assert_int_eq(outcomes[2].kind, POLY_SSO_UNCHANGED);
    ck_assert_str_eq(outcomes[2].user.id, "u-2");
    ck_assert_int_eq(outcomes[3].kind, POLY_SSO_UPDATED);
}
END_TEST

START_TEST(an_outcome_for_another_number_is_a_bad_answer)
{
    static const char *const bad[] = {
        "{\"items\":[]}",
        "{\"items\":{}}",
        "{\"items\":[{\"status\":\"created\"}]}",
        "{\"items\":[{\"status\":\"done\",\"user\":" IVANOV "}]}",
        "{\"items\":[{\"user\":" IVANOV "}]}",
        "{\"items\":[{\"status\":\"failed\"}]}",
        "{\"items\":[{\"status\":\"created\",\"user\":" IVANOV "},{\"status\":\"created\",\"user\":" IVANOV "}]}",
    };

    for (size_t i = 0; i < POLY_LENGTH(bad); i++) {
        use_batch(1, bad[i]);
        expect(provision_teachers, NULL, POLY_BAD_ANSWER);
    }
}
END_TEST

START_TEST(as_many_as_a_batch_may_have)
{
    use_batch(POLY_SSO_BATCH_MAX, NULL);
    expect(provision_teachers, NULL, POLY_OK);
    for (size_t i = 0; i < POLY_SSO_BATCH_MAX; i++)
        ck_assert_int_eq(outcomes[i].kind, POLY_SSO_CREATED);
    expect_ivanov(&outcomes[POLY_SSO_BATCH_MAX - 1].user);
    use_batch(0, NULL);
    expect(provision_teachers, NULL, POLY_OK);
}
END_TEST

/* --- removing --- */

struct removal {
    poly_app app;
    const char *entity_id;
};

static void delete_user(void *argument)
{
    const struct removal *removal = argument;

    result = poly_sso_delete_by_entity(client, &call, removal->app, removal->entity_id);
}

START_TEST(who_is_not_there_is_removed)
{
    expect(delete_user, &(struct removal){POLY_APP_TRAFFIC, "e/1"}, POLY_OK);
    expect_sent("DELETE", "/api/users/by-entity/e%2F1?app=traffic", "");
    expect(delete_user, &(struct removal){POLY_APP_SERVICES, "e-2"}, POLY_OK);
    expect(delete_user, &(struct removal){POLY_APP_SERVICES, "e-3"}, POLY_REJECTED);
    ck_assert_str_eq(call.refusal.code, "app_forbidden");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        asks_for_what_is_wanted,
        the_user_need_not_be_looked_at,
        a_refusal_says_why,
        a_lost_answer_is_asked_for_again,
        a_batch_has_an_outcome_for_each,
        an_outcome_for_another_number_is_a_bad_answer,
        as_many_as_a_batch_may_have,
        who_is_not_there_is_removed,
    };

    canned = answers;
    canned_count = POLY_LENGTH(answers);
    return run_cases("sso_provision", tests, POLY_LENGTH(tests));
}

/* SPDX-License-Identifier: MIT */
/* A call as a whole: deadlines, cancellation, the bound on connections, retries, the breaker, metrics and the log. */
#include "poly/log.h"
#include "poly/metrics.h"
#include "scene.h"

#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shot get_within(const char *path, uint64_t deadline)
{
    struct shot shot = {.request = {.method = POLY_GET, .path = path}, .deadline = deadline};

    fire(&shot, 1);
    return shot;
}

/* The upstream's thread notices a closed connection by itself. */
static void assert_peer_saw_close(void)
{
    uint64_t end = poly_time_monotonic() + POLY_SECONDS(20);

    while (!atomic_load(&saw_close) && poly_time_monotonic() < end)
        sched_yield();
    ck_assert_msg(atomic_load(&saw_close), "the connection of a call that was given up stayed open");
}

/* --- deadlines --- */

START_TEST(the_clients_deadline_ends_a_call)
{
    static const char *const paths[] = {"/hang", "/half"};

    use((poly_httpc_options){.deadline_ms = 500, .low_speed_ms = 60000});
    for (size_t i = 0; i < POLY_LENGTH(paths); i++) {
        struct shot shot;

        atomic_store(&saw_close, false);
        shot = get(paths[i]);
        ck_assert_int_eq(shot.result, POLY_TIMEOUT);
        ck_assert_uint_ge(shot.took, POLY_MILLISECONDS(500));
        ck_assert_uint_lt(shot.took, POLY_SECONDS(20));
        assert_peer_saw_close();
    }
}
END_TEST

START_TEST(a_request_may_name_its_deadline)
{
    struct shot shots[] = {{.request = {.method = POLY_GET, .path = "/hang", .deadline_ms = 100}},
                           {.request = {.method = POLY_GET, .path = "/think", .deadline_ms = 60000}},
                           {.request = {.method = POLY_GET, .path = "/think"}}};

    use((poly_httpc_options){.deadline_ms = 50});
    fire(shots, 3);
    ck_assert_int_eq(shots[0].result, POLY_TIMEOUT);
    ck_assert_uint_ge(shots[0].took, POLY_MILLISECONDS(100));
    ck_assert_int_eq(shots[1].result, POLY_OK);
    ck_assert_int_eq(shots[2].result, POLY_TIMEOUT);
}
END_TEST

START_TEST(the_fibers_deadline_ends_a_call)
{
    struct shot shot;

    use((poly_httpc_options){.deadline_ms = 600000});
    shot = get_within("/hang", POLY_MILLISECONDS(100));
    ck_assert_int_eq(shot.result, POLY_TIMEOUT);
    ck_assert_uint_lt(shot.took, POLY_SECONDS(20));
}
END_TEST

static void call_too_late(void *argument)
{
    struct shot *shot = argument;

    poly_fiber_set_deadline(poly_time_monotonic() - 1);
    shot->result = poly_httpc_call(client, &shot->request, arena, &shot->response);
}

START_TEST(a_deadline_that_has_passed_sends_nothing)
{
    struct shot shot = {.request = {.method = POLY_GET, .path = "/ok"}};

    use((poly_httpc_options){.breaker_failures = 1});
    on_fiber(call_too_late, &shot);
    ck_assert_int_eq(shot.result, POLY_TIMEOUT);
    ck_assert_uint_eq(upstream_connections(server), 0);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
}
END_TEST

START_TEST(a_dripping_body_is_given_up)
{
    struct shot shot;

    use((poly_httpc_options){.deadline_ms = 600000, .low_speed_ms = 200});
    shot = get("/drip");
    ck_assert_int_eq(shot.result, POLY_TIMEOUT);
    ck_assert_uint_ge(shot.took, POLY_MILLISECONDS(200));
    ck_assert_uint_lt(shot.took, POLY_SECONDS(30));
    assert_peer_saw_close();
}
END_TEST

START_TEST(an_upstream_that_thinks_is_not_dripping)
{
    use((poly_httpc_options){.low_speed_ms = 20});
    ck_assert_int_eq(get("/think").result, POLY_OK);
}
END_TEST

/* --- cancellation --- */

struct cancelled_call {
    struct shot shot;
    poly_fiber *fiber;
    sem_t begun, ended;
};

static void call_to_be_cancelled(void *argument)
{
    struct cancelled_call *call = argument;

    call->fiber = poly_fiber_current();
    sem_post(&call->begun);
    shoot(&call->shot);
    sem_post(&call->ended);
}

static void cancel(void *argument)
{
    poly_fiber_cancel(argument);
}

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

START_TEST(cancelling_ends_a_call_at_once)
{
    struct cancelled_call call = {.shot.request = {.method = POLY_GET, .path = "/half"}};
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});

    sem_init(&call.begun, 0, 0);
    sem_init(&call.ended, 0, 0);
    use((poly_httpc_options){.deadline_ms = 600000, .low_speed_ms = 600000, .breaker_failures = 1});
    poly_runtime_start(runtime);
    poly_fiber_start(poly_runtime_loop(runtime, 0), "call", call_to_be_cancelled, &call);
    await(&call.begun);
    while (upstream_requests(server) == 0)
        sched_yield();
    poly_loop_post(poly_runtime_loop(runtime, 0), cancel, call.fiber);
    await(&call.ended);
    assert_peer_saw_close();
    poly_runtime_destroy(&runtime);
    ck_assert_int_eq(call.shot.result, POLY_CANCELLED);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
}
END_TEST

static void call_when_cancelled(void *argument)
{
    poly_fiber_cancel(poly_fiber_current());
    shoot(argument);
}

START_TEST(a_cancelled_fiber_calls_nobody)
{
    struct shot shot = {.request = {.method = POLY_GET, .path = "/ok"}};

    use((poly_httpc_options){0});
    on_fiber(call_when_cancelled, &shot);
    ck_assert_int_eq(shot.result, POLY_CANCELLED);
    ck_assert_uint_eq(upstream_connections(server), 0);
}
END_TEST

static void cancel_in_the_pause(void *argument)
{
    struct cancelled_call *call = argument;

    while (upstream_requests(server) == 0)
        if (poly_fiber_sleep(POLY_MILLISECONDS(1)) != POLY_OK)
            return;
    if (poly_fiber_sleep(POLY_MILLISECONDS(10)) == POLY_OK)
        poly_fiber_cancel(call->fiber);
}

START_TEST(cancelling_ends_a_pause_before_a_retry)
{
    struct cancelled_call call = {.shot.request = {.method = POLY_GET, .path = "/status/500"}};
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});

    sem_init(&call.begun, 0, 0);
    sem_init(&call.ended, 0, 0);
    use((poly_httpc_options){.max_retries = 5, .breaker_failures = 100});
    poly_runtime_start(runtime);
    poly_fiber_start(poly_runtime_loop(runtime, 0), "call", call_to_be_cancelled, &call);
    poly_fiber_start(poly_runtime_loop(runtime, 0), "cancel", cancel_in_the_pause, &call);
    await(&call.ended);
    poly_runtime_destroy(&runtime);
    ck_assert_int_eq(call.shot.result, POLY_CANCELLED);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(the_end_of_the_runtime_ends_calls)
{
    struct cancelled_call calls[2] = {{.shot.request = {.method = POLY_GET, .path = "/hang"}},
                                      {.shot.request = {.method = POLY_GET, .path = "/hang"}}};
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});

    use((poly_httpc_options){.deadline_ms = 600000, .max_connections = 1});
    poly_runtime_start(runtime);
    for (size_t i = 0; i < 2; i++) {
        sem_init(&calls[i].begun, 0, 0);
        sem_init(&calls[i].ended, 0, 0);
        poly_fiber_start(poly_runtime_loop(runtime, 0), "call", call_to_be_cancelled, &calls[i]);
        await(&calls[i].begun);
    }
    while (upstream_requests(server) == 0)
        sched_yield();
    poly_runtime_destroy(&runtime);
    ck_assert_int_eq(calls[0].shot.result, POLY_CANCELLED);
    ck_assert_int_eq(calls[1].shot.result, POLY_CANCELLED);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

/* --- the bound on connections --- */

struct crowd {
    struct shot shots[12];
    poly_latch *gone;
    unsigned left;
};

struct member {
    struct crowd *crowd;
    struct shot *shot;
};

static void be_a_member(void *argument)
{
    struct member *member = argument;

    shoot(member->shot);
    if (--member->crowd->left == 0)
        poly_latch_open(member->crowd->gone);
}

static void call_at_once(void *argument)
{
    struct crowd *crowd = argument;
    struct member members[POLY_LENGTH(crowd->shots)];

    crowd->gone = poly_latch_create();
    crowd->left = POLY_LENGTH(members);
    for (size_t i = 0; i < POLY_LENGTH(members); i++) {
        members[i] = (struct member){.crowd = crowd, .shot = &crowd->shots[i]};
        poly_fiber_start(poly_loop_current(), "member", be_a_member, &members[i]);
    }
    if (poly_latch_wait(crowd->gone, POLY_NO_DEADLINE) != POLY_OK)
        crowd->left = 1;
    poly_latch_unref(&crowd->gone);
}

START_TEST(connections_are_bounded_and_waiters_are_served)
{
    struct crowd crowd;

    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        crowd.shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/crowd"}};
    use((poly_httpc_options){.max_connections = 3, .deadline_ms = 60000});
    on_fiber(call_at_once, &crowd);
    ck_assert_uint_eq(crowd.left, 0);
    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        ck_assert_int_eq(crowd.shots[i].result, POLY_OK);
    ck_assert_uint_eq(atomic_load(&most_inside), 3);
    ck_assert_uint_eq(upstream_connections(server), 3);
}
END_TEST

START_TEST(a_waiter_obeys_its_deadline)
{
    struct crowd crowd;

    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        crowd.shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/hang"},
                                       .deadline = i ? POLY_MILLISECONDS(120 - 5 * i) : POLY_SECONDS(1)};
    use((poly_httpc_options){.max_connections = 1, .deadline_ms = 60000, .breaker_failures = 2});
    on_fiber(call_at_once, &crowd);
    ck_assert_uint_eq(crowd.left, 0);
    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        ck_assert_int_eq(crowd.shots[i].result, POLY_TIMEOUT);
    ck_assert_uint_eq(upstream_requests(server), 1);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
}
END_TEST

/* --- retries --- */

START_TEST(a_failed_get_is_tried_again)
{
    struct shot shot;

    atomic_store(&failures_left, 2);
    use((poly_httpc_options){.max_retries = 2});
    shot = get("/flaky");
    ck_assert_int_eq(shot.result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 3);
    ck_assert_uint_ge(shot.took, POLY_MILLISECONDS(50 + 100));
    atomic_store(&failures_left, 3);
    ck_assert_int_eq(get("/flaky").result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 6);
}
END_TEST

START_TEST(a_try_that_hangs_is_tried_again)
{
    atomic_store(&failures_left, 1);
    use((poly_httpc_options){.max_retries = 1, .attempt_ms = 500, .deadline_ms = 60000});
    ck_assert_int_eq(get("/stuck").result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 2);
}
END_TEST

START_TEST(without_retries_there_is_one_try)
{
    atomic_store(&failures_left, 1);
    use((poly_httpc_options){0});
    ck_assert_int_eq(get("/flaky").result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(a_bad_answer_is_not_asked_for_again)
{
    use((poly_httpc_options){.max_retries = 3});
    ck_assert_int_eq(get("/cut").result, POLY_BAD_ANSWER);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(a_post_is_tried_again_only_when_declared_safe)
{
    struct shot shots[] = {{.request = {.method = POLY_POST, .path = "/flaky", .body = {"x", 1}}},
                           {.request = {.method = POLY_POST, .path = "/flaky", .body = {"x", 1}, .idempotent = true}}};

    use((poly_httpc_options){.max_retries = 1});
    atomic_store(&failures_left, 2);
    fire(&shots[0], 1);
    ck_assert_int_eq(shots[0].result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 1);
    fire(&shots[1], 1);
    ck_assert_int_eq(shots[1].result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 3);
}
END_TEST

START_TEST(who_asks_for_time_is_not_pressed)
{
    use((poly_httpc_options){.max_retries = 3});
    ck_assert_int_eq(get("/busy").result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(retries_stop_before_the_deadline)
{
    struct shot shot = {.result = POLY_TIMEOUT};

    /* Now and then the deadline comes while the last try is under way. */
    for (int i = 0; i < 3 && shot.result == POLY_TIMEOUT; i++) {
        unsigned before = upstream_requests(server);

        poly_httpc_destroy(&client);
        use((poly_httpc_options){.max_retries = 100, .breaker_failures = 1000, .deadline_ms = 250});
        atomic_store(&failures_left, 1000);
        shot = get("/flaky");
        ck_assert_uint_le(upstream_requests(server) - before, 3);
    }
    ck_assert_int_eq(shot.result, POLY_UNAVAILABLE);
    ck_assert_uint_le(shot.took, POLY_MILLISECONDS(250));
}
END_TEST

START_TEST(retries_stay_within_the_budget)
{
    struct shot shots[15];

    for (size_t i = 0; i < POLY_LENGTH(shots); i++)
        shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/flaky"}};
    atomic_store(&failures_left, 1000);
    use((poly_httpc_options){.max_retries = 1, .breaker_failures = 1000, .retry_budget_percent = 1});
    fire(shots, POLY_LENGTH(shots));
    ck_assert_uint_eq(upstream_requests(server), 15 + 10);
}
END_TEST

/* --- the breaker --- */

START_TEST(failures_in_a_row_open_the_breaker)
{
    use((poly_httpc_options){.breaker_failures = 3, .breaker_open_ms = 600000});
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
        ck_assert_int_eq(get("/status/500").result, POLY_UNAVAILABLE);
    }
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_OPEN);
    ck_assert_int_eq(get("/ok").result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 3);
}
END_TEST

START_TEST(a_refusal_is_no_failure)
{
    use((poly_httpc_options){.breaker_failures = 2});
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(get("/status/500").result, POLY_UNAVAILABLE);
        ck_assert_int_eq(get("/status/404").result, POLY_OK);
    }
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
}
END_TEST

START_TEST(every_kind_of_failure_counts)
{
    use((poly_httpc_options){.breaker_failures = 3, .breaker_open_ms = 600000});
    ck_assert_int_eq(get("/reset").result, POLY_UNAVAILABLE);
    ck_assert_int_eq(get("/cut").result, POLY_BAD_ANSWER);
    ck_assert_int_eq(get_within("/hang", POLY_MILLISECONDS(100)).result, POLY_TIMEOUT);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_OPEN);
}
END_TEST

START_TEST(who_waits_while_it_opens_is_refused_too)
{
    struct crowd crowd;

    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        crowd.shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/status/500"}};
    use((poly_httpc_options){.max_connections = 1, .breaker_failures = 1, .breaker_open_ms = 600000});
    on_fiber(call_at_once, &crowd);
    for (size_t i = 0; i < POLY_LENGTH(crowd.shots); i++)
        ck_assert_int_eq(crowd.shots[i].result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

static atomic_uint refused_meanwhile;

static void try_one(void *argument)
{
    poly_arena *own = poly_arena_create(0);
    poly_httpc_request request = {.method = POLY_GET, .path = argument};
    poly_httpc_response response;

    if (poly_httpc_call(client, &request, own, &response) == POLY_UNAVAILABLE)
        atomic_fetch_add(&refused_meanwhile, 1);
    poly_arena_destroy(&own);
}

START_TEST(one_trial_over_all_loops_closes_it_again)
{
    use((poly_httpc_options){.breaker_failures = 1, .breaker_open_ms = 50});
    ck_assert_int_eq(get("/status/500").result, POLY_UNAVAILABLE);
    while (poly_httpc_breaker(client) == POLY_BREAKER_OPEN)
        sched_yield();
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_HALF_OPEN);
    on_each_loop(4, try_one, (char[]){"/think"});
    ck_assert_uint_eq(upstream_requests(server), 1 + 1);
    ck_assert_uint_eq(atomic_load(&refused_meanwhile), 3);
    ck_assert_int_eq(poly_httpc_breaker(client), POLY_BREAKER_CLOSED);
    on_each_loop(4, try_one, (char[]){"/ok"});
    ck_assert_uint_eq(upstream_requests(server), 2 + 4);
}
END_TEST

/* --- what is told --- */

static void assert_exposed(const char *line)
{
    poly_strbuf text;

    poly_strbuf_init(&text, 1024 * 1024);
    poly_metrics_write(&text);
    ck_assert_msg(strstr(poly_strbuf_text(&text), line) != NULL, "no \"%s\" in: %s", line, poly_strbuf_text(&text));
    poly_strbuf_release(&text);
}

START_TEST(calls_are_counted)
{
    use((poly_httpc_options){.name = "ruz", .max_retries = 1, .breaker_failures = 3});
    ck_assert_int_eq(get("/ok").result, POLY_OK);
    ck_assert_int_eq(get("/status/404").result, POLY_OK);
    ck_assert_int_eq(get("/cut").result, POLY_BAD_ANSWER);
    ck_assert_int_eq(get("/status/500").result, POLY_UNAVAILABLE);
    assert_exposed("poly_httpc_calls_total{result=\"ok\",upstream=\"ruz\"} 2\n");
    assert_exposed("poly_httpc_calls_total{result=\"bad_answer\",upstream=\"ruz\"} 1\n");
    assert_exposed("poly_httpc_calls_total{result=\"unavailable\",upstream=\"ruz\"} 1\n");
    assert_exposed("poly_httpc_calls_total{result=\"timeout\",upstream=\"ruz\"} 0\n");
    assert_exposed("poly_httpc_retries_total{upstream=\"ruz\"} 1\n");
    assert_exposed("poly_httpc_breaker_state{upstream=\"ruz\"} 2\n");
    assert_exposed("poly_httpc_call_duration_seconds_count{upstream=\"ruz\"} 4\n");
}
END_TEST

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

START_TEST(failures_are_logged_sparingly_and_without_queries)
{
    struct shot shots[20];
    char text[8192] = "";
    int file = memfd_create("log", 0);
    uint64_t start = poly_time_monotonic();

    for (size_t i = 0; i < POLY_LENGTH(shots); i++)
        shots[i] = (struct shot){.request = {.method = POLY_GET, .path = "/status/500?ticket=private"}};
    use((poly_httpc_options){.name = "cas", .breaker_failures = 1000});
    poly_log_start("test", POLY_LOG_WARNING, file);
    fire(shots, POLY_LENGTH(shots));
    poly_log_stop();
    ck_assert_int_gt(pread(file, text, sizeof(text) - 1, 0), 0);
    ck_assert_uint_le(count_of(text, "upstream call failed"), 1 + (poly_time_monotonic() - start) / POLY_SECONDS(1));
    ck_assert_uint_ge(count_of(text, "upstream call failed"), 1);
    ck_assert_uint_ge(count_of(text, "\"cas\""), 1);
    ck_assert_uint_ge(count_of(text, "\"unavailable\""), 1);
    ck_assert_uint_ge(count_of(text, "\"/status/500\""), 1);
    ck_assert_uint_eq(count_of(text, "private"), 0);
    close(file);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_clients_deadline_ends_a_call,
        a_request_may_name_its_deadline,
        the_fibers_deadline_ends_a_call,
        a_deadline_that_has_passed_sends_nothing,
        a_dripping_body_is_given_up,
        an_upstream_that_thinks_is_not_dripping,
        cancelling_ends_a_call_at_once,
        a_cancelled_fiber_calls_nobody,
        cancelling_ends_a_pause_before_a_retry,
        the_end_of_the_runtime_ends_calls,
        connections_are_bounded_and_waiters_are_served,
        a_waiter_obeys_its_deadline,
        a_failed_get_is_tried_again,
        a_try_that_hangs_is_tried_again,
        without_retries_there_is_one_try,
        a_bad_answer_is_not_asked_for_again,
        a_post_is_tried_again_only_when_declared_safe,
        who_asks_for_time_is_not_pressed,
        retries_stop_before_the_deadline,
        retries_stay_within_the_budget,
        failures_in_a_row_open_the_breaker,
        a_refusal_is_no_failure,
        every_kind_of_failure_counts,
        who_waits_while_it_opens_is_refused_too,
        one_trial_over_all_loops_closes_it_again,
        calls_are_counted,
        failures_are_logged_sparingly_and_without_queries,
    };

    return run_cases("call", tests, POLY_LENGTH(tests));
}

/* SPDX-License-Identifier: MIT */
/* A call: attempts, within a deadline, a retry budget and what the circuit breaker allows. */
#include "httpc/attempt.h"
#include "httpc/client.h"
#include "httpc/lane.h"
#include "httpc/outgoing.h"
#include "poly/random.h"
#include "poly/time.h"

#include <string.h>

#define FIRST_BACKOFF POLY_MILLISECONDS(100)
#define MAX_BACKOFF   POLY_SECONDS(1)

struct call {
    poly_httpc *client;
    const poly_httpc_request *request;
    poly_arena *arena;
    poly_httpc_response *response;
    uint64_t deadline;
    poly_attempt attempt;
    unsigned attempts;
    bool held_back; /* the last attempt never began */
};

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* --- the breaker: all loops' --- */

static bool would_admit(poly_httpc *client)
{
    bool yes;

    pthread_mutex_lock(&client->mutex);
    yes = poly_breaker_would_admit(&client->breaker, poly_time_monotonic());
    pthread_mutex_unlock(&client->mutex);
    return yes;
}

static bool admit(poly_httpc *client, poly_breaker_permit *permit)
{
    poly_breaker_state before, after;
    bool yes;

    pthread_mutex_lock(&client->mutex);
    before = client->breaker.state;
    yes = poly_breaker_admit(&client->breaker, poly_time_monotonic(), permit);
    after = client->breaker.state;
    pthread_mutex_unlock(&client->mutex);
    poly_httpc_report_breaker(client, before, after);
    return yes;
}

static void settle(poly_httpc *client, poly_breaker_permit permit, poly_result result)
{
    poly_breaker_outcome outcome = result == POLY_OK          ? POLY_BREAKER_SUCCESS
                                   : result == POLY_CANCELLED ? POLY_BREAKER_NEITHER
                                                              : POLY_BREAKER_FAILURE;
    poly_breaker_state before, after;

    pthread_mutex_lock(&client->mutex);
    before = client->breaker.state;
    poly_breaker_settle(&client->breaker, poly_time_monotonic(), permit, outcome);
    after = client->breaker.state;
    pthread_mutex_unlock(&client->mutex);
    poly_httpc_report_breaker(client, before, after);
}

poly_breaker_state poly_httpc_breaker(const poly_httpc *client)
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)&client->mutex;
    poly_breaker_state state;

    pthread_mutex_lock(mutex);
    state = poly_breaker_look(&client->breaker, poly_time_monotonic());
    pthread_mutex_unlock(mutex);
    return state;
}

/* --- attempts --- */

static poly_result hold_back(struct call *call, poly_result result, const char *why)
{
    call->held_back = true;
    snprintf(call->attempt.error, sizeof(call->attempt.error), "%s", why);
    return result;
}

static poly_result try_once(struct call *call, poly_curl_loop *loop)
{
    poly_httpc *client = call->client;
    poly_breaker_permit permit;
    poly_result result;

    if (!admit(client, &permit))
        return hold_back(call, POLY_UNAVAILABLE, "the circuit breaker is open");
    call->attempts++;
    call->attempt.deadline = call->deadline;
    if (client->options.attempt_ms)
        call->attempt.deadline =
            earlier(call->deadline, poly_time_monotonic() + POLY_MILLISECONDS(client->options.attempt_ms));
    result = poly_attempt_run(&call->attempt, loop, call->arena, call->response);
    settle(client, permit, result);
    return result;
}

/* The breaker is asked before the queue, to fail fast, and behind it, since things may have changed meanwhile. */
static poly_result try_in_turn(struct call *call)
{
    poly_httpc *client = call->client;
    poly_curl_loop *loop;
    poly_lane *lane;
    poly_result result;

    if (!would_admit(client))
        return hold_back(call, POLY_UNAVAILABLE, "the circuit breaker is open");
    loop = poly_curl_loop_current();
    lane = poly_lane_of(poly_curl_loop_lanes(loop), client, client->options.max_connections);
    result = poly_lane_enter(lane, call->deadline);
    if (result != POLY_OK)
        return hold_back(call, result, "no connection became free in time");
    result = try_once(call, loop);
    poly_lane_leave(lane);
    return result;
}

/* --- retries --- */

static bool spend_retry(poly_httpc *client)
{
    bool granted;

    pthread_mutex_lock(&client->mutex);
    granted = poly_retry_budget_spend(&client->budget);
    pthread_mutex_unlock(&client->mutex);
    return granted;
}

static bool is_worth_retrying(const struct call *call, poly_result result)
{
    if (call->held_back || call->attempts > call->client->options.max_retries)
        return false;
    if (result != POLY_UNAVAILABLE && result != POLY_TIMEOUT)
        return false;
    /* Who names a time to come back, in whole seconds, is not asked before it. */
    return poly_outgoing_is_idempotent(call->request) && call->response->retry_after == 0;
}

/* Half of a pause that doubles with each attempt, and a random share of the other half. */
static uint64_t backoff(unsigned attempts)
{
    uint64_t pause = FIRST_BACKOFF;

    while (--attempts > 0 && pause < MAX_BACKOFF)
        pause *= 2;
    pause = earlier(pause, MAX_BACKOFF);
    return pause / 2 + poly_random_below((uint32_t)(pause / 2) + 1);
}

/* False when `*result` stands; it may have become POLY_CANCELLED in the pause. */
static bool pause_to_retry(struct call *call, poly_result *result)
{
    uint64_t pause;
    poly_result slept;

    if (!is_worth_retrying(call, *result))
        return false;
    pause = backoff(call->attempts);
    if (poly_time_monotonic() + pause >= call->deadline || !would_admit(call->client) || !spend_retry(call->client))
        return false;
    slept = poly_fiber_sleep(pause);
    if (slept != POLY_OK)
        *result = slept;
    return slept == POLY_OK && would_admit(call->client);
}

static void earn_retries(poly_httpc *client)
{
    pthread_mutex_lock(&client->mutex);
    poly_retry_budget_earn(&client->budget);
    pthread_mutex_unlock(&client->mutex);
}

static poly_result run(struct call *call, uint64_t started)
{
    poly_result result;

    if (!poly_outgoing_is_valid(call->request))
        return hold_back(call, POLY_INVALID, "the request cannot be sent");
    if (poly_fiber_is_cancelled())
        return hold_back(call, POLY_CANCELLED, "cancelled");
    if (started >= call->deadline)
        return hold_back(call, POLY_TIMEOUT, "the deadline passed before the call");
    call->attempt.url = poly_arena_printf(call->arena, "%s%s", call->client->base_url, call->request->path);
    earn_retries(call->client);
    do
        result = try_in_turn(call);
    while (pause_to_retry(call, &result));
    return result;
}

poly_result poly_httpc_call(poly_httpc *client, const poly_httpc_request *request, poly_arena *arena,
                            poly_httpc_response *response)
{
    unsigned deadline_ms = request->deadline_ms ? request->deadline_ms : client->options.deadline_ms;
    uint64_t started = poly_time_monotonic();
    struct call call = {
        .client = client,
        .request = request,
        .arena = arena,
        .response = response,
        .deadline = earlier(started + POLY_MILLISECONDS(deadline_ms), poly_fiber_deadline()),
        .attempt = {.options = &client->options, .request = request},
    };
    poly_httpc_outcome outcome = {.path = request->path, .error = call.attempt.error};

    *response = (poly_httpc_response){.body = {.data = "", .size = 0}, .content_type = ""};
    outcome.result = run(&call, started);
    outcome.status = response->status;
    outcome.attempts = call.attempts;
    outcome.microseconds = poly_time_monotonic() - started;
    poly_httpc_report(client, &outcome);
    return outcome.result;
}

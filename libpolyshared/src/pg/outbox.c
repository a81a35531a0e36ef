/* SPDX-License-Identifier: MIT */
#include "poly/outbox.h"

#include <stdlib.h>

#include "pg/outbox_table.h"
#include "pg/service_fiber.h"
#include "poly/log.h"
#include "poly/metrics.h"
#include "poly/pg_listen.h"
#include "poly/random.h"
#include "poly/time.h"

enum {
    DEFAULT_FIRST_BACKOFF_MS = 500,
    DEFAULT_MAX_BACKOFF_MS = 15000,
    DEFAULT_LEASE_MS = 15000,
    DEFAULT_POLL_MS = 1000,
    DEFAULT_FIBERS = 4,
    PAUSE_AFTER_FAULT_MS = 500,
};

struct worker {
    poly_outbox *outbox;
    poly_service_fiber *fiber;
    unsigned index;
    struct worker *next_idle;
    bool is_idle;
    poly_wait wait;
};

/* Everything but `workers[].fiber` and `listener` belongs to the loop once it has been started. */
struct poly_outbox {
    poly_pg *pool;
    poly_outbox_options options;
    poly_pg_listener *listener;
    struct worker *idle;
    bool must_look; /* a wake-up came while nobody was idle */
    poly_counter *delivered;
    poly_counter *retried;
    poly_counter *dead;
    struct worker workers[];
};

/* --- waking --- */

static void leave_idle(struct worker *worker)
{
    struct worker **link = &worker->outbox->idle;

    if (!worker->is_idle)
        return;
    while (*link != worker)
        link = &(*link)->next_idle;
    *link = worker->next_idle;
    worker->is_idle = false;
}

/* One is enough: whoever finds a message wakes the next. */
static void wake_one(poly_outbox *outbox)
{
    struct worker *worker = outbox->idle;

    if (!worker) {
        outbox->must_look = true;
        return;
    }
    leave_idle(worker);
    poly_wait_finish(&worker->wait);
}

static void notified(const char *channel, const char *payload, void *context)
{
    (void)channel;
    (void)payload;
    wake_one(context);
}

static poly_result catch_up(void *context)
{
    wake_one(context);
    return POLY_OK;
}

/* The later workers look around less often by themselves: they are there for when the first are busy. */
static poly_result idle(struct worker *worker)
{
    poly_outbox *outbox = worker->outbox;
    uint64_t longest = POLY_MILLISECONDS(outbox->options.poll_ms) * (worker->index + 1);
    poly_result result;

    if (outbox->must_look) {
        outbox->must_look = false;
        return POLY_OK;
    }
    worker->next_idle = outbox->idle;
    outbox->idle = worker;
    worker->is_idle = true;
    poly_wait_init(&worker->wait);
    result = poly_wait_until(&worker->wait, poly_time_monotonic() + longest);
    leave_idle(worker);
    return result == POLY_TIMEOUT ? POLY_OK : result;
}

/* --- delivering --- */

static uint64_t backoff_ms(const poly_outbox_options *options, unsigned attempt)
{
    uint64_t longest = (uint64_t)options->first_backoff_ms << (attempt < 20 ? attempt - 1 : 19);

    if (longest > options->max_backoff_ms)
        longest = options->max_backoff_ms;
    return longest / 2 + poly_random_below((uint32_t)(longest / 2 + 1));
}

static bool is_hopeless(const poly_outbox_options *options, const poly_outbox_message *message, poly_result outcome)
{
    return outcome == POLY_REJECTED || outcome == POLY_INVALID ||
           (options->max_attempts && message->attempt >= options->max_attempts);
}

static poly_result bury(poly_outbox *outbox, const poly_outbox_message *message, poly_result outcome, poly_arena *arena)
{
    poly_result result = poly_outbox_table_bury(outbox->pool, message, poly_result_name(outcome), arena);

    if (result != POLY_OK)
        return result;
    poly_counter_add(outbox->dead, 1);
    poly_log(POLY_LOG_ERROR, "an outbox message is dead", poly_int_field("id", message->id),
             poly_text_field("topic", message->topic), poly_int_field("attempts", message->attempt),
             poly_text_field("error", poly_result_name(outcome)));
    return POLY_OK;
}

/* If this fails the message comes again when its lease is over. */
static poly_result settle(poly_outbox *outbox, const poly_outbox_message *message, poly_result outcome,
                          poly_arena *arena)
{
    if (outcome == POLY_OK) {
        poly_counter_add(outbox->delivered, 1);
        return poly_outbox_table_remove(outbox->pool, message, arena);
    }
    if (is_hopeless(&outbox->options, message, outcome))
        return bury(outbox, message, outcome, arena);
    poly_counter_add(outbox->retried, 1);
    return poly_outbox_table_postpone(outbox->pool, message, backoff_ms(&outbox->options, message->attempt),
                                      poly_result_name(outcome), arena);
}

static poly_result deliver(poly_outbox *outbox, const poly_outbox_message *message, poly_arena *arena)
{
    poly_result outcome;

    /* Every earlier attempt ended without an outcome, perhaps with the process. */
    if (outbox->options.max_attempts && message->attempt > outbox->options.max_attempts)
        return bury(outbox, message, POLY_UNAVAILABLE, arena);
    poly_fiber_set_deadline(poly_time_monotonic() + POLY_MILLISECONDS(outbox->options.lease_ms));
    outcome = outbox->options.handler(message, arena, outbox->options.context);
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    return settle(outbox, message, outcome, arena);
}

/* Takes one message and delivers it. POLY_NOT_FOUND: there is none. */
static poly_result work_once(poly_outbox *outbox, poly_arena *arena)
{
    poly_outbox_message message;
    poly_result result = poly_outbox_table_claim(outbox->pool, outbox->options.lease_ms, arena, &message);

    if (result != POLY_OK)
        return result;
    wake_one(outbox);
    return deliver(outbox, &message, arena);
}

static poly_result take_next(poly_outbox *outbox, const char *key, poly_arena *arena, poly_outbox_message *message)
{
    return poly_outbox_table_claim_of_key(outbox->pool, outbox->options.lease_ms, key, message->id, arena, message);
}

/* Each once: one that is there still has been taken by somebody else, too. */
poly_result poly_outbox_flush(poly_outbox *outbox, const char *key, poly_arena *arena)
{
    poly_outbox_message message = {.id = 0};
    poly_result result = take_next(outbox, key, arena, &message);
    poly_result outcome = POLY_OK;

    if (result != POLY_OK)
        return result;
    while (result == POLY_OK && outcome == POLY_OK) {
        outcome = outbox->options.handler(&message, arena, outbox->options.context);
        result = settle(outbox, &message, outcome, arena);
        if (result == POLY_OK && outcome == POLY_OK)
            result = take_next(outbox, key, arena, &message);
    }
    if (outcome != POLY_OK)
        return outcome;
    return result == POLY_NOT_FOUND ? POLY_OK : result;
}

static void work(void *argument)
{
    struct worker *worker = argument;
    poly_arena *arena = poly_arena_create(0);
    poly_result result = POLY_OK;

    while (!poly_fiber_is_cancelled()) {
        poly_arena_reset(arena);
        result = work_once(worker->outbox, arena);
        if (result == POLY_NOT_FOUND)
            result = idle(worker);
        else if (result != POLY_OK)
            result =
                poly_fiber_sleep(POLY_MILLISECONDS(PAUSE_AFTER_FAULT_MS / 2 + poly_random_below(PAUSE_AFTER_FAULT_MS)));
        if (result == POLY_CANCELLED)
            break;
    }
    poly_arena_destroy(&arena);
}

/* --- begin and end --- */

static unsigned or_default(unsigned value, unsigned fallback)
{
    return value ? value : fallback;
}

static poly_counter *deliveries(const char *outcome)
{
    const poly_label labels[] = {{"outcome", outcome}, {NULL, NULL}};

    return poly_counter_get("poly_outbox_attempts_total", "Attempts to deliver an outbox message, by outcome.", labels);
}

poly_outbox *poly_outbox_start(poly_pg *pg, poly_loop *loop, const poly_outbox_options *options)
{
    static const char *const channels[] = {POLY_OUTBOX_CHANNEL, NULL};
    unsigned fibers = or_default(options->fibers, DEFAULT_FIBERS);
    poly_outbox *outbox = poly_alloc_zero(1, sizeof(*outbox) + fibers * sizeof(outbox->workers[0]));
    poly_outbox_options *own = &outbox->options;

    outbox->pool = pg;
    *own = *options;
    own->fibers = fibers;
    own->first_backoff_ms = or_default(own->first_backoff_ms, DEFAULT_FIRST_BACKOFF_MS);
    own->max_backoff_ms = or_default(own->max_backoff_ms, DEFAULT_MAX_BACKOFF_MS);
    own->lease_ms = or_default(own->lease_ms, DEFAULT_LEASE_MS);
    own->poll_ms = or_default(own->poll_ms, DEFAULT_POLL_MS);
    outbox->delivered = deliveries("delivered");
    outbox->retried = deliveries("retried");
    outbox->dead = deliveries("dead");
    for (unsigned i = 0; i < fibers; i++) {
        struct worker *worker = &outbox->workers[i];

        worker->outbox = outbox;
        worker->index = i;
        worker->fiber = poly_service_fiber_start(loop, "outbox", work, worker);
    }
    outbox->listener = poly_pg_listen(pg, loop,
                                      &(poly_pg_listener_options){
                                          .channels = channels,
                                          .notified = notified,
                                          .catch_up = catch_up,
                                          .context = outbox,
                                      });
    return outbox;
}

void poly_outbox_stop(poly_outbox **outbox)
{
    poly_outbox *self = *outbox;

    if (!self)
        return;
    poly_pg_listener_stop(&self->listener);
    for (unsigned i = 0; i < self->options.fibers; i++)
        poly_service_fiber_stop(&self->workers[i].fiber);
    free(self);
    *outbox = NULL;
}

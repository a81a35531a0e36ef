/* SPDX-License-Identifier: MIT */
/*
 * Where a key set asks for keys. One fetch at a time is under way over all loops, on a fiber of its own, so that it
 * ends well even when whoever caused it has gone. After a fetch there is a pause in which unknown key ids cause none:
 * tokens of junk must not become requests to the issuer.
 */
#include "poly/httpc.h"
#include "poly/log.h"
#include "poly/random.h"
#include "poly/time.h"
#include "token/key_set.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LARGEST_ANSWER = 64 * 1024, FETCH_DEADLINE_MS = 3000 };

struct token_publisher {
    poly_key_set *set;
    poly_httpc *issuer;
    const char *name;
    const char *path;
    uint64_t refresh; /* µs, as the pauses */
    uint64_t unknown_key_pause;
    uint64_t failure_pause;
    char seen[POLY_DIGEST_SIZE]; /* the last good document's; only the fetch under way looks at it */
    pthread_mutex_t mutex;
    poly_latch *fetch; /* mutex; NULL when none is under way */
    uint64_t next_ask; /* mutex; monotonic µs */
    poly_result last;  /* mutex; of the last fetch */
};

static uint64_t milliseconds_or(unsigned given, unsigned otherwise)
{
    return POLY_MILLISECONDS(given ? given : otherwise);
}

token_publisher *token_publisher_create(poly_key_set *set, const poly_key_set_options *options)
{
    token_publisher *publisher = poly_alloc_zero(1, sizeof(*publisher));

    publisher->set = set;
    publisher->name = options->name;
    publisher->path = options->path ? options->path : "/.well-known/jwks.json";
    publisher->refresh = POLY_SECONDS(options->refresh_seconds ? options->refresh_seconds : 60);
    publisher->unknown_key_pause = milliseconds_or(options->unknown_key_pause_ms, 10000);
    publisher->failure_pause = milliseconds_or(options->failure_pause_ms, 2000);
    publisher->last = POLY_UNAVAILABLE;
    publisher->issuer = poly_httpc_create(&(poly_httpc_options){
        .name = options->name,
        .base_url = options->base_url,
        .deadline_ms = FETCH_DEADLINE_MS,
        .max_body = LARGEST_ANSWER,
        .max_connections = 1,
    });
    pthread_mutex_init(&publisher->mutex, NULL);
    return publisher;
}

void token_publisher_destroy(token_publisher **publisher)
{
    token_publisher *gone = *publisher;

    if (!gone)
        return;
    if (gone->fetch)
        poly_latch_unref(&gone->fetch);
    poly_httpc_destroy(&gone->issuer);
    pthread_mutex_destroy(&gone->mutex);
    free(gone);
    *publisher = NULL;
}

/* --- one fetch --- */

/* A document on its way into a ring; parsing points takes OpenSSL a while, so it is done off the loop. */
struct reading {
    poly_slice text;
    token_ring *ring;
    const char *fault;
    poly_result result;
};

static void read_document(void *argument)
{
    struct reading *reading = argument;

    reading->result = token_ring_read_jwks(reading->text, &reading->ring, &reading->fault);
}

static bool is_json(const char *content_type)
{
    static const char *const types[] = {"application/json", "application/jwk-set+json"};

    for (size_t i = 0; i < POLY_LENGTH(types); i++) {
        size_t size = strlen(types[i]);

        if (strncasecmp(content_type, types[i], size) == 0 && (!content_type[size] || strchr("; ", content_type[size])))
            return true;
    }
    return false;
}

static poly_result refuse(const token_publisher *publisher, const char *fault)
{
    poly_log(POLY_LOG_WARNING, "the issuer's keys are not usable", poly_text_field("issuer", publisher->name),
             poly_text_field("fault", fault));
    return POLY_BAD_ANSWER;
}

static poly_result take(token_publisher *publisher, poly_slice text)
{
    struct reading reading = {.text = text};
    char digest[POLY_DIGEST_SIZE];
    poly_result result;

    poly_digest(text.data, text.size, digest);
    if (strcmp(digest, publisher->seen) == 0)
        return POLY_OK;
    result = poly_offload(read_document, &reading);
    if (result != POLY_OK)
        return result == POLY_OVERLOADED ? POLY_UNAVAILABLE : result;
    if (reading.result != POLY_OK)
        return refuse(publisher, reading.fault);
    memcpy(publisher->seen, digest, sizeof(digest));
    if (token_key_set_replace(publisher->set, reading.ring))
        poly_log(POLY_LOG_INFO, "took the issuer's keys", poly_text_field("issuer", publisher->name));
    return POLY_OK;
}

static poly_result fetch(token_publisher *publisher, poly_arena *arena)
{
    poly_httpc_request request = {.method = POLY_GET, .path = publisher->path};
    poly_httpc_response response;
    poly_result result = poly_httpc_call(publisher->issuer, &request, arena, &response);

    if (result != POLY_OK)
        return result;
    if (response.status != 200 || !is_json(response.content_type))
        return refuse(publisher, "the answer is not 200 with JSON");
    return take(publisher, response.body);
}

static void count(const token_publisher *publisher, poly_result result)
{
    const poly_label labels[] = {{"issuer", publisher->name}, {"result", poly_result_name(result)}, {NULL, NULL}};

    poly_counter_add(poly_counter_get("poly_token_key_fetches_total", "Fetches of an issuer's keys.", labels), 1);
}

static void run_fetch(void *argument)
{
    token_publisher *publisher = argument;
    poly_arena *arena = poly_arena_create(0);
    poly_result result = fetch(publisher, arena);
    poly_latch *done;

    poly_arena_destroy(&arena);
    count(publisher, result);
    pthread_mutex_lock(&publisher->mutex);
    publisher->last = result;
    publisher->next_ask =
        poly_time_monotonic() + (result == POLY_OK ? publisher->unknown_key_pause : publisher->failure_pause);
    done = publisher->fetch;
    publisher->fetch = NULL;
    pthread_mutex_unlock(&publisher->mutex);
    poly_latch_open(done);
    poly_latch_unref(&done);
}

/* --- who wants one --- */

/* The fetch under way, or one that begins. Under the mutex. */
static poly_latch *join(token_publisher *publisher)
{
    if (!publisher->fetch) {
        publisher->fetch = poly_latch_create();
        poly_fiber_start(poly_loop_current(), "keys", run_fetch, publisher);
    }
    return poly_latch_ref(publisher->fetch);
}

/* With `sparing`, only when the pause is over. `*fetched` says whether there was a fetch to wait for. */
static poly_result wait_for_fetch(token_publisher *publisher, bool sparing, bool *fetched)
{
    poly_latch *latch = NULL;
    poly_result result, last;

    pthread_mutex_lock(&publisher->mutex);
    last = publisher->last;
    if (poly_fiber_current() && (!sparing || publisher->fetch || poly_time_monotonic() >= publisher->next_ask))
        latch = join(publisher);
    pthread_mutex_unlock(&publisher->mutex);
    *fetched = latch != NULL;
    if (!latch)
        return last;
    result = poly_latch_wait(latch, POLY_NO_DEADLINE); /* the fiber's own deadline ends it */
    poly_latch_unref(&latch);
    if (result != POLY_OK)
        return result;
    pthread_mutex_lock(&publisher->mutex);
    last = publisher->last;
    pthread_mutex_unlock(&publisher->mutex);
    return last;
}

poly_result token_publisher_ask(token_publisher *publisher)
{
    bool fetched;
    poly_result result = wait_for_fetch(publisher, true, &fetched);

    if (result == POLY_OK)
        return fetched ? POLY_OK : POLY_NOT_FOUND;
    if (fetched && poly_fiber_is_cancelled())
        return POLY_CANCELLED;
    if (fetched && poly_time_monotonic() >= poly_fiber_deadline())
        return POLY_TIMEOUT;
    return POLY_UNAVAILABLE;
}

poly_result poly_key_set_refresh(poly_key_set *set)
{
    bool fetched;

    return wait_for_fetch(set->publisher, false, &fetched);
}

/* Up to a tenth sooner or later, so that replicas that started together do not ask together. */
static uint64_t jittered(uint64_t microseconds)
{
    uint32_t tenth = (uint32_t)(microseconds / 10 < UINT32_MAX / 2 ? microseconds / 10 : UINT32_MAX / 2);

    return microseconds - tenth + poly_random_below(2 * tenth + 1);
}

static void keep_fresh(void *argument)
{
    token_publisher *publisher = argument;
    uint64_t after_failure = publisher->failure_pause, pause;

    do {
        if (poly_key_set_refresh(publisher->set) == POLY_OK) {
            pause = publisher->refresh;
            after_failure = publisher->failure_pause;
        } else {
            pause = after_failure < publisher->refresh ? after_failure : publisher->refresh;
            after_failure = 2 * pause;
        }
    } while (poly_fiber_sleep(jittered(pause)) == POLY_OK);
}

void poly_key_set_start(poly_key_set *set, poly_loop *loop)
{
    poly_fiber_start(loop, "key set", keep_fresh, set->publisher);
}

/* SPDX-License-Identifier: MIT */
#include "on_fiber.h"
#include "scene.h"
#include "upstream.h"

#include <stdatomic.h>

enum { MANY = 500 };

static upstream *server;
static poly_key_set *set;
static poly_token_verifier *verifier;
static token_key *key;
static atomic_int status; /* what the issuer answers; 0: nothing at all */
static const char *_Atomic document;

/* The issuer's JWKS, as the test wants it. */
static bool publish(const upstream_exchange *exchange, void *argument)
{
    int answer = atomic_load(&status);
    const char *text = atomic_load(&document);

    (void)argument;
    if (strcmp(exchange->target, "/.well-known/jwks.json") != 0)
        return upstream_answer(exchange, 404, "text/plain", NULL, "", 0);
    if (answer == 0) {
        upstream_await_close(exchange, -1);
        return false;
    }
    return upstream_answer(exchange, answer, "application/json", NULL, text, strlen(text));
}

static const char *own_document(void)
{
    const char *text;
    poly_strbuf out;

    poly_strbuf_init(&out, 65536);
    poly_key_set_write_jwks(poly_key_directory_keys(directory), &out);
    text = poly_arena_strdup(arena, out.data);
    poly_strbuf_release(&out);
    return text;
}

static void use(unsigned unknown_key_pause_ms, unsigned failure_pause_ms)
{
    poly_token_verifier_destroy(&verifier);
    poly_key_set_destroy(&set);
    set = poly_key_set_create(&(poly_key_set_options){.name = "main-svc",
                                                      .base_url = upstream_url(server),
                                                      .unknown_key_pause_ms = unknown_key_pause_ms,
                                                      .failure_pause_ms = failure_pause_ms});
    verifier = make_verifier(POLY_TOKEN_LAUNCH, set, "main-svc", "services");
}

static void set_up(void)
{
    open_scene();
    key = own_key();
    atomic_store(&status, 200);
    atomic_store(&document, own_document());
    server = upstream_start(publish, NULL);
    use(HOUR * 1000, HOUR * 1000);
}

static void tear_down(void)
{
    if (server)
        upstream_stop(&server);
    poly_token_verifier_destroy(&verifier);
    poly_key_set_destroy(&set);
    token_key_unref(&key);
    close_scene();
}

/* --- verifications on fibers --- */

struct attempt {
    const char *token;
    unsigned times;
    uint64_t deadline;  /* of the fiber, from now; 0: none */
    poly_result result; /* of the last one */
    poly_token_fault fault;
};

static void attempt_all(void *argument)
{
    struct attempt *attempt = argument;
    poly_arena *own = poly_arena_create(0);
    poly_launch_token claims;

    poly_fiber_set_deadline(attempt->deadline ? poly_time_monotonic() + attempt->deadline : POLY_NO_DEADLINE);
    for (unsigned i = 0; i < attempt->times; i++) {
        attempt->result = token_verify_at(verifier, poly_slice_of(attempt->token), NOW, own, &claims, &attempt->fault);
        poly_arena_reset(own);
    }
    poly_arena_destroy(&own);
}

/* Of fibers that share the token: how many had it verified. */
struct crowd {
    const char *token;
    atomic_uint verified;
};

static void join_crowd(void *argument)
{
    struct crowd *crowd = argument;
    struct attempt own = {.token = crowd->token, .times = 1};

    attempt_all(&own);
    if (own.result == POLY_OK)
        atomic_fetch_add(&crowd->verified, 1);
}

static struct attempt attempt(const char *token, unsigned times)
{
    struct attempt made = {.token = token, .times = times};

    on_fiber(attempt_all, &made);
    return made;
}

static const char *good_token(void)
{
    return sign_with(key, header_for("JWT", key->id), launch_payload(""));
}

static const char *token_of_unknown_key(void)
{
    return sign_with(key, header_for("JWT", "unknown"), launch_payload(""));
}

START_TEST(the_first_token_fetches_the_keys)
{
    struct attempt made;

    ck_assert(!poly_key_set_is_ready(set));
    made = attempt(good_token(), 10);
    ck_assert_int_eq(made.result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 1);
    ck_assert(poly_key_set_is_ready(set));
}
END_TEST

START_TEST(a_flood_of_unknown_keys_fetches_once)
{
    struct attempt made = attempt(token_of_unknown_key(), MANY);

    ck_assert_int_eq(made.result, POLY_REJECTED);
    ck_assert_int_eq(made.fault, POLY_TOKEN_UNKNOWN_KEY);
    ck_assert_uint_eq(upstream_requests(server), 1);
    ck_assert_int_eq(attempt(good_token(), 1).result, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

START_TEST(what_is_wrong_otherwise_fetches_nothing)
{
    const char *header = header_for("JWT", "unknown");

    attempt(sign_with(key, header, "{}"), 1);
    attempt(sign_with(key, header, launch_payload(",\"nbf\":1900000000")), 1);
    attempt(sign_with(key, header_for("at+jwt", "unknown"), launch_payload("")), 1);
    attempt(sign_with(key, header_for("JWT", "a/b"), launch_payload("")), 1);
    attempt("junk", 1);
    ck_assert_uint_eq(upstream_requests(server), 0);
}
END_TEST

START_TEST(many_fibers_share_a_fetch)
{
    struct crowd crowd = {.token = good_token()};

    on_each_loop(4, join_crowd, &crowd);
    ck_assert_uint_eq(atomic_load(&crowd.verified), 4);
    ck_assert_uint_eq(upstream_requests(server), 1);
}
END_TEST

/* The tokens of the first and of the second key, what the issuer publishes from the second on, and what came of it. */
struct rotation {
    const char *first, *second, *document;
    poly_result before, after, still;
};

static poly_result verify_here(const char *token)
{
    poly_launch_token claims;

    return token_verify_at(verifier, poly_slice_of(token), NOW, arena, &claims, NULL);
}

static void rotate_and_verify(void *argument)
{
    struct rotation *rotation = argument;

    rotation->before = verify_here(rotation->first);
    atomic_store(&document, rotation->document);
    poly_fiber_sleep(POLY_MILLISECONDS(5)); /* past the pause of 1 ms */
    rotation->after = verify_here(rotation->second);
    rotation->still = verify_here(rotation->first);
}

START_TEST(a_rotated_key_is_found)
{
    struct rotation rotation = {.first = good_token()};
    char id[POLY_KEY_ID_SIZE];
    token_key *second;

    use(1, 1);
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    second = token_key_directory_signing(directory, poly_time_unix() + HOUR);
    ck_assert_str_eq(second->id, id);
    rotation.second = sign_with(second, header_for("JWT", id), launch_payload(""));
    rotation.document = own_document();
    on_fiber(rotate_and_verify, &rotation);
    ck_assert_int_eq(rotation.before, POLY_OK);
    ck_assert_int_eq(rotation.after, POLY_OK);
    ck_assert_int_eq(rotation.still, POLY_OK);
    ck_assert_uint_eq(upstream_requests(server), 2);
    token_key_unref(&second);
}
END_TEST

static void refresh(void *argument)
{
    *(poly_result *)argument = poly_key_set_refresh(set);
}

static poly_result refresh_now(void)
{
    poly_result result;

    on_fiber(refresh, &result);
    return result;
}

/* The token was verified before, so it would come from the cache. */
START_TEST(a_retired_key_verifies_nothing_more)
{
    char id[POLY_KEY_ID_SIZE];

    ck_assert_int_eq(attempt(good_token(), 2).result, POLY_OK);
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    atomic_store(&document, own_document());
    ck_assert_int_eq(refresh_now(), POLY_OK);
    ck_assert_int_eq(attempt(good_token(), 1).result, POLY_OK);
    ck_assert_int_eq(poly_key_directory_retire(directory, key->id), POLY_OK);
    atomic_store(&document, own_document());
    ck_assert_int_eq(refresh_now(), POLY_OK);
    ck_assert_int_eq(attempt(good_token(), 1).fault, POLY_TOKEN_UNKNOWN_KEY);
}
END_TEST

START_TEST(a_silent_issuer_leaves_the_known_keys)
{
    static const struct {
        int status;
        const char *document;
        poly_result result;
    } outages[] = {
        {500, "{}", POLY_UNAVAILABLE},
        {404, "{}", POLY_BAD_ANSWER},
        {302, "{}", POLY_BAD_ANSWER},
        {200, "{}", POLY_BAD_ANSWER},
        {200, "<html>", POLY_BAD_ANSWER},
        {200, "", POLY_BAD_ANSWER},
        {200, "{\"keys\":[]}", POLY_BAD_ANSWER},
    };

    ck_assert_int_eq(attempt(good_token(), 1).result, POLY_OK);
    for (size_t i = 0; i < POLY_LENGTH(outages); i++) {
        struct attempt unknown;

        atomic_store(&status, outages[i].status);
        atomic_store(&document, outages[i].document);
        ck_assert_int_eq(refresh_now(), outages[i].result);
        ck_assert_int_eq(attempt(sign_with(key, header_for("JWT", key->id), launch_payload(",\"n\":1")), 1).result,
                         POLY_OK);
        unknown = attempt(token_of_unknown_key(), 1);
        ck_assert_int_eq(unknown.result, POLY_UNAVAILABLE); /* it may well be a new key */
        ck_assert_int_eq(unknown.fault, POLY_TOKEN_NO_KEYS);
    }
}
END_TEST

START_TEST(without_keys_nobody_is_turned_away_for_good)
{
    struct attempt made;

    atomic_store(&status, 500);
    made = attempt(good_token(), MANY);
    ck_assert_int_eq(made.result, POLY_UNAVAILABLE);
    ck_assert_int_eq(made.fault, POLY_TOKEN_NO_KEYS);
    ck_assert_uint_eq(upstream_requests(server), 1);
    ck_assert(!poly_key_set_is_ready(set));
}
END_TEST

START_TEST(whoever_waits_leaves_at_the_deadline)
{
    struct attempt made = {.token = good_token(), .times = 1, .deadline = POLY_MILLISECONDS(30)};

    atomic_store(&status, 0);
    on_fiber(attempt_all, &made);
    ck_assert_int_eq(made.result, POLY_TIMEOUT);
    ck_assert_int_eq(made.fault, POLY_TOKEN_NO_KEYS);
}
END_TEST

START_TEST(off_the_fibers_nothing_is_fetched)
{
    poly_launch_token claims;

    ck_assert_int_eq(verify_launch_at(verifier, good_token(), NOW, &claims), POLY_TOKEN_NO_KEYS);
    ck_assert_uint_eq(upstream_requests(server), 0);
}
END_TEST

START_TEST(a_started_set_fetches_by_itself)
{
    poly_runtime *runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});
    uint64_t give_up = poly_time_monotonic() + POLY_SECONDS(20);

    poly_key_set_start(set, poly_runtime_loop(runtime, 0));
    poly_runtime_start(runtime);
    while (!poly_key_set_is_ready(set) && poly_time_monotonic() < give_up)
        usleep(1000);
    ck_assert(poly_key_set_is_ready(set));
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_first_token_fetches_the_keys,
        a_flood_of_unknown_keys_fetches_once,
        what_is_wrong_otherwise_fetches_nothing,
        many_fibers_share_a_fetch,
        a_rotated_key_is_found,
        a_retired_key_verifies_nothing_more,
        a_silent_issuer_leaves_the_known_keys,
        without_keys_nobody_is_turned_away_for_good,
        whoever_waits_leaves_at_the_deadline,
        off_the_fibers_nothing_is_fetched,
        a_started_set_fetches_by_itself,
    };

    return run_cases("publisher", tests, POLY_LENGTH(tests), set_up, tear_down);
}

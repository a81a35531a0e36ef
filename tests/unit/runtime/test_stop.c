/* SPDX-License-Identifier: MIT */
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "runtime/runtime_state.h"

#define LOOPS 3

struct sleepers {
    atomic_uint waiting;
    atomic_uint cancelled;
    atomic_uint ended;
    sem_t all_waiting;
};

#define SLEEPERS 300

static void sleep_until_stopped(void *argument)
{
    struct sleepers *sleepers = argument;

    if (atomic_fetch_add(&sleepers->waiting, 1) + 1 == SLEEPERS)
        sem_post(&sleepers->all_waiting);
    if (poly_fiber_sleep(POLY_SECONDS(3600)) == POLY_CANCELLED)
        atomic_fetch_add(&sleepers->cancelled, 1);
    for (int i = 0; i < 3; i++)
        poly_fiber_yield(); /* still runs to its end */
    atomic_fetch_add(&sleepers->ended, 1);
}

START_TEST(waiting_fibers_are_cancelled_and_run_to_their_end)
{
    struct sleepers sleepers = {0};

    sem_init(&sleepers.all_waiting, 0, 0);
    start_runtime(LOOPS);
    for (unsigned i = 0; i < SLEEPERS; i++)
        poly_fiber_start(loop_at(i % LOOPS), "sleeper", sleep_until_stopped, &sleepers);
    await(&sleepers.all_waiting);
    stop_runtime();
    ck_assert_uint_eq(sleepers.cancelled, SLEEPERS);
    ck_assert_uint_eq(sleepers.ended, SLEEPERS);
}
END_TEST

/* --- work that begets work on other loops while the runtime stops --- */

struct chain {
    unsigned left;
    unsigned cancelled;
    unsigned homeless; /* runs on a loop whose slots are gone, or on a thread that is not the loop's */
    sem_t waiting;
    int pipe[2];
    struct event *event;
    atomic_bool event_seen;
    atomic_bool left_alone; /* the fiber of the event is the only one */
};

static void ignore(void *value)
{
    (void)value;
}

static void fill_server_slot(void *argument)
{
    poly_loop_set(poly_loop_current(), POLY_SLOT_SERVER, argument, ignore);
}

static void start_chain_runtime(struct chain *chain)
{
    sem_init(&chain->waiting, 0, 0);
    start_runtime(LOOPS);
    for (unsigned i = 0; i < LOOPS; i++)
        on_loop(loop_at(i), fill_server_slot, chain);
}

static void note_home(struct chain *chain)
{
    char thread[16] = "";

    pthread_getname_np(pthread_self(), thread, sizeof(thread));
    if (!poly_loop_get(poly_loop_current(), POLY_SLOT_SERVER) || strncmp(thread, "poly-loop-", 10) != 0)
        chain->homeless++;
}

static void pass_on(void *argument)
{
    struct chain *chain = argument;

    note_home(chain);
    if (poly_fiber_is_cancelled())
        chain->cancelled++;
    poly_fiber_yield();
    if (chain->left-- > 1)
        poly_fiber_start(loop_at(chain->left % LOOPS), "chain", pass_on, chain);
}

static void begin_chain_at_the_end(void *argument)
{
    struct chain *chain = argument;

    sem_post(&chain->waiting);
    if (poly_fiber_sleep(POLY_SECONDS(3600)) == POLY_CANCELLED)
        poly_fiber_start(loop_at(1), "chain", pass_on, chain);
}

START_TEST(fibers_started_while_stopping_run_cancelled)
{
    for (unsigned round = 0; round < 50; round++) {
        struct chain chain = {.left = 20};

        start_chain_runtime(&chain);
        poly_fiber_start(loop_at(0), "first", begin_chain_at_the_end, &chain);
        await(&chain.waiting);
        stop_runtime();
        ck_assert_uint_eq(chain.left, 0);
        ck_assert_uint_eq(chain.cancelled, 20);
        ck_assert_uint_eq(chain.homeless, 0);
    }
}
END_TEST

/* A descriptor, which no count of fibers and messages knows, gives a settled loop work. */
static void run_from_event(void *argument)
{
    struct chain *chain = argument;

    atomic_store(&chain->event_seen, true);
    while (!atomic_load(&chain->left_alone) || atomic_load(&runtime->settled) < LOOPS - 1)
        poly_fiber_yield();
    for (int i = 0; i < 2000; i++)
        poly_fiber_yield(); /* a loop that took itself for done would be gone now */
    poly_fiber_start(loop_at(0), "chain", pass_on, chain);
}

static void pipe_readable(evutil_socket_t fd, short what, void *argument)
{
    (void)fd;
    (void)what;
    poly_fiber_run(poly_loop_current(), "event", run_from_event, argument);
}

static void watch_pipe(void *argument)
{
    struct chain *chain = argument;

    chain->event = event_new(poly_loop_base(poly_loop_current()), chain->pipe[0], EV_READ, pipe_readable, chain);
    event_add(chain->event, NULL);
}

/* By the time of the write the other loops have nothing left to do. */
static void write_at_the_end(void *argument)
{
    struct chain *chain = argument;

    sem_post(&chain->waiting);
    if (poly_fiber_sleep(POLY_SECONDS(3600)) != POLY_CANCELLED)
        return;
    while (atomic_load(&runtime->settled) < LOOPS - 1)
        poly_fiber_yield();
    if (write(chain->pipe[1], "x", 1) != 1)
        return;
    while (!atomic_load(&chain->event_seen))
        poly_fiber_yield();
    atomic_store(&chain->left_alone, true);
}

START_TEST(a_descriptor_unsettles_a_loop)
{
    struct chain chain = {.left = 1};

    ck_assert_int_eq(pipe(chain.pipe), 0);
    start_chain_runtime(&chain);
    on_loop(loop_at(1), watch_pipe, &chain);
    poly_fiber_start(loop_at(0), "write", write_at_the_end, &chain);
    await(&chain.waiting);
    poly_runtime_stop(runtime);
    event_free(chain.event);
    poly_runtime_destroy(&runtime);
    close(chain.pipe[0]);
    close(chain.pipe[1]);
    ck_assert_uint_eq(chain.left, 0);
    ck_assert_uint_eq(chain.cancelled, 1);
    ck_assert_uint_eq(chain.homeless, 0);
}
END_TEST

/* --- slots --- */

struct trail {
    char text[16];
    unsigned size;
    poly_loop *loop;
    bool fiber_ended;
    bool fiber_ended_first;
    bool on_its_loop;
    void *found;
    sem_t waiting;
};

static struct trail trail;
static char server_mark = 's';
static char client_mark = 'h';
static char database_mark = 'p';

static void destroy_http_client(void *value)
{
    trail.text[trail.size++] = *(char *)value;
    trail.fiber_ended_first = trail.fiber_ended;
    trail.on_its_loop = poly_loop_current() == trail.loop;
}

static void destroy_other(void *value)
{
    trail.text[trail.size++] = *(char *)value;
}

static void fill_slots(void *argument)
{
    poly_loop *loop = poly_loop_current();

    (void)argument;
    trail.loop = loop;
    trail.found = poly_loop_get(loop, POLY_SLOT_SERVER);
    poly_loop_set(loop, POLY_SLOT_SERVER, &server_mark, destroy_other);
    poly_loop_set(loop, POLY_SLOT_HTTPC, &client_mark, destroy_http_client);
    poly_loop_set(loop, POLY_SLOT_PG, &database_mark, destroy_other);
    sem_post(&trail.waiting);
    if (poly_fiber_sleep(POLY_SECONDS(3600)) == POLY_CANCELLED && poly_loop_get(loop, POLY_SLOT_SERVER))
        poly_fiber_yield();
    trail.fiber_ended = true;
}

START_TEST(slots_are_destroyed_in_reverse_after_the_last_fiber)
{
    sem_init(&trail.waiting, 0, 0);
    start_runtime(1);
    poly_fiber_start(loop_at(0), "slots", fill_slots, NULL);
    await(&trail.waiting);
    stop_runtime();
    ck_assert_ptr_null(trail.found);
    ck_assert_str_eq(trail.text, "psh");
    ck_assert(trail.fiber_ended_first);
    ck_assert(trail.on_its_loop);
}
END_TEST

/* A slot's destroy gives work to every loop, some of which have ended by then. */
static atomic_uint late_messages;
static atomic_uint late_fibers;
static atomic_uint own_messages;
static pthread_t threads[LOOPS];

static void note_message(void *argument)
{
    (void)argument;
    atomic_fetch_add(&late_messages, 1);
}

/* Goes on from loop to loop, downwards, against the order in which the runtime visits them. */
static void note_fiber(void *argument)
{
    uintptr_t hops = (uintptr_t)argument;

    if (poly_fiber_is_cancelled() && poly_fiber_sleep(1) == POLY_CANCELLED)
        atomic_fetch_add(&late_fibers, 1);
    if (hops > 0)
        poly_fiber_start(loop_at((unsigned)(hops - 1) % LOOPS), "late", note_fiber, (void *)(hops - 1));
}

#define HOPS 4

static void note_thread(void *argument)
{
    pthread_t *thread = argument;

    own_messages += pthread_equal(*thread, pthread_self()) != 0;
}

static void give_late_work(void *value)
{
    unsigned self = poly_loop_index(poly_loop_current());

    (void)value;
    threads[self] = pthread_self();
    poly_loop_post(poly_loop_current(), note_thread, &threads[self]);
    for (unsigned i = 0; i < LOOPS; i++) {
        poly_loop_post(loop_at(i), note_message, NULL);
        poly_fiber_start(loop_at(i), "late", note_fiber, (void *)(uintptr_t)HOPS);
    }
}

static void set_late_slot(void *argument)
{
    poly_loop_set(poly_loop_current(), POLY_SLOT_SERVER, argument, give_late_work);
}

START_TEST(work_given_by_a_slots_destroy_is_done)
{
    start_runtime(LOOPS);
    for (unsigned i = 0; i < LOOPS; i++)
        on_loop(loop_at(i), set_late_slot, runtime);
    stop_runtime();
    ck_assert_uint_eq(own_messages, LOOPS);
    ck_assert_uint_eq(late_messages, LOOPS * LOOPS);
    ck_assert_uint_eq(late_fibers, LOOPS * LOOPS * (HOPS + 1));
}
END_TEST

/* --- the rest --- */

struct slow {
    sem_t begun;
    sem_t go;
    bool worked;
    poly_result result;
};

static void work_slowly(void *argument)
{
    struct slow *slow = argument;

    sem_post(&slow->begun);
    await(&slow->go);
    slow->worked = true;
}

static void offload_slowly(void *argument)
{
    struct slow *slow = argument;

    slow->result = poly_offload(work_slowly, slow);
}

/* Cancelled by the stop: lets the job go, which is running already. */
static void release_when_stopping(void *argument)
{
    struct slow *slow = argument;

    if (poly_fiber_sleep(POLY_SECONDS(3600)) == POLY_CANCELLED)
        sem_post(&slow->go);
}

START_TEST(stopping_waits_for_running_work)
{
    struct slow slow = {.result = POLY_IO};

    sem_init(&slow.begun, 0, 0);
    sem_init(&slow.go, 0, 0);
    start_runtime(1);
    poly_fiber_start(loop_at(0), "slow", offload_slowly, &slow);
    poly_fiber_start(loop_at(0), "release", release_when_stopping, &slow);
    await(&slow.begun);
    stop_runtime();
    ck_assert(slow.worked);
    ck_assert_int_eq(slow.result, POLY_OK);
}
END_TEST

START_TEST(a_runtime_that_never_started_is_destroyed)
{
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = 2});
    poly_loop_post(loop_at(0), note_message, NULL);
    poly_fiber_start(loop_at(1), "never", note_fiber, NULL);
    poly_runtime_stop(runtime);
    poly_runtime_destroy(&runtime);
    ck_assert_uint_eq(late_messages, 0);
    ck_assert_uint_eq(late_fibers, 0);
}
END_TEST

START_TEST(stopping_twice_is_harmless)
{
    start_runtime(2);
    poly_runtime_stop(runtime);
    poly_runtime_stop(runtime);
    ck_assert_int_eq(atomic_load(&runtime->phase), RUNTIME_ENDING);
    poly_runtime_destroy(&runtime);
    ck_assert_ptr_null(runtime);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop");

    add_case(suite, "cancel", waiting_fibers_are_cancelled_and_run_to_their_end);
    add_case(suite, "chain", fibers_started_while_stopping_run_cancelled);
    add_case(suite, "descriptor", a_descriptor_unsettles_a_loop);
    add_case(suite, "slots", slots_are_destroyed_in_reverse_after_the_last_fiber);
    add_case(suite, "late work", work_given_by_a_slots_destroy_is_done);
    add_case(suite, "offload", stopping_waits_for_running_work);
    add_case(suite, "never started", a_runtime_that_never_started_is_destroyed);
    add_case(suite, "twice", stopping_twice_is_harmless);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "fixture.h"

/* --- where one is --- */

struct place {
    poly_loop *loop;
    poly_runtime *runtime;
    unsigned index;
    char thread[16];
};

static void note_place(void *argument)
{
    struct place *place = argument;

    place->loop = poly_loop_current();
    place->runtime = poly_loop_runtime(place->loop);
    place->index = poly_loop_index(place->loop);
    pthread_getname_np(pthread_self(), place->thread, sizeof(place->thread));
}

START_TEST(each_loop_has_its_thread)
{
    struct place places[2] = {0};
    poly_loop *loops[2];
    poly_runtime *expected;

    start_runtime(2);
    expected = runtime;
    ck_assert_uint_eq(poly_runtime_workers(runtime), 2);
    ck_assert_ptr_null(poly_loop_current());
    ck_assert_ptr_null(poly_fiber_current());
    for (unsigned i = 0; i < 2; i++) {
        loops[i] = loop_at(i);
        on_loop(loops[i], note_place, &places[i]);
    }
    stop_runtime();
    ck_assert_ptr_null(runtime);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ptr_eq(places[i].loop, loops[i]);
        ck_assert_ptr_eq(places[i].runtime, expected);
        ck_assert_uint_eq(places[i].index, i);
    }
    ck_assert_str_eq(places[0].thread, "poly-loop-0");
    ck_assert_str_eq(places[1].thread, "poly-loop-1");
}
END_TEST

START_TEST(no_options_means_a_loop_per_core)
{
    poly_runtime *plain = poly_runtime_create(&(poly_runtime_options){0});

    ck_assert_uint_ge(poly_runtime_workers(plain), 1);
    ck_assert_uint_le(poly_runtime_workers(plain), (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
    poly_runtime_destroy(&plain);
    ck_assert_ptr_null(plain);
    poly_runtime_destroy(&plain);
}
END_TEST

/* --- messages --- */

#define POSTERS  4
#define MESSAGES 5000

struct letter {
    unsigned poster;
    unsigned number;
};

static struct letter letters[POSTERS][MESSAGES];
static unsigned received[POSTERS];
static unsigned out_of_order;
static sem_t all_received;

static void receive(void *argument)
{
    struct letter *letter = argument;
    unsigned total = 0;

    if (letter->number != received[letter->poster]++)
        out_of_order++;
    for (unsigned i = 0; i < POSTERS; i++)
        total += received[i];
    if (total == POSTERS * MESSAGES)
        sem_post(&all_received);
}

static void *post_many(void *argument)
{
    unsigned poster = (unsigned)(uintptr_t)argument;

    for (unsigned i = 0; i < MESSAGES; i++) {
        letters[poster][i] = (struct letter){.poster = poster, .number = i};
        poly_loop_post(loop_at(0), receive, &letters[poster][i]);
    }
    return NULL;
}

START_TEST(messages_of_each_thread_arrive_in_order)
{
    pthread_t threads[POSTERS];

    sem_init(&all_received, 0, 0);
    start_runtime(2);
    for (uintptr_t i = 0; i < POSTERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, post_many, (void *)i), 0);
    await(&all_received);
    for (unsigned i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    stop_runtime();
    ck_assert_uint_eq(out_of_order, 0);
}
END_TEST

struct ring {
    unsigned hops;
    sem_t ended;
};

static void hop(void *argument)
{
    struct ring *ring = argument;

    if (ring->hops == 0)
        sem_post(&ring->ended);
    else
        poly_loop_post(loop_at(--ring->hops % 3), hop, ring);
}

START_TEST(a_sleeping_loop_is_woken_by_each_message)
{
    struct ring ring = {.hops = 3000};

    sem_init(&ring.ended, 0, 0);
    start_runtime(3);
    poly_loop_post(loop_at(0), hop, &ring);
    await(&ring.ended);
    stop_runtime();
    ck_assert_uint_eq(ring.hops, 0);
}
END_TEST

static void count_down(void *argument)
{
    struct ring *ring = argument;

    if (--ring->hops == 0)
        sem_post(&ring->ended);
    else
        poly_loop_post(poly_loop_current(), count_down, ring);
}

START_TEST(a_loop_may_post_to_itself)
{
    struct ring ring = {.hops = 3000};

    sem_init(&ring.ended, 0, 0);
    start_runtime(1);
    poly_loop_post(loop_at(0), count_down, &ring);
    await(&ring.ended);
    stop_runtime();
    ck_assert_uint_eq(ring.hops, 0);
}
END_TEST

static void note_run(void *argument)
{
    sem_post(argument);
}

START_TEST(messages_before_the_start_are_kept)
{
    sem_t ran;

    sem_init(&ran, 0, 0);
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1});
    poly_loop_post(loop_at(0), note_run, &ran);
    poly_fiber_start(loop_at(0), "early", note_run, &ran);
    poly_runtime_start(runtime);
    await(&ran);
    await(&ran);
    stop_runtime();
}
END_TEST

/* --- busy fibers, messages and descriptors --- */

struct traffic {
    int pipe[2];
    struct event *event;
    poly_timer *timer;
    bool readable;
    bool fired;
    atomic_bool over;
};

static void read_pipe(evutil_socket_t fd, short what, void *argument)
{
    struct traffic *traffic = argument;
    char byte;

    (void)what;
    traffic->readable = read(fd, &byte, 1) == 1;
}

static void note_fired(void *argument)
{
    ((struct traffic *)argument)->fired = true;
}

static void post_on_and_on(void *argument)
{
    struct traffic *traffic = argument;

    if (!atomic_load(&traffic->over))
        poly_loop_post(poly_loop_current(), post_on_and_on, traffic);
}

struct pair {
    struct traffic *traffic;
    poly_wait *other[2];
    unsigned index;
};

/* Two fibers that wake each other for ever: the queue of ready fibers is never empty. */
static void wake_each_other(void *argument)
{
    struct pair *pair = argument;
    unsigned self = pair->index++;
    poly_wait wait;

    while (!atomic_load(&pair->traffic->over)) {
        poly_wait_init(&wait);
        pair->other[self] = &wait;
        if (pair->other[!self])
            poly_wait_finish(pair->other[!self]);
        if (poly_wait_until(&wait, POLY_NO_DEADLINE) != POLY_OK)
            break;
    }
    if (pair->other[!self])
        poly_wait_finish(pair->other[!self]);
    pair->other[self] = NULL;
}

static void await_traffic(void *argument)
{
    struct traffic *traffic = argument;
    poly_loop *loop = poly_loop_current();

    traffic->event = event_new(poly_loop_base(loop), traffic->pipe[0], EV_READ, read_pipe, traffic);
    event_add(traffic->event, NULL);
    traffic->timer = poly_timer_create(loop, note_fired, traffic);
    poly_timer_start(traffic->timer, 1000);
    if (write(traffic->pipe[1], "x", 1) != 1)
        return;
    while (!traffic->readable || !traffic->fired)
        poly_fiber_yield();
    atomic_store(&traffic->over, true);
    event_free(traffic->event);
    poly_timer_destroy(&traffic->timer);
}

START_TEST(busy_neighbours_starve_nobody)
{
    struct traffic traffic = {0};
    struct pair pair = {.traffic = &traffic};

    ck_assert_int_eq(pipe(traffic.pipe), 0);
    start_runtime(1);
    poly_loop_post(loop_at(0), post_on_and_on, &traffic);
    poly_fiber_start(loop_at(0), "left", wake_each_other, &pair);
    poly_fiber_start(loop_at(0), "right", wake_each_other, &pair);
    on_fiber(loop_at(0), await_traffic, &traffic);
    stop_runtime();
    close(traffic.pipe[0]);
    close(traffic.pipe[1]);
    ck_assert(traffic.readable);
    ck_assert(traffic.fired);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");

    add_case(suite, "place", each_loop_has_its_thread);
    add_case(suite, "defaults", no_options_means_a_loop_per_core);
    add_case(suite, "order", messages_of_each_thread_arrive_in_order);
    add_case(suite, "wake", a_sleeping_loop_is_woken_by_each_message);
    add_case(suite, "self", a_loop_may_post_to_itself);
    add_case(suite, "early", messages_before_the_start_are_kept);
    add_case(suite, "busy", busy_neighbours_starve_nobody);
    return run_suite(suite);
}

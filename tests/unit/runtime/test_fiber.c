/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "poly/log.h"
#include "runtime/loop_state.h"

struct trail {
    char text[64];
    size_t size;
};

static void mark(struct trail *trail, char step)
{
    trail->text[trail->size++] = step;
}

/* --- poly_fiber_run is immediate, up to the first wait --- */

static void nested_fiber(void *argument)
{
    mark(argument, 'b');
    poly_fiber_yield();
    mark(argument, 'd');
}

static void run_nested(void *argument)
{
    mark(argument, 'a');
    poly_fiber_run(poly_loop_current(), "nested", nested_fiber, argument);
    mark(argument, 'c');
}

START_TEST(run_goes_to_the_first_wait_at_once)
{
    struct trail trail = {0};

    start_runtime(1);
    on_loop(loop_at(0), run_nested, &trail);
    stop_runtime();
    ck_assert_str_eq(trail.text, "abcd");
}
END_TEST

static void start_other(void *argument)
{
    mark(argument, 'a');
    poly_fiber_start(poly_loop_current(), "other", nested_fiber, argument);
    mark(argument, 'A');
    poly_fiber_yield();
    poly_fiber_yield();
    poly_fiber_yield();
}

START_TEST(start_from_a_fiber_begins_later)
{
    struct trail trail = {0};

    start_runtime(1);
    on_fiber(loop_at(0), start_other, &trail);
    stop_runtime();
    ck_assert_str_eq(trail.text, "aAbd");
}
END_TEST

/* --- what a fiber keeps over a switch --- */

struct identity {
    int error;
    const char *request;
    poly_fiber *self;
    poly_fiber *self_after;
    int error_after;
    char request_after[16];
};

static void keep_identity(void *argument)
{
    struct identity *identity = argument;
    poly_log_context context = {.request_id = identity->request};

    poly_log_set_context(&context);
    errno = identity->error;
    identity->self = poly_fiber_current();
    for (int i = 0; i < 5; i++)
        poly_fiber_yield();
    identity->error_after = errno;
    identity->self_after = poly_fiber_current();
    snprintf(identity->request_after, sizeof(identity->request_after), "%s", poly_log_get_context()->request_id);
}

struct loop_identity {
    struct identity fibers[2];
    bool loop_context_clean;
    int loop_error;
};

static void run_two_identities(void *argument)
{
    struct loop_identity *both = argument;

    errno = 77;
    poly_fiber_run(poly_loop_current(), "first", keep_identity, &both->fibers[0]);
    poly_fiber_run(poly_loop_current(), "second", keep_identity, &both->fibers[1]);
    both->loop_error = errno;
    both->loop_context_clean = !poly_log_get_context()->request_id && !poly_fiber_current();
}

START_TEST(errno_and_log_context_belong_to_the_fiber)
{
    struct loop_identity both = {.fibers = {{.error = ENOENT, .request = "one"}, {.error = EPERM, .request = "two"}}};

    start_runtime(1);
    on_loop(loop_at(0), run_two_identities, &both);
    stop_runtime();
    ck_assert(both.loop_context_clean);
    ck_assert_int_eq(both.loop_error, 77);
    ck_assert_int_eq(both.fibers[0].error_after, ENOENT);
    ck_assert_int_eq(both.fibers[1].error_after, EPERM);
    ck_assert_str_eq(both.fibers[0].request_after, "one");
    ck_assert_str_eq(both.fibers[1].request_after, "two");
    ck_assert_ptr_eq(both.fibers[0].self, both.fibers[0].self_after);
    ck_assert_ptr_ne(both.fibers[0].self, both.fibers[1].self);
}
END_TEST

static void note_fresh_state(void *argument)
{
    bool *fresh = argument;

    *fresh =
        !poly_log_get_context()->request_id && !poly_fiber_is_cancelled() && poly_fiber_deadline() == POLY_NO_DEADLINE;
    poly_log_set_context(&(poly_log_context){.request_id = "left over"});
    poly_fiber_set_deadline(1);
    poly_fiber_cancel(poly_fiber_current());
}

START_TEST(a_reused_stack_carries_nothing_over)
{
    bool first = false;
    bool second = false;

    start_runtime(1);
    on_fiber(loop_at(0), note_fresh_state, &first);
    on_fiber(loop_at(0), note_fresh_state, &second);
    stop_runtime();
    ck_assert(first);
    ck_assert(second);
}
END_TEST

/* --- stacks --- */

static void note_fiber(void *argument)
{
    *(poly_fiber **)argument = poly_fiber_current();
}

struct reuse {
    poly_fiber *seen[3];
    size_t idle[3];
};

static void run_thrice(void *argument)
{
    struct reuse *reuse = argument;

    for (int i = 0; i < 3; i++) {
        poly_fiber_run(poly_loop_current(), "note", note_fiber, &reuse->seen[i]);
        reuse->idle[i] = poly_loop_current()->idle_count;
    }
}

START_TEST(an_ended_fibers_stack_is_reused)
{
    struct reuse reuse = {0};

    start_runtime(1);
    on_loop(loop_at(0), run_thrice, &reuse);
    stop_runtime();
    ck_assert_ptr_nonnull(reuse.seen[0]);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_eq(reuse.seen[i], reuse.seen[0]);
        ck_assert_uint_eq(reuse.idle[i], 1); /* kept, not mapped anew at the same place */
    }
}
END_TEST

#define BURST 500

struct burst {
    poly_fiber *fibers[BURST];
    unsigned begun;
    unsigned ended;
    size_t living;
    size_t idle;
};

static void wait_in_burst(void *argument)
{
    struct burst *burst = argument;

    burst->fibers[burst->begun++] = poly_fiber_current();
    while (burst->begun < BURST)
        poly_fiber_yield();
    burst->ended++;
}

static void run_burst(void *argument)
{
    for (int i = 0; i < BURST; i++)
        poly_fiber_run(poly_loop_current(), "burst", wait_in_burst, argument);
}

static void note_counts(void *argument)
{
    struct burst *burst = argument;

    while (burst->ended < BURST)
        poly_fiber_yield();
    burst->living = poly_loop_current()->living_count;
    burst->idle = poly_loop_current()->idle_count;
}

START_TEST(a_burst_gives_its_stacks_back)
{
    static struct burst burst;

    start_runtime(1);
    on_loop(loop_at(0), run_burst, &burst);
    on_fiber(loop_at(0), note_counts, &burst);
    stop_runtime();
    ck_assert_uint_eq(burst.ended, BURST);
    for (int i = 1; i < BURST; i++)
        ck_assert_ptr_ne(burst.fibers[i], burst.fibers[i - 1]);
    ck_assert_uint_eq(burst.living, 1); /* who counts */
    ck_assert_uint_gt(burst.idle, 0);
    ck_assert_uint_le(burst.idle, 64);
}
END_TEST

static void use_deep_stack(void *argument)
{
    volatile char frame[100 * 1024];
    unsigned *sum = argument;

    for (size_t i = 0; i < sizeof(frame); i += 1024)
        frame[i] = 1;
    poly_fiber_yield();
    for (size_t i = 0; i < sizeof(frame); i += 1024)
        *sum += (unsigned)frame[i];
}

START_TEST(a_hundred_kilobytes_of_stack_are_there)
{
    unsigned sum = 0;

    start_runtime(1);
    on_fiber(loop_at(0), use_deep_stack, &sum);
    stop_runtime();
    ck_assert_uint_eq(sum, 100);
}
END_TEST

/* Through a volatile pointer, and touching its whole frame, so that no compiler turns it into a loop. */
static unsigned (*volatile next_call)(unsigned depth);

static unsigned recurse(unsigned depth)
{
    volatile char frame[1024];

    for (size_t i = 0; i < sizeof(frame); i++)
        frame[i] = (char)depth;
    return depth == 0 ? 0 : next_call(depth - 1) + (unsigned)frame[depth % sizeof(frame)];
}

/* Ends some 20 KiB below the stack: what lies below the guard is not what faults. */
static void overflow_stack(void *argument)
{
    next_call = recurse;
    *(unsigned *)argument = recurse(140);
}

static void overflow_in_child(void)
{
    unsigned sum = 0;

    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    start_runtime(1);
    on_fiber(loop_at(0), overflow_stack, &sum);
    _exit(sum ? 0 : 1);
}

START_TEST(an_overflow_hits_the_guard_page)
{
    int status = 0;
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0)
        overflow_in_child();
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGSEGV);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fiber");

    add_case(suite, "run", run_goes_to_the_first_wait_at_once);
    add_case(suite, "start", start_from_a_fiber_begins_later);
    add_case(suite, "identity", errno_and_log_context_belong_to_the_fiber);
    add_case(suite, "fresh", a_reused_stack_carries_nothing_over);
    add_case(suite, "reuse", an_ended_fibers_stack_is_reused);
    add_case(suite, "burst", a_burst_gives_its_stacks_back);
    add_case(suite, "deep", a_hundred_kilobytes_of_stack_are_there);
    /* The sanitizers turn the fault into a report and an exit of their own. */
    if (!POLY_WITH_ASAN && !POLY_WITH_TSAN)
        add_case(suite, "guard", an_overflow_hits_the_guard_page);
    return run_suite(suite);
}

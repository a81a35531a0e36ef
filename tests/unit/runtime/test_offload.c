/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fixture.h"
#include "poly/log.h"

/* One thread and a queue of two, so that a job which is held up makes the state of the rest certain. */
static void start_narrow_runtime(void)
{
    runtime = poly_runtime_create(&(poly_runtime_options){.workers = 1, .offload_threads = 1, .offload_queue = 2});
    poly_runtime_start(runtime);
}

struct job {
    sem_t begun;
    sem_t go;
    char thread[16];
    atomic_uint runs;
    uint64_t deadline; /* of the fiber; 0: none */
    poly_fiber *fiber;
    bool cancelled_after;
    poly_result result;
    sem_t ended;
};

static void prepare(struct job *job)
{
    *job = (struct job){.result = POLY_IO};
    sem_init(&job->begun, 0, 0);
    sem_init(&job->go, 0, 0);
    sem_init(&job->ended, 0, 0);
}

static void hold_up(void *argument)
{
    struct job *job = argument;

    pthread_getname_np(pthread_self(), job->thread, sizeof(job->thread));
    atomic_fetch_add(&job->runs, 1);
    sem_post(&job->begun);
    await(&job->go);
}

static void run_off_loop(void *argument)
{
    struct job *job = argument;

    job->fiber = poly_fiber_current();
    if (job->deadline)
        poly_fiber_set_deadline(poly_time_monotonic() + job->deadline);
    job->result = poly_offload(hold_up, job);
    job->cancelled_after = poly_fiber_is_cancelled();
    sem_post(&job->begun); /* for who waits for one that never began */
    sem_post(&job->ended);
}

static void nothing(void *argument)
{
    (void)argument;
}

static void cancel_job(void *argument)
{
    poly_fiber_cancel(((struct job *)argument)->fiber);
}

START_TEST(work_runs_off_the_loop_which_goes_on)
{
    struct job job;

    prepare(&job);
    start_narrow_runtime();
    poly_fiber_start(loop_at(0), "job", run_off_loop, &job);
    await(&job.begun);
    on_loop(loop_at(0), nothing, NULL);
    sem_post(&job.go);
    await(&job.ended);
    stop_runtime();
    ck_assert_int_eq(job.result, POLY_OK);
    ck_assert_str_eq(job.thread, "poly-work-0");
}
END_TEST

START_TEST(running_work_is_waited_for_past_cancellation)
{
    struct job job;

    prepare(&job);
    start_narrow_runtime();
    poly_fiber_start(loop_at(0), "job", run_off_loop, &job);
    await(&job.begun);
    for (int i = 0; i < 3; i++) /* each turn again */
        on_loop(loop_at(0), cancel_job, &job);
    on_loop(loop_at(0), nothing, NULL);
    ck_assert_int_ne(sem_trywait(&job.ended), 0);
    sem_post(&job.go);
    await(&job.ended);
    stop_runtime();
    ck_assert_int_eq(job.result, POLY_OK);
    ck_assert(job.cancelled_after);
}
END_TEST

static void begin_before_deadline(struct job *job)
{
    for (;;) {
        prepare(job);
        job->deadline = 20000;
        poly_fiber_start(loop_at(0), "job", run_off_loop, job);
        await(&job->begun);
        if (atomic_load(&job->runs) > 0)
            return;
        await(&job->ended); /* a machine this slow withdrew it before it began: once more */
    }
}

START_TEST(running_work_is_waited_for_past_the_deadline)
{
    struct job job;
    uint64_t passed;

    start_narrow_runtime();
    begin_before_deadline(&job);
    passed = poly_time_monotonic() + job.deadline;
    while (poly_time_monotonic() <= passed)
        on_loop(loop_at(0), nothing, NULL);
    ck_assert_int_ne(sem_trywait(&job.ended), 0);
    sem_post(&job.go);
    await(&job.ended);
    stop_runtime();
    ck_assert_int_eq(job.result, POLY_OK);
}
END_TEST

START_TEST(the_queue_is_bounded)
{
    struct job jobs[4];

    start_narrow_runtime();
    for (int i = 0; i < 4; i++)
        prepare(&jobs[i]);
    poly_fiber_start(loop_at(0), "job", run_off_loop, &jobs[0]);
    await(&jobs[0].begun);
    for (int i = 1; i < 4; i++)
        poly_fiber_start(loop_at(0), "job", run_off_loop, &jobs[i]);
    await(&jobs[3].ended);
    ck_assert_int_eq(jobs[3].result, POLY_OVERLOADED);
    for (int i = 0; i < 3; i++) {
        sem_post(&jobs[i].go);
        await(&jobs[i].ended);
    }
    stop_runtime();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(jobs[i].result, POLY_OK);
        ck_assert_uint_eq(jobs[i].runs, 1);
    }
    ck_assert_uint_eq(jobs[3].runs, 0);
}
END_TEST

START_TEST(queued_work_is_withdrawn)
{
    struct job jobs[4];

    start_narrow_runtime();
    for (int i = 0; i < 4; i++)
        prepare(&jobs[i]);
    jobs[2].deadline = 1000;
    poly_fiber_start(loop_at(0), "job", run_off_loop, &jobs[0]);
    await(&jobs[0].begun);
    for (int i = 1; i < 3; i++)
        poly_fiber_start(loop_at(0), "job", run_off_loop, &jobs[i]);
    await(&jobs[2].ended); /* its deadline */
    on_loop(loop_at(0), cancel_job, &jobs[1]);
    await(&jobs[1].ended);
    poly_fiber_start(loop_at(0), "job", run_off_loop, &jobs[3]);
    sem_post(&jobs[3].go);
    sem_post(&jobs[0].go);
    await(&jobs[3].ended);
    await(&jobs[0].ended);
    stop_runtime();
    ck_assert_int_eq(jobs[0].result, POLY_OK);
    ck_assert_int_eq(jobs[1].result, POLY_CANCELLED);
    ck_assert_int_eq(jobs[2].result, POLY_TIMEOUT);
    ck_assert_int_eq(jobs[3].result, POLY_OK);
    ck_assert_uint_eq(jobs[1].runs, 0);
    ck_assert_uint_eq(jobs[2].runs, 0);
}
END_TEST

struct refusals {
    poly_result cancelled;
    poly_result late;
    atomic_uint ran;
};

static void note_ran(void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
}

static void offload_when_late(void *argument)
{
    struct refusals *refusals = argument;

    poly_fiber_set_deadline(poly_loop_now(poly_loop_current()));
    refusals->late = poly_offload(note_ran, &refusals->ran);
    poly_fiber_set_deadline(POLY_NO_DEADLINE);
    poly_fiber_cancel(poly_fiber_current());
    refusals->cancelled = poly_offload(note_ran, &refusals->ran);
}

START_TEST(nothing_starts_when_it_is_too_late)
{
    struct refusals refusals = {0};

    start_narrow_runtime();
    on_fiber(loop_at(0), offload_when_late, &refusals);
    stop_runtime();
    ck_assert_int_eq(refusals.late, POLY_TIMEOUT);
    ck_assert_int_eq(refusals.cancelled, POLY_CANCELLED);
    ck_assert_uint_eq(refusals.ran, 0);
}
END_TEST

struct identity {
    poly_log_context context;
    char seen[16];
    bool leaked;
};

static void note_request(void *argument)
{
    struct identity *identity = argument;
    const char *id = poly_log_get_context()->request_id;

    snprintf(identity->seen, sizeof(identity->seen), "%s", id ? id : "none");
}

static void note_leak(void *argument)
{
    ((struct identity *)argument)->leaked = poly_log_get_context()->request_id != NULL;
}

static void offload_as_request(void *argument)
{
    struct identity *identity = argument;
    bool done;

    poly_log_set_context(&identity->context);
    done = poly_offload(note_request, identity) == POLY_OK;
    poly_log_set_context(NULL);
    identity->leaked = !done || poly_offload(note_leak, identity) != POLY_OK || identity->leaked;
}

START_TEST(work_logs_as_its_request)
{
    struct identity identity = {.context.request_id = "r1"};

    start_narrow_runtime();
    on_fiber(loop_at(0), offload_as_request, &identity);
    stop_runtime();
    ck_assert_str_eq(identity.seen, "r1");
    ck_assert(!identity.leaked);
}
END_TEST

/* --- a pool of its own --- */

struct apart {
    poly_offload_pool *pool;
    int niceness;
    char thread[16];
    poly_result result;
};

static void note_thread(void *argument)
{
    struct apart *apart = argument;

    apart->niceness = getpriority(PRIO_PROCESS, (id_t)gettid());
    pthread_getname_np(pthread_self(), apart->thread, sizeof(apart->thread));
}

static void offload_apart(void *argument)
{
    struct apart *apart = argument;

    apart->result = poly_offload_to(apart->pool, note_thread, apart);
}

START_TEST(a_pool_of_its_own_is_held_up_by_no_other_and_yields)
{
    struct apart apart = {
        .pool = poly_offload_pool_create(&(poly_offload_pool_options){.name = "hash", .threads = 1, .niceness = 7})};
    int before = getpriority(PRIO_PROCESS, 0);
    struct job job;

    prepare(&job);
    start_narrow_runtime();
    poly_fiber_start(loop_at(0), "job", run_off_loop, &job);
    await(&job.begun);
    on_fiber(loop_at(0), offload_apart, &apart);
    sem_post(&job.go);
    await(&job.ended);
    stop_runtime();
    poly_offload_pool_destroy(&apart.pool);
    ck_assert_int_eq(apart.result, POLY_OK);
    ck_assert_str_eq(apart.thread, "poly-hash-0");
    ck_assert_int_eq(apart.niceness, before + 7 < 19 ? before + 7 : 19);
    ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), before);
}
END_TEST

/* --- a crowd --- */

#define CROWD 300

struct crowd {
    atomic_uint worked;
    atomic_uint refused;
    atomic_uint ended;
    sem_t all_ended;
};

static void count_work(void *argument)
{
    atomic_fetch_add(&((struct crowd *)argument)->worked, 1);
}

static void offload_in_crowd(void *argument)
{
    struct crowd *crowd = argument;

    if (poly_offload(count_work, crowd) != POLY_OK)
        atomic_fetch_add(&crowd->refused, 1);
    if (atomic_fetch_add(&crowd->ended, 1) + 1 == CROWD)
        sem_post(&crowd->all_ended);
}

START_TEST(every_accepted_job_runs_once)
{
    struct crowd crowd = {0};

    sem_init(&crowd.all_ended, 0, 0);
    start_runtime(2);
    for (unsigned i = 0; i < CROWD; i++)
        poly_fiber_start(loop_at(i % 2), "crowd", offload_in_crowd, &crowd);
    await(&crowd.all_ended);
    stop_runtime();
    ck_assert_uint_eq(crowd.worked + crowd.refused, CROWD);
    ck_assert_uint_gt(crowd.worked, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("offload");

    add_case(suite, "off the loop", work_runs_off_the_loop_which_goes_on);
    add_case(suite, "cancelled", running_work_is_waited_for_past_cancellation);
    add_case(suite, "past deadline", running_work_is_waited_for_past_the_deadline);
    add_case(suite, "bound", the_queue_is_bounded);
    add_case(suite, "withdrawn", queued_work_is_withdrawn);
    add_case(suite, "too late", nothing_starts_when_it_is_too_late);
    add_case(suite, "log", work_logs_as_its_request);
    add_case(suite, "apart", a_pool_of_its_own_is_held_up_by_no_other_and_yields);
    add_case(suite, "crowd", every_accepted_job_runs_once);
    return run_suite(suite);
}

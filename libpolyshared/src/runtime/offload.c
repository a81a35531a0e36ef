/* SPDX-License-Identifier: MIT */
#include "runtime/offload.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "poly/log.h"
#include "poly/metrics.h"
#include "poly/time.h"
#include "runtime/runtime_state.h"
#include "runtime/waiter.h"

#define DEFAULT_QUEUED 256u

struct poly_offload_pool {
    pthread_mutex_t mutex;
    pthread_cond_t filled; /* or stopping */
    struct waiter_list queue;
    char thread_name[14]; /* the kernel keeps two characters more */
    int niceness;
    poly_gauge *waiting;
    poly_counter *refused;
    unsigned max_queued;
    unsigned max_threads;
    unsigned started;
    unsigned idle;
    bool stopping;
    pthread_t threads[];
};

/* On its fiber's stack. Out of the queue it is a thread's, until the wake-up. */
struct job {
    struct waiter waiter; /* first: the queue links it */
    void (*work)(void *argument);
    void *argument;
    poly_log_context log_context; /* of the fiber: the work logs as its request */
};

poly_offload_pool *poly_offload_pool_create(const poly_offload_pool_options *options)
{
    const poly_label labels[] = {{"pool", options->name}, {NULL, NULL}};
    unsigned threads = options->threads ? options->threads : poly_count_cores();
    poly_offload_pool *pool = poly_alloc_zero(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));

    assert(options->niceness >= 0 && options->niceness <= 19);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->filled, NULL);
    snprintf(pool->thread_name, sizeof(pool->thread_name), "poly-%s", options->name);
    pool->niceness = options->niceness;
    pool->max_threads = threads;
    pool->max_queued = options->queue ? options->queue : DEFAULT_QUEUED;
    pool->waiting = poly_gauge_get("poly_offload_waiting", "Jobs that wait for a thread of their pool.", labels);
    pool->refused = poly_counter_get("poly_offload_refused_total", "Jobs for which a pool had no room.", labels);
    return pool;
}

static struct job *take_job(poly_offload_pool *pool)
{
    struct waiter *waiter;

    pthread_mutex_lock(&pool->mutex);
    pool->idle++;
    while (!pool->queue.first && !pool->stopping)
        pthread_cond_wait(&pool->filled, &pool->mutex);
    pool->idle--;
    waiter = poly_waiter_take_first(&pool->queue);
    poly_gauge_set(pool->waiting, (int64_t)pool->queue.count);
    pthread_mutex_unlock(&pool->mutex);
    return (struct job *)waiter;
}

/* On Linux a thread has a nice value of its own, which nice() adds to and cuts at 19. */
static void yield_to_others(const poly_offload_pool *pool)
{
    errno = 0;
    if (pool->niceness && nice(pool->niceness) == -1 && errno)
        poly_log(POLY_LOG_WARNING, "cannot lower an off-loop thread's priority", poly_int_field("errno", errno));
}

static void *work_off(void *argument)
{
    poly_offload_pool *pool = argument;
    struct job *job;

    yield_to_others(pool);
    while ((job = take_job(pool)) != NULL) {
        poly_log_set_context(&job->log_context);
        job->work(job->argument);
        poly_log_set_context(NULL);
        poly_waiters_wake(&job->waiter);
    }
    return NULL;
}

/* With the mutex locked. */
static void start_thread(poly_offload_pool *pool)
{
    int error = poly_thread_start(&pool->threads[pool->started], pool->thread_name, pool->started, work_off, pool);

    if (error)
        poly_log(POLY_LOG_ERROR, "cannot start an off-loop thread", poly_int_field("errno", error));
    else
        pool->started++;
}

/* With the mutex locked. False: no room, or nobody who would ever run it. */
static bool enqueue(poly_offload_pool *pool, struct job *job)
{
    if (pool->queue.count >= pool->max_queued)
        return false;
    if (pool->idle <= pool->queue.count && pool->started < pool->max_threads)
        start_thread(pool);
    if (pool->started == 0)
        return false;
    poly_waiter_append(&pool->queue, &job->waiter);
    poly_gauge_set(pool->waiting, (int64_t)pool->queue.count);
    pthread_cond_signal(&pool->filled);
    return true;
}

poly_result poly_offload_to(poly_offload_pool *pool, void (*work)(void *argument), void *argument)
{
    struct job job = {.work = work, .argument = argument, .log_context = *poly_log_get_context()};

    poly_waiter_init(&job.waiter);
    if (poly_fiber_is_cancelled())
        return POLY_CANCELLED;
    if (poly_fiber_deadline() <= poly_loop_now(job.waiter.loop))
        return POLY_TIMEOUT;
    pthread_mutex_lock(&pool->mutex);
    if (!enqueue(pool, &job)) {
        pthread_mutex_unlock(&pool->mutex);
        poly_counter_add(pool->refused, 1);
        return POLY_OVERLOADED;
    }
    return poly_waiter_wait(&job.waiter, &pool->queue, &pool->mutex, POLY_NO_DEADLINE);
}

poly_result poly_offload(void (*work)(void *argument), void *argument)
{
    return poly_offload_to(poly_loop_runtime(poly_loop_current())->offload, work, argument);
}

void poly_offload_pool_stop(poly_offload_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    pool->started = 0;
}

void poly_offload_pool_destroy(poly_offload_pool **pool)
{
    poly_offload_pool *self = *pool;

    if (!self)
        return;
    poly_offload_pool_stop(self);
    pthread_cond_destroy(&self->filled);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *pool = NULL;
}

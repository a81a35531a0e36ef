/* SPDX-License-Identifier: MIT */
#include "runtime/offload.h"

#include <assert.h>
#include <stdlib.h>

#include "poly/log.h"
#include "poly/time.h"
#include "runtime/runtime_state.h"
#include "runtime/waiter.h"

#define DEFAULT_THREADS 2u
#define DEFAULT_QUEUED  256u

struct offload_pool {
    pthread_mutex_t mutex;
    pthread_cond_t filled; /* or stopping */
    struct waiter_list queue;
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

struct offload_pool *poly_offload_create(unsigned max_threads, unsigned max_queued)
{
    unsigned threads = max_threads ? max_threads : DEFAULT_THREADS;
    struct offload_pool *pool = poly_alloc_zero(1, sizeof(*pool) + threads * sizeof(pool->threads[0]));

    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->filled, NULL);
    pool->max_threads = threads;
    pool->max_queued = max_queued ? max_queued : DEFAULT_QUEUED;
    return pool;
}

static struct job *take_job(struct offload_pool *pool)
{
    struct waiter *waiter;

    pthread_mutex_lock(&pool->mutex);
    pool->idle++;
    while (!pool->queue.first && !pool->stopping)
        pthread_cond_wait(&pool->filled, &pool->mutex);
    pool->idle--;
    waiter = poly_waiter_take_first(&pool->queue);
    pthread_mutex_unlock(&pool->mutex);
    return (struct job *)waiter;
}

static void *work_off(void *argument)
{
    struct job *job;

    while ((job = take_job(argument)) != NULL) {
        poly_log_set_context(&job->log_context);
        job->work(job->argument);
        poly_log_set_context(NULL);
        poly_waiters_wake(&job->waiter);
    }
    return NULL;
}

/* With the mutex locked. */
static void start_thread(struct offload_pool *pool)
{
    int error = poly_thread_start(&pool->threads[pool->started], "poly-work", pool->started, work_off, pool);

    if (error)
        poly_log(POLY_LOG_ERROR, "cannot start an off-loop thread", poly_int_field("errno", error));
    else
        pool->started++;
}

/* With the mutex locked. False: no room, or nobody who would ever run it. */
static bool enqueue(struct offload_pool *pool, struct job *job)
{
    if (pool->queue.count >= pool->max_queued)
        return false;
    if (pool->idle <= pool->queue.count && pool->started < pool->max_threads)
        start_thread(pool);
    if (pool->started == 0)
        return false;
    poly_waiter_append(&pool->queue, &job->waiter);
    pthread_cond_signal(&pool->filled);
    return true;
}

poly_result poly_offload(void (*work)(void *argument), void *argument)
{
    struct job job = {.work = work, .argument = argument, .log_context = *poly_log_get_context()};
    struct offload_pool *pool;

    poly_waiter_init(&job.waiter);
    if (poly_fiber_is_cancelled())
        return POLY_CANCELLED;
    if (poly_fiber_deadline() <= poly_loop_now(job.waiter.loop))
        return POLY_TIMEOUT;
    pool = poly_loop_runtime(job.waiter.loop)->offload;
    pthread_mutex_lock(&pool->mutex);
    if (!enqueue(pool, &job)) {
        pthread_mutex_unlock(&pool->mutex);
        return POLY_OVERLOADED;
    }
    return poly_waiter_wait(&job.waiter, &pool->queue, &pool->mutex, POLY_NO_DEADLINE);
}

void poly_offload_stop(struct offload_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->threads[i], NULL);
    pool->started = 0;
}

void poly_offload_destroy(struct offload_pool **pool)
{
    struct offload_pool *self = *pool;

    if (!self)
        return;
    assert(self->started == 0);
    pthread_cond_destroy(&self->filled);
    pthread_mutex_destroy(&self->mutex);
    free(self);
    *pool = NULL;
}

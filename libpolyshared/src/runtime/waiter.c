/* SPDX-License-Identifier: MIT */
#include "runtime/waiter.h"

#include "runtime/fiber.h"

void poly_waiter_init(struct waiter *waiter)
{
    *waiter = (struct waiter){.loop = poly_loop_current()};
    poly_wait_init(&waiter->wait);
}

void poly_waiter_append(struct waiter_list *list, struct waiter *waiter)
{
    waiter->listed = true;
    waiter->next = NULL;
    waiter->previous = list->last;
    if (list->last)
        list->last->next = waiter;
    else
        list->first = waiter;
    list->last = waiter;
    list->count++;
}

static void detach(struct waiter_list *list, struct waiter *waiter)
{
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        list->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        list->last = waiter->previous;
    list->count--;
    waiter->next = NULL;
    waiter->previous = NULL;
    waiter->listed = false;
}

struct waiter *poly_waiter_take_first(struct waiter_list *list)
{
    struct waiter *waiter = list->first;

    if (waiter)
        detach(list, waiter);
    return waiter;
}

struct waiter *poly_waiter_take_all(struct waiter_list *list)
{
    struct waiter *first = list->first;

    for (struct waiter *waiter = first; waiter; waiter = waiter->next)
        waiter->listed = false;
    *list = (struct waiter_list){0};
    return first;
}

poly_result poly_waiter_wait(struct waiter *waiter, struct waiter_list *list, pthread_mutex_t *mutex, uint64_t deadline)
{
    poly_result result;
    bool taken;

    pthread_mutex_unlock(mutex);
    result = poly_wait_until(&waiter->wait, deadline);
    if (result == POLY_OK)
        return POLY_OK;
    pthread_mutex_lock(mutex);
    taken = !waiter->listed;
    if (!taken)
        detach(list, waiter);
    pthread_mutex_unlock(mutex);
    if (!taken)
        return result;
    /* The waker has it: its message is on the way to this stack, and with it what was waited for. */
    poly_wait_always(&waiter->wait);
    return POLY_OK;
}

static void finish_chain(void *argument)
{
    struct waiter *next;

    for (struct waiter *waiter = argument; waiter; waiter = next) {
        next = waiter->next;
        poly_wait_finish(&waiter->wait);
    }
}

/* Moves the waiters of the first one's loop out of `*rest`, in their order. */
static struct waiter *split_loop(struct waiter **rest)
{
    struct waiter *first = *rest;
    poly_loop *loop = first->loop;
    struct waiter **chain_end = &first;
    struct waiter **rest_end = rest;

    for (struct waiter *waiter = first; waiter; waiter = waiter->next) {
        if (waiter->loop == loop) {
            *chain_end = waiter;
            chain_end = &waiter->next;
        } else {
            *rest_end = waiter;
            rest_end = &waiter->next;
        }
    }
    *chain_end = NULL;
    *rest_end = NULL;
    return first;
}

void poly_waiters_wake(struct waiter *first)
{
    while (first) {
        struct waiter *chain = split_loop(&first);
        poly_loop *loop = chain->loop;

        if (loop == poly_loop_current())
            finish_chain(chain);
        else
            poly_loop_post(loop, finish_chain, chain);
    }
}

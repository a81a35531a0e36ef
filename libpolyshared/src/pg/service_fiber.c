/* SPDX-License-Identifier: MIT */
#include "pg/service_fiber.h"

#include <stdlib.h>

#include "runtime/fiber.h"

struct stopper {
    poly_service_fiber *service;
    poly_loop *loop;
    poly_wait wait;
};

/* All members but the first three belong to the loop. */
struct poly_service_fiber {
    poly_loop *loop;
    void (*work)(void *argument);
    void *argument;
    poly_fiber *fiber; /* while it works */
    bool has_ended;
    struct stopper *stopper; /* NULL: nobody waits */
};

static void wake(void *argument)
{
    struct stopper *stopper = argument;

    poly_wait_finish(&stopper->wait);
}

static void run(void *argument)
{
    poly_service_fiber *service = argument;

    service->fiber = poly_fiber_current();
    if (!service->stopper)
        service->work(service->argument);
    service->fiber = NULL;
    service->has_ended = true;
    if (service->stopper)
        poly_loop_post(service->stopper->loop, wake, service->stopper);
}

poly_service_fiber *poly_service_fiber_start(poly_loop *loop, const char *name, void (*work)(void *argument),
                                             void *argument)
{
    poly_service_fiber *service = poly_alloc_zero(1, sizeof(*service));

    service->loop = loop;
    service->work = work;
    service->argument = argument;
    poly_fiber_start(loop, name, run, service);
    return service;
}

static void ask_to_end(void *argument)
{
    struct stopper *stopper = argument;
    poly_service_fiber *service = stopper->service;

    if (service->has_ended) {
        poly_loop_post(stopper->loop, wake, stopper);
        return;
    }
    service->stopper = stopper;
    if (service->fiber)
        poly_fiber_cancel(service->fiber);
}

void poly_service_fiber_stop(poly_service_fiber **service)
{
    poly_service_fiber *self = *service;

    if (!self)
        return;
    if (poly_fiber_current()) {
        struct stopper stopper = {.service = self, .loop = poly_loop_current()};

        poly_wait_init(&stopper.wait);
        poly_loop_post(self->loop, ask_to_end, &stopper);
        poly_wait_always(&stopper.wait);
    }
    free(self);
    *service = NULL;
}

/* SPDX-License-Identifier: MIT */
/* A fiber that works until it is told to stop, and somebody who waits for its end. */
#ifndef POLY_PG_SERVICE_FIBER_H
#define POLY_PG_SERVICE_FIBER_H

#include "poly/runtime.h"

typedef struct poly_service_fiber poly_service_fiber;

/*
 * Starts `work(argument)` on a fiber of `loop`. It must return soon after its waits have begun to end with
 * POLY_CANCELLED. Any thread.
 */
poly_service_fiber *poly_service_fiber_start(poly_loop *loop, const char *name, void (*work)(void *argument),
                                             void *argument);
/*
 * Cancels it and waits for its end, past the caller's own deadline and cancellation. From a fiber; or from any thread
 * once the runtime has been stopped.
 */
void poly_service_fiber_stop(poly_service_fiber **service);

#endif

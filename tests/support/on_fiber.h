/* SPDX-License-Identifier: MIT */
/*
 * Runs a test's work on a fiber of a fresh runtime. Check's assertions belong on the main thread: the work stores what
 * it saw, the test looks at it afterwards.
 */
#ifndef POLY_TEST_ON_FIBER_H
#define POLY_TEST_ON_FIBER_H

/* Returns when `work(argument)` has, and the runtime has ended. */
void on_fiber(void (*work)(void *argument), void *argument);
/* One fiber on each of `workers` loops; `work` gets the same argument. */
void on_each_loop(unsigned workers, void (*work)(void *argument), void *argument);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * SIGTERM and SIGINT, which ask the daemon to stop. Main thread only, which takes them by waiting: no code of ours runs
 * in a signal handler.
 */
#ifndef POLY_DAEMON_STOP_SIGNAL_H
#define POLY_DAEMON_STOP_SIGNAL_H

#include "poly/base.h"

/* Before any thread starts, so that all of them inherit it and only the main thread takes these signals. */
void stop_signal_block(void);
/* Until one comes: its name. From then on a second one ends the process at once. */
const char *stop_signal_wait(void);
/* The same for at most so long; NULL if none came. */
const char *stop_signal_wait_for(unsigned milliseconds);

#endif

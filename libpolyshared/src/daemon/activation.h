/* SPDX-License-Identifier: MIT */
#ifndef POLY_DAEMON_ACTIVATION_H
#define POLY_DAEMON_ACTIVATION_H

#include "poly/strbuf.h"

/*
 * What to listen on: `configured`, or the socket that the supervisor opened for this process, by sd_listen_fds(3)'s
 * protocol (LISTEN_PID, LISTEN_FDS). More than one socket is a fault: its text, and NULL. The variables are taken
 * out of the environment. Main thread, before others start.
 */
const char *daemon_listen_on(const char *configured, poly_strbuf *fault);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef POLY_DAEMON_NOTIFY_H
#define POLY_DAEMON_NOTIFY_H

/*
 * Tells the supervisor by sd_notify(3)'s protocol: one datagram to the socket that NOTIFY_SOCKET names. Nothing
 * without that variable; a failure is logged. Main thread.
 */
void daemon_notify(const char *state);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef POLY_DAEMON_SERVE_H
#define POLY_DAEMON_SERVE_H

#include "poly/daemon.h"

/* Serves with the configuration loaded until a signal; false when the start failed, which has been logged. */
bool daemon_serve(const poly_daemon *daemon);

#endif

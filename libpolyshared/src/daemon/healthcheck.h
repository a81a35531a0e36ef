/* SPDX-License-Identifier: MIT */
#ifndef POLY_DAEMON_HEALTHCHECK_H
#define POLY_DAEMON_HEALTHCHECK_H

#include "poly/strbuf.h"

/*
 * Whether GET /healthz answers 200 within 2 s at `listen` (see POLY_CONFIG_ADDRESS); at the loopback address when
 * that stands for every address. What is wrong goes to `fault`. Blocks; needs nothing of the runtime.
 */
bool daemon_is_healthy(const char *listen, poly_strbuf *fault);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The commands about the signing keys: each says on standard output what it did, or on standard error what went wrong,
 * and answers whether it worked. A serving daemon notices by itself. Main thread.
 */
#ifndef POLY_DAEMON_KEYS_H
#define POLY_DAEMON_KEYS_H

#include "poly/daemon.h"

bool daemon_keys_list(const poly_daemon *daemon);
bool daemon_keys_rotate(const poly_daemon *daemon);
bool daemon_keys_retire(const poly_daemon *daemon, const char *id);

#endif

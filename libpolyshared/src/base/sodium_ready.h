/* SPDX-License-Identifier: MIT */
/* libsodium must be made ready by one thread before others use it: call this before any of its functions. */
#ifndef POLY_BASE_SODIUM_READY_H
#define POLY_BASE_SODIUM_READY_H

void poly_sodium_ready(void);

#endif

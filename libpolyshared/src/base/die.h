/* SPDX-License-Identifier: MIT */
#ifndef POLY_BASE_DIE_H
#define POLY_BASE_DIE_H

#include "poly/base.h"

/* For when there is no going on, and perhaps no log: says `what` on standard error as a line of the log, and aborts. */
POLY_NORETURN void poly_die(const char *what);

#endif

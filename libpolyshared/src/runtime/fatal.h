/* SPDX-License-Identifier: MIT */
#ifndef POLY_RUNTIME_FATAL_H
#define POLY_RUNTIME_FATAL_H

#include "poly/base.h"

/* For a resource without which the runtime cannot go on: logs, waits for the log to be written, aborts. */
POLY_NORETURN void poly_runtime_fatal(const char *what, int error);

#endif

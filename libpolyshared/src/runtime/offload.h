/* SPDX-License-Identifier: MIT */
/* What poly_runtime_stop needs of a pool. */
#ifndef POLY_RUNTIME_OFFLOAD_H
#define POLY_RUNTIME_OFFLOAD_H

#include "poly/runtime.h"

/* After the last job: ends the threads. */
void poly_offload_pool_stop(poly_offload_pool *pool);

#endif

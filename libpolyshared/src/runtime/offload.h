/* SPDX-License-Identifier: MIT */
/* The pool behind poly_offload: threads for work that would block a loop, and a bounded queue before them. */
#ifndef POLY_RUNTIME_OFFLOAD_H
#define POLY_RUNTIME_OFFLOAD_H

struct offload_pool;

/* Zero takes the defaults of poly_runtime_options. Starts no thread. */
struct offload_pool *poly_offload_create(unsigned max_threads, unsigned max_queued);
/* After the last job: ends the threads. */
void poly_offload_stop(struct offload_pool *pool);
void poly_offload_destroy(struct offload_pool **pool);

#endif

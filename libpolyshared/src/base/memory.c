/* SPDX-License-Identifier: MIT */
#include "poly/base.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#define ARENAS         2
#define MAPPED_BY_SELF (128 * 1024)
#define KEPT_FREE      (1024 * 1024) /* giving pages back after each miss and faulting them in again costs more */

void poly_memory_economise(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BY_SELF);
    mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
#endif
}

void poly_memory_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

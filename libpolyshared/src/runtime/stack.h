/* SPDX-License-Identifier: MIT */
/*
 * Memory for fibers' stacks, with pages below that fault, so that a stack that overflows ends the process and
 * overwrites nothing.
 */
#ifndef POLY_RUNTIME_STACK_H
#define POLY_RUNTIME_STACK_H

#include <stddef.h>

struct fiber_stack {
    char *mapping;
    size_t mapping_size;
    char *low; /* the lowest usable byte */
    size_t size;
    unsigned valgrind_id;
};

/* Answers `reserved` bytes above the stack, zeroed and aligned to 64, for what belongs to the stack's owner. */
void *poly_stack_map(struct fiber_stack *stack, size_t reserved);
/* The reserved bytes go with it: `stack` must not lie in them. */
void poly_stack_unmap(const struct fiber_stack *stack);

#endif

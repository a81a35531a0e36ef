/* SPDX-License-Identifier: MIT */
#include "runtime/stack.h"

#include <errno.h>
#include <sys/mman.h>

#include "runtime/context.h"
#include "runtime/fatal.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define STACK_REGISTER(low, high) VALGRIND_STACK_REGISTER(low, high)
#define STACK_DEREGISTER(id)      VALGRIND_STACK_DEREGISTER(id)
#else
#define STACK_REGISTER(low, high) 0u
#define STACK_DEREGISTER(id)      ((void)(id))
#endif

/* Sanitizers make frames up to a few times larger. */
#define STACK_SIZE (POLY_WITH_ASAN || POLY_WITH_TSAN ? 256u * 1024u : 128u * 1024u)

#define RESERVED_ALIGNMENT 64u

/* More than a page, for frames of libraries that were not built to touch every page they skip. Costs no memory. */
#define GUARD_SIZE (64u * 1024u)

static char *map_guarded(size_t size)
{
    char *mapping = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

    if (mapping == MAP_FAILED)
        poly_runtime_fatal("cannot map a fiber's stack", errno);
    if (mprotect(mapping + GUARD_SIZE, size - GUARD_SIZE, PROT_READ | PROT_WRITE) != 0)
        poly_runtime_fatal("cannot open a fiber's stack", errno);
    return mapping;
}

void *poly_stack_map(struct fiber_stack *stack, size_t reserved)
{
    char *top;

    reserved = (reserved + RESERVED_ALIGNMENT - 1) / RESERVED_ALIGNMENT * RESERVED_ALIGNMENT;
    stack->mapping_size = GUARD_SIZE + STACK_SIZE;
    stack->mapping = map_guarded(stack->mapping_size);
    top = stack->mapping + stack->mapping_size - reserved;
    stack->low = stack->mapping + GUARD_SIZE;
    stack->size = (size_t)(top - stack->low);
    stack->valgrind_id = STACK_REGISTER(stack->low, top);
    return top;
}

void poly_stack_unmap(const struct fiber_stack *stack)
{
    STACK_DEREGISTER(stack->valgrind_id);
#if POLY_WITH_ASAN
    /* What is mapped here next must not inherit the poison of this stack's last frames. */
    ASAN_UNPOISON_MEMORY_REGION(stack->low, stack->size);
#endif
    if (munmap(stack->mapping, stack->mapping_size) != 0)
        poly_runtime_fatal("cannot unmap a fiber's stack", errno);
}

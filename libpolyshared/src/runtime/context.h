/* SPDX-License-Identifier: MIT */
/*
 * A place of execution that another can switch to: a loop's own stack, or a fiber's. The sanitizers are told of every
 * switch, since they keep a stack's bounds and history per thread otherwise.
 */
#ifndef POLY_RUNTIME_CONTEXT_H
#define POLY_RUNTIME_CONTEXT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__has_feature)
#define POLY_HAS_FEATURE(name) __has_feature(name)
#else
#define POLY_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || POLY_HAS_FEATURE(address_sanitizer)
#define POLY_WITH_ASAN 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define POLY_WITH_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__) || POLY_HAS_FEATURE(thread_sanitizer)
#define POLY_WITH_TSAN 1
#include <sanitizer/tsan_interface.h>
#else
#define POLY_WITH_TSAN 0
#endif

struct context {
    sigjmp_buf place;
#if POLY_WITH_ASAN
    const void *stack_low;
    size_t stack_size;
    void *fake_stack;
#endif
#if POLY_WITH_TSAN
    void *tsan_fiber;
#endif
};

/*
 * Both are always inlined: TSan counts a function's entry and exit on the fiber of that moment, and these lie on
 * different sides of a switch.
 */
#define CONTEXT_INLINE __attribute__((always_inline)) static inline

/* Just before the jump. `last`: nothing comes back to `from`. */
CONTEXT_INLINE void context_leave(struct context *from, const struct context *to, bool last)
{
#if POLY_WITH_ASAN
    __sanitizer_start_switch_fiber(last ? NULL : &from->fake_stack, to->stack_low, to->stack_size);
#endif
#if POLY_WITH_TSAN
    __tsan_switch_to_fiber(to->tsan_fiber, 0);
#endif
    (void)from;
    (void)to;
    (void)last;
}

/* First thing behind the jump; `origin` is where it came from. `first`: nothing has left from `self` yet. */
CONTEXT_INLINE void context_arrive(struct context *self, struct context *origin, bool first)
{
#if POLY_WITH_ASAN
    __sanitizer_finish_switch_fiber(first ? NULL : self->fake_stack, &origin->stack_low, &origin->stack_size);
#endif
    (void)self;
    (void)origin;
    (void)first;
}

#endif

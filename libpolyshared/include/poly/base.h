/* SPDX-License-Identifier: MIT */
/*
 * What every other header of libpolyshared rests on: attributes, the result taxonomy, slices and the
 * allocation wrappers. Any thread may call everything here.
 */
#ifndef POLY_BASE_H
#define POLY_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLY_MUST_CHECK                           __attribute__((warn_unused_result))
#define POLY_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define POLY_NORETURN                             __attribute__((noreturn))
#define POLY_LENGTH(array)                        (sizeof(array) / sizeof((array)[0]))

/*
 * What a caller can act on. Everything in the library that can fail for a reason outside the program answers
 * one of these; the text for a person travels separately.
 */
typedef enum poly_result {
    POLY_OK = 0,
    POLY_NOT_FOUND,   /* what was asked for does not exist */
    POLY_INVALID,     /* the input breaks its format or a limit of its value */
    POLY_CONFLICT,    /* it contradicts what is there already */
    POLY_TOO_LARGE,   /* the input is over a size limit */
    POLY_UNAVAILABLE, /* the peer cannot be reached, or its circuit breaker is open */
    POLY_REJECTED,    /* the peer was reached and refused */
    POLY_BAD_ANSWER,  /* the peer answered something that breaks its contract */
    POLY_TIMEOUT,     /* the deadline passed */
    POLY_CANCELLED,   /* nobody waits for the outcome any more: the client left or the daemon stops */
    POLY_OVERLOADED,  /* a bounded queue is full; nothing was started */
    POLY_IO,          /* a file or socket operation failed; errno says why */
} poly_result;

/* The result's stable name in lower case, such as "bad_answer". Static. */
const char *poly_result_name(poly_result result);

/* Bytes that somebody else owns; not NUL-terminated. {NULL, 0} means absent. */
typedef struct poly_slice {
    const char *data;
    size_t size;
} poly_slice;

poly_slice poly_slice_of(const char *text); /* NULL gives the absent slice */
bool poly_slice_equal(poly_slice slice, const char *text);
bool poly_slice_equal_nocase(poly_slice slice, const char *text); /* ASCII letters only */

/*
 * Allocation that cannot fail: running out of memory logs one line and aborts, since a half-served request
 * is worse than a restart. Memory is released with free().
 */
void *poly_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *poly_alloc_zero(size_t count, size_t size) __attribute__((malloc, returns_nonnull)); /* checks the product */
void *poly_realloc(void *memory, size_t count, size_t size) __attribute__((returns_nonnull));
char *poly_strdup(const char *text) __attribute__((returns_nonnull));
char *poly_strndup(const char *text, size_t size) __attribute__((returns_nonnull));

/*
 * For a daemon that holds much memory for long. Economise, before any thread starts: threads share the allocator's
 * pools, and large blocks go back to the system when they are freed. Trim: gives back what lies free, after work that
 * took much; it takes milliseconds, so off the loops.
 */
void poly_memory_economise(void);
void poly_memory_trim(void);

#endif

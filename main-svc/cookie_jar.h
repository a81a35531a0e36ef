/* SPDX-License-Identifier: MIT */
/*
 * The cookies of one conversation with one site (RFC 6265, as far as that goes: there is one origin, so that domain,
 * path and the secure mark decide nothing). Bounded. Pure.
 */
#ifndef MAIN_COOKIE_JAR_H
#define MAIN_COOKIE_JAR_H

#include "poly/arena.h"

#define COOKIE_JAR_COOKIES 16
/* Of all of them together, so that the request's header stays within what servers take. */
#define COOKIE_JAR_BYTES 6144

typedef struct cookie_jar {
    struct {
        const char *name; /* in the arena */
        const char *value;
    } cookies[COOKIE_JAR_COOKIES];
    size_t count;
} cookie_jar;

/*
 * Takes the value of a Set-Cookie field. False when the cookies are more or longer than fit; what is no cookie, or has
 * a character that a header must not carry, is passed over. Max-Age=0, and an empty value, remove one.
 */
bool cookie_jar_take(cookie_jar *jar, const char *set_cookie, poly_arena *arena) POLY_MUST_CHECK;
/* "Cookie: a=b; c=d", in the arena; NULL when there are none. */
const char *cookie_jar_field(const cookie_jar *jar, poly_arena *arena);
/* The cookie's value; NULL if there is none. */
const char *cookie_jar_get(const cookie_jar *jar, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Functions that nobody calls here, made a compile error. Forced into every translation unit by the Makefile,
 * after the system headers that declare them.
 */
#ifndef POLY_BANNED_H
#define POLY_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Some of them are macros in some C libraries, which cannot be poisoned. */
#undef alloca
#undef sprintf
#undef vsprintf
#pragma GCC poison gets strcpy strcat strncat sprintf vsprintf strtok atoi atol atoll atof srand
/*
 * OpenSSL's headers have parameters of this name, and libxlsxwriter's have macros that call that function, so only
 * calls of our own are errors: of functions that nobody declares.
 */
#undef strncpy
#define rand()                  rand_is_banned_use_poly_random()
#define strncpy(to, from, size) strncpy_is_banned_use_poly_strbuf(to, from, size)
#pragma GCC poison gmtime localtime ctime asctime strtok_r alloca

#endif

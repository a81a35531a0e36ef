/* SPDX-License-Identifier: MIT */
/*
 * Login names: made from people's names, or chosen by them. Any thread.
 */
#ifndef SSO_USERNAME_H
#define SSO_USERNAME_H

#include "poly/base.h"

enum {
    USERNAME_MIN = 3,
    USERNAME_SIZE = 65,      /* 64 characters and the NUL */
    USERNAME_BASE_SIZE = 41, /* leaves room for a number */
};

/*
 * Surname and initials in ASCII, as in people's e-mail addresses: "Ларионенко Артём Александрович" is "larionenko.aa".
 * The first word is the surname, the next two give a letter each. Never shorter than USERNAME_MIN: a name without a
 * usable letter is "user".
 */
void username_base(const char *full_name, char out[USERNAME_BASE_SIZE]);

/* The name for the second, third … of the same: "larionenko.aa2". 0 and 1 are the first. */
void username_with_suffix(const char *base, unsigned number, char out[USERNAME_SIZE]);

/*
 * What was typed, in lower case and trimmed. False: it can be nobody's name, which has 3 to 64 of a-z, 0-9, '.', '_',
 * '-' and '@' and begins with a letter or digit.
 */
bool username_normalise(const char *typed, char out[USERNAME_SIZE]) POLY_MUST_CHECK;

#endif

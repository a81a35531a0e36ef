/* SPDX-License-Identifier: MIT */
/*
 * Passwords that are known to attackers: a built-in list of those most often used, and the operator's file. Kept as
 * 64-bit hashes in order, so a million of them is 8 MB. A password that is in no list is taken for one with a chance of
 * one in 10^13 for each million of entries. Constant once loaded: any thread.
 */
#ifndef SSO_BREACHED_PASSWORDS_H
#define SSO_BREACHED_PASSWORDS_H

#include "poly/strbuf.h"

typedef struct breached_passwords breached_passwords;

/* `path` names a file with a password a line; "" for none. NULL with a line in `fault` when it cannot be read. */
breached_passwords *breached_passwords_load(const char *path, poly_strbuf *fault);
void breached_passwords_destroy(breached_passwords **breached);

/* Compared as poly_text_fold leaves them: in any case of letters. */
bool breached_passwords_contain(const breached_passwords *breached, const char *password);

#endif

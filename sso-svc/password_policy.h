/* SPDX-License-Identifier: MIT */
/*
 * Which passwords people may have (NIST SP 800-63B): long enough, none that attackers try first, and no rules of
 * composition. Any thread.
 */
#ifndef SSO_PASSWORD_POLICY_H
#define SSO_PASSWORD_POLICY_H

#include "breached_passwords.h"

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 128 }; /* characters, of any script */

typedef enum password_fault {
    PASSWORD_FINE,
    PASSWORD_TOO_SHORT,
    PASSWORD_TOO_LONG,
    PASSWORD_IS_USERNAME, /* in any case of letters */
    PASSWORD_BREACHED,
} password_fault;

/* `username` may be "". */
password_fault password_judge(const breached_passwords *breached, const char *password,
                              const char *username) POLY_MUST_CHECK;

#endif

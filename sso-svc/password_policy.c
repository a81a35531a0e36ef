/* SPDX-License-Identifier: MIT */
#include "password_policy.h"

#include <string.h>

#include "poly/text.h"

password_fault password_judge(const breached_passwords *breached, const char *password, const char *username)
{
    size_t count = poly_text_count(password);

    if (count < PASSWORD_MIN)
        return PASSWORD_TOO_SHORT;
    if (count > PASSWORD_MAX)
        return PASSWORD_TOO_LONG;
    if (poly_text_equal_folded(password, username))
        return PASSWORD_IS_USERNAME;
    return breached_passwords_contain(breached, password) ? PASSWORD_BREACHED : PASSWORD_FINE;
}

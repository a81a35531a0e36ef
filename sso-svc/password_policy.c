/* SPDX-License-Identifier: MIT */
#include "password_policy.h"

#include <string.h>

#include "poly/text.h"

static size_t count_characters(const char *text)
{
    size_t size = strlen(text), at = 0, count = 0;

    while (at < size) {
        poly_text_next(text, size, &at);
        count++;
    }
    return count;
}

password_fault password_judge(const breached_passwords *breached, const char *password, const char *username)
{
    size_t count = count_characters(password);

    if (count < PASSWORD_MIN)
        return PASSWORD_TOO_SHORT;
    if (count > PASSWORD_MAX)
        return PASSWORD_TOO_LONG;
    if (poly_text_equal_folded(password, username))
        return PASSWORD_IS_USERNAME;
    return breached_passwords_contain(breached, password) ? PASSWORD_BREACHED : PASSWORD_FINE;
}

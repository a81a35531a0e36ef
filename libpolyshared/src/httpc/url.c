/* SPDX-License-Identifier: MIT */
#include "poly/httpc.h"

static bool is_unreserved(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void poly_url_encode(const char *text, poly_strbuf *out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        if (is_unreserved(*at))
            poly_strbuf_append_char(out, (char)*at);
        else
            poly_strbuf_append(out, (char[]){'%', digits[*at >> 4], digits[*at & 15]}, 3);
    }
}

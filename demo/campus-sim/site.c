/* SPDX-License-Identifier: MIT */
#include "site.h"

#include "poly/crypto.h"
#include "poly/random.h"

#include <pthread.h>
#include <string.h>

#define MAX_FORM (64u << 10)

bool site_form_read(poly_request *request)
{
    poly_slice body;

    return poly_request_body(request, MAX_FORM, &body) == POLY_OK;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c | 0x20) : NULL;

    return found ? (int)(found - digits) : -1;
}

static const char *decode(poly_request *request, poly_slice text)
{
    char *out = poly_arena_alloc(poly_request_arena(request), text.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (c == '+')
            c = ' ';
        if (c == '%' && i + 2 < text.size && hex(text.data[i + 1]) >= 0 && hex(text.data[i + 2]) >= 0) {
            c = (char)(hex(text.data[i + 1]) * 16 + hex(text.data[i + 2]));
            i += 2;
        }
        out[size++] = c;
    }
    out[size] = '\0';
    return out;
}

/* The next piece of `*rest` up to `separator`. */
static poly_slice next_piece(poly_slice *rest, char separator)
{
    const char *end = rest->size ? memchr(rest->data, separator, rest->size) : NULL;
    poly_slice piece = {rest->data, end ? (size_t)(end - rest->data) : rest->size};

    rest->data += piece.size + (end ? 1 : 0);
    rest->size -= piece.size + (end ? 1 : 0);
    return piece;
}

const char *site_form_value(poly_request *request, const char *name)
{
    poly_slice rest = poly_request_body_text(request);

    while (rest.size > 0) {
        poly_slice value = next_piece(&rest, '&');
        poly_slice key = next_piece(&value, '=');

        if (strcmp(decode(request, key), name) == 0)
            return decode(request, value);
    }
    return "";
}

const char *site_cookie(poly_request *request, const char *name)
{
    poly_slice rest = poly_request_header(request, "Cookie");

    while (rest.size > 0) {
        poly_slice value = next_piece(&rest, ';');
        poly_slice key;

        while (value.size > 0 && *value.data == ' ') {
            value.data++;
            value.size--;
        }
        key = next_piece(&value, '=');
        if (poly_slice_equal(key, name))
            return poly_arena_strndup(poly_request_arena(request), value.data, value.size);
    }
    return "";
}

void site_escape(const char *text, poly_strbuf *out)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            poly_strbuf_append_text(out, "&amp;");
            break;
        case '<':
            poly_strbuf_append_text(out, "&lt;");
            break;
        case '>':
            poly_strbuf_append_text(out, "&gt;");
            break;
        case '"':
            poly_strbuf_append_text(out, "&quot;");
            break;
        default:
            poly_strbuf_append_char(out, *text);
        }
    }
}

/* --- marks --- */

static uint8_t mark_key[POLY_SHA256_SIZE];

static void make_key(void)
{
    poly_random_bytes(mark_key, sizeof(mark_key));
}

void site_mark(const char *what, const char *text, char out[SITE_MARK_SIZE])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint8_t of_purpose[POLY_SHA256_SIZE], mark[POLY_SHA256_SIZE];

    pthread_once(&once, make_key);
    poly_hmac_sha256(mark_key, sizeof(mark_key), what, strlen(what), of_purpose);
    poly_hmac_sha256(of_purpose, sizeof(of_purpose), text, strlen(text), mark);
    poly_hex_encode(mark, (SITE_MARK_SIZE - 1) / 2, out);
}

const char *site_marked(poly_request *request, const char *what, const char *marked)
{
    const char *dot = strrchr(marked, '.');
    char mark[SITE_MARK_SIZE];
    const char *text;

    if (!dot)
        return NULL;
    text = poly_arena_strndup(poly_request_arena(request), marked, (size_t)(dot - marked));
    site_mark(what, text, mark);
    return strcmp(mark, dot + 1) == 0 ? text : NULL;
}

/* SPDX-License-Identifier: MIT */
#include "token/jws.h"

#include "poly/json.h"
#include "poly/random.h"

#include <string.h>

/* A header holds three short members; the rest is what we do not know. */
enum { LARGEST_HEADER = 1024, ENCODED_SIGNATURE_SIZE = POLY_BASE64URL_SIZE(TOKEN_SIGNATURE_SIZE) - 1 };

/* --- reading --- */

poly_token_fault token_jws_split(poly_slice token, token_jws *jws)
{
    const char *end = token.data + token.size;
    const char *first, *second;
    size_t size = sizeof(jws->signature);

    if (token.size > POLY_TOKEN_MAX_SIZE)
        return POLY_TOKEN_TOO_LARGE;
    first = token.size ? memchr(token.data, '.', token.size) : NULL;
    second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (!second || end - second - 1 != ENCODED_SIGNATURE_SIZE)
        return POLY_TOKEN_MALFORMED;
    jws->header = (poly_slice){token.data, (size_t)(first - token.data)};
    jws->payload = (poly_slice){first + 1, (size_t)(second - first - 1)};
    jws->signed_part = (poly_slice){token.data, (size_t)(second - token.data)};
    /* A third dot is no character of base64url. */
    if (!poly_base64url_decode(second + 1, ENCODED_SIGNATURE_SIZE, jws->signature, &size))
        return POLY_TOKEN_MALFORMED;
    return POLY_TOKEN_FINE;
}

static poly_token_fault judge_header(const poly_json *header, const char *type, char id[POLY_KEY_ID_SIZE])
{
    const char *key_id = poly_json_text(poly_json_get(header, "kid"), "");

    if (poly_json_type_of(header) != POLY_JSON_OBJECT)
        return POLY_TOKEN_MALFORMED;
    if (strcmp(poly_json_text(poly_json_get(header, "alg"), ""), "ES256") != 0)
        return POLY_TOKEN_ALGORITHM;
    if (poly_json_get(header, "crit"))
        return POLY_TOKEN_CRITICAL;
    if (strcmp(poly_json_text(poly_json_get(header, "typ"), ""), type) != 0)
        return POLY_TOKEN_TYPE;
    if (!token_key_id_is_valid(poly_slice_of(key_id)))
        return POLY_TOKEN_KEY_ID;
    snprintf(id, POLY_KEY_ID_SIZE, "%s", key_id);
    return POLY_TOKEN_FINE;
}

/*
 * The header as our own issuers write it, told without a parser: what is between the fixed parts has no character that
 * could end or escape the text.
 */
static bool is_usual_header(poly_slice text, const char *type, char id[POLY_KEY_ID_SIZE])
{
    char start[64];
    size_t size = (size_t)snprintf(start, sizeof(start), "{\"alg\":\"ES256\",\"typ\":\"%s\",\"kid\":\"", type);
    poly_slice key_id;

    if (text.size <= size + 2)
        return false;
    key_id = (poly_slice){text.data + size, text.size - size - 2};
    if (memcmp(text.data, start, size) != 0 || memcmp(text.data + text.size - 2, "\"}", 2) != 0 ||
        !token_key_id_is_valid(key_id))
        return false;
    snprintf(id, POLY_KEY_ID_SIZE, "%.*s", (int)key_id.size, key_id.data);
    return true;
}

poly_token_fault token_jws_read_header(poly_slice header, const char *type, char id[POLY_KEY_ID_SIZE])
{
    const poly_json_limits limits = {.max_size = LARGEST_HEADER, .max_depth = 4, .max_values = 64};
    char text[LARGEST_HEADER];
    size_t size = sizeof(text);
    poly_token_fault fault;
    poly_json *document;

    if (!poly_base64url_decode(header.data, header.size, text, &size))
        return POLY_TOKEN_MALFORMED;
    if (is_usual_header((poly_slice){text, size}, type, id))
        return POLY_TOKEN_FINE;
    if (poly_json_parse(text, size, &limits, &document, NULL) != POLY_OK)
        return POLY_TOKEN_MALFORMED;
    fault = judge_header(document, type, id);
    poly_json_destroy(&document);
    return fault;
}

/* --- writing --- */

static bool append_encoded(poly_strbuf *out, const void *bytes, size_t size)
{
    size_t room = POLY_BASE64URL_SIZE(size);
    char *to = poly_strbuf_reserve(out, room);

    if (!to)
        return false;
    poly_base64url_encode(bytes, size, to);
    poly_strbuf_advance(out, room - 1);
    return true;
}

bool token_jws_sign(const token_key *key, poly_slice header, poly_slice payload, poly_strbuf *out)
{
    unsigned char signature[TOKEN_SIGNATURE_SIZE];
    size_t start = out->size;

    if (!append_encoded(out, header.data, header.size) || !poly_strbuf_append_char(out, '.') ||
        !append_encoded(out, payload.data, payload.size))
        return false;
    token_key_sign(key, out->data + start, out->size - start, signature);
    return poly_strbuf_append_char(out, '.') && append_encoded(out, signature, sizeof(signature)) &&
           out->size - start <= POLY_TOKEN_MAX_SIZE;
}

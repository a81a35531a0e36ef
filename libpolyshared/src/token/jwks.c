/* SPDX-License-Identifier: MIT */
#include "poly/random.h"
#include "token/key_ring.h"

#include <string.h>

enum { COORDINATE_TEXT_SIZE = POLY_BASE64URL_SIZE(TOKEN_COORDINATE_SIZE), LARGEST_DOCUMENT = 64 * 1024 };

static void write_key(poly_json_writer *writer, const token_key *key)
{
    char coordinate[COORDINATE_TEXT_SIZE];

    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "kty", "EC");
    poly_json_put_text(writer, "crv", "P-256");
    poly_json_put_text(writer, "use", "sig");
    poly_json_put_text(writer, "alg", "ES256");
    poly_json_put_text(writer, "kid", key->id);
    poly_base64url_encode(key->x, sizeof(key->x), coordinate);
    poly_json_put_text(writer, "x", coordinate);
    poly_base64url_encode(key->y, sizeof(key->y), coordinate);
    poly_json_put_text(writer, "y", coordinate);
    poly_json_end_object(writer);
}

void token_ring_write_jwks(const token_ring *ring, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_begin_array(&writer, "keys");
    for (size_t i = 0; i < ring->count; i++)
        write_key(&writer, ring->keys[i]);
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
}

/* The text of a member; `otherwise` if there is none, "" if it is no text. */
static const char *member(const poly_json *object, const char *name, const char *otherwise)
{
    const poly_json *value = poly_json_get(object, name);

    return value ? poly_json_text(value, "") : otherwise;
}

/* A key for something else is nothing to us (RFC 7517 section 5). */
static bool is_ours(const poly_json *object)
{
    return strcmp(member(object, "kty", ""), "EC") == 0 && strcmp(member(object, "crv", ""), "P-256") == 0 &&
           strcmp(member(object, "alg", "ES256"), "ES256") == 0 && strcmp(member(object, "use", "sig"), "sig") == 0;
}

static bool read_coordinate(const poly_json *object, const char *name, unsigned char out[TOKEN_COORDINATE_SIZE])
{
    const char *text = member(object, name, "");
    size_t size = TOKEN_COORDINATE_SIZE;

    return poly_base64url_decode(text, strlen(text), out, &size) && size == TOKEN_COORDINATE_SIZE;
}

/* What is wrong with the key, or NULL. */
static const char *read_key(const poly_json *object, token_ring *ring)
{
    unsigned char x[TOKEN_COORDINATE_SIZE], y[TOKEN_COORDINATE_SIZE];
    const char *id = member(object, "kid", "");
    token_key *key;

    if (!token_key_id_is_valid(poly_slice_of(id)))
        return "a key without a proper id";
    if (!read_coordinate(object, "x", x) || !read_coordinate(object, "y", y))
        return "a key without proper coordinates";
    if (token_key_from_point(id, x, y, &key) != POLY_OK)
        return "a point that is not on the curve";
    switch (token_ring_add(ring, key)) {
    case POLY_OK:
        return NULL;
    case POLY_CONFLICT:
        return "a key id twice";
    default:
        return "too many keys";
    }
}

static const char *read_keys(const poly_json *document, token_ring *ring)
{
    const poly_json *keys = poly_json_get(document, "keys");
    const char *fault = NULL;

    if (poly_json_type_of(keys) != POLY_JSON_ARRAY)
        return "no array of keys";
    for (const poly_json *object = poly_json_first(keys); object && !fault; object = poly_json_next(object)) {
        if (poly_json_type_of(object) != POLY_JSON_OBJECT)
            fault = "a key that is no object";
        else if (poly_json_get(object, "d"))
            fault = "a private key"; /* it is everybody's now: nothing that it signs proves anything */
        else if (is_ours(object))
            fault = read_key(object, ring);
    }
    return fault ? fault : ring->count > 0 ? NULL : "no usable key";
}

poly_result token_ring_read_jwks(poly_slice text, token_ring **ring, const char **fault)
{
    const poly_json_limits limits = {.max_size = LARGEST_DOCUMENT, .max_depth = 8};
    poly_json_error error = {.reason = NULL};
    poly_json *document;

    if (poly_json_parse(text.data, text.size, &limits, &document, &error) != POLY_OK) {
        *fault = error.reason;
        return POLY_BAD_ANSWER;
    }
    *ring = token_ring_create();
    *fault = read_keys(document, *ring);
    poly_json_destroy(&document);
    if (!*fault)
        return POLY_OK;
    token_ring_unref(ring);
    return POLY_BAD_ANSWER;
}

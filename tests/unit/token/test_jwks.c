/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "token/key_ring.h"

static char x[POLY_BASE64URL_SIZE(32)], y[POLY_BASE64URL_SIZE(32)];

static void set_up(void)
{
    token_key *key;

    arena = poly_arena_create(0);
    key = token_key_generate("a");
    poly_base64url_encode(key->x, 32, x);
    poly_base64url_encode(key->y, 32, y);
    token_key_unref(&key);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static const char *fault_of(const char *document)
{
    token_ring *ring = NULL;
    const char *fault = NULL;

    if (token_ring_read_jwks(poly_slice_of(document), &ring, &fault) == POLY_OK)
        token_ring_unref(&ring);
    else
        ck_assert_ptr_nonnull(fault);
    return fault;
}

/* A document of one key with these members and the good coordinates. */
static const char *fault_of_key(const char *members)
{
    return fault_of(poly_arena_printf(arena, "{\"keys\":[{%s,\"x\":\"%s\",\"y\":\"%s\"}]}", members, x, y));
}

START_TEST(what_is_written_is_read)
{
    token_ring *ring = token_ring_create(), *read = NULL;
    const char *fault = NULL;
    poly_strbuf text;

    ck_assert_int_eq(token_ring_add(ring, token_key_generate("one")), POLY_OK);
    ck_assert_int_eq(token_ring_add(ring, token_key_generate("two")), POLY_OK);
    poly_strbuf_init(&text, 4096);
    token_ring_write_jwks(ring, &text);
    ck_assert_ptr_null(strstr(text.data, "\"d\""));
    ck_assert_int_eq(token_ring_read_jwks((poly_slice){text.data, text.size}, &read, &fault), POLY_OK);
    ck_assert_uint_eq(read->count, 2);
    ck_assert(token_ring_adopt(read, ring));
    ck_assert_ptr_eq(read->keys[0], ring->keys[0]); /* the same keys, so what they verified stays verified */
    poly_strbuf_release(&text);
    token_ring_unref(&read);
    token_ring_unref(&ring);
}
END_TEST

START_TEST(good_keys_are_taken)
{
    ck_assert_ptr_null(fault_of_key("\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\""));
    ck_assert_ptr_null(fault_of_key("\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"use\":\"sig\",\"alg\":\"ES256\","
                                    "\"key_ops\":[\"verify\"]"));
}
END_TEST

START_TEST(keys_of_other_kinds_are_passed_over)
{
    static const char *const others[] = {
        "\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"",
        "\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"a\"",
        "\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"use\":\"enc\"",
        "\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"alg\":\"ECDH-ES\"",
        "\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"alg\":7",
        "\"crv\":\"P-256\",\"kid\":\"a\"",
    };

    for (size_t i = 0; i < POLY_LENGTH(others); i++) {
        ck_assert_str_eq(fault_of_key(others[i]), "no usable key");
        ck_assert_ptr_null(fault_of(poly_arena_printf(
            arena, "{\"keys\":[{%s},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"b\",\"x\":\"%s\",\"y\":\"%s\"}]}",
            others[i], x, y)));
    }
}
END_TEST

START_TEST(bad_documents_are_refused)
{
    static const char *const documents[] = {
        "", "{", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[]}", "{\"keys\":[1]}", "{\"keys\":[],\"keys\":[]}", "<html>"};
    static const char ec[] = "\"kty\":\"EC\",\"crv\":\"P-256\"";

    for (size_t i = 0; i < POLY_LENGTH(documents); i++)
        ck_assert_msg(fault_of(documents[i]) != NULL, "%s", documents[i]);
    ck_assert_str_eq(fault_of_key(ec), "a key without a proper id");
    ck_assert_str_eq(fault_of_key(poly_arena_printf(arena, "%s,\"kid\":\"a/b\"", ec)), "a key without a proper id");
    ck_assert_str_eq(fault_of_key(poly_arena_printf(arena, "%s,\"kid\":\"a\",\"d\":\"AQ\"", ec)), "a private key");
    ck_assert_str_eq(fault_of(poly_arena_printf(arena, "{\"keys\":[{%s,\"kid\":\"a\",\"x\":\"%s\"}]}", ec, x)),
                     "a key without proper coordinates");
    ck_assert_str_eq(
        fault_of(poly_arena_printf(arena, "{\"keys\":[{%s,\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%.40s\"}]}", ec, x, y)),
        "a key without proper coordinates");
    ck_assert_str_eq(
        fault_of(poly_arena_printf(arena, "{\"keys\":[{%s,\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%s\"}]}", ec, x, x)),
        "a point that is not on the curve");
    ck_assert_str_eq(fault_of(poly_arena_printf(arena,
                                                "{\"keys\":[{%s,\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%s\"},"
                                                "{%s,\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%s\"}]}",
                                                ec, x, y, ec, x, y)),
                     "a key id twice");
}
END_TEST

START_TEST(the_number_of_keys_is_bounded)
{
    poly_strbuf text;

    poly_strbuf_init(&text, 65536);
    poly_strbuf_append_text(&text, "{\"keys\":[");
    for (int i = 0; i <= POLY_KEYS_MAX; i++)
        poly_strbuf_printf(&text, "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k%d\",\"x\":\"%s\",\"y\":\"%s\"}",
                           i ? "," : "", i, x, y);
    poly_strbuf_append_text(&text, "]}");
    ck_assert_str_eq(fault_of(text.data), "too many keys");
    poly_strbuf_release(&text);
}
END_TEST

START_TEST(a_fixed_set_is_parsed)
{
    const char *document = poly_arena_printf(
        arena, "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"a\",\"x\":\"%s\",\"y\":\"%s\"}]}", x, y);
    poly_key_set *set = NULL;

    ck_assert_int_eq(poly_key_set_parse(poly_slice_of("{}"), &set), POLY_INVALID);
    ck_assert_int_eq(poly_key_set_parse(poly_slice_of(document), &set), POLY_OK);
    ck_assert(poly_key_set_is_ready(set));
    poly_key_set_destroy(&set);
    ck_assert_ptr_null(set);
    poly_key_set_destroy(&set);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_written_is_read,   good_keys_are_taken,           keys_of_other_kinds_are_passed_over,
        bad_documents_are_refused, the_number_of_keys_is_bounded, a_fixed_set_is_parsed,
    };

    return run_cases("jwks", tests, POLY_LENGTH(tests), set_up, tear_down);
}

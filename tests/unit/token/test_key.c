/* SPDX-License-Identifier: MIT */
#include "scene.h"
#include "token/key_ring.h"

#include <openssl/pem.h>

static const char text[] = "signed text";

START_TEST(a_signature_is_for_one_text_and_key)
{
    token_key *key = token_key_generate("a"), *other = token_key_generate("b");
    unsigned char signature[TOKEN_SIGNATURE_SIZE];

    for (int i = 0; i < 200; i++) {
        token_key_sign(key, text, sizeof(text), signature);
        ck_assert(token_key_verify(key, text, sizeof(text), signature));
        ck_assert(!token_key_verify(key, text, sizeof(text) - 1, signature));
        ck_assert(!token_key_verify(other, text, sizeof(text), signature));
        signature[i % TOKEN_SIGNATURE_SIZE] ^= 1;
        ck_assert(!token_key_verify(key, text, sizeof(text), signature));
    }
    token_key_unref(&key);
    token_key_unref(&other);
}
END_TEST

/* One in a hundred and twenty-eight has a zero in front of r or s, and half have a first bit that is set. */
START_TEST(signatures_of_all_lengths_are_right)
{
    token_key *key = token_key_generate("k1");
    unsigned char signature[TOKEN_SIGNATURE_SIZE];
    size_t short_ones = 0;

    for (unsigned n = 0; n < 100000 && short_ones < 3; n++) {
        token_key_sign(key, &n, sizeof(n), signature);
        if (signature[0] && signature[TOKEN_COORDINATE_SIZE] && n > 20)
            continue;
        short_ones += !signature[0] || !signature[TOKEN_COORDINATE_SIZE];
        ck_assert(token_key_verify(key, &n, sizeof(n), signature));
    }
    ck_assert_uint_eq(short_ones, 3);
    memset(signature, 0, sizeof(signature));
    ck_assert(!token_key_verify(key, "", 0, signature));
    memset(signature, 0xff, sizeof(signature));
    ck_assert(!token_key_verify(key, "", 0, signature));
    token_key_unref(&key);
}
END_TEST

START_TEST(a_key_survives_its_pem_and_its_point)
{
    token_key *key = token_key_generate("20260901T080000Z-5c1e90ab"), *read = NULL, *half = NULL;
    unsigned char signature[TOKEN_SIGNATURE_SIZE];
    poly_strbuf pem;

    poly_strbuf_init(&pem, 4096);
    token_key_write_pem(key, &pem);
    ck_assert_int_eq(token_key_from_pem(key->id, (poly_slice){pem.data, pem.size}, &read), POLY_OK);
    ck_assert_int_eq(token_key_from_point(key->id, key->x, key->y, &half), POLY_OK);
    ck_assert_mem_eq(read->x, key->x, sizeof(key->x));
    ck_assert_ptr_nonnull(read->signing);
    ck_assert_ptr_null(half->signing);
    ck_assert_int_eq(read->created, 1788249600);
    token_key_sign(read, text, sizeof(text), signature);
    ck_assert(token_key_verify(half, text, sizeof(text), signature));
    poly_strbuf_release(&pem);
    token_key_unref(&half);
    token_key_unref(&read);
    token_key_unref(&key);
}
END_TEST

START_TEST(a_point_lies_on_the_curve)
{
    token_key *key = token_key_generate("a"), *read = NULL;
    unsigned char x[TOKEN_COORDINATE_SIZE], zero[TOKEN_COORDINATE_SIZE] = {0};

    memcpy(x, key->x, sizeof(x));
    x[31] ^= 1;
    ck_assert_int_eq(token_key_from_point("a", x, key->y, &read), POLY_INVALID);
    ck_assert_int_eq(token_key_from_point("a", zero, zero, &read), POLY_INVALID);
    memset(x, 0xff, sizeof(x));
    ck_assert_int_eq(token_key_from_point("a", x, key->y, &read), POLY_INVALID);
    token_key_unref(&key);
}
END_TEST

static poly_result read_pem_of(EVP_PKEY *pair, const char *password)
{
    BIO *out = BIO_new(BIO_s_mem());
    token_key *key = NULL;
    char bytes[8192];
    poly_result result;
    int size;

    ck_assert_ptr_nonnull(pair);
    ck_assert_int_eq(PEM_write_bio_PKCS8PrivateKey(out, pair, password ? EVP_aes_256_cbc() : NULL, password,
                                                   password ? (int)strlen(password) : 0, NULL, NULL),
                     1);
    size = BIO_read(out, bytes, sizeof(bytes));
    result = token_key_from_pem("a", (poly_slice){bytes, (size_t)size}, &key);
    if (result == POLY_OK)
        token_key_unref(&key);
    BIO_free(out);
    EVP_PKEY_free(pair);
    return result;
}

START_TEST(only_plain_p256_keys_are_taken)
{
    static const char *const junk[] = {"", "junk", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};
    token_key *key = NULL;

    ck_assert_int_eq(read_pem_of(EVP_EC_gen("P-256"), NULL), POLY_OK);
    ck_assert_int_eq(read_pem_of(EVP_EC_gen("P-256"), "password"), POLY_INVALID);
    ck_assert_int_eq(read_pem_of(EVP_EC_gen("P-384"), NULL), POLY_INVALID);
    ck_assert_int_eq(read_pem_of(EVP_EC_gen("secp256k1"), NULL), POLY_INVALID);
    ck_assert_int_eq(read_pem_of(EVP_RSA_gen(2048), NULL), POLY_INVALID);
    for (size_t i = 0; i < POLY_LENGTH(junk); i++)
        ck_assert_int_eq(token_key_from_pem("a", poly_slice_of(junk[i]), &key), POLY_INVALID);
}
END_TEST

START_TEST(ids_tell_the_time)
{
    static const char *const without[] = {"main",
                                          "20260901T080000",
                                          "20260901T080000Zx",
                                          "2026-09-01T08:00:00Z",
                                          "20261301T080000Z",
                                          "20260901t080000Z-a",
                                          "2026090aT080000Z-a"};
    char id[POLY_KEY_ID_SIZE];

    token_key_id_make(1788249600, id);
    ck_assert_uint_eq(strlen(id), 25);
    ck_assert_int_eq(strncmp(id, "20260901T080000Z-", 17), 0);
    ck_assert(token_key_id_is_valid(poly_slice_of(id)));
    for (size_t i = 0; i < POLY_LENGTH(without); i++) {
        token_key *key = token_key_generate(without[i]);

        ck_assert_int_eq(key->created, 0);
        token_key_unref(&key);
    }
}
END_TEST

static void add(token_ring *ring, const char *id)
{
    ck_assert_int_eq(token_ring_add(ring, token_key_generate(id)), POLY_OK);
}

/* 2026-09-01T08:00:00Z is 1788249600. */
START_TEST(the_newest_settled_key_signs)
{
    token_ring *ring = token_ring_create();

    ck_assert_ptr_null(token_ring_signing(ring, NOW));
    add(ring, "20260901T080000Z-b");
    ck_assert_str_eq(token_ring_signing(ring, 1788249600)->id, "20260901T080000Z-b"); /* the only one */
    add(ring, "20260901T080000Z-a");
    ck_assert_str_eq(token_ring_signing(ring, 1788249629)->id, "20260901T080000Z-a"); /* all are young: the oldest */
    ck_assert_str_eq(token_ring_signing(ring, 1788249630)->id, "20260901T080000Z-b");
    add(ring, "main");
    ck_assert_str_eq(token_ring_signing(ring, 1788249629)->id, "main");
    add(ring, "20260901T090000Z-a");
    ck_assert_str_eq(token_ring_signing(ring, 1788253229)->id, "20260901T080000Z-b");
    ck_assert_str_eq(token_ring_signing(ring, 1788253230)->id, "20260901T090000Z-a");
    ck_assert_int_eq(token_ring_add(ring, token_key_generate("main")), POLY_CONFLICT);
    token_ring_unref(&ring);
}
END_TEST

static void nothing(void)
{
}

int main(void)
{
    const TTest *const tests[] = {
        a_signature_is_for_one_text_and_key, signatures_of_all_lengths_are_right, a_key_survives_its_pem_and_its_point,
        a_point_lies_on_the_curve,           only_plain_p256_keys_are_taken,      ids_tell_the_time,
        the_newest_settled_key_signs,
    };

    return run_cases("key", tests, POLY_LENGTH(tests), nothing, nothing);
}

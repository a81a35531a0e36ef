/* SPDX-License-Identifier: MIT */
#include "token/key.h"

#include "poly/log.h"
#include "poly/random.h"
#include "poly/time.h"

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CURVE "P-256"
/* As in 20260901T080000Z. */
#define STAMP_SIZE 16

enum { DIGEST_SIZE = 32, POINT_SIZE = 1 + 2 * TOKEN_COORDINATE_SIZE, LARGEST_DER = 72 };

static EVP_MD *sha256; /* looked up once: each look-up takes locks */
static pthread_once_t sha256_ready = PTHREAD_ONCE_INIT;

/* What fails only for lack of memory, or when OpenSSL is broken, ends as poly_alloc would end it. */
static void must(bool condition, const char *what)
{
    if (condition)
        return;
    poly_log(POLY_LOG_ERROR, "openssl failed", poly_text_field("call", what),
             poly_text_field("error", ERR_reason_error_string(ERR_peek_last_error())));
    poly_log_stop(); /* else the reason dies with us */
    abort();
}

static void find_sha256(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(sha256 != NULL, "EVP_MD_fetch");
}

/* --- ids --- */

static bool is_id_character(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

bool token_key_id_is_valid(poly_slice id)
{
    if (id.size == 0 || id.size >= POLY_KEY_ID_SIZE)
        return false;
    for (size_t i = 0; i < id.size; i++) {
        if (!is_id_character(id.data[i]))
            return false;
    }
    return true;
}

void token_key_id_make(int64_t unix_seconds, char id[POLY_KEY_ID_SIZE])
{
    char time[POLY_RFC3339_SIZE], suffix[9];
    unsigned char noise[4];

    poly_time_format_rfc3339(unix_seconds, time);
    poly_random_bytes(noise, sizeof(noise));
    poly_hex_encode(noise, sizeof(noise), suffix);
    snprintf(id, POLY_KEY_ID_SIZE, "%.4s%.2s%.5s%.2s%.3s-%s", time, time + 5, time + 8, time + 14, time + 17, suffix);
}

/* The time that an id of token_key_id_make begins with; 0 if it is another one. */
static int64_t time_of_id(const char *id)
{
    char time[POLY_RFC3339_SIZE];
    int64_t seconds;

    if (strlen(id) < STAMP_SIZE || id[8] != 'T' || id[15] != 'Z' || (id[16] != '\0' && id[16] != '-'))
        return 0;
    snprintf(time, sizeof(time), "%.4s-%.2s-%.5s:%.2s:%.3s", id, id + 4, id + 6, id + 11, id + 13);
    return poly_time_parse_rfc3339(time, &seconds) ? seconds : 0;
}

/* --- making --- */

static EVP_PKEY_CTX *ready_for(EVP_PKEY *pair, int (*init)(EVP_PKEY_CTX *context))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);

    must(context && init(context) == 1, "EVP_PKEY_CTX_new_from_pkey");
    return context;
}

/* Takes the pair over. */
static token_key *wrap(const char *id, EVP_PKEY *pair, bool private_half)
{
    static _Atomic uint64_t serials;
    token_key *key = poly_alloc_zero(1, sizeof(*key));
    unsigned char point[POINT_SIZE];
    size_t size = 0;

    pthread_once(&sha256_ready, find_sha256);
    atomic_init(&key->references, 1);
    key->serial = atomic_fetch_add(&serials, 1) + 1;
    snprintf(key->id, sizeof(key->id), "%s", id);
    key->created = time_of_id(id);
    key->pair = pair;
    must(EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &size) == 1 &&
             size == sizeof(point),
         "EVP_PKEY_get_octet_string_param");
    memcpy(key->x, point + 1, sizeof(key->x));
    memcpy(key->y, point + 1 + sizeof(key->x), sizeof(key->y));
    key->verifying = ready_for(pair, EVP_PKEY_verify_init);
    if (private_half)
        key->signing = ready_for(pair, EVP_PKEY_sign_init);
    return key;
}

token_key *token_key_generate(const char *id)
{
    EVP_PKEY *pair = EVP_EC_gen(CURVE);

    must(pair != NULL, "EVP_EC_gen");
    return wrap(id, pair, true);
}

/* OpenSSL would ask the terminal otherwise. */
static int no_password(char *buffer, int size, int writing, void *argument)
{
    (void)buffer, (void)size, (void)writing, (void)argument;
    return -1;
}

static bool is_sound_pair(EVP_PKEY *pair)
{
    EVP_PKEY_CTX *context;
    char group[32];
    bool sound;

    if (!EVP_PKEY_is_a(pair, "EC") || EVP_PKEY_get_group_name(pair, group, sizeof(group), NULL) != 1 ||
        strcmp(group, "prime256v1") != 0)
        return false;
    /* A file may hold the point in another form, or a public half that is not the private one's. */
    if (EVP_PKEY_set_utf8_string_param(pair, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1)
        return false;
    context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
    must(context != NULL, "EVP_PKEY_CTX_new_from_pkey");
    sound = EVP_PKEY_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

poly_result token_key_from_pem(const char *id, poly_slice pem, token_key **key)
{
    BIO *text = BIO_new_mem_buf(pem.data, (int)pem.size);
    EVP_PKEY *pair;

    must(text != NULL, "BIO_new_mem_buf");
    pair = PEM_read_bio_PrivateKey(text, NULL, no_password, NULL);
    BIO_free(text);
    if (!pair || !is_sound_pair(pair)) {
        EVP_PKEY_free(pair);
        ERR_clear_error();
        return POLY_INVALID;
    }
    *key = wrap(id, pair, true);
    return POLY_OK;
}

static EVP_PKEY *pair_of_point(const unsigned char point[POINT_SIZE])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters;
    EVP_PKEY *pair = NULL;

    must(context && builder && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, CURVE, 0) == 1 &&
             OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, POINT_SIZE) == 1,
         "OSSL_PARAM_BLD_new");
    parameters = OSSL_PARAM_BLD_to_param(builder);
    must(parameters && EVP_PKEY_fromdata_init(context) == 1, "EVP_PKEY_fromdata_init");
    if (EVP_PKEY_fromdata(context, &pair, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        pair = NULL; /* not on the curve */
    ERR_clear_error();
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return pair;
}

poly_result token_key_from_point(const char *id, const unsigned char x[TOKEN_COORDINATE_SIZE],
                                 const unsigned char y[TOKEN_COORDINATE_SIZE], token_key **key)
{
    unsigned char point[POINT_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    EVP_PKEY *pair;

    memcpy(point + 1, x, TOKEN_COORDINATE_SIZE);
    memcpy(point + 1 + TOKEN_COORDINATE_SIZE, y, TOKEN_COORDINATE_SIZE);
    pair = pair_of_point(point);
    if (!pair)
        return POLY_INVALID;
    *key = wrap(id, pair, false);
    return POLY_OK;
}

token_key *token_key_ref(token_key *key)
{
    atomic_fetch_add_explicit(&key->references, 1, memory_order_relaxed);
    return key;
}

void token_key_unref(token_key **key)
{
    token_key *gone = *key;

    *key = NULL;
    if (!gone || atomic_fetch_sub_explicit(&gone->references, 1, memory_order_acq_rel) != 1)
        return;
    EVP_PKEY_CTX_free(gone->signing);
    EVP_PKEY_CTX_free(gone->verifying);
    EVP_PKEY_free(gone->pair);
    free(gone);
}

void token_key_write_pem(const token_key *key, poly_strbuf *out)
{
    BIO *text = BIO_new(BIO_s_mem()); /* wipes itself when freed */
    char *bytes;
    long size;

    must(text && PEM_write_bio_PrivateKey(text, key->pair, NULL, NULL, 0, NULL, NULL) == 1, "PEM_write_bio_PrivateKey");
    size = BIO_get_mem_data(text, &bytes);
    poly_strbuf_append(out, bytes, (size_t)size);
    BIO_free(text);
}

/* --- using --- */

static void digest(const void *text, size_t size, unsigned char out[DIGEST_SIZE])
{
    must(EVP_Digest(text, size, out, NULL, sha256, NULL) == 1, "EVP_Digest");
}

/* OpenSSL takes and gives signatures in DER (RFC 3279 section 2.2.3): an integer has no zeros in front, but for the one
 * that keeps its first bit from being a sign. Answers the size. */
static size_t put_integer(const unsigned char number[TOKEN_COORDINATE_SIZE], unsigned char *der)
{
    size_t zeros = 0, size, padding;

    while (zeros < TOKEN_COORDINATE_SIZE - 1 && number[zeros] == 0)
        zeros++;
    padding = number[zeros] >> 7;
    size = TOKEN_COORDINATE_SIZE - zeros;
    der[0] = V_ASN1_INTEGER;
    der[1] = (unsigned char)(padding + size);
    der[2] = 0;
    memcpy(der + 2 + padding, number + zeros, size);
    return 2 + padding + size;
}

static size_t to_der(const unsigned char raw[TOKEN_SIGNATURE_SIZE], unsigned char der[LARGEST_DER])
{
    size_t size = 2;

    size += put_integer(raw, der + size);
    size += put_integer(raw + TOKEN_COORDINATE_SIZE, der + size);
    der[0] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
    der[1] = (unsigned char)(size - 2);
    return size;
}

static void from_der(const unsigned char *der, size_t size, unsigned char raw[TOKEN_SIGNATURE_SIZE])
{
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
    const BIGNUM *r, *s;

    must(signature != NULL, "d2i_ECDSA_SIG");
    ECDSA_SIG_get0(signature, &r, &s);
    must(BN_bn2binpad(r, raw, TOKEN_COORDINATE_SIZE) == TOKEN_COORDINATE_SIZE &&
             BN_bn2binpad(s, raw + TOKEN_COORDINATE_SIZE, TOKEN_COORDINATE_SIZE) == TOKEN_COORDINATE_SIZE,
         "BN_bn2binpad");
    ECDSA_SIG_free(signature);
}

static EVP_PKEY_CTX *copy(const EVP_PKEY_CTX *ready)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_dup(ready);

    must(context != NULL, "EVP_PKEY_CTX_dup");
    return context;
}

bool token_key_verify(const token_key *key, const void *text, size_t size,
                      const unsigned char signature[TOKEN_SIGNATURE_SIZE])
{
    unsigned char hash[DIGEST_SIZE], der[LARGEST_DER];
    size_t der_size = to_der(signature, der);
    EVP_PKEY_CTX *context;
    bool right;

    digest(text, size, hash);
    context = copy(key->verifying);
    right = EVP_PKEY_verify(context, der, der_size, hash, sizeof(hash)) == 1;
    EVP_PKEY_CTX_free(context);
    if (!right)
        ERR_clear_error(); /* r or s out of range leaves an error behind, which others would take for theirs */
    return right;
}

void token_key_sign(const token_key *key, const void *text, size_t size, unsigned char signature[TOKEN_SIGNATURE_SIZE])
{
    unsigned char hash[DIGEST_SIZE], der[LARGEST_DER];
    size_t der_size = sizeof(der);
    EVP_PKEY_CTX *context = copy(key->signing);

    digest(text, size, hash);
    must(EVP_PKEY_sign(context, der, &der_size, hash, sizeof(hash)) == 1, "EVP_PKEY_sign");
    EVP_PKEY_CTX_free(context);
    from_der(der, der_size, signature);
}

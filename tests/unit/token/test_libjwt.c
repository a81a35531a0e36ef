/* SPDX-License-Identifier: MIT */
/*
 * libjwt as somebody else's opinion: each side's tokens verify on the other. And what libjwt lets through, or breaks
 * on, is refused here.
 */
#include "scene.h"

#include <jwt.h>
#include <openssl/pem.h>

static token_key *key;
static poly_token_verifier *verifier;
static char private_pem[1024], public_pem[1024];

static void write_public_pem(void)
{
    BIO *text = BIO_new(BIO_s_mem());
    int size;

    ck_assert_int_eq(PEM_write_bio_PUBKEY(text, key->pair), 1);
    size = BIO_read(text, public_pem, sizeof(public_pem) - 1);
    ck_assert_int_gt(size, 0);
    public_pem[size] = '\0';
    BIO_free(text);
}

static void set_up(void)
{
    poly_strbuf pem;

    open_scene();
    key = own_key();
    verifier = make_verifier(POLY_TOKEN_LAUNCH, poly_key_directory_keys(directory), "main-svc", "services");
    poly_strbuf_init(&pem, sizeof(private_pem) - 1);
    token_key_write_pem(key, &pem);
    snprintf(private_pem, sizeof(private_pem), "%s", pem.data);
    poly_strbuf_release(&pem);
    write_public_pem();
}

static void tear_down(void)
{
    poly_token_verifier_destroy(&verifier);
    token_key_unref(&key);
    close_scene();
}

/* --- libjwt as issuer --- */

static jwt_t *libjwt_claims(int64_t now)
{
    jwt_t *jwt = NULL;

    ck_assert_int_eq(jwt_new(&jwt), 0);
    jwt_add_header(jwt, "kid", key->id);
    jwt_add_grant(jwt, "iss", "main-svc");
    jwt_add_grants_json(jwt, "{\"aud\":[\"services\",\"traffic\"]," LAUNCH_CLAIMS "}");
    jwt_add_grant(jwt, "jti", "j1");
    jwt_add_grant_int(jwt, "iat", (long)now);
    jwt_add_grant_int(jwt, "exp", (long)now + 300);
    return jwt;
}

/* In the arena. */
static const char *libjwt_sign(jwt_t *jwt, jwt_alg_t algorithm, const char *secret)
{
    const char *token;
    char *text;

    ck_assert_int_eq(jwt_set_alg(jwt, algorithm, (const unsigned char *)secret, secret ? (int)strlen(secret) : 0), 0);
    text = jwt_encode_str(jwt);
    ck_assert_ptr_nonnull(text);
    token = poly_arena_strdup(arena, text);
    free(text);
    jwt_free(jwt);
    return token;
}

START_TEST(its_tokens_verify_here)
{
    poly_launch_token claims;

    for (int i = 0; i < 50; i++) { /* r and s come in all lengths */
        const char *token = libjwt_sign(libjwt_claims(NOW), JWT_ALG_ES256, private_pem);

        ck_assert_int_eq(verify_launch_at(verifier, token, NOW, &claims), POLY_TOKEN_FINE);
        ck_assert_str_eq(claims.student_name, "Анна");
        ck_assert_str_eq(claims.base.audience[1], "traffic");
    }
}
END_TEST

/* --- libjwt as verifier --- */

START_TEST(our_tokens_verify_there)
{
    poly_token_issuer issuer = {.keys = directory, .name = "main-svc"};

    for (int i = 0; i < 50; i++) {
        poly_launch_token claims = {.base.audience = {"services"},
                                    .student_id = "s1",
                                    .student_name = "Анна \"Я\"",
                                    .student_email = "a@example.org"};
        const char *token;
        jwt_t *jwt = NULL;

        ck_assert_int_eq(poly_token_sign_launch(&issuer, &claims, 300, arena, &token), POLY_OK);
        ck_assert_int_eq(jwt_decode(&jwt, token, (const unsigned char *)public_pem, (int)strlen(public_pem)), 0);
        ck_assert_int_eq(jwt_get_alg(jwt), JWT_ALG_ES256);
        ck_assert_str_eq(jwt_get_header(jwt, "kid"), key->id);
        ck_assert_str_eq(jwt_get_grant(jwt, "iss"), "main-svc");
        ck_assert_str_eq(jwt_get_grant(jwt, "student_name"), "Анна \"Я\"");
        ck_assert_int_eq(jwt_get_grant_int(jwt, "exp"), claims.base.expires_at);
        jwt_free(jwt);
    }
}
END_TEST

START_TEST(both_refuse_a_changed_token)
{
    poly_launch_token claims;
    char *token = poly_arena_strdup(arena, libjwt_sign(libjwt_claims(NOW), JWT_ALG_ES256, private_pem));
    char *signature = strrchr(token, '.') + 5;
    jwt_t *jwt = NULL;

    *signature = *signature == 'A' ? 'B' : 'A';
    ck_assert_int_ne(jwt_decode(&jwt, token, (const unsigned char *)public_pem, (int)strlen(public_pem)), 0);
    ck_assert_int_eq(verify_launch_at(verifier, token, NOW, &claims), POLY_TOKEN_SIGNATURE);
}
END_TEST

/* --- what it lets through --- */

START_TEST(a_public_key_is_no_secret)
{
    poly_launch_token claims;
    const char *token = libjwt_sign(libjwt_claims(NOW), JWT_ALG_HS256, public_pem);
    jwt_t *jwt = NULL;

    ck_assert_int_eq(jwt_decode(&jwt, token, (const unsigned char *)public_pem, (int)strlen(public_pem)), 0);
    jwt_free(jwt);
    ck_assert_int_ne(verify_launch_at(verifier, token, NOW, &claims), POLY_TOKEN_FINE);
}
END_TEST

START_TEST(no_key_accepts_nothing)
{
    poly_key_set *none = token_key_set_create();
    poly_token_verifier *empty = make_verifier(POLY_TOKEN_LAUNCH, none, "main-svc", "services");
    const char *token = libjwt_sign(libjwt_claims(NOW), JWT_ALG_ES256, private_pem);
    poly_launch_token claims;
    jwt_t *jwt = NULL;

    ck_assert_int_eq(jwt_decode(&jwt, token, NULL, 0), 0); /* looks at no signature */
    jwt_free(jwt);
    ck_assert_int_eq(verify_launch_at(empty, token, NOW, &claims), POLY_TOKEN_UNKNOWN_KEY);
    poly_token_verifier_destroy(&empty);
    poly_key_set_destroy(&none);
}
END_TEST

START_TEST(an_unsigned_token_of_libjwt_is_refused)
{
    poly_launch_token claims;

    ck_assert_int_eq(verify_launch_at(verifier, libjwt_sign(libjwt_claims(NOW), JWT_ALG_NONE, NULL), NOW, &claims),
                     POLY_TOKEN_MALFORMED);
}
END_TEST

START_TEST(an_old_token_is_old)
{
    const char *token = libjwt_sign(libjwt_claims(NOW - HOUR), JWT_ALG_ES256, private_pem);
    poly_launch_token claims;
    jwt_t *jwt = NULL;

    ck_assert_int_eq(jwt_decode(&jwt, token, (const unsigned char *)public_pem, (int)strlen(public_pem)), 0);
    jwt_free(jwt);
    ck_assert_int_eq(verify_launch_at(verifier, token, NOW, &claims), POLY_TOKEN_EXPIRED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        its_tokens_verify_here,    our_tokens_verify_there, both_refuse_a_changed_token,
        a_public_key_is_no_secret, no_key_accepts_nothing,  an_unsigned_token_of_libjwt_is_refused,
        an_old_token_is_old,
    };

    return run_cases("libjwt", tests, POLY_LENGTH(tests), set_up, tear_down);
}

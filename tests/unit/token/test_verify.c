/* SPDX-License-Identifier: MIT */
#include "poly/metrics.h"
#include "scene.h"

static poly_token_verifier *verifier;
static token_key *key;

static void set_up(void)
{
    open_scene();
    verifier = make_verifier(POLY_TOKEN_LAUNCH, poly_key_directory_keys(directory), "main-svc", "services");
    key = own_key();
}

static void tear_down(void)
{
    token_key_unref(&key);
    poly_token_verifier_destroy(&verifier);
    close_scene();
}

static poly_token_fault judge(const char *header, const char *payload)
{
    poly_launch_token claims;

    return verify_launch_at(verifier, sign_with(key, header, payload), NOW, &claims);
}

static poly_token_fault judge_header(const char *header)
{
    return judge(header, launch_payload(""));
}

static poly_token_fault judge_payload(const char *payload)
{
    return judge(header_for("JWT", key->id), payload);
}

static poly_token_fault judge_token(const char *token, size_t size)
{
    poly_token_fault fault = POLY_TOKEN_FAULTS;
    poly_launch_token claims;

    ck_assert_int_eq(token_verify_at(verifier, (poly_slice){token, size}, NOW, arena, &claims, &fault), POLY_REJECTED);
    return fault;
}

#define expect(fault, want)                                                                                     \
    do {                                                                                                        \
        poly_token_fault seen_fault = (fault);                                                                  \
        ck_assert_msg(seen_fault == (want), "line %d: %s, not %s", __LINE__, poly_token_fault_name(seen_fault), \
                      poly_token_fault_name(want));                                                             \
    } while (0)

START_TEST(a_good_token_gives_its_claims)
{
    poly_launch_token claims;

    expect(verify_launch_at(verifier, sign_with(key, header_for("JWT", key->id), launch_payload(",\"more\":[1]")), NOW,
                            &claims),
           POLY_TOKEN_FINE);
    ck_assert_str_eq(claims.base.issuer, "main-svc");
    ck_assert_str_eq(claims.base.audience[0], "services");
    ck_assert_str_eq(claims.base.audience[1], "traffic");
    ck_assert_ptr_null(claims.base.audience[2]);
    ck_assert_str_eq(claims.base.id, "j1");
    ck_assert_int_eq(claims.base.issued_at, NOW);
    ck_assert_int_eq(claims.base.expires_at, NOW + 300);
    ck_assert_str_eq(claims.student_id, "s1");
    ck_assert_str_eq(claims.student_name, "Анна");
    ck_assert_str_eq(claims.student_email, "a@example.org");
}
END_TEST

/* libjwt 1.10 takes tokens of other algorithms than the one it was set up for. */
START_TEST(only_es256_is_an_algorithm)
{
    static const char *const others[] = {"none", "None", "", "HS256", "RS256", "ES384", "es256", "ES256K", "EdDSA"};

    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        expect(judge_header(
                   poly_arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", others[i], key->id)),
               POLY_TOKEN_ALGORITHM);
    expect(judge_header(poly_arena_printf(arena, "{\"typ\":\"JWT\",\"kid\":\"%s\"}", key->id)), POLY_TOKEN_ALGORITHM);
    expect(judge_header(poly_arena_printf(arena, "{\"alg\":[\"ES256\"],\"typ\":\"JWT\",\"kid\":\"%s\"}", key->id)),
           POLY_TOKEN_ALGORITHM);
}
END_TEST

START_TEST(an_unsigned_token_is_refused)
{
    const char *header = "{\"alg\":\"none\",\"typ\":\"JWT\"}", *payload = launch_payload("");
    const char *token =
        poly_arena_printf(arena, "%s.%s.", encode(header, strlen(header)), encode(payload, strlen(payload)));

    expect(judge_token(token, strlen(token)), POLY_TOKEN_MALFORMED);
    expect(judge_token(token, strlen(token) - 1), POLY_TOKEN_MALFORMED);
}
END_TEST

START_TEST(the_type_is_fixed)
{
    static const char *const others[] = {"at+jwt", "jwt", "", "JOSE", "application/jwt"};

    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        expect(judge_header(header_for(others[i], key->id)), POLY_TOKEN_TYPE);
    expect(judge_header(poly_arena_printf(arena, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", key->id)), POLY_TOKEN_TYPE);
}
END_TEST

START_TEST(any_critical_header_is_refused)
{
    static const char *const values[] = {"[\"b64\"]", "[\"exp\"]", "[]", "null", "1"};

    for (size_t i = 0; i < POLY_LENGTH(values); i++)
        expect(judge_header(poly_arena_printf(arena,
                                              "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"b64\":true,"
                                              "\"crit\":%s}",
                                              key->id, values[i])),
               POLY_TOKEN_CRITICAL);
}
END_TEST

START_TEST(key_ids_have_one_form)
{
    static const char *const others[] = {"", "../../etc/passwd", "a b", "ключ", "a\\u000ab", "'or 1=1"};
    char longest[66];

    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        expect(judge_header(header_for("JWT", others[i])), POLY_TOKEN_KEY_ID);
    expect(judge_header("{\"alg\":\"ES256\",\"typ\":\"JWT\"}"), POLY_TOKEN_KEY_ID);
    expect(judge_header("{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":7}"), POLY_TOKEN_KEY_ID);
    memset(longest, 'k', 65);
    longest[65] = '\0';
    expect(judge_header(header_for("JWT", longest)), POLY_TOKEN_KEY_ID);
    longest[64] = '\0';
    expect(judge_header(header_for("JWT", longest)), POLY_TOKEN_UNKNOWN_KEY);
}
END_TEST

/* A key that the token brings along is no key (RFC 8725 section 3.10). */
START_TEST(keys_inside_the_token_are_ignored)
{
    token_key *own = token_key_generate("mine");
    char x[POLY_BASE64URL_SIZE(32)], y[POLY_BASE64URL_SIZE(32)];
    poly_launch_token claims;
    const char *header;

    poly_base64url_encode(own->x, 32, x);
    poly_base64url_encode(own->y, 32, y);
    header = poly_arena_printf(arena,
                               "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\",\"jku\":\"http://127.0.0.1/\","
                               "\"jwk\":{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}}",
                               key->id, x, y);
    expect(verify_launch_at(verifier, sign_with(own, header, launch_payload("")), NOW, &claims), POLY_TOKEN_SIGNATURE);
    token_key_unref(&own);
}
END_TEST

/* Each claim must be there, with its type: libjwt looks at none. */
START_TEST(claims_are_required)
{
    static const char *const names[] = {"iss", "aud",        "jti",          "iat",
                                        "exp", "student_id", "student_name", "student_email"};
    static const char *const wrong[] = {"null", "true", "{}", "[[]]", "[]", "-1", "1.5", "1e300"};

    for (size_t i = 0; i < POLY_LENGTH(names); i++) {
        char *payload = poly_arena_strdup(arena, launch_payload(""));
        char *at = strstr(payload, poly_arena_printf(arena, "\"%s\":", names[i]));

        ck_assert_ptr_nonnull(at);
        at[1] = 'X'; /* another name, so the claim is missing */
        expect(judge_payload(payload), POLY_TOKEN_CLAIMS);
        for (size_t j = 0; j < POLY_LENGTH(wrong); j++)
            expect(judge_payload(poly_arena_printf(arena, "{\"%s\":%s,%s", names[i], wrong[j], payload + 1)),
                   POLY_TOKEN_CLAIMS);
    }
}
END_TEST

START_TEST(times_are_whole_numbers)
{
    static const char *const payloads[] = {
        "\"iat\":\"1800000000\",\"exp\":1800000300",
        "\"iat\":1800000000,\"exp\":\"1800000300\"",
        "\"iat\":1800000000.5,\"exp\":1800000300",
        "\"iat\":1800000000,\"exp\":9223372036854775807",
        "\"iat\":1800000000,\"exp\":1e300",
        "\"iat\":1800000000,\"exp\":1800000000",
        "\"iat\":1800000020,\"exp\":1800000010",
        "\"iat\":1800000000,\"exp\":1800000300,\"nbf\":\"now\"",
        "\"iat\":1800000000,\"exp\":1800000300,\"nbf\":-5",
    };

    for (size_t i = 0; i < POLY_LENGTH(payloads); i++)
        expect(
            judge_payload(poly_arena_printf(
                arena, "{\"iss\":\"main-svc\",\"aud\":\"services\",\"jti\":\"j\"," LAUNCH_CLAIMS ",%s}", payloads[i])),
            POLY_TOKEN_CLAIMS);
}
END_TEST

START_TEST(the_issuer_is_fixed)
{
    static const char *const others[] = {"sso-svc", "main-svc ", "MAIN-SVC", "main-svc/"};

    for (size_t i = 0; i < POLY_LENGTH(others); i++)
        expect(judge_payload(poly_arena_printf(arena,
                                               "{\"iss\":\"%s\",\"aud\":\"services\",\"jti\":\"j\",\"iat\":1800000000,"
                                               "\"exp\":1800000300," LAUNCH_CLAIMS "}",
                                               others[i])),
               POLY_TOKEN_ISSUER);
}
END_TEST

START_TEST(the_audience_must_hold_us)
{
    static const struct {
        const char *audience;
        poly_token_fault fault;
    } cases[] = {
        {"\"services\"", POLY_TOKEN_FINE},
        {"[\"services\"]", POLY_TOKEN_FINE},
        {"[\"traffic\",\"services\"]", POLY_TOKEN_FINE},
        {"\"traffic\"", POLY_TOKEN_AUDIENCE},
        {"\"main\"", POLY_TOKEN_AUDIENCE},
        {"[\"traffic\",\"sso\"]", POLY_TOKEN_AUDIENCE},
        {"\"services \"", POLY_TOKEN_AUDIENCE},
        {"[\"services\",1]", POLY_TOKEN_CLAIMS},
        {"[\"services\",\"\"]", POLY_TOKEN_CLAIMS},
        {"[\"a\",\"b\",\"c\",\"services\"]", POLY_TOKEN_FINE},
        {"[\"a\",\"b\",\"c\",\"d\",\"services\"]", POLY_TOKEN_CLAIMS},
        {"{\"0\":\"services\"}", POLY_TOKEN_CLAIMS},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++)
        expect(judge_payload(poly_arena_printf(arena,
                                               "{\"iss\":\"main-svc\",\"aud\":%s,\"jti\":\"j\",\"iat\":1800000000,"
                                               "\"exp\":1800000300," LAUNCH_CLAIMS "}",
                                               cases[i].audience)),
               cases[i].fault);
}
END_TEST

/* 30 s of skew, to the second, and again from a cache that has seen it. */
START_TEST(tokens_live_from_iat_to_exp)
{
    const char *token = sign_with(key, header_for("JWT", key->id), launch_payload(""));
    poly_launch_token claims;

    for (int round = 0; round < 2; round++) {
        expect(verify_launch_at(verifier, token, NOW - 31, &claims), POLY_TOKEN_FUTURE);
        expect(verify_launch_at(verifier, token, NOW - 30, &claims), POLY_TOKEN_FINE);
        expect(verify_launch_at(verifier, token, NOW - HOUR, &claims), POLY_TOKEN_FUTURE);
        expect(verify_launch_at(verifier, token, NOW + 299, &claims), POLY_TOKEN_FINE);
        expect(verify_launch_at(verifier, token, NOW + 329, &claims), POLY_TOKEN_FINE);
        expect(verify_launch_at(verifier, token, NOW + 330, &claims), POLY_TOKEN_EXPIRED);
        expect(verify_launch_at(verifier, token, NOW + HOUR, &claims), POLY_TOKEN_EXPIRED);
    }
}
END_TEST

START_TEST(nbf_is_heeded)
{
    const char *token = sign_with(key, header_for("JWT", key->id), launch_payload(",\"nbf\":1800000100"));
    poly_launch_token claims;

    expect(verify_launch_at(verifier, token, NOW + 69, &claims), POLY_TOKEN_FUTURE);
    expect(verify_launch_at(verifier, token, NOW + 70, &claims), POLY_TOKEN_FINE);
    expect(verify_launch_at(verifier, token, NOW + 69, &claims), POLY_TOKEN_FUTURE);
}
END_TEST

START_TEST(names_come_once)
{
    expect(judge_header(poly_arena_printf(arena, "{\"alg\":\"none\",\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                                          key->id)),
           POLY_TOKEN_MALFORMED);
    expect(judge_payload(launch_payload(",\"student_id\":\"s2\"")), POLY_TOKEN_MALFORMED);
    expect(judge_payload(launch_payload(",\"\\u0073tudent_id\":\"s2\"")), POLY_TOKEN_MALFORMED);
}
END_TEST

START_TEST(parts_must_be_json_objects)
{
    static const char *const texts[] = {"", "{", "nothing", "{}x", "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}"};
    static const char *const values[] = {"[]", "1", "\"text\"", "null"};

    for (size_t i = 0; i < POLY_LENGTH(texts); i++) {
        expect(judge_header(texts[i]), POLY_TOKEN_MALFORMED);
        expect(judge_payload(texts[i]), POLY_TOKEN_MALFORMED);
    }
    for (size_t i = 0; i < POLY_LENGTH(values); i++) {
        expect(judge_header(values[i]), POLY_TOKEN_MALFORMED);
        expect(judge_payload(values[i]), POLY_TOKEN_CLAIMS);
    }
}
END_TEST

/* No cut of a good token is good, nor is one with a bit turned, whitespace, padding or a fourth part. */
START_TEST(every_byte_counts)
{
    const char *good = sign_with(key, header_for("JWT", key->id), launch_payload(""));
    size_t size = strlen(good);
    char *changed = poly_arena_alloc(arena, size + 8);

    for (size_t i = 0; i < size; i++)
        judge_token(good, i);
    for (size_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit += 3) {
            memcpy(changed, good, size);
            changed[i] = (char)(changed[i] ^ (1 << bit));
            judge_token(changed, size);
        }
    }
    for (const char *more = " \n=.A"; *more; more++) {
        memcpy(changed, good, size);
        changed[size] = *more;
        expect(judge_token(changed, size + 1), POLY_TOKEN_MALFORMED);
        changed[0] = *more;
        memcpy(changed + 1, good, size);
        judge_token(changed, size + 1);
    }
    expect(judge_token("", 0), POLY_TOKEN_MALFORMED);
    expect(judge_token(NULL, 0), POLY_TOKEN_MALFORMED);
    expect(judge_token("..", 2), POLY_TOKEN_MALFORMED);
}
END_TEST

/* The last character of 64 bytes in base64url has four bits that say nothing; they must be zero. */
START_TEST(base64url_has_one_spelling)
{
    char *token = poly_arena_strdup(arena, sign_with(key, header_for("JWT", key->id), launch_payload("")));
    char *last = token + strlen(token) - 1;

    ck_assert_ptr_nonnull(strchr("AQgw", *last));
    ++*last;
    expect(judge_token(token, strlen(token)), POLY_TOKEN_MALFORMED);
}
END_TEST

START_TEST(signatures_have_64_bytes)
{
    const char *good = sign_with(key, header_for("JWT", key->id), launch_payload(""));
    size_t body = (size_t)(strrchr(good, '.') - good) + 1;
    char bytes[96] = {0};

    for (size_t size = 0; size < sizeof(bytes); size++) {
        char *token = poly_arena_printf(arena, "%.*s%s", (int)body, good, encode(bytes, size));

        expect(judge_token(token, strlen(token)), size == 64 ? POLY_TOKEN_SIGNATURE : POLY_TOKEN_MALFORMED);
    }
    memset(bytes, 0xff, sizeof(bytes)); /* r and s above the group's order */
    good = poly_arena_printf(arena, "%.*s%s", (int)body, good, encode(bytes, 64));
    expect(judge_token(good, strlen(good)), POLY_TOKEN_SIGNATURE);
}
END_TEST

START_TEST(another_key_signs_nothing)
{
    token_key *other = token_key_generate(key->id);
    poly_launch_token claims;

    expect(verify_launch_at(verifier, sign_with(other, header_for("JWT", key->id), launch_payload("")), NOW, &claims),
           POLY_TOKEN_SIGNATURE);
    expect(verify_launch_at(verifier, sign_with(other, header_for("JWT", "other"), launch_payload("")), NOW, &claims),
           POLY_TOKEN_UNKNOWN_KEY);
    token_key_unref(&other);
}
END_TEST

/* libjwt overflows a small stack on a header of 300 KB. */
START_TEST(size_is_bounded)
{
    static const size_t sizes[] = {5000, 100000, 300000};

    for (size_t i = 0; i < POLY_LENGTH(sizes); i++) {
        char *filling = poly_arena_alloc_zero(arena, 1, sizes[i] + 1);

        memset(filling, i ? '[' : 'x', sizes[i]);
        expect(judge_header(filling), i ? POLY_TOKEN_TOO_LARGE : POLY_TOKEN_MALFORMED);
        expect(judge_payload(poly_arena_printf(arena, "{\"a\":\"%s\"}", filling)),
               i ? POLY_TOKEN_TOO_LARGE : POLY_TOKEN_CLAIMS);
    }
}
END_TEST

/* What is wrong otherwise is refused before any signature is looked at. */
START_TEST(signatures_are_the_last_thing_looked_at)
{
    const struct {
        const char *header, *payload;
        poly_token_fault fault;
    } cases[] = {
        {"{\"alg\":\"none\"}", launch_payload(""), POLY_TOKEN_ALGORITHM},
        {header_for("JWT", key->id), "{}", POLY_TOKEN_CLAIMS},
        {header_for("JWT", "unknown"), launch_payload(""), POLY_TOKEN_UNKNOWN_KEY},
        {header_for("JWT", "unknown"), "{}", POLY_TOKEN_CLAIMS},
        {header_for("JWT", key->id), launch_payload(",\"nbf\":1900000000"), POLY_TOKEN_FUTURE},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        const char *signature =
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        const char *token = poly_arena_printf(arena, "%s.%s.%s", encode(cases[i].header, strlen(cases[i].header)),
                                              encode(cases[i].payload, strlen(cases[i].payload)), signature);

        expect(judge_token(token, strlen(token)), cases[i].fault);
    }
}
END_TEST

START_TEST(refusals_are_counted_by_reason)
{
    poly_counter *counter = poly_counter_get("poly_token_failures_total", "Tokens refused, by reason.",
                                             (const poly_label[]){{"reason", "issuer"}, {NULL, NULL}});
    uint64_t before = poly_counter_value(counter);
    poly_token_verifier *other =
        make_verifier(POLY_TOKEN_LAUNCH, poly_key_directory_keys(directory), "sso-svc", "services");
    poly_launch_token claims;

    expect(verify_launch_at(other, sign_with(key, header_for("JWT", key->id), launch_payload("")), NOW, &claims),
           POLY_TOKEN_ISSUER);
    ck_assert_uint_eq(poly_counter_value(counter), before + 1);
    poly_token_verifier_destroy(&other);
    for (unsigned i = 0; i < POLY_TOKEN_FAULTS; i++)
        ck_assert_str_ne(poly_token_fault_name((poly_token_fault)i), "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_good_token_gives_its_claims,
        only_es256_is_an_algorithm,
        an_unsigned_token_is_refused,
        the_type_is_fixed,
        any_critical_header_is_refused,
        key_ids_have_one_form,
        keys_inside_the_token_are_ignored,
        claims_are_required,
        times_are_whole_numbers,
        the_issuer_is_fixed,
        the_audience_must_hold_us,
        tokens_live_from_iat_to_exp,
        nbf_is_heeded,
        names_come_once,
        parts_must_be_json_objects,
        every_byte_counts,
        base64url_has_one_spelling,
        signatures_have_64_bytes,
        another_key_signs_nothing,
        size_is_bounded,
        signatures_are_the_last_thing_looked_at,
        refusals_are_counted_by_reason,
    };

    return run_cases("verify", tests, POLY_LENGTH(tests), set_up, tear_down);
}

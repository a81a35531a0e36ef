/* SPDX-License-Identifier: MIT */
/*
 * What the tokens' tests share: an issuer with a key directory of its own, verifiers, and tokens made to order with
 * its key. Included by the test programs, each of which has a copy.
 */
#ifndef POLY_TEST_TOKEN_SCENE_H
#define POLY_TEST_TOKEN_SCENE_H

#include "poly/random.h"
#include "poly/time.h"
#include "poly/token.h"
#include "token/jws.h"
#include "token/key_directory.h"
#include "token/verify.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW  INT64_C(1800000000) /* January 2027 */
#define HOUR 3600

#define SCENE_UNUSED __attribute__((unused))

static char place[64];
static poly_key_directory *directory;
static poly_arena *arena;

static SCENE_UNUSED void make_place(void)
{
    snprintf(place, sizeof(place), "/tmp/poly-token-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    arena = poly_arena_create(0);
}

static SCENE_UNUSED void remove_place(void)
{
    DIR *files = opendir(place);
    struct dirent *entry;

    while (files && (entry = readdir(files)) != NULL)
        unlinkat(dirfd(files), entry->d_name, 0); /* "." and ".." stay */
    if (files)
        closedir(files);
    rmdir(place);
    poly_arena_destroy(&arena);
}

static SCENE_UNUSED poly_key_directory *open_directory(void)
{
    poly_key_directory *opened = NULL;
    poly_strbuf fault;
    poly_result result;

    poly_strbuf_init(&fault, 1024);
    result = poly_key_directory_open(place, true, &opened, &fault);
    ck_assert_msg(result == POLY_OK, "%s: %s", poly_result_name(result), poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
    return opened;
}

static SCENE_UNUSED void open_scene(void)
{
    make_place();
    directory = open_directory();
}

static SCENE_UNUSED void close_scene(void)
{
    poly_key_directory_close(&directory);
    remove_place();
}

static SCENE_UNUSED poly_token_verifier *make_verifier(poly_token_kind kind, poly_key_set *keys, const char *issuer,
                                                       const char *audience)
{
    const char *audiences[] = {audience, NULL};

    return poly_token_verifier_create(
        &(poly_token_verifier_options){.kind = kind, .issuer = issuer, .audiences = audiences, .keys = keys});
}

/* --- tokens made to order --- */

static SCENE_UNUSED const char *sign_with(const token_key *key, const char *header, const char *payload)
{
    poly_strbuf out;
    const char *token;

    poly_strbuf_init(&out, 1 << 20);
    /* Its answer is about the size, which tests go beyond on purpose. */
    if (!token_jws_sign(key, poly_slice_of(header), poly_slice_of(payload), &out))
        ck_assert_uint_gt(out.size, POLY_TOKEN_MAX_SIZE);
    token = poly_arena_strndup(arena, out.data, out.size);
    poly_strbuf_release(&out);
    return token;
}

static SCENE_UNUSED const char *encode(const char *bytes, size_t size)
{
    char *text = poly_arena_alloc(arena, POLY_BASE64URL_SIZE(size));

    poly_base64url_encode(bytes, size, text);
    return text;
}

/* The key that signs now. */
static SCENE_UNUSED token_key *own_key(void)
{
    return token_key_directory_signing(directory, poly_time_unix());
}

static SCENE_UNUSED const char *header_for(const char *type, const char *key_id)
{
    return poly_arena_printf(arena, "{\"alg\":\"ES256\",\"typ\":\"%s\",\"kid\":\"%s\"}", type, key_id);
}

#define LAUNCH_CLAIMS "\"student_id\":\"s1\",\"student_name\":\"Анна\",\"student_email\":\"a@example.org\""

/* A launch token's payload at NOW; `more` is further members, beginning with a comma, or "". */
static SCENE_UNUSED const char *launch_payload(const char *more)
{
    return poly_arena_printf(arena,
                             "{\"iss\":\"main-svc\",\"aud\":[\"services\",\"traffic\"],\"jti\":\"j1\",\"iat\":%lld,"
                             "\"exp\":%lld," LAUNCH_CLAIMS "%s}",
                             (long long)NOW, (long long)NOW + 300, more);
}

static SCENE_UNUSED poly_token_fault verify_launch_at(poly_token_verifier *verifier, const char *token, int64_t now,
                                                      poly_launch_token *out)
{
    poly_token_fault fault = POLY_TOKEN_FAULTS;
    poly_result result = token_verify_at(verifier, poly_slice_of(token), now, arena, out, &fault);

    if (result == POLY_OK)
        ck_assert_int_eq(fault, POLY_TOKEN_FINE);
    else
        ck_assert_int_eq(result, fault == POLY_TOKEN_NO_KEYS ? POLY_UNAVAILABLE : POLY_REJECTED);
    return fault;
}

static SCENE_UNUSED int run_cases(const char *name, const TTest *const *tests, size_t count, void (*set_up)(void),
                                  void (*tear_down)(void))
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif

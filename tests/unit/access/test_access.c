/* SPDX-License-Identifier: MIT */
/* Services by their secrets, users by their tokens, and the keys that are published for others. */
#include "loopback.h"
#include "upstream.h"

#include "poly/access.h"
#include "poly/log.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ISSUER "sso-svc"

static char place[64];
static struct loopback loopback;
static poly_key_directory *directory;
static poly_key_set *far_keys; /* those of an issuer who has to be asked */
static upstream *issuer;
static poly_token_verifier *near, *far;
static poly_arena *arena;
static char answer[16384];

static const poly_service_caller callers[] = {
    {.name = "services", .secret = "services-11111111", .previous_secret = ""},
    {.name = "traffic", .secret = "traffic-222222222", .previous_secret = "traffic-333333333"},
    {.name = "bot", .secret = "", .previous_secret = NULL},
};

static void respond(poly_request *request, const char *text)
{
    poly_strbuf body;

    poly_strbuf_init(&body, 4096);
    poly_strbuf_append_text(&body, text);
    poly_respond_strbuf(request, 200, "text/plain", &body);
}

static void get_service(poly_request *request)
{
    const poly_service_caller *caller = poly_service_caller_find(request, callers, POLY_LENGTH(callers));

    respond(request, caller ? caller->name : poly_service_secret_was_sent(request) ? "unknown" : "none");
}

static void greet(poly_request *request, poly_token_verifier *verifier)
{
    const poly_access_token *token = poly_access_require(request, verifier);

    if (token)
        respond(request, token->full_name);
}

static void get_near(poly_request *request)
{
    greet(request, near);
}

static void get_far(poly_request *request)
{
    greet(request, far);
}

static void get_keys(poly_request *request)
{
    poly_jwks_respond(request, poly_key_directory_keys(directory));
}

static const poly_route routes[] = {
    {POLY_GET, "/service", .handler = get_service},
    {POLY_GET, "/near", .handler = get_near},
    {POLY_GET, "/far", .handler = get_far, .deadline_ms = 300},
    {POLY_GET, "/.well-known/jwks.json", .handler = get_keys},
    {.path = NULL},
};

/* An issuer who takes the call and says nothing. */
static bool hang(const upstream_exchange *exchange, void *argument)
{
    (void)argument;
    upstream_await_close(exchange, -1);
    return false;
}

static poly_token_verifier *verifier_of(poly_key_set *keys)
{
    static const char *const audiences[] = {"sso", "traffic", NULL};

    return poly_token_verifier_create(&(poly_token_verifier_options){
        .kind = POLY_TOKEN_ACCESS, .issuer = ISSUER, .audiences = audiences, .keys = keys});
}

static void set_up(void)
{
    poly_strbuf fault;

    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY));
    snprintf(place, sizeof(place), "/tmp/poly-access-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    poly_strbuf_init(&fault, 1024);
    ck_assert_int_eq(poly_key_directory_open(place, true, &directory, &fault), POLY_OK);
    poly_strbuf_release(&fault);
    arena = poly_arena_create(0);
    issuer = upstream_start(hang, NULL);
    far_keys = poly_key_set_create(&(poly_key_set_options){.name = ISSUER, .base_url = upstream_url(issuer)});
    near = verifier_of(poly_key_directory_keys(directory));
    far = verifier_of(far_keys);
    loopback_start(&loopback, routes, (poly_server_options){.service = "test-svc"}, 1);
}

static void remove_place(void)
{
    DIR *files = opendir(place);
    struct dirent *entry;

    while ((entry = readdir(files)) != NULL)
        unlinkat(dirfd(files), entry->d_name, 0); /* "." and ".." stay */
    closedir(files);
    rmdir(place);
}

static void tear_down(void)
{
    loopback_stop(&loopback);
    if (issuer)
        upstream_stop(&issuer);
    poly_token_verifier_destroy(&near);
    poly_token_verifier_destroy(&far);
    poly_key_set_destroy(&far_keys);
    poly_key_directory_close(&directory);
    poly_arena_destroy(&arena);
    remove_place();
    poly_log_stop();
}

static int get(const char *path, const char *fields)
{
    char request[10000];
    int fd = loopback_connect(&loopback);

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", path, fields);
    loopback_send(fd, request, strlen(request));
    ck_assert_int_gt(loopback_read_all(fd, answer, sizeof(answer)), 0);
    close(fd);
    return loopback_status(answer);
}

/* --- services --- */

static void expect_service(const char *fields, const char *name)
{
    ck_assert_int_eq(get("/service", fields), 200);
    ck_assert_msg(strcmp(loopback_body(answer), name) == 0, "%s is %s, not %s", fields, loopback_body(answer), name);
}

START_TEST(services_are_known_by_their_secrets)
{
    expect_service("", "none");
    expect_service("X-Service-Secret: services-11111111\r\n", "services");
    expect_service("x-service-secret: traffic-222222222\r\n", "traffic");
    expect_service("X-Service-Secret: traffic-333333333\r\n", "traffic");
    expect_service("X-Service-Secret: traffic-444444444\r\n", "unknown");
    expect_service("X-Service-Secret: services-1111111\r\n", "unknown");
    expect_service("X-Service-Secret: services-111111111\r\n", "unknown");
    expect_service("X-Service-Secret: SERVICES-11111111\r\n", "unknown");
    expect_service("X-Service-Secret: services\r\n", "unknown");
}
END_TEST

/* A caller that is not configured has no secret; an empty one is not it. */
START_TEST(no_secret_is_nobodys_secret)
{
    expect_service("X-Service-Secret:\r\n", "unknown");
    expect_service("X-Service-Secret: \r\n", "unknown");
}
END_TEST

/* --- users --- */

static const char *bearer(const char *audience, unsigned life_seconds)
{
    const poly_token_issuer signer = {.keys = directory, .name = ISSUER};
    poly_access_token claims = {
        .base.audience = {audience},
        .user_id = "u-1",
        .username = "anna",
        .full_name = "Анна",
        .app = POLY_APP_TRAFFIC,
        .role = POLY_ROLE_TEACHER,
        .auth_source = POLY_AUTH_SSO,
    };
    const char *token;

    if (strcmp(audience, "sso") == 0)
        claims.app = POLY_APP_SSO;
    else if (strcmp(audience, "services") == 0)
        claims.app = POLY_APP_SERVICES;
    ck_assert_int_eq(poly_token_sign_access(&signer, &claims, life_seconds, arena, &token), POLY_OK);
    return poly_arena_printf(arena, "Authorization: Bearer %s\r\n", token);
}

START_TEST(a_good_token_says_who_it_is)
{
    ck_assert_int_eq(get("/near", bearer("traffic", 60)), 200);
    ck_assert_str_eq(loopback_body(answer), "Анна");
    ck_assert_int_eq(get("/near", bearer("sso", 60)), 200);
}
END_TEST

static void expect_refused(const char *fields, const char *challenge)
{
    ck_assert_int_eq(get("/near", fields), 401);
    ck_assert_str_eq(loopback_field(answer, "WWW-Authenticate"), challenge);
    ck_assert_ptr_nonnull(strstr(answer, "\"code\":\"unauthenticated\""));
}

START_TEST(no_token_and_a_bad_one_are_refused)
{
    expect_refused("", "Bearer realm=\"test-svc\"");
    expect_refused("Authorization: Basic YTpi\r\n", "Bearer realm=\"test-svc\"");
    expect_refused("Authorization: Bearer a.b.c\r\n", "Bearer realm=\"test-svc\", error=\"invalid_token\"");
    expect_refused(bearer("services", 60), "Bearer realm=\"test-svc\", error=\"invalid_token\"");
}
END_TEST

START_TEST(an_issuer_who_does_not_answer_is_no_fault_of_the_token)
{
    ck_assert_int_eq(get("/far", bearer("traffic", 60)), 504);
    upstream_stop(&issuer);
    ck_assert_int_eq(get("/far", bearer("traffic", 60)), 503);
    ck_assert_ptr_nonnull(loopback_field(answer, "Retry-After"));
}
END_TEST

/* --- keys --- */

START_TEST(keys_are_published)
{
    poly_key_set *published;
    poly_token_verifier *verifier;
    poly_access_token claims;
    const char *token = bearer("traffic", 60) + strlen("Authorization: Bearer ");

    ck_assert_int_eq(get("/.well-known/jwks.json", ""), 200);
    ck_assert_str_eq(loopback_field(answer, "Content-Type"), "application/jwk-set+json");
    ck_assert_str_eq(loopback_field(answer, "Cache-Control"), "public, max-age=15");
    ck_assert_ptr_null(strstr(answer, "\"d\""));
    ck_assert_int_eq(poly_key_set_parse(poly_slice_of(loopback_body(answer)), &published), POLY_OK);
    verifier = verifier_of(published);
    ck_assert_int_eq(
        poly_token_verify_access(verifier, (poly_slice){token, strcspn(token, "\r")}, arena, &claims, NULL), POLY_OK);
    poly_token_verifier_destroy(&verifier);
    poly_key_set_destroy(&published);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        services_are_known_by_their_secrets,
        no_secret_is_nobodys_secret,
        a_good_token_says_who_it_is,
        no_token_and_a_bad_one_are_refused,
        an_issuer_who_does_not_answer_is_no_fault_of_the_token,
        keys_are_published,
    };
    Suite *suite = suite_create("access");
    TCase *cases = tcase_create("access");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < POLY_LENGTH(tests); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

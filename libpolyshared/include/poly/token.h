/* SPDX-License-Identifier: MIT */
/*
 * The platform's tokens: JWTs (RFC 7519) in JWS compact form (RFC 7515), signed with ES256 and nothing else. A verifier
 * is told beforehand which kind of token, issuer, audiences and keys it accepts (RFC 8725); the token has no say in it.
 */
#ifndef POLY_TOKEN_H
#define POLY_TOKEN_H

#include "poly/arena.h"
#include "poly/key_set.h"

#define POLY_TOKEN_MAX_SIZE      8192
#define POLY_TOKEN_MAX_AUDIENCES 4
/* How far the clocks of issuer and verifier may be apart. */
#define POLY_TOKEN_SKEW_SECONDS 30

/* Why a token was refused: for metrics and the log, not for whoever sent it. */
typedef enum poly_token_fault {
    POLY_TOKEN_FINE,
    POLY_TOKEN_TOO_LARGE,
    POLY_TOKEN_MALFORMED, /* not three parts of base64url, a signature of another size than 64 bytes, broken JSON */
    POLY_TOKEN_ALGORITHM, /* not ES256 */
    POLY_TOKEN_TYPE,      /* another `typ` */
    POLY_TOKEN_CRITICAL,  /* a `crit` header: there is no extension that we understand */
    POLY_TOKEN_KEY_ID,    /* `kid` missing or of another form */
    POLY_TOKEN_CLAIMS,    /* a claim missing, of another type, or contradicting another */
    POLY_TOKEN_ISSUER,
    POLY_TOKEN_AUDIENCE,
    POLY_TOKEN_EXPIRED,
    POLY_TOKEN_FUTURE,      /* issued in the future, or not valid yet */
    POLY_TOKEN_UNKNOWN_KEY, /* no key of that id */
    POLY_TOKEN_SIGNATURE,
    POLY_TOKEN_NO_KEYS, /* no key of that id, and the issuer could not be asked */
    POLY_TOKEN_FAULTS,  /* how many there are */
} poly_token_fault;

/* A static name in lower case, such as "unknown_key". */
const char *poly_token_fault_name(poly_token_fault fault);

/* --- who a user is --- */

typedef enum poly_app { POLY_APP_SSO, POLY_APP_SERVICES, POLY_APP_TRAFFIC } poly_app;
typedef enum poly_role { POLY_ROLE_ADMIN, POLY_ROLE_STAFF, POLY_ROLE_EXECUTOR, POLY_ROLE_TEACHER } poly_role;
typedef enum poly_auth_source { POLY_AUTH_SSO, POLY_AUTH_TELEGRAM } poly_auth_source;

/* Names as in claims and answers; static. */
const char *poly_app_name(poly_app app);
const char *poly_role_name(poly_role role);
const char *poly_auth_source_name(poly_auth_source source);
/* False for NULL and for a name that is none. */
bool poly_app_parse(const char *name, poly_app *out) POLY_MUST_CHECK;
bool poly_role_parse(const char *name, poly_role *out) POLY_MUST_CHECK;
bool poly_auth_source_parse(const char *name, poly_auth_source *out) POLY_MUST_CHECK;

/* --- claims; the comment is the claim's name where it differs. Text is never NULL unless it says so --- */

typedef struct poly_token_base {
    const char *issuer;                                 /* iss */
    const char *audience[POLY_TOKEN_MAX_AUDIENCES + 1]; /* aud; one at least, NULL behind the last */
    const char *id;                                     /* jti; not empty */
    int64_t issued_at;                                  /* iat; s since 1970 */
    int64_t expires_at;                                 /* exp; s since 1970 */
} poly_token_base;

typedef struct poly_student_token {
    poly_token_base base;
    const char *student_id; /* sub; not empty */
    const char *email;
    const char *name;
    const char *study_group; /* study_group_str */
    const char *grade_book_number;
    const char *faculty_abbr;
} poly_student_token;

typedef struct poly_launch_token {
    poly_token_base base;
    const char *student_id; /* not empty */
    const char *student_name;
    const char *student_email;
} poly_launch_token;

typedef struct poly_student_session_token {
    poly_token_base base;   /* token_type is "student_session" */
    const char *student_id; /* not empty */
    const char *student_name;
    const char *student_email;
} poly_student_session_token;

typedef struct poly_access_token {
    poly_token_base base; /* the audience holds the name of `app` */
    const char *user_id;  /* sub; not empty */
    const char *username; /* not empty */
    const char *full_name;
    poly_app app;
    poly_role role;
    const char *entity_id; /* NULL if the user stands for none */
    poly_auth_source auth_source;
    int64_t telegram_id; /* above 0 with POLY_AUTH_TELEGRAM, 0 otherwise */
} poly_access_token;

/* --- issuing: any thread --- */

typedef struct poly_token_issuer {
    poly_key_directory *keys;
    const char *name; /* the `iss` claim */
} poly_token_issuer;

/*
 * Signs the claims for `life_seconds` from now. Issuer, id (a UUID) and times of the base are filled in, in the arena;
 * the caller sets its audience. `*token` is in the arena. POLY_INVALID: claims that no verifier would take.
 * POLY_TOO_LARGE: over POLY_TOKEN_MAX_SIZE.
 */
poly_result poly_token_sign_student(const poly_token_issuer *issuer, poly_student_token *claims, unsigned life_seconds,
                                    poly_arena *arena, const char **token) POLY_MUST_CHECK;
poly_result poly_token_sign_launch(const poly_token_issuer *issuer, poly_launch_token *claims, unsigned life_seconds,
                                   poly_arena *arena, const char **token) POLY_MUST_CHECK;
poly_result poly_token_sign_student_session(const poly_token_issuer *issuer, poly_student_session_token *claims,
                                            unsigned life_seconds, poly_arena *arena,
                                            const char **token) POLY_MUST_CHECK;
poly_result poly_token_sign_access(const poly_token_issuer *issuer, poly_access_token *claims, unsigned life_seconds,
                                   poly_arena *arena, const char **token) POLY_MUST_CHECK;

/* --- verifying --- */

typedef enum poly_token_kind {
    POLY_TOKEN_STUDENT,
    POLY_TOKEN_LAUNCH,
    POLY_TOKEN_STUDENT_SESSION,
    POLY_TOKEN_ACCESS,
} poly_token_kind;

typedef struct poly_token_verifier poly_token_verifier;

typedef struct poly_token_verifier_options {
    poly_token_kind kind;         /* fixes the header's `typ` and the claims */
    const char *issuer;           /* `iss` must be this; copied */
    const char *const *audiences; /* `aud` must hold one of these; NULL-terminated, copied */
    poly_key_set *keys;           /* the issuer's; kept */
    size_t cached_tokens;         /* how many verified tokens are remembered; 0: 16,384 */
} poly_token_verifier_options;

poly_token_verifier *poly_token_verifier_create(const poly_token_verifier_options *options);
void poly_token_verifier_destroy(poly_token_verifier **verifier); /* when nobody verifies any more */

/*
 * POLY_OK: `out` holds the claims, in the arena. POLY_REJECTED: the token is refused: 401. POLY_UNAVAILABLE: its key is
 * unknown and the issuer cannot be asked: 503. POLY_TIMEOUT, POLY_CANCELLED: the fiber's. `fault` (may be NULL) says
 * why; it is counted in poly_token_failures_total. The verifier must be of the kind (asserted).
 *
 * Any thread. On a fiber, an unknown key id of a fetched set may wait for a fetch; elsewhere it fetches nothing.
 */
poly_result poly_token_verify_student(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                      poly_student_token *out, poly_token_fault *fault) POLY_MUST_CHECK;
poly_result poly_token_verify_launch(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                     poly_launch_token *out, poly_token_fault *fault) POLY_MUST_CHECK;
poly_result poly_token_verify_student_session(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                              poly_student_session_token *out, poly_token_fault *fault) POLY_MUST_CHECK;
poly_result poly_token_verify_access(poly_token_verifier *verifier, poly_slice token, poly_arena *arena,
                                     poly_access_token *out, poly_token_fault *fault) POLY_MUST_CHECK;

#endif

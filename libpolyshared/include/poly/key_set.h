/* SPDX-License-Identifier: MIT */
/*
 * ES256 keys (RFC 7518 section 3.4). A key set holds the public keys that a verifier trusts: those of the issuer's own
 * directory, those that the issuer publishes (JWKS, RFC 7517), or a fixed document. A key directory holds an issuer's
 * private keys: a PEM file each, named KID.pem. Any thread, unless stated otherwise.
 */
#ifndef POLY_KEY_SET_H
#define POLY_KEY_SET_H

#include "poly/runtime.h"
#include "poly/strbuf.h"

typedef struct poly_key_set poly_key_set;
typedef struct poly_key_directory poly_key_directory;

/* A key id is 1 to 64 of [A-Za-z0-9._-]; with the NUL. */
#define POLY_KEY_ID_SIZE 65
/* Of a set and of a directory. */
#define POLY_KEYS_MAX 32
/* A new key is published for this long before it signs, so that every verifier can have it. */
#define POLY_KEY_SETTLE_SECONDS 30

/* --- key sets --- */

typedef struct poly_key_set_options {
    const char *name;              /* of the issuer, for log and metrics, static, such as "main-svc" */
    const char *base_url;          /* of the issuer */
    const char *path;              /* static; NULL: "/.well-known/jwks.json" */
    unsigned refresh_seconds;      /* how often poly_key_set_start fetches; 0: 60 */
    unsigned unknown_key_pause_ms; /* from a fetch to the next one that an unknown key id may cause; 0: 10,000 */
    unsigned failure_pause_ms;     /* the same after a fetch that failed; 0: 2,000 */
} poly_key_set_options;

/* The keys that an issuer publishes; empty until the first fetch. Strings but `base_url` are kept. */
poly_key_set *poly_key_set_create(const poly_key_set_options *options);
/* The keys of one JWKS document, for good. POLY_INVALID: see poly_key_set_refresh. */
poly_result poly_key_set_parse(poly_slice jwks, poly_key_set **set) POLY_MUST_CHECK;
/* After poly_runtime_stop, and after the verifiers that use it. Not for a directory's set. */
void poly_key_set_destroy(poly_key_set **set);

/* Starts a fiber that fetches now and then every `refresh_seconds`, sooner after a failure. Of poly_key_set_create. */
void poly_key_set_start(poly_key_set *set, poly_loop *loop);
/*
 * Fetches now, or waits for the fetch under way. POLY_OK: the issuer's keys are those of the set. POLY_BAD_ANSWER: no
 * JWKS document: broken JSON, no usable key, over 32 keys, a key id twice or of another form, a point that is not on
 * the curve, a private key. Other results as poly_httpc_call. After a failure the set is as it was. Keys of other types
 * than ES256 are passed over. Fiber only; of poly_key_set_create.
 */
poly_result poly_key_set_refresh(poly_key_set *set);
/* Whether it has a key: for readiness. */
bool poly_key_set_is_ready(const poly_key_set *set);

/* The JWKS document of the set: public keys only. */
void poly_key_set_write_jwks(const poly_key_set *set, poly_strbuf *out);

/* --- key directories: their calls read and write files, so not on a loop --- */

/*
 * Reads every *.pem of `path`. Each must be a P-256 private key without a password, in a file that only its owner may
 * read (0600 or 0400). The key that signs is the newest that is older than POLY_KEY_SETTLE_SECONDS, or the oldest if
 * all are younger; a key's age is told by its id, which begins with its UTC time as in 20260901T080000Z-5c1e90ab. Ids
 * that do not begin so are older than all that do.
 *
 * With `make_first`, an empty directory gets its first key. POLY_NOT_FOUND: no such directory, or it is empty.
 * POLY_INVALID: a file or the directory breaks the rules. POLY_TOO_LARGE: over POLY_KEYS_MAX. POLY_IO. `fault` gets a
 * sentence for a person, without a key's contents.
 */
poly_result poly_key_directory_open(const char *path, bool make_first, poly_key_directory **directory,
                                    poly_strbuf *fault) POLY_MUST_CHECK;
void poly_key_directory_close(poly_key_directory **directory); /* after poly_runtime_stop; ends its set too */

/* The public halves; belongs to the directory. */
poly_key_set *poly_key_directory_keys(poly_key_directory *directory);

/* Looks again at the files, which other processes may have changed. After a failure, logged, the keys are as before. */
poly_result poly_key_directory_reload(poly_key_directory *directory);
/* Starts a fiber that reloads every 5 s, off the loop. */
void poly_key_directory_watch(poly_key_directory *directory, poly_loop *loop);

/* Adds a key and reloads; `id` gets its name. POLY_TOO_LARGE: the directory is full. POLY_IO, or a reload's result. */
poly_result poly_key_directory_rotate(poly_key_directory *directory, char id[POLY_KEY_ID_SIZE]) POLY_MUST_CHECK;
/*
 * Removes a key and reloads: tokens that it signed are refused from then on, by other processes as soon as they look.
 * POLY_NOT_FOUND; POLY_CONFLICT: it is the newest. POLY_IO, or a reload's result.
 */
poly_result poly_key_directory_retire(poly_key_directory *directory, const char *id) POLY_MUST_CHECK;

typedef struct poly_key_info {
    char id[POLY_KEY_ID_SIZE];
    bool signs;
    int64_t created; /* s since 1970, as its id says; 0 if it does not */
} poly_key_info;

/* Oldest first; how many there are. */
size_t poly_key_directory_list(const poly_key_directory *directory, poly_key_info out[POLY_KEYS_MAX]);

#endif

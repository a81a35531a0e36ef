/* SPDX-License-Identifier: MIT */
/*
 * The passwords that students signed in with, which the record-book site asks for again. Each belongs to one session,
 * whose id is its token's. They are sealed; bounded in number, where the oldest gives way, and in age; and wiped when
 * they are taken out.
 *
 * Without a directory they are in this process's guarded memory, under a key that no other process has. With one they
 * are in files there, under a key that all replicas share, and nowhere in memory: 0600, the name tells nobody whose.
 */
#ifndef MAIN_PASSWORD_VAULT_H
#define MAIN_PASSWORD_VAULT_H

#include "poly/arena.h"
#include "poly/strbuf.h"

/* Bytes; who has a longer one has no record book here. */
#define VAULT_USERNAME_MAX 128
#define VAULT_PASSWORD_MAX 200

typedef struct password_vault password_vault;

typedef struct password_vault_options {
    size_t capacity;
    unsigned keep_seconds;
    const char *directory; /* "": memory */
    const char *key;       /* of the directory */
} password_vault_options;

/* NULL with a line in `fault`: memory cannot be locked, or the directory cannot be used. Main thread. */
password_vault *password_vault_create(const password_vault_options *options, poly_strbuf *fault);
void password_vault_destroy(password_vault **vault); /* after poly_runtime_stop */

/* --- any thread with a vault in memory; fiber only with files --- */

/* POLY_TOO_LARGE: longer than is kept. POLY_IO, POLY_OVERLOADED. */
poly_result password_vault_put(password_vault *vault, const char *session_id, const char *username,
                               const char *password) POLY_MUST_CHECK;

/* In the arena, which its owner wipes. */
typedef struct vault_credentials {
    const char *username;
    const char *password;
} vault_credentials;
/* POLY_NOT_FOUND: never kept, too old, gone. POLY_IO, POLY_OVERLOADED. */
poly_result password_vault_get(password_vault *vault, const char *session_id, poly_arena *arena,
                               vault_credentials *credentials) POLY_MUST_CHECK;

/* Wipes that of a session, if there is one. */
poly_result password_vault_remove(password_vault *vault, const char *session_id) POLY_MUST_CHECK;
/* Wipes what is too old. */
poly_result password_vault_sweep(password_vault *vault) POLY_MUST_CHECK;

size_t password_vault_count(password_vault *vault); /* as of the last call, with files of the last sweep */

#endif

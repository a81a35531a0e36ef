/* SPDX-License-Identifier: MIT */
/*
 * The files of a key directory, which several processes share: each key is written under another name and renamed, and
 * who changes something holds the lock.
 */
#ifndef POLY_TOKEN_KEY_FILE_H
#define POLY_TOKEN_KEY_FILE_H

#include "token/key_ring.h"

/* Every *.pem as a key; results and `fault` as poly_key_directory_open. `state` gets what the reader below gives. */
poly_result token_files_read(const char *path, token_ring **ring, char state[], poly_strbuf *fault) POLY_MUST_CHECK;
/* A digest of what identifies the files, POLY_DIGEST_SIZE: the same as long as no file has changed. */
poly_result token_files_state(const char *path, char state[], poly_strbuf *fault) POLY_MUST_CHECK;

/* The lock's descriptor, which closing releases; -1 with errno set. Waits for others. */
int token_files_lock(const char *path);
/* Under the lock; durable when it returns. */
poly_result token_files_write(const char *path, const token_key *key, poly_strbuf *fault) POLY_MUST_CHECK;
poly_result token_files_remove(const char *path, const char *id, poly_strbuf *fault) POLY_MUST_CHECK;

#endif

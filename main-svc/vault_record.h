/* SPDX-License-Identifier: MIT */
/*
 * One sealed password of the vault: when it ends, whose session it is, the name and the password, in a fixed size that
 * tells nothing about theirs. Pure.
 */
#ifndef MAIN_VAULT_RECORD_H
#define MAIN_VAULT_RECORD_H

#include "poly/crypto.h"

#include "password_vault.h"

/* What stands for a session's id: of a fixed size, and no use without the key. */
#define VAULT_ID_SIZE 16
typedef struct vault_id {
    uint8_t bytes[VAULT_ID_SIZE];
} vault_id;
void vault_id_make(const uint8_t key[POLY_SEAL_KEY_SIZE], const char *session_id, vault_id *id);

typedef struct vault_record {
    int64_t expires; /* s since 1970 */
    vault_id id;     /* so that one session's record is no good as another's */
    char username[VAULT_USERNAME_MAX + 1];
    char password[VAULT_PASSWORD_MAX + 1];
} vault_record;

#define VAULT_SEALED_SIZE (sizeof(vault_record) + POLY_SEAL_OVERHEAD)

/* False when one of the two is too long. */
bool vault_record_fill(vault_record *record, const vault_id *id, int64_t expires, const char *username,
                       const char *password) POLY_MUST_CHECK;
/* Opens what vault_record was sealed as. False when it is not ours, or of another session. */
bool vault_record_open(const uint8_t key[POLY_SEAL_KEY_SIZE], const uint8_t sealed[VAULT_SEALED_SIZE],
                       const vault_id *id, vault_record *record) POLY_MUST_CHECK;

#endif

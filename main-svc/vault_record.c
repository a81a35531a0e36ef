/* SPDX-License-Identifier: MIT */
#include "vault_record.h"

#include <string.h>

void vault_id_make(const uint8_t key[POLY_SEAL_KEY_SIZE], const char *session_id, vault_id *id)
{
    uint8_t mac[POLY_SHA256_SIZE];

    poly_hmac_sha256(key, POLY_SEAL_KEY_SIZE, session_id, strlen(session_id), mac);
    memcpy(id->bytes, mac, sizeof(id->bytes));
}

bool vault_record_fill(vault_record *record, const vault_id *id, int64_t expires, const char *username,
                       const char *password)
{
    size_t username_size = strlen(username), password_size = strlen(password);

    memset(record, 0, sizeof(*record));
    if (username_size > VAULT_USERNAME_MAX || password_size > VAULT_PASSWORD_MAX)
        return false;
    record->expires = expires;
    record->id = *id;
    memcpy(record->username, username, username_size);
    memcpy(record->password, password, password_size);
    return true;
}

bool vault_record_open(const uint8_t key[POLY_SEAL_KEY_SIZE], const uint8_t sealed[VAULT_SEALED_SIZE],
                       const vault_id *id, vault_record *record)
{
    return poly_unseal(key, sealed, VAULT_SEALED_SIZE, record) && memcmp(&record->id, id, sizeof(*id)) == 0 &&
           record->username[VAULT_USERNAME_MAX] == '\0' && record->password[VAULT_PASSWORD_MAX] == '\0';
}

/* SPDX-License-Identifier: MIT */
/*
 * The vault's two kinds, behind password_vault.h.
 */
#ifndef MAIN_PASSWORD_VAULT_KIND_H
#define MAIN_PASSWORD_VAULT_KIND_H

#include "vault_record.h"

struct vault_kind {
    poly_result (*put)(password_vault *vault, const vault_id *id, const uint8_t sealed[VAULT_SEALED_SIZE],
                       int64_t expires);
    poly_result (*get)(password_vault *vault, const vault_id *id, uint8_t sealed[VAULT_SEALED_SIZE]);
    poly_result (*remove)(password_vault *vault, const vault_id *id);
    poly_result (*sweep)(password_vault *vault, int64_t now);
    size_t (*count)(password_vault *vault);
    void (*destroy)(password_vault *vault);
};

/* Both begin their own structs with it. */
struct password_vault {
    const struct vault_kind *kind;
    uint8_t *key; /* POLY_SEAL_KEY_SIZE, in guarded memory */
    size_t capacity;
    unsigned keep_seconds;
};

/* NULL with a line in `fault`. `key`, `capacity` and `keep_seconds` are set by the caller afterwards. */
password_vault *vault_memory_create(size_t capacity, poly_strbuf *fault);
password_vault *vault_files_create(const char *directory, size_t capacity, poly_strbuf *fault);

#endif

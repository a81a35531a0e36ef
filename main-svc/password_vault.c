/* SPDX-License-Identifier: MIT */
#include "password_vault.h"

#include <string.h>

#include "poly/random.h"
#include "poly/time.h"

#include "password_vault_kind.h"

static bool make_key(password_vault *vault, const password_vault_options *options, poly_strbuf *fault)
{
    void *key = poly_guarded_alloc(POLY_SEAL_KEY_SIZE);

    if (!key) {
        poly_strbuf_append_text(fault, "the system locks no memory for the passwords' key: see RLIMIT_MEMLOCK");
        return false;
    }
    vault->key = key;
    if (*options->directory)
        poly_hmac_sha256("password vault", strlen("password vault"), options->key, strlen(options->key), vault->key);
    else
        poly_random_bytes(vault->key, POLY_SEAL_KEY_SIZE);
    return true;
}

password_vault *password_vault_create(const password_vault_options *options, poly_strbuf *fault)
{
    password_vault *vault = NULL;

    if (*options->directory && !*options->key) {
        poly_strbuf_append_text(fault, "SESSION_STORE_DIR needs SESSION_STORE_KEY");
        return NULL;
    }
    vault = *options->directory ? vault_files_create(options->directory, options->capacity, fault)
                                : vault_memory_create(options->capacity, fault);
    if (!vault)
        return NULL;
    vault->capacity = options->capacity;
    vault->keep_seconds = options->keep_seconds;
    if (!make_key(vault, options, fault))
        password_vault_destroy(&vault);
    return vault;
}

void password_vault_destroy(password_vault **vault)
{
    void *key;

    if (!*vault)
        return;
    key = (*vault)->key;
    (*vault)->kind->destroy(*vault);
    poly_guarded_free(&key);
    *vault = NULL;
}

poly_result password_vault_put(password_vault *vault, const char *session_id, const char *username,
                               const char *password)
{
    int64_t expires = poly_time_unix() + vault->keep_seconds;
    uint8_t sealed[VAULT_SEALED_SIZE];
    vault_record record;
    vault_id id;
    poly_result result = POLY_TOO_LARGE;

    vault_id_make(vault->key, session_id, &id);
    if (vault_record_fill(&record, &id, expires, username, password)) {
        poly_seal(vault->key, &record, sizeof(record), sealed);
        result = vault->kind->put(vault, &id, sealed, expires);
    }
    poly_wipe(&record, sizeof(record));
    return result;
}

poly_result password_vault_get(password_vault *vault, const char *session_id, poly_arena *arena,
                               vault_credentials *credentials)
{
    uint8_t sealed[VAULT_SEALED_SIZE];
    vault_record *record = poly_arena_alloc_zero(arena, 1, sizeof(*record));
    vault_id id;
    poly_result result;

    vault_id_make(vault->key, session_id, &id);
    result = vault->kind->get(vault, &id, sealed);
    if (result != POLY_OK)
        return result;
    if (!vault_record_open(vault->key, sealed, &id, record) || record->expires <= poly_time_unix()) {
        poly_wipe(record, sizeof(*record));
        return POLY_NOT_FOUND;
    }
    *credentials = (vault_credentials){record->username, record->password};
    return POLY_OK;
}

poly_result password_vault_remove(password_vault *vault, const char *session_id)
{
    vault_id id;

    vault_id_make(vault->key, session_id, &id);
    return vault->kind->remove(vault, &id);
}

poly_result password_vault_sweep(password_vault *vault)
{
    return vault->kind->sweep(vault, poly_time_unix());
}

size_t password_vault_count(password_vault *vault)
{
    return vault->kind->count(vault);
}

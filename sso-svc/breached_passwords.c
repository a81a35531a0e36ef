/* SPDX-License-Identifier: MIT */
#include "breached_passwords.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/text.h"

/* Made from data/breached-passwords.txt. */
extern const unsigned char breached_passwords_txt[];
extern const size_t breached_passwords_txt_size;

#define FOLDED_MAX ((size_t)64 << 10)

struct breached_passwords {
    uint64_t *hashes; /* ascending */
    size_t count;
    size_t capacity;
    poly_strbuf folded; /* while loading */
};

/* `folded` is room to work in. */
static uint64_t hash_of(const char *password, size_t size, poly_strbuf *folded)
{
    uint8_t hash[POLY_SHA256_SIZE];
    uint64_t number;

    poly_strbuf_clear(folded);
    poly_text_fold(password, size, folded);
    poly_sha256(poly_strbuf_text(folded), folded->size, hash);
    memcpy(&number, hash, sizeof(number));
    return number;
}

static void add(breached_passwords *breached, const char *password, size_t size)
{
    if (size && password[size - 1] == '\r')
        size--;
    if (size == 0 || !poly_text_is_utf8(password, size))
        return;
    if (breached->count == breached->capacity) {
        breached->capacity = breached->capacity ? breached->capacity * 2 : 16384;
        breached->hashes = poly_realloc(breached->hashes, breached->capacity, sizeof(*breached->hashes));
    }
    breached->hashes[breached->count++] = hash_of(password, size, &breached->folded);
}

static void add_built_in(breached_passwords *breached)
{
    const char *at = (const char *)breached_passwords_txt;
    const char *end = at + breached_passwords_txt_size;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;

        add(breached, at, (size_t)(stop - at));
        at = stop + 1;
    }
}

static bool add_file(breached_passwords *breached, const char *path, poly_strbuf *fault)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    bool failed;

    if (!file) {
        poly_strbuf_printf(fault, "BREACHED_PASSWORDS_FILE \"%s\" cannot be read: %s", path, strerror(errno));
        return false;
    }
    while ((size = getline(&line, &capacity, file)) >= 0)
        add(breached, line, (size_t)(size && line[size - 1] == '\n' ? size - 1 : size));
    failed = ferror(file) != 0;
    if (failed)
        poly_strbuf_printf(fault, "BREACHED_PASSWORDS_FILE \"%s\" cannot be read to its end", path);
    free(line);
    fclose(file);
    return !failed;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

breached_passwords *breached_passwords_load(const char *path, poly_strbuf *fault)
{
    breached_passwords *breached = poly_alloc_zero(1, sizeof(*breached));

    poly_strbuf_init(&breached->folded, FOLDED_MAX);
    add_built_in(breached);
    if (*path && !add_file(breached, path, fault)) {
        breached_passwords_destroy(&breached);
        return NULL;
    }
    qsort(breached->hashes, breached->count, sizeof(*breached->hashes), compare);
    poly_strbuf_release(&breached->folded);
    return breached;
}

void breached_passwords_destroy(breached_passwords **breached)
{
    if (!*breached)
        return;
    poly_strbuf_release(&(*breached)->folded);
    free((*breached)->hashes);
    free(*breached);
    *breached = NULL;
}

bool breached_passwords_contain(const breached_passwords *breached, const char *password)
{
    poly_strbuf folded;
    uint64_t hash;

    poly_strbuf_init(&folded, FOLDED_MAX);
    hash = hash_of(password, strlen(password), &folded);
    poly_wipe(folded.data, folded.size);
    poly_strbuf_release(&folded);
    return bsearch(&hash, breached->hashes, breached->count, sizeof(hash), compare) != NULL;
}

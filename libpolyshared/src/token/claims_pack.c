/* SPDX-License-Identifier: MIT */
/* Claims as one block of memory, so that remembering and recalling them is an allocation and a copy. */
#include "token/claims.h"

#include <string.h>

/* 2 of the base, its audiences, and what the largest shape has. */
enum { MAX_TEXTS = 2 + POLY_TOKEN_MAX_AUDIENCES + 16 };

static bool is_text(const token_claim *claim)
{
    return claim->type == TOKEN_CLAIM_ID || claim->type == TOKEN_CLAIM_TEXT || claim->type == TOKEN_CLAIM_OPTIONAL_TEXT;
}

/* Where in the struct the pointers to text are; how many of them. */
static size_t list_texts(const token_shape *shape, size_t offsets[MAX_TEXTS])
{
    size_t count = 0;

    offsets[count++] = offsetof(poly_token_base, issuer);
    offsets[count++] = offsetof(poly_token_base, id);
    for (size_t i = 0; i < POLY_TOKEN_MAX_AUDIENCES; i++)
        offsets[count++] = offsetof(poly_token_base, audience) + i * sizeof(const char *);
    for (const token_claim *claim = shape->claims; claim->name; claim++) {
        if (is_text(claim))
            offsets[count++] = claim->offset;
    }
    return count;
}

static const char *get_text(const void *token, size_t offset)
{
    const char *text;

    memcpy(&text, (const char *)token + offset, sizeof(text));
    return text;
}

static void set_text(void *token, size_t offset, const char *text)
{
    memcpy((char *)token + offset, &text, sizeof(text));
}

size_t token_claims_packed_size(const token_shape *shape, const void *token)
{
    size_t offsets[MAX_TEXTS], size = shape->size;
    size_t count = list_texts(shape, offsets);

    for (size_t i = 0; i < count; i++) {
        const char *text = get_text(token, offsets[i]);

        size += text ? strlen(text) + 1 : 0;
    }
    return size;
}

void token_claims_pack(const token_shape *shape, const void *token, void *block)
{
    size_t offsets[MAX_TEXTS];
    size_t count = list_texts(shape, offsets);
    char *to = (char *)block + shape->size;

    memcpy(block, token, shape->size);
    for (size_t i = 0; i < count; i++) {
        const char *text = get_text(token, offsets[i]);
        size_t size;

        if (!text)
            continue;
        size = strlen(text) + 1;
        memcpy(to, text, size);
        set_text(block, offsets[i], to);
        to += size;
    }
}

void token_claims_unpack(const token_shape *shape, const void *block, size_t size, poly_arena *arena, void *out)
{
    size_t offsets[MAX_TEXTS];
    size_t count = list_texts(shape, offsets);
    char *copy = poly_arena_alloc(arena, size - shape->size);

    memcpy(copy, (const char *)block + shape->size, size - shape->size);
    memcpy(out, block, shape->size);
    for (size_t i = 0; i < count; i++) {
        const char *text = get_text(block, offsets[i]);

        if (text)
            set_text(out, offsets[i], copy + (text - ((const char *)block + shape->size)));
    }
}

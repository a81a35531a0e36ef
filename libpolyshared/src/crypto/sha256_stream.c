/* SPDX-License-Identifier: MIT */
#include "poly/crypto.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct poly_sha256_stream {
    EVP_MD_CTX *context;
};

/* Without memory OpenSSL fails, and with a hash that everybody has it fails for no other reason. */
static void need(int done)
{
    if (done != 1)
        abort();
}

poly_sha256_stream *poly_sha256_begin(void)
{
    poly_sha256_stream *stream = poly_alloc(sizeof(*stream));

    stream->context = EVP_MD_CTX_new();
    need(stream->context && EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) == 1);
    return stream;
}

void poly_sha256_add(poly_sha256_stream *stream, const void *bytes, size_t size)
{
    need(EVP_DigestUpdate(stream->context, bytes, size));
}

void poly_sha256_end(poly_sha256_stream **stream, uint8_t *out)
{
    if (!*stream)
        return;
    if (out)
        need(EVP_DigestFinal_ex((*stream)->context, out, NULL));
    EVP_MD_CTX_free((*stream)->context);
    free(*stream);
    *stream = NULL;
}

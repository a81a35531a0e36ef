/* SPDX-License-Identifier: MIT */
#define ZLIB_CONST /* zlib then promises not to write to its input */

#include "poly/blob.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/blob_memory.h"

#define GZIP_FORMAT 16                /* added to the window's bits: zlib's way to ask for the gzip format */
#define PIECE       ((size_t)1 << 30) /* zlib counts in unsigned int */
#define FIRST_GUESS 4096u

static unsigned piece_of(size_t size)
{
    return (unsigned)(size < PIECE ? size : PIECE);
}

/* zlib's own failures here are out of memory and misuse, which end the process like any other. */
static void require(int status)
{
    if (status == Z_MEM_ERROR)
        poly_realloc(NULL, SIZE_MAX, 2); /* never returns */
    assert(status == Z_OK);
}

/* Deflates all of `blob` into `out`, which has room for zlib's bound, and answers the length. */
static size_t deflate_all(z_stream *stream, const poly_blob *blob, char *out, size_t bound)
{
    const char *from = blob->data;
    size_t left = blob->size, length = 0;
    int status;

    do {
        unsigned given = piece_of(left), room = piece_of(bound - length);

        stream->next_in = (const Bytef *)from;
        stream->avail_in = given;
        stream->next_out = (Bytef *)out + length;
        stream->avail_out = room;
        status = deflate(stream, given == left ? Z_FINISH : Z_NO_FLUSH);
        assert(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
        from += given - stream->avail_in;
        left -= given - stream->avail_in;
        length += room - stream->avail_out;
    } while (status != Z_STREAM_END);
    return length;
}

/* The smallest window that spans the blob, down to 4 KiB: most answers are small, and zlib's memory goes with it. */
static int window_bits_for(size_t size)
{
    int bits = 12;

    while (bits < 15 && size > (size_t)1 << bits)
        bits++;
    return bits;
}

poly_blob *poly_blob_gzip(const poly_blob *blob, int level)
{
    int window_bits = window_bits_for(blob->size);
    z_stream stream = {0};
    size_t bound, length;
    poly_blob *packed;
    char *out;

    assert(level >= 1 && level <= 9);
    require(deflateInit2(&stream, level, Z_DEFLATED, window_bits + GZIP_FORMAT, window_bits - 7, Z_DEFAULT_STRATEGY));
    bound = deflateBound(&stream, blob->size);
    out = poly_alloc(bound);
    length = deflate_all(&stream, blob, out, bound);
    deflateEnd(&stream);
    packed = poly_blob_create(out, length);
    free(out);
    return packed;
}

/* One turn of inflate: false when the input is broken, cut off or unpacks past the buffer's maximum. */
static bool inflate_piece(z_stream *stream, const char **from, size_t *left, poly_strbuf *out, bool *ended)
{
    unsigned given = piece_of(*left), room;
    size_t wanted = out->capacity - out->size > 1 ? out->capacity - out->size - 1 : out->capacity;
    char overflow;
    char *to = &overflow;
    int status;

    if (wanted > out->max - out->size)
        wanted = out->max - out->size;
    room = wanted ? piece_of(wanted) : 1;
    if (wanted)
        to = poly_strbuf_reserve(out, room);
    stream->next_in = (const Bytef *)*from;
    stream->avail_in = given;
    stream->next_out = (Bytef *)to;
    stream->avail_out = room;
    status = inflate(stream, Z_NO_FLUSH);
    *from += given - stream->avail_in;
    *left -= given - stream->avail_in;
    if (!wanted && stream->avail_out == 0)
        return false;
    if (wanted)
        poly_strbuf_advance(out, room - stream->avail_out);
    *ended = status == Z_STREAM_END;
    return status == Z_OK || status == Z_STREAM_END;
}

poly_blob *poly_blob_gunzip(const poly_blob *blob, size_t max)
{
    z_stream stream = {0};
    const char *from = blob->data;
    size_t left = blob->size;
    bool whole, ended = false;
    poly_strbuf out;

    poly_strbuf_init(&out, max);
    require(inflateInit2(&stream, 15 + GZIP_FORMAT));
    poly_strbuf_reserve(&out, max < FIRST_GUESS ? max : FIRST_GUESS);
    do {
        /* A gzip file may have several members in a row (RFC 1952, section 2.2). */
        if (ended)
            require(inflateReset(&stream));
        whole = inflate_piece(&stream, &from, &left, &out, &ended);
    } while (whole && (left || !ended));
    inflateEnd(&stream);
    if (whole)
        return poly_blob_from_strbuf(&out);
    poly_strbuf_release(&out);
    return NULL;
}

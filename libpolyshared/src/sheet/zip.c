/* SPDX-License-Identifier: MIT */
#define ZLIB_CONST /* zlib then promises not to write to its input */

#include "sheet/zip.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#define LOCAL_HEADER   0x04034b50u
#define CENTRAL_HEADER 0x02014b50u
#define END_RECORD     0x06054b50u
#define VERSION        20     /* of what an unpacker needs: deflate */
#define UTF8_NAMES     0x0800 /* a flag */
#define DEFLATED       8
#define FIRST_DAY      0x0021 /* 1980-01-01: the same table is always the same file */

static void put16(poly_strbuf *out, unsigned value)
{
    const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8)};

    poly_strbuf_append(out, bytes, sizeof(bytes));
}

static void put32(poly_strbuf *out, uint32_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

void zip_begin(struct zip *zip, poly_strbuf *out)
{
    assert(out->max < UINT32_MAX);
    *zip = (struct zip){.out = out};
}

/* What the local and the central header share. */
static void put_description(poly_strbuf *out, const struct zip_file *file)
{
    put16(out, VERSION);
    put16(out, UTF8_NAMES);
    put16(out, DEFLATED);
    put16(out, 0); /* midnight */
    put16(out, FIRST_DAY);
    put32(out, file->crc);
    put32(out, file->packed);
    put32(out, file->size);
    put16(out, (unsigned)strlen(file->name));
    put16(out, 0); /* no extra field */
}

/* The content without zlib's own frame (RFC 1951); false past the buffer's maximum. */
static bool pack(const poly_strbuf *content, poly_strbuf *packed)
{
    z_stream stream = {.next_in = (const Bytef *)poly_strbuf_text(content), .avail_in = (uInt)content->size};
    char *room;
    int status =
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    size_t bound;

    if (status == Z_MEM_ERROR)
        poly_realloc(NULL, SIZE_MAX, 2); /* never returns */
    assert(status == Z_OK);
    bound = deflateBound(&stream, (uLong)content->size);
    room = poly_strbuf_reserve(packed, bound);
    if (room) {
        stream.next_out = (Bytef *)room;
        stream.avail_out = (uInt)bound;
        status = deflate(&stream, Z_FINISH);
        assert(status == Z_STREAM_END);
        poly_strbuf_advance(packed, stream.total_out);
    }
    deflateEnd(&stream);
    return room != NULL;
}

void zip_add(struct zip *zip, const char *name, const poly_strbuf *content)
{
    struct zip_file *file = &zip->files[zip->count++];
    poly_strbuf packed;

    assert(zip->count <= ZIP_MAX_FILES);
    poly_strbuf_init(&packed, zip->out->max);
    if (content->overflowed || !pack(content, &packed))
        zip->out->overflowed = true;
    *file = (struct zip_file){
        .name = name,
        .crc = (uint32_t)crc32(0, (const Bytef *)poly_strbuf_text(content), (uInt)content->size),
        .packed = (uint32_t)packed.size,
        .size = (uint32_t)content->size,
        .offset = (uint32_t)zip->out->size,
    };
    put32(zip->out, LOCAL_HEADER);
    put_description(zip->out, file);
    poly_strbuf_append_text(zip->out, name);
    poly_strbuf_append(zip->out, poly_strbuf_text(&packed), packed.size);
    poly_strbuf_release(&packed);
}

static void put_central_header(poly_strbuf *out, const struct zip_file *file)
{
    put32(out, CENTRAL_HEADER);
    put16(out, VERSION); /* made by; the upper byte: attributes as in MS-DOS */
    put_description(out, file);
    put16(out, 0); /* no comment */
    put16(out, 0); /* the first disk */
    put16(out, 0); /* attributes */
    put32(out, 0);
    put32(out, file->offset);
    poly_strbuf_append_text(out, file->name);
}

void zip_end(struct zip *zip)
{
    uint32_t begin = (uint32_t)zip->out->size, size;

    for (size_t i = 0; i < zip->count; i++)
        put_central_header(zip->out, &zip->files[i]);
    size = (uint32_t)zip->out->size - begin;
    put32(zip->out, END_RECORD);
    put16(zip->out, 0); /* this disk, and that of the directory */
    put16(zip->out, 0);
    put16(zip->out, (unsigned)zip->count);
    put16(zip->out, (unsigned)zip->count);
    put32(zip->out, size);
    put32(zip->out, begin);
    put16(zip->out, 0); /* no comment */
}

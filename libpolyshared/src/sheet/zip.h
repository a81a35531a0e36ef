/* SPDX-License-Identifier: MIT */
/*
 * A ZIP archive (PKWARE APPNOTE 6.3) of a few deflated files, made in memory.
 */
#ifndef SHEET_ZIP_H
#define SHEET_ZIP_H

#include "poly/strbuf.h"

enum { ZIP_MAX_FILES = 16 };

struct zip_file {
    const char *name; /* static */
    uint32_t crc;
    uint32_t packed;
    uint32_t size;
    uint32_t offset;
};

struct zip {
    poly_strbuf *out; /* whose maximum is below 4 GiB */
    struct zip_file files[ZIP_MAX_FILES];
    size_t count;
};

void zip_begin(struct zip *zip, poly_strbuf *out);
void zip_add(struct zip *zip, const char *name, const poly_strbuf *content);
void zip_end(struct zip *zip);

#endif

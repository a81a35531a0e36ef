/* SPDX-License-Identifier: MIT */
/*
 * Which files may be uploaded: the name's ending must be allowed, and the content must be what the ending says.
 */
#ifndef SERVICES_FILE_KIND_H
#define SERVICES_FILE_KIND_H

#include "poly/file_magic.h"

typedef struct file_kind {
    const char *extension;    /* ".pdf" */
    const char *content_type; /* as which it is handed out */
    /* What libmagic may call it, NULL-terminated; "text/" stands for all that begin so, and for text only. */
    const char *const *types;
} file_kind;

/* By the name's ending, upper or lower case; NULL if it is none of `allowed` (ended by NULL) or we do not know it. */
const file_kind *file_kind_of_name(const char *file_name, const char *const *allowed);

/* The first of `allowed` that we do not know, for the check at start; NULL if there is none. */
const char *file_kind_unknown(const char *const *allowed);

bool file_kind_agrees(const file_kind *kind, const poly_file_type *type);

#endif

/* SPDX-License-Identifier: MIT */
#include "file_kind.h"

#include <string.h>
#include <strings.h>

#define TYPES(...) ((const char *const[]){__VA_ARGS__, NULL})

#define OFFICE "application/vnd.openxmlformats-officedocument."
/* Of the older office formats libmagic sees the container only, when what says more lies further down in the file. */
#define OLD_OFFICE "application/CDFV2", "application/x-ole-storage"

static const file_kind kinds[] = {
    {".pdf", "application/pdf", TYPES("application/pdf")},
    {".jpg", "image/jpeg", TYPES("image/jpeg")},
    {".jpeg", "image/jpeg", TYPES("image/jpeg")},
    {".png", "image/png", TYPES("image/png")},
    {".gif", "image/gif", TYPES("image/gif")},
    {".webp", "image/webp", TYPES("image/webp")},
    {".doc", "application/msword", TYPES("application/msword", OLD_OFFICE)},
    {".xls", "application/vnd.ms-excel", TYPES("application/vnd.ms-excel", OLD_OFFICE)},
    {".docx", OFFICE "wordprocessingml.document", TYPES(OFFICE "wordprocessingml.document")},
    {".xlsx", OFFICE "spreadsheetml.sheet", TYPES(OFFICE "spreadsheetml.sheet")},
    {".odt", "application/vnd.oasis.opendocument.text", TYPES("application/vnd.oasis.opendocument.text")},
    {".rtf", "application/rtf", TYPES("text/rtf", "application/rtf")},
    {".txt", "text/plain; charset=utf-8", TYPES("text/", "application/json", "application/x-ndjson")},
};

static const file_kind *kind_of_extension(const char *extension)
{
    for (size_t i = 0; i < POLY_LENGTH(kinds); i++)
        if (strcasecmp(kinds[i].extension, extension) == 0)
            return &kinds[i];
    return NULL;
}

const file_kind *file_kind_of_name(const char *file_name, const char *const *allowed)
{
    const char *extension = strrchr(file_name, '.');

    if (!extension)
        return NULL;
    for (; *allowed; allowed++)
        if (strcasecmp(*allowed, extension) == 0)
            return kind_of_extension(extension);
    return NULL;
}

const char *file_kind_unknown(const char *const *allowed)
{
    for (; *allowed; allowed++)
        if (!kind_of_extension(*allowed))
            return *allowed;
    return NULL;
}

/* "text/" at the end of a pattern stands for every text; a program in it is none the less text. */
static bool matches(const char *pattern, const poly_file_type *type)
{
    size_t size = strlen(pattern);

    if (pattern[size - 1] == '/')
        return strncmp(type->media_type, pattern, size) == 0 && strcmp(type->charset, "binary") != 0;
    return strcmp(type->media_type, pattern) == 0;
}

bool file_kind_agrees(const file_kind *kind, const poly_file_type *type)
{
    for (const char *const *pattern = kind->types; *pattern; pattern++)
        if (matches(*pattern, type))
            return true;
    return false;
}

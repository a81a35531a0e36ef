/* SPDX-License-Identifier: MIT */
#include "poly/file_magic.h"

#include <magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/log.h"

/* Nothing is unpacked, and no other program is asked. */
#define FLAGS                                                                                             \
    (MAGIC_MIME_TYPE | MAGIC_MIME_ENCODING | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | \
     MAGIC_NO_CHECK_ELF)

struct poly_file_magic {
    pthread_mutex_t mutex; /* libmagic's handle keeps its answer in itself */
    magic_t handle;
};

poly_file_magic *poly_file_magic_open(poly_strbuf *fault)
{
    poly_file_magic *magic = poly_alloc_zero(1, sizeof(*magic));

    pthread_mutex_init(&magic->mutex, NULL);
    magic->handle = magic_open(FLAGS);
    if (magic->handle && magic_load(magic->handle, NULL) == 0)
        return magic;
    poly_strbuf_printf(fault, "cannot load libmagic's database: %s",
                       magic->handle ? magic_error(magic->handle) : "no handle");
    poly_file_magic_close(&magic);
    return NULL;
}

void poly_file_magic_close(poly_file_magic **magic)
{
    if (!*magic)
        return;
    if ((*magic)->handle)
        magic_close((*magic)->handle);
    pthread_mutex_destroy(&(*magic)->mutex);
    free(*magic);
    *magic = NULL;
}

/* "text/plain; charset=utf-8" in its parts. */
static void take_apart(const char *answer, poly_file_type *type)
{
    static const char mark[] = "; charset=";
    const char *charset = strstr(answer, mark);
    size_t size = charset ? (size_t)(charset - answer) : strlen(answer);

    snprintf(type->media_type, sizeof(type->media_type), "%.*s", (int)size, answer);
    snprintf(type->charset, sizeof(type->charset), "%s", charset ? charset + sizeof(mark) - 1 : "binary");
}

poly_result poly_file_magic_look(poly_file_magic *magic, const void *bytes, size_t size, poly_file_type *type)
{
    char line[2];
    const char *answer;

    if (size == 1) { /* libmagic says nothing about a single byte; with a line's end it does */
        line[0] = *(const char *)bytes;
        line[1] = '\n';
        bytes = line;
        size = sizeof(line);
    }
    memset(type, 0, sizeof(*type));
    pthread_mutex_lock(&magic->mutex);
    answer = magic_buffer(magic->handle, bytes, size < POLY_FILE_MAGIC_HEAD ? size : POLY_FILE_MAGIC_HEAD);
    if (answer)
        take_apart(answer, type);
    else
        poly_log(POLY_LOG_ERROR, "libmagic failed", poly_text_field("error", magic_error(magic->handle)));
    pthread_mutex_unlock(&magic->mutex);
    return answer ? POLY_OK : POLY_IO;
}

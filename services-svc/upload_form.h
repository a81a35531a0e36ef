/* SPDX-License-Identifier: MIT */
/*
 * A form with files, `files`, read from a request straight into the store: all of it or nothing. Each file is looked at
 * with its first bytes, so that what is not allowed is refused before the rest of it has come.
 *
 *     if (!upload_form_read(request, &fields, &form))
 *         return;                       // it has been answered, and nothing is left
 *     …check the fields; to refuse: upload_form_drop(&form), answer, return…
 *     if (!upload_form_keep(&form))
 *         return;
 *     …the transaction; upload_form_drop(&form) if it has come to nothing for certain…
 *
 * What is neither kept for good nor dropped, as when nobody knows whether the transaction has been committed, is left
 * to the sweeper.
 */
#ifndef SERVICES_UPLOAD_FORM_H
#define SERVICES_UPLOAD_FORM_H

#include "poly/http.h"

#include "file_kind.h"
#include "storage.h"

enum { UPLOAD_FILES_MAX = 10, UPLOAD_FIELDS_MAX = 4 };

typedef struct uploaded_file {
    const char *name; /* as it is shown */
    const file_kind *kind;
    storage_upload *upload; /* until it is kept */
    storage_file stored;    /* once it is kept; the name is "" before */
} uploaded_file;

typedef struct upload_form {
    poly_request *request;
    const char *const *names; /* of the fields; ended by NULL */
    const char *texts[UPLOAD_FIELDS_MAX];
    uploaded_file files[UPLOAD_FILES_MAX];
    size_t file_count;
    uint8_t digest[POLY_SHA256_SIZE]; /* of all of it, for poly_write_options; once it is kept */
} upload_form;

/* `names` are the fields that the form has, at most UPLOAD_FIELDS_MAX; others are faults. */
bool upload_form_read(poly_request *request, const char *const *names, upload_form *form) POLY_MUST_CHECK;
/* NULL if it was not sent. */
const char *upload_form_text(const upload_form *form, const char *name);
/* The same without white space around it, held against `max_characters`; NULL, with a fault unless it may be left out,
 * if there is nothing. */
const char *upload_form_prose(upload_form *form, const char *name, size_t max_characters, bool required);
/* "true" and "1", "false" and "0"; false if it was not sent. */
bool upload_form_truth(upload_form *form, const char *name);

/* Makes the files last. False: it has been answered, and nothing is left. */
bool upload_form_keep(upload_form *form) POLY_MUST_CHECK;
/* Removes whatever there is. */
void upload_form_drop(upload_form *form);

#endif

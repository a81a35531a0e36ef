/* SPDX-License-Identifier: MIT */
/*
 * Answers that are given as they are: recordings, and what a test has put in the place of one. An answer is for a path,
 * or for a path in one week, or for a path and one search. Any thread.
 */
#ifndef CAMPUS_ANSWER_BOOK_H
#define CAMPUS_ANSWER_BOOK_H

#include "poly/blob.h"
#include "poly/json.h"
#include "poly/time.h"

typedef struct answer_book answer_book;

/* What a request asks for. */
typedef struct answer_key {
    const char *path;
    const char *search; /* the `q` of its query; NULL if none */
    int32_t monday;     /* of the week it asks for, in days since 1970; ANSWER_NO_WEEK for no date at all */
} answer_key;
#define ANSWER_NO_WEEK INT32_MIN

answer_book *answer_book_create(void);
void answer_book_destroy(answer_book **book);

/*
 * `target` is a path, with "?date=YYYY-MM-DD" (any day of the week meant) or "?q=text" behind it or not. Takes over
 * the reference to `body`. POLY_INVALID for another query, POLY_OVERLOADED when the book is full; `body` is then
 * dropped.
 */
poly_result answer_book_put(answer_book *book, const char *target, int status, poly_blob *body) POLY_MUST_CHECK;
/* A new reference in `*body`, or false. What names a week or search goes before what names a path alone. */
bool answer_book_find(answer_book *book, const answer_key *key, int *status, poly_blob **body) POLY_MUST_CHECK;
/* NULL: all. */
void answer_book_remove(answer_book *book, const char *target);
/* Member "overrides": an array of {"path","status","size"}. */
void answer_book_write(answer_book *book, poly_json_writer *writer);

#endif

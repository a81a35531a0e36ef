/* SPDX-License-Identifier: MIT */
/*
 * The record-book site. This is the place that knows what it looks like: made with Django, it has a login form at
 * /login/ with a hidden "csrfmiddlewaretoken" that belongs to the cookie "csrftoken"; a login that succeeds redirects
 * and sets the cookie "sessionid", one that fails shows the form again. GET /api/record-book/ answers
 *
 *     {"orders_type_name":"…","marks":[{"discipline":"…","semester":3,"control":"Экзамен","mark":"Отлично",
 *       "date":"2025-01-17","teacher":"…","hours":144,"credits":4},…]}
 *
 * where a mark's members but the discipline may be null, "" or absent, and dates may be written 17.01.2025.
 */
#ifndef MAIN_RECORD_BOOK_H
#define MAIN_RECORD_BOOK_H

#include "gradebook.h"
#include "web_session.h"

/* Text is in the arena, never NULL. */
typedef struct record_book {
    const char *orders_type_name;
    grade_entry *entries;
    size_t count;
} record_book;

/*
 * Signs in and fetches, on the fiber of the request. POLY_REJECTED: the site does not know this name with this
 * password. POLY_BAD_ANSWER: it is not understood. Else as poly_httpc_call. The arena has held the password then.
 */
poly_result record_book_fetch(const web_site *site, const char *username, const char *password, poly_arena *arena,
                              record_book *book) POLY_MUST_CHECK;

/* The JSON alone; pure. POLY_BAD_ANSWER. */
poly_result record_book_read(poly_slice json, poly_arena *arena, record_book *book) POLY_MUST_CHECK;

#endif

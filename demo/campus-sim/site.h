/* SPDX-License-Identifier: MIT */
/*
 * What the imitated web sites have in common: forms, cookies, and marks that only they can make. Any thread; requests
 * on their fibers.
 */
#ifndef CAMPUS_SITE_H
#define CAMPUS_SITE_H

#include "poly/http.h"

/* Waits for the form that is posted (application/x-www-form-urlencoded). False: it has been answered. */
bool site_form_read(poly_request *request) POLY_MUST_CHECK;
/* The first value of one of its fields, decoded, in the arena; "" if it is absent. */
const char *site_form_value(poly_request *request, const char *name);

/* The value of the cookie that the client sent, in the arena; "" if it sent none. */
const char *site_cookie(poly_request *request, const char *name);

/* Appends text as it is written in HTML and XML. */
void site_escape(const char *text, poly_strbuf *out);

/*
 * A mark on `text` that only this process makes, 32 hex digits: what a site would look up in its sessions is checked
 * without any. `what` keeps marks of one purpose from being taken for another's.
 */
#define SITE_MARK_SIZE 33
void site_mark(const char *what, const char *text, char out[SITE_MARK_SIZE]);
/* `marked` is "text.mark"; the text, in the arena, or NULL when the mark is not ours. */
const char *site_marked(poly_request *request, const char *what, const char *marked);

#endif

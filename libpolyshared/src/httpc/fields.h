/* SPDX-License-Identifier: MIT */
/*
 * The header fields of an answer, as libcurl hands them out line by line: "Name: value". Kept as a name and a value one
 * after the other, each ended by a NUL.
 */
#ifndef POLY_HTTPC_FIELDS_H
#define POLY_HTTPC_FIELDS_H

#include "poly/strbuf.h"

/*
 * Takes the next line, its end included. A status line begins anew, so that an interim answer's fields are forgotten;
 * a folded line goes on with the last value (RFC 9112 section 5.2); one without a colon, or with a NUL, is passed over.
 */
void httpc_fields_take(poly_strbuf *fields, const char *line, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Content negotiation (RFC 9110 section 12) as far as it is needed: one coding, two languages, entity tags. Pure.
 */
#ifndef POLY_HTTP_NEGOTIATE_H
#define POLY_HTTP_NEGOTIATE_H

#include "poly/http.h"

/* True when Accept-Encoding gives gzip a weight above zero. Absent: false. */
bool http_accepts_gzip(poly_slice accept_encoding);
/* English only when it is preferred over Russian. */
poly_language http_language(poly_slice accept_language);
/* If-None-Match against the tag of either form, by weak comparison; "*" matches. */
bool http_etag_matches(poly_slice if_none_match, const char *etag);

/* What an entity tag ends in when the body is compressed: `"<etag>-gz"`. */
#define HTTP_ETAG_GZIP_SUFFIX "-gz"

#endif

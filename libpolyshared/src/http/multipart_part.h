/* SPDX-License-Identifier: MIT */
/*
 * What the header of a part says (RFC 7578 section 4), and that of the whole. Pure; what is found lives in the arena.
 */
#ifndef POLY_HTTP_MULTIPART_PART_H
#define POLY_HTTP_MULTIPART_PART_H

#include "poly/multipart.h"

/* Whether the media type is multipart/form-data, with whatever parameters. */
bool multipart_is_form_data(poly_slice content_type);
/* Its boundary, 1 to 70 of the characters of RFC 2046 section 5.1.1; absent if there is no such, or not just one. */
poly_slice multipart_boundary(poly_slice content_type, poly_arena *arena);

/* `header` is lines that end in CRLF. False: it is no part of a form, and `fault` says why. */
bool multipart_part_parse(poly_slice header, poly_arena *arena, poly_multipart_part *part, poly_message *fault);

#endif

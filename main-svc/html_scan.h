/* SPDX-License-Identifier: MIT */
/*
 * HTML, as far as a login page needs it: tag by tag, in one pass over bytes that anyone may have written. Comments and
 * declarations are passed over, the insides of scripts are no tags. Pure.
 */
#ifndef MAIN_HTML_SCAN_H
#define MAIN_HTML_SCAN_H

#include "poly/arena.h"

typedef struct html_scan {
    poly_slice rest;
} html_scan;

/* Slices point into the page. */
typedef struct html_tag {
    poly_slice name;
    poly_slice attributes; /* as they are written */
    bool closes;           /* </name> */
    poly_slice inside;     /* of script, style, textarea and title: what stands between the tags, as it is written */
} html_tag;

void html_scan_init(html_scan *scan, poly_slice page);
/* False at the end, which is also where an unfinished tag begins. */
bool html_scan_next(html_scan *scan, html_tag *tag);

bool html_tag_is(const html_tag *tag, const char *name); /* in any case, and does not close */

/* The attribute's value with its character references decoded, in the arena; "" without one; NULL if it is absent. */
const char *html_attribute(const html_tag *tag, const char *name, poly_arena *arena);

#endif

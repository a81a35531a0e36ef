/* SPDX-License-Identifier: MIT */
/* The check that a text is JSON as poly/json.h promises it, all but duplicate names, before a tree is built from it. */
#ifndef POLY_JSON_SCAN_H
#define POLY_JSON_SCAN_H

#include "poly/json.h"

#define POLY_JSON_MAX_DEPTH 32
#define POLY_JSON_NO_NAME   SIZE_MAX

/*
 * POLY_OK, POLY_INVALID or POLY_TOO_LARGE (too many values). The limits are as given, none is 0. Member number
 * `refused_name`, counted from 0 through the text, is refused as a duplicate: that is how its place is found.
 */
poly_result poly_json_scan(poly_slice text, const poly_json_limits *limits, size_t refused_name,
                           poly_json_error *error) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Values of requests that several resources have. Faults are noted, for poly_request_refused.
 */
#ifndef SERVICES_FIELDS_H
#define SERVICES_FIELDS_H

#include "poly/http.h"

/* The path's {id}, in lower case as all of these. NULL: no id can be like that, so it has been answered with `unknown`.
 */
const char *path_id(poly_request *request, const poly_problem *unknown);

/* An id in the query or the body; NULL if absent or faulty. */
const char *query_id(poly_request *request, const char *name);
const char *body_id(poly_request *request, const poly_json *body, const char *name);

/* One line for people, white space folded; NULL if absent, which is a fault when it is `required`, or faulty. */
const char *body_line(poly_request *request, const poly_json *body, const char *name, size_t max_characters,
                      bool required);
/* Text of any number of lines; NULL if absent, "" if blank. */
const char *body_prose(poly_request *request, const poly_json *body, const char *name, size_t max_characters);

#endif

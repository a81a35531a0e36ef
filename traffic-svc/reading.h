/* SPDX-License-Identifier: MIT */
/*
 * What handlers read from a request in the same way, and what they answer when it fails. False: it has been answered.
 */
#ifndef TRAFFIC_READING_H
#define TRAFFIC_READING_H

#include "poly/http.h"
#include "poly/throttle.h"

/* The id of the path in lower case; one that is no UUID is nobody's: 404 with `unknown`. */
bool read_path_id(poly_request *request, const char *name, const poly_problem *unknown, const char **id);
/* A fault of the member if it is no UUID; NULL then. */
const char *read_body_uuid(poly_request *request, const poly_json *body, const char *name);
/* The PIN of ?pin=; NULL, noted as a fault, if it is none. */
const char *read_pin(poly_request *request);

/* What a read of the store came to: 404 with `unknown`, or the database's failure. */
bool answer_failure(poly_request *request, poly_result result, const poly_problem *unknown);

/* One client may try so often. False: 429 has been answered. */
bool enter_throttle(poly_request *request, poly_throttle *throttle);
void refund_throttle(poly_request *request, poly_throttle *throttle);

#endif

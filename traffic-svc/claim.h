/* SPDX-License-Identifier: MIT */
/*
 * A valid scan that is kept while its student signs in. It says of itself until when it is good, under a key that
 * follows from the session's secret, so that no database has to remember it and every replica knows it.
 */
#ifndef TRAFFIC_CLAIM_H
#define TRAFFIC_CLAIM_H

#include "poly/base.h"

#define CLAIM_SECONDS 300
#define CLAIM_SIZE    76 /* of its text, with the NUL */

void claim_make(const char *session_id, const char *qr_secret, int64_t unix_seconds, char out[CLAIM_SIZE]);

/* Whether it was made for this session and is not too old. */
bool claim_is_valid(const char *session_id, const char *qr_secret, int64_t unix_seconds, const char *claim);

#endif

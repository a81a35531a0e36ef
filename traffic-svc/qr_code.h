/* SPDX-License-Identifier: MIT */
/*
 * The code that a kiosk shows while a session runs: 16 hex digits that change every `rotate_seconds`. The kiosk makes
 * them itself, from the session's secret.
 */
#ifndef TRAFFIC_QR_CODE_H
#define TRAFFIC_QR_CODE_H

#include "poly/base.h"

#define QR_CODE_SIZE   17 /* with the NUL */
#define QR_SECRET_SIZE 65 /* the same: 256 random bits in hex, whose text is the key */

void qr_secret_make(char out[QR_SECRET_SIZE]);

/* Of the window that is `unix_seconds / rotate_seconds`. */
void qr_code_make(const char *session_id, const char *qr_secret, int64_t window, char out[QR_CODE_SIZE]);

/* Whether it is the present code or the one before. Takes as long for every wrong one. */
bool qr_code_is_valid(const char *session_id, const char *qr_secret, int64_t rotate_seconds, int64_t unix_seconds,
                      const char *code);

#endif

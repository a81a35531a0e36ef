/* SPDX-License-Identifier: MIT */
#include "qr_code.h"

#include <stdio.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/random.h"

void qr_secret_make(char out[QR_SECRET_SIZE])
{
    uint8_t bytes[(QR_SECRET_SIZE - 1) / 2];

    poly_random_bytes(bytes, sizeof(bytes));
    poly_hex_encode(bytes, sizeof(bytes), out);
    poly_wipe(bytes, sizeof(bytes));
}

void qr_code_make(const char *session_id, const char *qr_secret, int64_t window, char out[QR_CODE_SIZE])
{
    uint8_t mac[POLY_SHA256_SIZE];
    char text[POLY_UUID_SIZE + 24];
    int size = snprintf(text, sizeof(text), "%.36s|%lld", session_id, (long long)window);

    poly_hmac_sha256(qr_secret, strlen(qr_secret), text, (size_t)size, mac);
    poly_hex_encode(mac, (QR_CODE_SIZE - 1) / 2, out);
}

bool qr_code_is_valid(const char *session_id, const char *qr_secret, int64_t rotate_seconds, int64_t unix_seconds,
                      const char *code)
{
    int64_t window = unix_seconds / rotate_seconds;
    char present[QR_CODE_SIZE], previous[QR_CODE_SIZE];
    size_t size = strlen(code);
    bool is_present, is_previous;

    qr_code_make(session_id, qr_secret, window, present);
    qr_code_make(session_id, qr_secret, window - 1, previous);
    is_present = poly_secret_equal(code, size, present, QR_CODE_SIZE - 1);
    is_previous = poly_secret_equal(code, size, previous, QR_CODE_SIZE - 1);
    return is_present | is_previous;
}

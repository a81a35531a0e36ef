/* SPDX-License-Identifier: MIT */
/*
 * The six digits by which people name a kiosk, and the secret by which it names itself.
 */
#ifndef TRAFFIC_PIN_H
#define TRAFFIC_PIN_H

#include "poly/crypto.h"

#define PIN_SIZE           7  /* with the NUL */
#define TABLET_SECRET_SIZE 44 /* the same: 256 random bits in base64url */

void pin_make(char out[PIN_SIZE]);
bool pin_is_valid(const char *text); /* six digits */

void tablet_secret_make(char out[TABLET_SECRET_SIZE]);
/* What is stored of it. */
void tablet_secret_hash(const char *secret, uint8_t out[POLY_SHA256_SIZE]);
/* In constant time. False for NULL. */
bool tablet_secret_matches(const char *secret, poly_slice hash);

#endif

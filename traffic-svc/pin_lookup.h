/* SPDX-License-Identifier: MIT */
/*
 * A kiosk by a PIN that somebody typed. There are a million of them, so whoever guesses is slowed down by address, and
 * leaves a trace in the audit trail.
 */
#ifndef TRAFFIC_PIN_LOOKUP_H
#define TRAFFIC_PIN_LOOKUP_H

#include "poly/http.h"

#include "tablet.h"

/* `kind` is "registration" or "display". False: 404, 429 or a failure has been answered. */
bool pin_lookup(poly_request *request, const char *kind, const char *pin, tablet_info *tablet);

#endif

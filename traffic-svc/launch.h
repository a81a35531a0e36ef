/* SPDX-License-Identifier: MIT */
/*
 * The launch token by which main-svc says who a student is.
 */
#ifndef TRAFFIC_LAUNCH_H
#define TRAFFIC_LAUNCH_H

#include "poly/http.h"
#include "poly/token.h"

/* The claims, in the request's arena. Anything but POLY_OK has been answered: POLY_REJECTED with 401. */
poly_result launch_verify(poly_request *request, const char *token, poly_launch_token *claims) POLY_MUST_CHECK;

#endif

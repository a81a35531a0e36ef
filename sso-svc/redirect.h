/* SPDX-License-Identifier: MIT */
/*
 * Where a browser may be sent back to after a login: to known origins only, or the login would be an open redirect.
 */
#ifndef SSO_REDIRECT_H
#define SSO_REDIRECT_H

#include "config.h"

/*
 * Whether the origin (scheme, host and port; RFC 6454) of `url` is that of one of the platform's pages or of
 * CORS_ALLOW_ORIGINS. Refused: relative references, user names in the authority, control characters, backslashes.
 */
bool redirect_is_allowed(const sso_config *config, const char *url);

#endif

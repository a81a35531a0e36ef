/* SPDX-License-Identifier: MIT */
/*
 * What login and refresh answer: an access token, a refresh token, and who the user is.
 */
#ifndef SSO_SESSION_ANSWER_H
#define SSO_SESSION_ANSWER_H

#include "poly/http.h"

#include "user.h"

/* `redirect_to` is a member of the answer when `with_redirect`; NULL is null. */
typedef struct session_answer {
    const sso_user *user;
    const char *refresh_token;
    bool with_redirect;
    const char *redirect_to;
} session_answer;

/* Signs the access token and answers 200. */
void session_respond(poly_request *request, const session_answer *answer);

#endif

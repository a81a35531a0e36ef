/* SPDX-License-Identifier: MIT */
/*
 * The state of a login by redirect, against login CSRF: a random text that goes to CAS and back in the address, and
 * must come back together with the same text in a cookie of the browser that set out. Nothing is stored and no key is
 * needed, so that any replica can finish what another began; nobody else can set the cookie: it is for this host alone
 * (the prefix "__Host-", where the site is served by HTTPS). It has the time in it, and ends after some minutes. Pure.
 */
#ifndef MAIN_LOGIN_STATE_H
#define MAIN_LOGIN_STATE_H

#include "poly/arena.h"

#define LOGIN_STATE_SECONDS 600
#define LOGIN_STATE_SIZE    64

void login_state_make(int64_t now, char out[LOGIN_STATE_SIZE]);
/* The cookie's and the address's are the same, of our making, and not too old. Either may be NULL. */
bool login_state_holds(const char *cookie, const char *parameter, int64_t now);

/* The cookie's name, which tells browsers to keep it for this host when `secure`. */
const char *login_state_cookie(bool secure);
/* The value of a Set-Cookie field with this state; NULL takes it out. In the arena. */
const char *login_state_set_cookie(const char *state, bool secure, poly_arena *arena);
/* The state in a Cookie field; NULL if there is none. In the arena. */
const char *login_state_from_cookies(poly_slice cookies, bool secure, poly_arena *arena);

#endif

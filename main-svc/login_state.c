/* SPDX-License-Identifier: MIT */
#include "login_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poly/random.h"

#define RANDOM_BYTES 24
#define SKEW_SECONDS 30

void login_state_make(int64_t now, char out[LOGIN_STATE_SIZE])
{
    uint8_t bytes[RANDOM_BYTES];
    char text[POLY_BASE64URL_SIZE(RANDOM_BYTES)];

    poly_random_bytes(bytes, sizeof(bytes));
    poly_base64url_encode(bytes, sizeof(bytes), text);
    snprintf(out, LOGIN_STATE_SIZE, "%s.%llx", text, (unsigned long long)now);
}

static bool is_fresh(const char *state, int64_t now)
{
    size_t random_size = POLY_BASE64URL_SIZE(RANDOM_BYTES) - 1;
    int64_t made;
    char *end;

    if (strlen(state) >= LOGIN_STATE_SIZE || strlen(state) < random_size + 2 || state[random_size] != '.')
        return false;
    made = (int64_t)strtoull(state + random_size + 1, &end, 16);
    return *end == '\0' && made <= now + SKEW_SECONDS && made > now - LOGIN_STATE_SECONDS;
}

bool login_state_holds(const char *cookie, const char *parameter, int64_t now)
{
    return cookie && parameter && poly_secret_equal(cookie, strlen(cookie), parameter, strlen(parameter)) &&
           is_fresh(cookie, now);
}

const char *login_state_cookie(bool secure)
{
    return secure ? "__Host-login_state" : "login_state";
}

const char *login_state_set_cookie(const char *state, bool secure, poly_arena *arena)
{
    return poly_arena_printf(arena, "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", login_state_cookie(secure),
                             state ? state : "", state ? LOGIN_STATE_SECONDS : 0, secure ? "; Secure" : "");
}

const char *login_state_from_cookies(poly_slice cookies, bool secure, poly_arena *arena)
{
    const char *name = login_state_cookie(secure);
    const char *at = poly_arena_strndup(arena, cookies.data ? cookies.data : "", cookies.size);

    while (*at) {
        size_t size;

        at += strspn(at, "; ");
        size = strcspn(at, ";");
        if (strncmp(at, name, strlen(name)) == 0 && at[strlen(name)] == '=')
            return poly_arena_strndup(arena, at + strlen(name) + 1, size - strlen(name) - 1);
        at += size;
    }
    return NULL;
}

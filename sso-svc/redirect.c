/* SPDX-License-Identifier: MIT */
#include "redirect.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Browsers read these in ways of their own. */
static bool has_trick(const char *url)
{
    for (const unsigned char *at = (const unsigned char *)url; *at; at++)
        if (*at <= ' ' || *at == '\\' || *at == 0x7f)
            return true;
    return false;
}

/* "scheme://authority" of an http or https URL; {NULL, 0} for anything else. */
static poly_slice origin_of(const char *url)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t authority = scheme ? strcspn(url + scheme, "/?#") : 0;

    if (!authority || memchr(url + scheme, '@', authority))
        return (poly_slice){NULL, 0};
    return (poly_slice){url, scheme + authority};
}

/* "https://host:443" is "https://host". */
static poly_slice without_default_port(poly_slice origin)
{
    const char *port = strncasecmp(origin.data, "https:", 6) == 0 ? ":443" : ":80";
    size_t size = strlen(port);

    if (origin.size > size && memcmp(origin.data + origin.size - size, port, size) == 0)
        origin.size -= size;
    return origin;
}

static bool is_of(poly_slice origin, const char *allowed_url)
{
    poly_slice allowed = origin_of(allowed_url);

    if (!allowed.data)
        return false;
    allowed = without_default_port(allowed);
    return origin.size == allowed.size && strncasecmp(origin.data, allowed.data, origin.size) == 0;
}

bool redirect_is_allowed(const sso_config *config, const char *url)
{
    const char *const pages[] = {config->frontend_url, config->services_url, config->traffic_url};
    poly_slice origin = origin_of(url);

    if (!origin.data || has_trick(url))
        return false;
    origin = without_default_port(origin);
    for (size_t i = 0; i < POLY_LENGTH(pages); i++)
        if (is_of(origin, pages[i]))
            return true;
    for (const char *const *allowed = config->common.cors_allow_origins; *allowed; allowed++)
        if (is_of(origin, *allowed))
            return true;
    return false;
}

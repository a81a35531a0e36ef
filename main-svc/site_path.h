/* SPDX-License-Identifier: MIT */
/*
 * Where a site's pages lead to: references in its forms and redirects (RFC 3986 section 5), as long as they stay within
 * the site's origin. Pure.
 */
#ifndef MAIN_SITE_PATH_H
#define MAIN_SITE_PATH_H

#include "poly/arena.h"

/* "https://cas.example:8443" of "https://cas.example:8443/cas", and "/cas"; both in the arena. */
void site_path_split(const char *url, poly_arena *arena, const char **origin, const char **path);

/*
 * The path, with its query, of `reference` on the page `current` (a path with or without query) of `origin`. In the
 * arena; NULL when it leads elsewhere, or is longer or other than a request can carry. A fragment is dropped.
 */
const char *site_path_resolve(const char *origin, const char *current, const char *reference, poly_arena *arena);

#endif

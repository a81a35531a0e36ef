/* SPDX-License-Identifier: MIT */
/*
 * The mini-apps of the portal: read once at start, then constant. Any thread.
 *
 * MINIAPPS_FILE is a JSON array of {"id","name","description","icon","url","color"}: `id` is what ?app= names and the
 * audience of the app's launch tokens, 1 to 32 of [a-z0-9_-]; `icon` may be a name or an address; `color` is #rrggbb.
 * Only `id`, `name` and `url` are required.
 */
#ifndef MAIN_MINIAPPS_H
#define MAIN_MINIAPPS_H

#include "poly/blob.h"

typedef struct miniapps miniapps;

/* `file` "": those of the two addresses that are set. NULL with a line in `fault`. */
miniapps *miniapps_load(const char *file, const char *services_url, const char *traffic_url, poly_strbuf *fault);
void miniapps_destroy(miniapps **apps);

/* The array for clients, and its entity tag. */
poly_blob *miniapps_json(const miniapps *apps);
const char *miniapps_etag(const miniapps *apps);

/* The id as the registry has it; NULL when there is no such app. */
const char *miniapps_find(const miniapps *apps, const char *id);

#endif

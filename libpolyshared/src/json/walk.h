/* SPDX-License-Identifier: MIT */
/* A parsed document in the order of its text, without recursion. */
#ifndef POLY_JSON_WALK_H
#define POLY_JSON_WALK_H

#include "json/scan.h"

#include <cjson/cJSON.h>

/* The containers around the present node, outermost first. Starts zeroed. */
typedef struct poly_json_walk {
    const cJSON *around[POLY_JSON_MAX_DEPTH];
    unsigned depth;
} poly_json_walk;

/* The node behind `node`, NULL behind the last. The walk began at a node whose siblings are not part of it. */
const cJSON *poly_json_walk_next(poly_json_walk *walk, const cJSON *node);

#endif

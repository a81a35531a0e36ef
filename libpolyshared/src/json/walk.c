/* SPDX-License-Identifier: MIT */
#include "json/walk.h"

const cJSON *poly_json_walk_next(poly_json_walk *walk, const cJSON *node)
{
    if (node->child) {
        walk->around[walk->depth++] = node;
        return node->child;
    }
    while (walk->depth > 0) {
        if (node->next)
            return node->next;
        node = walk->around[--walk->depth];
    }
    return NULL;
}

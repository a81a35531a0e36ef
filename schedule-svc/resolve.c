/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include "poly/text.h"

#include <string.h>

const poly_faculty *resolve_faculty(const poly_faculty *faculties, size_t count, const char *abbr)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(faculties[i].abbr, abbr) == 0)
            return &faculties[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (poly_text_equal_folded(faculties[i].abbr, abbr))
            return &faculties[i];
    }
    return NULL;
}

const poly_group *resolve_group(const poly_group *groups, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    }
    for (size_t i = 0; i < count; i++) {
        if (poly_text_equal_folded(groups[i].name, name))
            return &groups[i];
    }
    return NULL;
}

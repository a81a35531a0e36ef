/* SPDX-License-Identifier: MIT */
/*
 * All dictionaries together, as one immutable picture: what search, the resolving of names, and the way from a room to
 * its building go by. It counts references; any thread may read it, take and drop references.
 */
#ifndef SCHEDULE_DIRECTORY_H
#define SCHEDULE_DIRECTORY_H

#include "answer.h"
#include "search_index.h"

typedef struct directory_view directory_view;

/* A dictionary as the cache keeps it. */
typedef struct directory_part {
    resource_key key;
    poly_blob *gzip; /* a reference */
    uint32_t identity_size;
} directory_part;

/*
 * Reads the parts, of the kinds RESOURCE_FACULTIES, _FACULTY_GROUPS, _BUILDINGS, _BUILDING_ROOMS and _TEACHERS, in any
 * order; what is no such dictionary is left out. Takes milliseconds: off the loops. One reference.
 */
directory_view *directory_create(const directory_part *parts, size_t count, bool complete)
    __attribute__((returns_nonnull));
directory_view *directory_ref(directory_view *self);
void directory_unref(directory_view **self); /* accepts NULL inside, clears the pointer */

/* False when some dictionary could not be had: what is not here may still exist. */
bool directory_is_complete(const directory_view *self);
/* The kinds of which there are entries: a set of TIMETABLE_KIND_BIT. */
unsigned directory_kinds(const directory_view *self);
const search_index *directory_index(const directory_view *self);

/* NULL when unknown; live as long as the directory. */
const poly_group *directory_group(const directory_view *self, int64_t id);
const poly_room *directory_room(const directory_view *self, int64_t id);
const poly_group *directory_resolve(const directory_view *self, const char *faculty_abbr, const char *group_name);

#endif

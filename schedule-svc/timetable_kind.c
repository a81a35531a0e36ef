/* SPDX-License-Identifier: MIT */
#include "timetable_kind.h"

#include <string.h>

static const char *const kind_names[] = {
    [TIMETABLE_GROUP] = "group",
    [TIMETABLE_TEACHER] = "teacher",
    [TIMETABLE_ROOM] = "room",
};

const char *timetable_kind_name(timetable_kind kind)
{
    return kind_names[kind];
}

bool timetable_kind_parse(const char *name, timetable_kind *kind)
{
    for (size_t i = 0; i < POLY_LENGTH(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = (timetable_kind)i;
            return true;
        }
    }
    return false;
}

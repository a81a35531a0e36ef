/* SPDX-License-Identifier: MIT */
#ifndef SCHEDULE_KIND_PARAMETER_H
#define SCHEDULE_KIND_PARAMETER_H

#include "poly/http.h"

#include "timetable_kind.h"

/* `kind=group|teacher|room` as a set of TIMETABLE_KIND_BIT, every kind when it is left out; a wrong one is a fault. */
unsigned query_timetable_kinds(poly_request *request);

#endif

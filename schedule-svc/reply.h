/* SPDX-License-Identifier: MIT */
/*
 * How handlers answer: from the cache as it lies there, or with something made of cached answers; stale ones are marked
 * with Age and X-Schedule-Stale.
 */
#ifndef SCHEDULE_REPLY_H
#define SCHEDULE_REPLY_H

#include "service.h"

/* What clients may tell apart. */
extern const poly_problem group_unknown;
extern const poly_problem faculty_unknown;
extern const poly_problem teacher_unknown;
extern const poly_problem building_unknown;
extern const poly_problem room_unknown;

/* The resource as the cache has it, or the failure; `unknown` is the 404. */
void reply_resource(poly_request *request, const resource_key *key, const poly_problem *unknown);

/* A failure: `unknown` for POLY_NOT_FOUND, else what poly_fail_dependency makes of it. */
void reply_failure(poly_request *request, poly_result result, const poly_problem *unknown);

/* An answer that was made for this request out of cached ones. Takes over `body`. */
void reply_made(poly_request *request, const char *content_type, poly_strbuf *body, provenance from);

/*
 * A resource as structs in the request's arena; `from` is what reply_made wants, brought together with what is
 * in it. On anything but POLY_OK nothing is answered yet.
 */
poly_result reply_read(poly_request *request, const resource_key *key, answer_data *answer,
                       provenance *from) POLY_MUST_CHECK;

/* The room's building, by the directory. On anything but POLY_OK the failure has been answered. */
poly_result reply_find_room(poly_request *request, int64_t room_id, poly_room *room, provenance *from) POLY_MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The session of the path, which must be the calling teacher's.
 */
#ifndef TRAFFIC_OWN_SESSION_H
#define TRAFFIC_OWN_SESSION_H

#include "poly/write.h"

#include "session.h"

/* False: 404, 403 or a failure has been answered. */
bool own_session(poly_request *request, lesson_session *session);

/* The same in a change: locked; `write` gets the refusal. */
poly_result own_session_lock(poly_pg_transaction *transaction, poly_write *write, const char *session_id,
                             const char *teacher_id, lesson_session *session) POLY_MUST_CHECK;

#endif

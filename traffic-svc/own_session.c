/* SPDX-License-Identifier: MIT */
#include "own_session.h"

#include <string.h>

#include "caller.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"

bool own_session(poly_request *request, lesson_session *session)
{
    const traffic_service *service = poly_request_context(request);
    const char *id;

    if (!read_path_id(request, "id", &problem_session_unknown, &id) ||
        !answer_failure(request, store_session(service->pg, poly_request_arena(request), id, session),
                        &problem_session_unknown))
        return false;
    if (strcmp(session->teacher_id, caller_of(request)->teacher->id) == 0)
        return true;
    poly_fail(request, &problem_session_of_other);
    return false;
}

poly_result own_session_lock(poly_pg_transaction *transaction, poly_write *write, const char *session_id,
                             const char *teacher_id, lesson_session *session)
{
    poly_result result = store_lock_session(transaction, write->arena, session_id, session);

    if (result == POLY_NOT_FOUND)
        write->problem = &problem_session_unknown;
    if (result != POLY_OK || strcmp(session->teacher_id, teacher_id) == 0)
        return result;
    write->problem = &problem_session_of_other;
    return POLY_REJECTED;
}

/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "reply.h"

/* GET /teachers/{teacher_id}/week?date=: the teacher and the week around the date, groups with each lesson. */
void get_teacher_week(poly_request *request)
{
    int64_t id = poly_param_int(request, "teacher_id", 1, RESOURCE_ID_MAX);
    poly_date date = poly_query_date(request, "date", resource_today());
    resource_key key;

    if (poly_request_refused(request))
        return;
    key = resource_week(TIMETABLE_TEACHER, id, 0, date);
    reply_resource(request, &key, &teacher_unknown);
}

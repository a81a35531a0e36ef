/* SPDX-License-Identifier: MIT */
#include "handlers.h"
#include "reply.h"
#include "resolve.h"

#define ABBR_MAX 64
#define NAME_MAX 128

static void reply_group_week(poly_request *request, int64_t group_id, poly_date date)
{
    resource_key key = resource_week(TIMETABLE_GROUP, group_id, 0, date);

    reply_resource(request, &key, &group_unknown);
}

/* GET /groups/{group_id}/week?date=: the week around the date. */
void get_group_week(poly_request *request)
{
    int64_t id = poly_param_int(request, "group_id", 1, RESOURCE_ID_MAX);
    poly_date date = poly_query_date(request, "date", resource_today());

    if (!poly_request_refused(request))
        reply_group_week(request, id, date);
}

/* GET /groups/{group_id}: the group with its faculty. */
void get_group(poly_request *request)
{
    int64_t id = poly_param_int(request, "group_id", 1, RESOURCE_ID_MAX);
    resource_key key;

    if (poly_request_refused(request))
        return;
    key = resource_one(RESOURCE_GROUP, id);
    reply_resource(request, &key, &group_unknown);
}

/* --- by name --- */

struct named_group {
    const char *faculty_abbr;
    const char *group_name;
    int64_t faculty_id, group_id; /* found */
    provenance provenance;
};

static struct named_group query_named_group(poly_request *request)
{
    return (struct named_group){
        .faculty_abbr = poly_query_text_required(request, "faculty_abbr", ABBR_MAX),
        .group_name = poly_query_text_required(request, "group_name", NAME_MAX),
        .provenance = PROVENANCE_OF_NOTHING,
    };
}

static bool find_in_directory(poly_request *request, struct named_group *named)
{
    const schedule_service *service = poly_request_context(request);
    directory_view *directory = directory_keeper_peek(service->directory);
    const poly_group *group = NULL;

    if (directory)
        group = directory_resolve(directory, named->faculty_abbr, named->group_name);
    if (group) {
        named->faculty_id = group->faculty_id;
        named->group_id = group->id;
        named->provenance = directory_keeper_provenance(service->directory);
    }
    directory_unref(&directory);
    return group != NULL;
}

/* Before the directory is there, and for what it does not know: by the two lists that tell. */
static poly_result find_in_lists(poly_request *request, struct named_group *named, const poly_problem **unknown)
{
    resource_key key = resource_list(RESOURCE_FACULTIES);
    answer_data answer;
    const poly_faculty *faculty;
    const poly_group *group;
    poly_result result = reply_read(request, &key, &answer, &named->provenance);

    *unknown = &faculty_unknown;
    if (result != POLY_OK)
        return result;
    faculty = resolve_faculty(answer.faculties, answer.count, named->faculty_abbr);
    if (!faculty)
        return POLY_NOT_FOUND;
    named->faculty_id = faculty->id;
    key = resource_one(RESOURCE_FACULTY_GROUPS, faculty->id);
    result = reply_read(request, &key, &answer, &named->provenance);
    *unknown = &group_unknown;
    if (result != POLY_OK)
        return result;
    group = resolve_group(answer.groups, answer.count, named->group_name);
    if (!group)
        return POLY_NOT_FOUND;
    named->group_id = group->id;
    return POLY_OK;
}

/* False when the failure has been answered. */
static bool find_named_group(poly_request *request, struct named_group *named)
{
    const poly_problem *unknown;
    poly_result result;

    if (find_in_directory(request, named))
        return true;
    result = find_in_lists(request, named, &unknown);
    if (result != POLY_OK)
        reply_failure(request, result, unknown);
    return result == POLY_OK;
}

/* GET /groups/resolve?faculty_abbr=&group_name=: {"faculty_id","group_id"}. */
void get_group_resolved(poly_request *request)
{
    struct named_group named = query_named_group(request);
    poly_json_writer writer;
    poly_strbuf body;

    if (poly_request_refused(request) || !find_named_group(request, &named))
        return;
    poly_strbuf_init(&body, 256);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "faculty_id", named.faculty_id);
    poly_json_put_int(&writer, "group_id", named.group_id);
    poly_json_end_object(&writer);
    reply_made(request, "application/json", &body, named.provenance);
}

static bool is_given(poly_request *request, const char *name)
{
    const char *text = poly_request_query(request, name);

    return text && *text;
}

/* GET /api/schedule?group_id=&date= or ?faculty_abbr=&group_name=&date=: the group's week. */
void get_schedule(poly_request *request)
{
    poly_date date = poly_query_date(request, "date", resource_today());
    struct named_group named = {0};

    if (is_given(request, "faculty_abbr") || is_given(request, "group_name"))
        named = query_named_group(request);
    else
        named.group_id = poly_query_int_required(request, "group_id", 1, RESOURCE_ID_MAX);
    if (poly_request_refused(request))
        return;
    if (named.group_id || find_named_group(request, &named))
        reply_group_week(request, named.group_id, date);
}

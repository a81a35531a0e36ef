/* SPDX-License-Identifier: MIT */
/* The timetable, from schedule-svc. */
#include "handlers.h"

#include <stdio.h>
#include <string.h>

#include "caller.h"
#include "problems.h"
#include "service.h"

#define ABBR_MAX   64
#define NAME_MAX   128
#define ID_MAX     INT64_C(2147483647)
#define GZIP_LEVEL 6

/* What one fetch needs. */
struct fetch {
    poly_request *request;
    const char *faculty_abbr;
    const char *group_name;
    int64_t group_id;
    poly_date monday;
};

static main_service *service_of(const struct fetch *fetch)
{
    return poly_request_context(fetch->request);
}

/* Whoever fetches it decides whether it is compressed, too; the others take what there is. */
static void finish(const struct fetch *fetch, relayed *answer)
{
    poly_digest(answer->json->data, answer->json->size, answer->etag);
    answer->gzip = poly_request_compress(fetch->request, "application/json", answer->json);
}

static poly_result load_week(void *context, relayed *answer)
{
    const struct fetch *fetch = context;
    poly_schedule_answer week;
    poly_result result = poly_schedule_group_week_answer(
        service_of(fetch)->schedule, poly_request_arena(fetch->request), fetch->group_id, fetch->monday, &week);

    if (result != POLY_OK)
        return result;
    answer->json = poly_blob_create(week.json.data, week.json.size);
    answer->stale = week.stale;
    answer->age = week.age;
    finish(fetch, answer);
    return POLY_OK;
}

static poly_result load_group(void *context, relayed *answer)
{
    const struct fetch *fetch = context;
    int64_t faculty_id;
    poly_json_writer writer;
    poly_strbuf text;
    poly_result result =
        poly_schedule_resolve_group(service_of(fetch)->schedule, poly_request_arena(fetch->request),
                                    fetch->faculty_abbr, fetch->group_name, &faculty_id, &answer->group_id);

    if (result != POLY_OK)
        return result;
    poly_strbuf_init(&text, 256);
    poly_json_writer_init(&writer, &text);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "faculty_id", faculty_id);
    poly_json_put_int(&writer, "group_id", answer->group_id);
    poly_json_end_object(&writer);
    answer->json = poly_blob_from_strbuf(&text);
    poly_digest(answer->json->data, answer->json->size, answer->etag);
    return POLY_OK;
}

static poly_result get_week(struct fetch *fetch, relayed *answer)
{
    char key[RELAY_KEY_SIZE], monday[POLY_DATE_SIZE];

    poly_date_format(fetch->monday, monday);
    snprintf(key, sizeof(key), "week/%lld/%s", (long long)fetch->group_id, monday);
    return relay_cache_get(service_of(fetch)->relay, key, load_week, fetch, answer);
}

static poly_result get_group(struct fetch *fetch, relayed *answer)
{
    char key[RELAY_KEY_SIZE];
    /* Names of groups have slashes: the length says where the first one ends. */
    int size = snprintf(key, sizeof(key), "group/%zu/%s/%s", strlen(fetch->faculty_abbr), fetch->faculty_abbr,
                        fetch->group_name);

    if (size < 0 || (size_t)size >= sizeof(key)) /* too long to be any group's */
        return POLY_NOT_FOUND;
    return relay_cache_get(service_of(fetch)->relay, key, load_group, fetch, answer);
}

/* --- answering --- */

static void fail(poly_request *request, poly_result result)
{
    if (result == POLY_NOT_FOUND || result == POLY_INVALID)
        poly_fail(request, &problem_group_unknown);
    else
        poly_fail_dependency(request, result, "schedule-svc");
}

/* Takes over the references. */
static void reply(poly_request *request, relayed *answer)
{
    char age[16];

    if (answer->stale) {
        snprintf(age, sizeof(age), "%u", answer->age);
        poly_respond_header(request, "Age", age);
        poly_respond_header(request, "X-Schedule-Stale", "true");
    }
    poly_respond_representation(request, &(poly_representation){
                                             .identity = answer->json,
                                             .gzip = answer->gzip,
                                             .etag = answer->etag,
                                             .content_type = "application/json",
                                             .cache_control = "private, no-cache",
                                         });
    relayed_release(answer);
}

/* GET /api/schedule/resolve-group?faculty_abbr=&group_name=: {"faculty_id","group_id"}. */
void get_resolved_group(poly_request *request)
{
    struct fetch fetch = {
        .request = request,
        .faculty_abbr = poly_query_text_required(request, "faculty_abbr", ABBR_MAX),
        .group_name = poly_query_text_required(request, "group_name", NAME_MAX),
    };
    relayed answer;
    poly_result result;

    if (poly_request_refused(request))
        return;
    result = get_group(&fetch, &answer);
    if (result == POLY_OK)
        reply(request, &answer);
    else
        fail(request, result);
}

/* --- the week --- */

static bool is_given(poly_request *request, const char *name)
{
    const char *text = poly_request_query(request, name);

    return text && *text;
}

/* Whose week is asked for: a group's by its id or its names, or the student's own. False: it has been answered. */
static bool read_group(struct fetch *fetch)
{
    poly_request *request = fetch->request;

    if (is_given(request, "faculty_abbr") || is_given(request, "group_name")) {
        fetch->faculty_abbr = poly_query_text_required(request, "faculty_abbr", ABBR_MAX);
        fetch->group_name = poly_query_text_required(request, "group_name", NAME_MAX);
    } else if (is_given(request, "group_id")) {
        fetch->group_id = poly_query_int(request, "group_id", 1, ID_MAX, 0);
        return !poly_request_refused(request);
    } else {
        fetch->faculty_abbr = caller_student(request)->faculty_abbr;
        fetch->group_name = caller_student(request)->study_group;
    }
    if (poly_request_refused(request))
        return false;
    if (*fetch->faculty_abbr && *fetch->group_name)
        return true;
    poly_fail(request, &problem_no_group);
    return false;
}

static poly_result find_group(struct fetch *fetch)
{
    relayed group;
    poly_result result;

    if (!fetch->faculty_abbr) /* it was asked for by its id */
        return POLY_OK;
    result = get_group(fetch, &group);
    if (result != POLY_OK)
        return result;
    fetch->group_id = group.group_id;
    relayed_release(&group);
    return POLY_OK;
}

/* GET /api/schedule?date=, with ?group_id= or ?faculty_abbr=&group_name= for another group: the week. */
void get_schedule(poly_request *request)
{
    struct fetch fetch = {.request = request};
    relayed answer;
    poly_result result;

    fetch.monday = poly_date_monday(poly_query_date(request, "date", poly_date_in_moscow(poly_time_unix())));
    if (!read_group(&fetch))
        return;
    result = find_group(&fetch);
    if (result == POLY_OK)
        result = get_week(&fetch, &answer);
    if (result == POLY_OK)
        reply(request, &answer);
    else
        fail(request, result);
}

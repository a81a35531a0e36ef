/* SPDX-License-Identifier: MIT */
/* Timetables as iCalendar feeds: last week, this one, and some ahead; all of them or none. */
#include "handlers.h"
#include "ical.h"
#include "reply.h"

#define WEEKS_DEFAULT 9 /* this one and eight more */
#define WEEKS_MAX     16
#define AHEAD         3 /* fetches under way beside the one that is waited for */
#define CALENDAR_MAX  ((size_t)8 << 20)

struct calendar {
    timetable_kind kind;
    int64_t id;
    const char *name; /* NULL: the weeks say it */
    size_t count;
    resource_key keys[WEEKS_MAX + 1];
    cached items[WEEKS_MAX + 1];
    provenance provenance;
    poly_arena *arena;
    poly_strbuf text;
    poly_result result;
};

static void release(struct calendar *calendar)
{
    for (size_t i = 0; i < calendar->count; i++)
        cached_release(&calendar->items[i]);
    poly_strbuf_release(&calendar->text);
}

static poly_result get_weeks(schedule_service *service, struct calendar *calendar)
{
    poly_result result = POLY_OK;

    for (size_t i = 0; i < calendar->count && result == POLY_OK; i++) {
        for (size_t ahead = i; ahead < calendar->count && ahead <= i + AHEAD; ahead++)
            cache_prefetch(service->cache, &calendar->keys[ahead]);
        result =
            cache_get(service->cache, &calendar->keys[i], CACHE_IDENTITY, poly_fiber_deadline(), &calendar->items[i]);
        if (result == POLY_OK)
            calendar->provenance = provenance_of_both(calendar->provenance, calendar->items[i].provenance);
    }
    return result;
}

static const char *name_in(const struct calendar *calendar, const answer_data *answer)
{
    switch (calendar->kind) {
    case TIMETABLE_TEACHER:
        return answer->teacher.full_name;
    case TIMETABLE_ROOM:
        return poly_arena_printf(calendar->arena, "%s, %s", answer->room.name, answer->room.building_name);
    default:
        return calendar->name;
    }
}

/* Reading and writing some dozen weeks takes milliseconds: off the loop. */
static void write_calendar(void *argument)
{
    struct calendar *calendar = argument;
    const poly_week *weeks[WEEKS_MAX + 1];
    answer_data *answers = poly_arena_alloc_zero(calendar->arena, calendar->count, sizeof(*answers));
    ical_calendar feed = {
        .kind = calendar->kind,
        .id = calendar->id,
        .weeks = weeks,
        .week_count = calendar->count,
        .stamp = calendar->provenance.modified,
    };

    for (size_t i = 0; i < calendar->count; i++) {
        calendar->result = answer_read(&calendar->keys[i], calendar->items[i].identity, calendar->arena, &answers[i]);
        if (calendar->result != POLY_OK)
            return;
        weeks[i] = &answers[i].week;
    }
    feed.name = name_in(calendar, &answers[0]);
    calendar->result = ical_write(&feed, &calendar->text);
}

static void reply_calendar(poly_request *request, struct calendar *calendar)
{
    poly_result result = poly_offload(write_calendar, calendar);

    if (result == POLY_OK)
        result = calendar->result;
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "calendar");
        return;
    }
    poly_respond_header(request, "Content-Disposition",
                        poly_arena_printf(calendar->arena, "inline; filename=\"%s-%lld.ics\"",
                                          timetable_kind_name(calendar->kind), (long long)calendar->id));
    reply_made(request, ICAL_CONTENT_TYPE, &calendar->text, calendar->provenance);
}

static void reply_feed(poly_request *request, struct calendar *calendar, int64_t building_id, int64_t weeks,
                       const poly_problem *unknown)
{
    schedule_service *service = poly_request_context(request);
    poly_date last_week = poly_date_add_days(resource_today(), -7);
    poly_result result;

    calendar->arena = poly_request_arena(request);
    calendar->count = (size_t)weeks + 1;
    poly_strbuf_init(&calendar->text, CALENDAR_MAX);
    for (size_t i = 0; i < calendar->count; i++)
        calendar->keys[i] =
            resource_week(calendar->kind, calendar->id, building_id, poly_date_add_days(last_week, 7 * (int32_t)i));
    result = get_weeks(service, calendar);
    if (result == POLY_OK)
        reply_calendar(request, calendar);
    else
        reply_failure(request, result, unknown);
    release(calendar);
}

static int64_t query_weeks(poly_request *request)
{
    return poly_query_int(request, "weeks", 1, WEEKS_MAX, WEEKS_DEFAULT);
}

/* A group's week does not say its name. Without one the feed is still right, so its failure is none of the feed. */
static const char *group_name(poly_request *request, int64_t id)
{
    resource_key key = resource_one(RESOURCE_GROUP, id);
    provenance ignored = PROVENANCE_OF_NOTHING;
    answer_data answer;

    if (reply_read(request, &key, &answer, &ignored) == POLY_OK)
        return answer.group.name;
    return poly_arena_printf(poly_request_arena(request), "Группа %lld", (long long)id);
}

/* GET /groups/{group_id}/calendar.ics?weeks= */
void get_group_calendar(poly_request *request)
{
    struct calendar calendar = {
        .kind = TIMETABLE_GROUP,
        .id = poly_param_int(request, "group_id", 1, RESOURCE_ID_MAX),
        .provenance = PROVENANCE_OF_NOTHING,
    };
    int64_t weeks = query_weeks(request);

    if (poly_request_refused(request))
        return;
    calendar.name = group_name(request, calendar.id);
    reply_feed(request, &calendar, 0, weeks, &group_unknown);
}

/* GET /teachers/{teacher_id}/calendar.ics?weeks= */
void get_teacher_calendar(poly_request *request)
{
    struct calendar calendar = {
        .kind = TIMETABLE_TEACHER,
        .id = poly_param_int(request, "teacher_id", 1, RESOURCE_ID_MAX),
        .provenance = PROVENANCE_OF_NOTHING,
    };
    int64_t weeks = query_weeks(request);

    if (!poly_request_refused(request))
        reply_feed(request, &calendar, 0, weeks, &teacher_unknown);
}

/* GET /rooms/{room_id}/calendar.ics?weeks= */
void get_room_calendar(poly_request *request)
{
    struct calendar calendar = {
        .kind = TIMETABLE_ROOM,
        .id = poly_param_int(request, "room_id", 1, RESOURCE_ID_MAX),
        .provenance = PROVENANCE_OF_NOTHING,
    };
    int64_t weeks = query_weeks(request);
    poly_room room;

    if (poly_request_refused(request))
        return;
    if (reply_find_room(request, calendar.id, &room, &calendar.provenance) == POLY_OK)
        reply_feed(request, &calendar, room.building_id, weeks, &room_unknown);
}

/* SPDX-License-Identifier: MIT */
#include "reply.h"

#include <stdio.h>

#include "poly/random.h"

static const char json_type[] = "application/json";

const poly_problem group_unknown = {
    404,
    "group_not_found",
    {"Группа не найдена", "Group not found"},
    {"Такой группы в расписании нет. Проверьте номер группы.",
     "The timetable knows no such group. Check the group's number."},
    0,
};
const poly_problem faculty_unknown = {
    404,
    "faculty_not_found",
    {"Институт не найден", "Faculty not found"},
    {"Такого института в расписании нет.", "The timetable knows no such faculty."},
    0,
};
const poly_problem teacher_unknown = {
    404,
    "teacher_not_found",
    {"Преподаватель не найден", "Teacher not found"},
    {"Такого преподавателя в расписании нет.", "The timetable knows no such teacher."},
    0,
};
const poly_problem building_unknown = {
    404,
    "building_not_found",
    {"Корпус не найден", "Building not found"},
    {"Такого корпуса в расписании нет.", "The timetable knows no such building."},
    0,
};
const poly_problem room_unknown = {
    404,
    "room_not_found",
    {"Аудитория не найдена", "Room not found"},
    {"Такой аудитории в расписании нет.", "The timetable knows no such room."},
    0,
};

/* How long clients may keep an answer: no longer than it is fresh here, and never long. */
static const struct {
    uint64_t fresh_for;
    const char *text;
} lifetimes[] = {
    {POLY_SECONDS(60), "public, max-age=60"}, {POLY_SECONDS(30), "public, max-age=30"},
    {POLY_SECONDS(15), "public, max-age=15"}, {POLY_SECONDS(5), "public, max-age=5"},
    {POLY_SECONDS(1), "public, max-age=1"},
};

static const char *cache_control(uint64_t fresh_for)
{
    for (size_t i = 0; i < POLY_LENGTH(lifetimes); i++)
        if (fresh_for >= lifetimes[i].fresh_for)
            return lifetimes[i].text;
    return "public, max-age=0, must-revalidate";
}

static void mark_if_stale(poly_request *request, const provenance *from)
{
    char seconds[24];

    if (from->fresh_for)
        return;
    snprintf(seconds, sizeof(seconds), "%llu",
             (unsigned long long)((from->age + POLY_SECONDS(1) - 1) / POLY_SECONDS(1)));
    poly_respond_header(request, "Age", seconds);
    poly_respond_header(request, "X-Schedule-Stale", "true");
}

void reply_failure(poly_request *request, poly_result result, const poly_problem *unknown)
{
    if (result == POLY_NOT_FOUND)
        poly_fail(request, unknown);
    else
        poly_fail_dependency(request, result, "ruz");
}

void reply_resource(poly_request *request, const resource_key *key, const poly_problem *unknown)
{
    schedule_service *service = poly_request_context(request);
    unsigned flags = poly_request_accepts_gzip(request) ? 0 : CACHE_IDENTITY;
    cached item;
    poly_result result = cache_get(service->cache, key, flags, poly_fiber_deadline(), &item);

    if (result != POLY_OK) {
        reply_failure(request, result, unknown);
        return;
    }
    mark_if_stale(request, &item.provenance);
    poly_respond_representation(request, &(poly_representation){
                                             .identity = item.identity,
                                             .gzip = item.gzip,
                                             .etag = item.etag,
                                             .content_type = json_type,
                                             .cache_control = cache_control(item.provenance.fresh_for),
                                         });
    cached_release(&item);
}

void reply_made(poly_request *request, const char *content_type, poly_strbuf *body, provenance from)
{
    char etag[POLY_DIGEST_SIZE];
    poly_blob *identity, *gzip;

    if (body->overflowed) {
        poly_respond_strbuf(request, 200, content_type, body); /* which makes it the 500 that it is */
        return;
    }
    identity = poly_blob_from_strbuf(body);
    gzip = poly_request_compress(request, content_type, identity);
    poly_digest(identity->data, identity->size, etag);
    mark_if_stale(request, &from);
    poly_respond_representation(request, &(poly_representation){
                                             .identity = identity,
                                             .gzip = gzip,
                                             .etag = etag,
                                             .content_type = content_type,
                                             .cache_control = cache_control(from.fresh_for),
                                         });
    poly_blob_unref(&gzip);
    poly_blob_unref(&identity);
}

poly_result reply_read(poly_request *request, const resource_key *key, answer_data *answer, provenance *from)
{
    schedule_service *service = poly_request_context(request);
    cached item;
    poly_result result = cache_get(service->cache, key, CACHE_IDENTITY, poly_fiber_deadline(), &item);

    if (result != POLY_OK)
        return result;
    *from = provenance_of_both(*from, item.provenance);
    result = answer_read(key, item.identity, poly_request_arena(request), answer);
    cached_release(&item);
    return result;
}

poly_result reply_find_room(poly_request *request, int64_t room_id, poly_room *room, provenance *from)
{
    schedule_service *service = poly_request_context(request);
    directory_view *directory;
    const poly_room *found;
    poly_result result = directory_keeper_get(service->directory, poly_fiber_deadline(), &directory);

    if (result != POLY_OK) {
        reply_failure(request, result, &room_unknown);
        return result;
    }
    found = directory_room(directory, room_id);
    if (found) {
        poly_arena *arena = poly_request_arena(request);

        *room = (poly_room){
            .id = found->id,
            .name = poly_arena_strdup(arena, found->name),
            .building_id = found->building_id,
            .building_name = poly_arena_strdup(arena, found->building_name),
            .building_abbr = poly_arena_strdup(arena, found->building_abbr),
        };
        *from = provenance_of_both(*from, directory_keeper_provenance(service->directory));
    } else {
        /* Only a complete directory tells that there is no such room. */
        result = directory_is_complete(directory) ? POLY_NOT_FOUND : POLY_UNAVAILABLE;
        reply_failure(request, result, &room_unknown);
    }
    directory_unref(&directory);
    return result;
}

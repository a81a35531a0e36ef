/* SPDX-License-Identifier: MIT */
/* GET /rooms/free: a building's rooms whose weeks, all of them, are got through the cache, some at a time. */
#include "free_rooms.h"
#include "handlers.h"
#include "reply.h"

#define AHEAD         7 /* fetches under way beside the one that is waited for */
#define ROOM_PATIENCE POLY_SECONDS(6)
#define ANSWER_MARGIN POLY_SECONDS(1)
#define ANSWER_MAX    ((size_t)4 << 20)

typedef enum room_state { ROOM_UNKNOWN, ROOM_FREE, ROOM_BUSY } room_state;

struct candidate {
    poly_room *room;
    resource_key key;
    room_state state;
    int free_from, free_until;
};

struct free_search {
    schedule_service *service;
    free_rooms_window window;
    uint64_t deadline;
    struct candidate *candidates;
    size_t count;
    size_t unknown;
    poly_result failure; /* of the last unknown one */
    poly_arena *scratch;
    provenance provenance;
};

static void judge(struct free_search *search, struct candidate *candidate, const cached *item)
{
    answer_data answer;
    free_rooms_candidate one = {.room = candidate->room, .week = &answer.week};
    free_rooms_answer found;

    poly_arena_reset(search->scratch);
    if (answer_read(&candidate->key, item->identity, search->scratch, &answer) != POLY_OK ||
        free_rooms_find(&one, 1, search->window, search->scratch, &found) != POLY_OK || found.unknown_count) {
        search->failure = POLY_BAD_ANSWER;
        return;
    }
    search->provenance = provenance_of_both(search->provenance, item->provenance);
    candidate->state = found.free_count ? ROOM_FREE : ROOM_BUSY;
    if (found.free_count) {
        candidate->free_from = found.free[0].free_from;
        candidate->free_until = found.free[0].free_until;
    }
}

static void look_at(struct free_search *search, struct candidate *candidate, unsigned flags, uint64_t deadline)
{
    cached item;
    poly_result result = cache_get(search->service->cache, &candidate->key, flags | CACHE_IDENTITY, deadline, &item);

    if (result == POLY_OK)
        judge(search, candidate, &item);
    else
        search->failure = result;
    cached_release(&item);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Once over all rooms with waiting; then over those that came too late for it. False when nobody waits any more. */
static bool look_at_all(struct free_search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        uint64_t now = poly_time_monotonic();
        bool in_time = now < search->deadline;

        for (size_t ahead = i; in_time && ahead < search->count && ahead <= i + AHEAD; ahead++)
            cache_prefetch(search->service->cache, &search->candidates[ahead].key);
        look_at(search, &search->candidates[i], in_time ? 0 : CACHE_AS_IS,
                earlier(search->deadline, now + ROOM_PATIENCE));
        if (poly_fiber_is_cancelled())
            return false;
        poly_fiber_yield();
    }
    for (size_t i = 0; i < search->count; i++) {
        if (search->candidates[i].state == ROOM_UNKNOWN)
            look_at(search, &search->candidates[i], CACHE_AS_IS, search->deadline);
        search->unknown += search->candidates[i].state == ROOM_UNKNOWN;
    }
    return true;
}

static void put_clock(poly_json_writer *writer, const char *name, int minutes, int none)
{
    char text[16];

    if (minutes == none) {
        poly_json_put_null(writer, name);
        return;
    }
    snprintf(text, sizeof(text), "%02d:%02d", minutes / 60, minutes % 60);
    poly_json_put_text(writer, name, text);
}

static void write_candidates(poly_json_writer *writer, const char *name, const struct free_search *search,
                             room_state state)
{
    poly_json_begin_array(writer, name);
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *candidate = &search->candidates[i];

        if (candidate->state != state)
            continue;
        poly_json_begin_object(writer, NULL);
        poly_json_put_int(writer, "id", candidate->room->id);
        poly_json_put_text(writer, "name", candidate->room->name);
        if (state == ROOM_FREE) {
            put_clock(writer, "free_from", candidate->free_from, 0);
            put_clock(writer, "free_until", candidate->free_until, 24 * 60);
        }
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

static void reply_rooms(poly_request *request, const struct free_search *search, int64_t building_id)
{
    char date[POLY_DATE_SIZE];
    poly_json_writer writer;
    poly_strbuf body;

    poly_date_format(search->window.date, date);
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_int(&writer, "building_id", building_id);
    poly_json_put_text(&writer, "date", date);
    put_clock(&writer, "time_start", search->window.time_start, -1);
    put_clock(&writer, "time_end", search->window.time_end, -1);
    write_candidates(&writer, "rooms", search, ROOM_FREE);
    write_candidates(&writer, "unknown", search, ROOM_UNKNOWN);
    poly_json_end_object(&writer);
    reply_made(request, "application/json", &body, search->provenance);
}

static void take_candidates(struct free_search *search, const answer_data *answer, int64_t building_id,
                            poly_arena *arena)
{
    search->candidates = poly_arena_alloc_zero(arena, answer->count + 1, sizeof(*search->candidates));
    for (size_t i = 0; i < answer->count; i++) {
        if (!room_is_bookable(&answer->rooms[i]))
            continue;
        search->candidates[search->count++] = (struct candidate){
            .room = &answer->rooms[i],
            .key = resource_week(TIMETABLE_ROOM, answer->rooms[i].id, building_id, search->window.date),
        };
    }
}

static void search_building(poly_request *request, int64_t building_id, free_rooms_window window)
{
    struct free_search search = {
        .service = poly_request_context(request),
        .window = window,
        .deadline = poly_fiber_deadline() - ANSWER_MARGIN,
        .provenance = PROVENANCE_OF_NOTHING,
    };
    resource_key key = resource_one(RESOURCE_BUILDING_ROOMS, building_id);
    answer_data answer;
    poly_result result = reply_read(request, &key, &answer, &search.provenance);

    if (result != POLY_OK) {
        reply_failure(request, result, &building_unknown);
        return;
    }
    take_candidates(&search, &answer, building_id, poly_request_arena(request));
    search.scratch = poly_arena_create(0);
    if (!look_at_all(&search))
        poly_fail_dependency(request, POLY_CANCELLED, "ruz");
    else if (search.count && search.unknown == search.count)
        reply_failure(request, search.failure, &room_unknown);
    else
        reply_rooms(request, &search, building_id);
    poly_arena_destroy(&search.scratch);
}

/* GET /rooms/free?building_id=&date=&time_start=&time_end=: rooms without a lesson then, and those nobody knows of. */
void get_free_rooms(poly_request *request)
{
    int64_t building_id = poly_query_int_required(request, "building_id", 1, RESOURCE_ID_MAX);
    free_rooms_window window = {
        .date = poly_query_date_required(request, "date"),
        .time_start = poly_query_clock_required(request, "time_start"),
        .time_end = poly_query_clock_required(request, "time_end"),
    };
    const char *start = poly_request_query(request, "time_start"), *end = poly_request_query(request, "time_end");

    if (start && *start && end && *end && window.time_end <= window.time_start)
        poly_request_fault(request, "time_end", "order",
                           (poly_message){"Параметр «time_end»: конец должен быть позже начала («time_start»).",
                                          "The parameter \"time_end\" must be later than \"time_start\"."});
    if (!poly_request_refused(request))
        search_building(request, building_id, window);
}

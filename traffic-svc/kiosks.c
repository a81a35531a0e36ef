/* SPDX-License-Identifier: MIT */
/* What kiosks ask for: to be one, and what to show. */
#include "handlers.h"

#include <stdlib.h>
#include <string.h>

#include "poly/random.h"
#include "poly/write.h"

#include "pin.h"
#include "problems.h"
#include "reading.h"
#include "service.h"
#include "store.h"

#define ANSWER_MAX (32 * 1024)

/* --- POST /api/tablets/init --- */

enum { PINS_AT_ONCE = 16, DRAWS = 4 };

struct new_tablet {
    char id[POLY_UUID_SIZE];
    char secret[TABLET_SECRET_SIZE];
};

/* Of the million PINs most are free. Whether one is, is seen when it is taken. */
static poly_result draw_pin(poly_pg_transaction *transaction, poly_write *write, const char *tablet_id,
                            const char *kind, const char **pin)
{
    poly_result result = POLY_NOT_FOUND;

    for (int draw = 0; draw < DRAWS && result == POLY_NOT_FOUND; draw++) {
        char pins[PINS_AT_ONCE][PIN_SIZE];
        const char *list[PINS_AT_ONCE];

        for (size_t i = 0; i < PINS_AT_ONCE; i++) {
            pin_make(pins[i]);
            list[i] = pins[i];
        }
        result = store_insert_pin(transaction, write->arena, tablet_id, kind, list, PINS_AT_ONCE, pin);
    }
    if (result != POLY_NOT_FOUND)
        return result;
    write->problem = &problem_no_free_pin;
    return POLY_OVERLOADED;
}

static void write_new_tablet(poly_strbuf *out, const struct new_tablet *made, const char *reg_pin,
                             const char *display_pin)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "device_id", made->id);
    poly_json_put_text(&writer, "reg_pin", reg_pin);
    poly_json_put_text(&writer, "display_pin", display_pin);
    poly_json_put_text(&writer, "tablet_secret", made->secret);
    poly_json_end_object(&writer);
}

static poly_result add_tablet(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    const struct new_tablet *made = context;
    uint8_t hash[POLY_SHA256_SIZE];
    const char *reg_pin, *display_pin;
    poly_result result;

    tablet_secret_hash(made->secret, hash);
    result = store_insert_tablet(transaction, write->arena, made->id, (poly_slice){(const char *)hash, sizeof(hash)});
    if (result == POLY_OK)
        result = draw_pin(transaction, write, made->id, "registration", &reg_pin);
    if (result == POLY_OK)
        result = draw_pin(transaction, write, made->id, "display", &display_pin);
    if (result != POLY_OK)
        return result;
    write_new_tablet(&write->body, made, reg_pin, display_pin);
    return poly_audit_add(&write->audit, transaction, "tablet_added", made->id, NULL);
}

/* POST /api/tablets/init: {device_id, reg_pin, display_pin, tablet_secret}. */
void post_tablet_init(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_write_options options = {.idempotent = true};
    struct new_tablet made;
    poly_slice body;

    if (poly_request_body(request, 0, &body) != POLY_OK || !enter_throttle(request, service->kiosk_throttle))
        return;
    poly_uuid_make(made.id);
    tablet_secret_make(made.secret);
    /* Nobody gets another one's secret by its Idempotency-Key. */
    options.scope = poly_arena_printf(poly_request_arena(request), "kiosk %s", poly_request_address(request));
    poly_write_respond(request, service->pg, &options, add_tablet, &made);
    poly_wipe(made.secret, sizeof(made.secret));
}

/* --- what it shows --- */

static tablet_view view_of(poly_request *request, const tablet_info *tablet)
{
    const char *secret = poly_request_query(request, "tablet_secret");

    return tablet_secret_matches(secret, tablet->secret_hash) ? TABLET_OWN : TABLET_PUBLIC;
}

/* GET /api/tablets/{id}?tablet_secret=. */
void get_tablet(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_json_writer writer;
    tablet_info tablet;
    poly_strbuf body;
    const char *id;

    if (!read_path_id(request, "id", &problem_tablet_unknown, &id) ||
        !answer_failure(request, store_tablet(service->pg, poly_request_arena(request), id, &tablet),
                        &problem_tablet_unknown))
        return;
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    tablet_write(&writer, NULL, &tablet, view_of(request, &tablet));
    poly_respond_json(request, 200, &body);
}

static void write_idle(poly_json_writer *writer, int64_t rotate_seconds)
{
    poly_json_begin_object(writer, NULL);
    poly_json_put_bool(writer, "active", false);
    poly_json_put_null(writer, "session_id");
    poly_json_put_null(writer, "discipline");
    poly_json_put_null(writer, "teacher_name");
    poly_json_put_int(writer, "rotate_seconds", rotate_seconds);
    poly_json_put_int(writer, "attendance_count", 0);
    poly_json_end_object(writer);
}

/* A device id that is no UUID is nobody's. NULL: it has been answered. */
static const char *read_device_id(poly_request *request)
{
    const char *id = poly_query_text_required(request, "device_id", 128);

    if (poly_request_refused(request))
        return NULL;
    if (poly_uuid_is_valid(id))
        return id;
    poly_fail(request, &problem_tablet_unknown);
    return NULL;
}

/* GET /api/sessions/current?device_id=&tablet_secret=: what the kiosk shows. */
void get_current_session(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *id = read_device_id(request);
    poly_json_writer writer;
    kiosk_state state;
    poly_strbuf body;

    if (!id || !answer_failure(request, store_kiosk_state(service->pg, poly_request_arena(request), id, &state),
                               &problem_tablet_unknown))
        return;
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    if (state.session.id)
        kiosk_session_write(&writer, NULL, &state.session, view_of(request, &state.tablet));
    else
        write_idle(&writer, service->config->qr_rotate_seconds);
    poly_respond_json(request, 200, &body);
}

/* --- GET /api/tablets/{id}/events --- */

#define EVENT_STREAM "text/event-stream"
/* For how long a kiosk of a crowd is put off: this, up to so many times this. Ten thousand then come at a rate that is
 * served. */
enum { PAUSE_MS = 2000, PAUSE_SPREAD = 8 };

/* A stream that is open, for whoever counts who is here. */
struct stream {
    kiosk_presence *presence;
    bool is_kiosk;
    char tablet_id[POLY_UUID_SIZE];
};

static void end_stream(void *argument)
{
    struct stream *stream = argument;

    presence_leave(stream->presence, stream->tablet_id, stream->is_kiosk);
    free(stream);
}

static struct stream *begin_stream(const traffic_service *service, const tablet_info *tablet, bool is_kiosk)
{
    struct stream *stream = poly_alloc(sizeof(*stream));

    stream->presence = service->presence;
    stream->is_kiosk = is_kiosk;
    memcpy(stream->tablet_id, tablet->id, POLY_UUID_SIZE);
    presence_enter(stream->presence, stream->tablet_id, stream->is_kiosk);
    return stream;
}

/* The state goes out in front of what was published since the stream joined. */
static void send_state(poly_sse *subscriber, const kiosk_state *state, tablet_view view)
{
    poly_strbuf data;

    poly_strbuf_init(&data, ANSWER_MAX);
    change_feed_write(state, view, &data);
    poly_sse_send(subscriber, &(poly_sse_event){.name = "tablet", .data = {data.data, data.size}});
    poly_strbuf_release(&data);
}

static void follow(poly_request *request, const tablet_info *tablet, tablet_view view)
{
    const traffic_service *service = poly_request_context(request);
    bool stays = poly_request_method(request) != POLY_HEAD;
    struct stream *stream = begin_stream(service, tablet, stays && view == TABLET_OWN);
    char topic[POLY_SSE_TOPIC_SIZE];
    const char *const topics[] = {topic, NULL};
    poly_sse *subscriber;
    kiosk_state state;

    change_feed_topic(tablet->id, view, topic);
    subscriber = poly_sse_join(request, change_feed_kiosks(service->feed),
                               &(poly_sse_options){.topics = topics, .gone = end_stream, .argument = stream});
    if (!answer_failure(request, store_kiosk_state(service->pg, poly_request_arena(request), tablet->id, &state),
                        &problem_tablet_unknown)) {
        end_stream(stream);
        return;
    }
    send_state(subscriber, &state, view);
    if (!poly_sse_start(subscriber))
        end_stream(stream);
}

static void begin_to_follow(poly_request *request, const char *id)
{
    const traffic_service *service = poly_request_context(request);
    tablet_info tablet;

    if (answer_failure(request, store_tablet(service->pg, poly_request_arena(request), id, &tablet),
                       &problem_tablet_unknown))
        follow(request, &tablet, view_of(request, &tablet));
}

/*
 * Too many at once: each is told another time to come back. A browser's EventSource gives up for good at anything but
 * 200, so it gets a stream with that time alone, which ends.
 */
static void put_off(poly_request *request)
{
    unsigned pause_ms = PAUSE_MS + poly_random_below(PAUSE_MS * (PAUSE_SPREAD - 1));
    poly_slice accept = poly_request_header(request, "Accept");
    poly_problem overloaded = problem_kiosks_crowd;
    poly_strbuf body;

    if (accept.size && memmem(accept.data, accept.size, EVENT_STREAM, strlen(EVENT_STREAM))) {
        poly_strbuf_init(&body, 64);
        poly_strbuf_printf(&body, "retry: %u\n\n", pause_ms);
        poly_respond_strbuf(request, 200, EVENT_STREAM, &body);
    } else {
        overloaded.retry_after = (pause_ms + 999) / 1000;
        poly_fail(request, &overloaded);
    }
}

/* GET /api/tablets/{id}/events?tablet_secret=: the state at once, and on each change. */
void get_tablet_events(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    poly_result result;
    const char *id;

    if (!read_path_id(request, "id", &problem_tablet_unknown, &id))
        return;
    result = poly_gate_enter(service->kiosk_gate, poly_fiber_deadline());
    if (result == POLY_OVERLOADED) {
        put_off(request);
        return;
    }
    if (result != POLY_OK) {
        poly_fail_dependency(request, result, "the gate of kiosks");
        return;
    }
    begin_to_follow(request, id);
    poly_gate_leave(service->kiosk_gate);
}

/* --- GET /api/tablets/stream/statuses --- */

/* So that one who is no administrator any more does not watch for ever. */
#define STATUSES_LIFETIME_MS (10 * 60 * 1000)

void get_tablet_statuses(poly_request *request)
{
    static const char *const topics[] = {STATUSES_TOPIC, NULL};
    const traffic_service *service = poly_request_context(request);
    poly_sse *subscriber = poly_sse_join(request, change_feed_statuses(service->feed),
                                         &(poly_sse_options){.topics = topics, .lifetime_ms = STATUSES_LIFETIME_MS});
    const char *json;

    if (!answer_failure(request, store_statuses_json(service->pg, poly_request_arena(request), &json), NULL))
        return;
    poly_sse_send(subscriber, &(poly_sse_event){.name = "statuses", .data = poly_slice_of(json)});
    poly_sse_start(subscriber);
}

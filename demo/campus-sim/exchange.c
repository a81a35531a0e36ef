/* SPDX-License-Identifier: MIT */
#include "exchange.h"

#include "fault_play.h"
#include "ruz.h"

#include <string.h>

static void set_key(poly_request *request, answer_key *key)
{
    const struct simulator *simulator = poly_request_context(request);
    const char *date_text = poly_request_query(request, "date");
    poly_date date = simulator_today(simulator);

    key->path = poly_request_path(request);
    key->search = poly_request_query(request, "q");
    key->monday = ANSWER_NO_WEEK;
    if (!date_text || !*date_text || poly_date_parse(date_text, &date))
        key->monday = poly_date_to_days(poly_date_monday(date));
}

static request_mark note_request(poly_request *request, const struct simulator *simulator)
{
    const char *path = poly_request_path(request);
    const char *date = poly_request_query(request, "date");
    const char *search = poly_request_query(request, "q");

    if (date)
        path = poly_arena_printf(poly_request_arena(request), "%s?date=%s", path, date);
    else if (search)
        path = poly_arena_printf(poly_request_arena(request), "%s?q=%s", path, search);
    return request_log_enter(simulator->requests, path);
}

#define JSON "application/json"

static bool find_override(poly_request *request, const struct simulator *simulator, struct right_answer *answer)
{
    poly_blob *prepared = NULL;
    answer_key key;

    set_key(request, &key);
    if (!answer_book_find(simulator->overrides, &key, &answer->status, &prepared))
        return false;
    poly_strbuf_append(&answer->body, prepared->data, prepared->size);
    poly_blob_unref(&prepared);
    return true;
}

static bool find_recording(poly_request *request, const struct simulator *simulator, struct right_answer *answer)
{
    poly_blob *recorded = NULL;
    answer_key key;

    set_key(request, &key);
    if (!simulator->recordings || !answer_book_find(simulator->recordings, &key, &answer->status, &recorded))
        return false;
    poly_strbuf_append(&answer->body, recorded->data, recorded->size);
    poly_blob_unref(&recorded);
    return true;
}

/* What RUZ answers when nothing goes wrong. */
static void make_answer(poly_request *request, const struct exchange *exchange, struct right_answer *answer)
{
    const struct simulator *simulator = poly_request_context(request);

    if (find_override(request, simulator, answer) || find_recording(request, simulator, answer))
        return;
    if (simulator->recordings && strcmp(simulator->config->replay_others, "not_found") == 0)
        exchange->deny(request, exchange->what, &answer->body);
    else
        exchange->generate(request, &answer->body);
}

/* The fault of this request, after its delay and `delay_ms` have passed. False: there is nobody left to answer. */
static bool meet_fault(poly_request *request, uint64_t delay_ms, struct fault *fault)
{
    struct simulator *simulator = poly_request_context(request);

    *fault = (struct fault){.mode = FAULT_NONE};
    if (fault_table_take(simulator->faults, poly_request_path(request), fault))
        delay_ms += fault->delay_ms;
    if (delay_ms == 0 || poly_fiber_sleep(POLY_MILLISECONDS(delay_ms)) == POLY_OK)
        return true;
    poly_respond_abort(request); /* the client has left, or the simulator stops */
    return false;
}

void exchange_answer(poly_request *request, const struct exchange *exchange)
{
    struct simulator *simulator = poly_request_context(request);
    request_mark mark = note_request(request, simulator);
    struct right_answer answer = {.status = 200, .content_type = JSON};
    struct fault fault;

    poly_strbuf_init(&answer.body, RUZ_MAX_ANSWER);
    if (meet_fault(request, (uint64_t)simulator->config->delay_ms, &fault)) {
        make_answer(request, exchange, &answer);
        fault_play(request, simulator->faults, &fault, &answer);
    }
    poly_strbuf_release(&answer.body);
    request_log_leave(simulator->requests, mark);
}

void exchange_answer_site(poly_request *request, const struct site_exchange *exchange)
{
    struct simulator *simulator = poly_request_context(request);
    request_mark mark = note_request(request, simulator);
    struct right_answer answer = {.status = 200, .content_type = exchange->content_type};
    struct fault fault;

    poly_strbuf_init(&answer.body, RUZ_MAX_ANSWER);
    if (meet_fault(request, 0, &fault)) {
        if (!find_override(request, simulator, &answer))
            answer.status = exchange->respond(request, fault.mode == FAULT_LAYOUT, &answer.body);
        fault_play(request, simulator->faults, &fault, &answer);
    }
    poly_strbuf_release(&answer.body);
    request_log_leave(simulator->requests, mark);
}

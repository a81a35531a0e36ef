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

/* What the answer is when nothing goes wrong. */
static int make_answer(poly_request *request, const struct simulator *simulator, const struct exchange *exchange,
                       poly_strbuf *out)
{
    answer_key key;
    int status = 200;
    poly_blob *prepared = NULL;

    set_key(request, &key);
    if (answer_book_find(simulator->overrides, &key, &status, &prepared) ||
        (simulator->recordings && answer_book_find(simulator->recordings, &key, &status, &prepared))) {
        poly_strbuf_append(out, prepared->data, prepared->size);
        poly_blob_unref(&prepared);
    } else if (simulator->recordings && strcmp(simulator->config->replay_others, "not_found") == 0) {
        exchange->deny(request, exchange->what, out);
    } else {
        exchange->generate(request, out);
    }
    return status;
}

void exchange_answer(poly_request *request, const struct exchange *exchange)
{
    struct simulator *simulator = poly_request_context(request);
    request_mark mark = note_request(request, simulator);
    struct fault fault = {.mode = FAULT_NONE};
    uint64_t delay = (uint64_t)simulator->config->delay_ms;
    poly_result result = POLY_OK;
    poly_strbuf answer;

    poly_strbuf_init(&answer, RUZ_MAX_ANSWER);
    if (fault_table_take(simulator->faults, poly_request_path(request), &fault))
        delay += fault.delay_ms;
    if (delay > 0)
        result = poly_fiber_sleep(POLY_MILLISECONDS(delay));
    if (result == POLY_OK) {
        int status = make_answer(request, simulator, exchange, &answer);

        fault_play(request, simulator->faults, &fault, status, &answer);
    } else {
        poly_respond_abort(request); /* the client has left, or the simulator stops */
    }
    poly_strbuf_release(&answer);
    request_log_leave(simulator->requests, mark);
}

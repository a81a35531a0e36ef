/* SPDX-License-Identifier: MIT */
#include "fault_play.h"

#include "poly/runtime.h"

#include <string.h>

#define JSON        "application/json"
#define DRIP_BEATS  10 /* a second */
#define HUGE_PIECE  65536
#define HUGE_COOKIE 16384

static const char html_page[] = "<!DOCTYPE html>\n<html><head><title>Ошибка</title></head>\n"
                                "<body><h1>Сервис временно недоступен</h1><p>Попробуйте позже.</p></body></html>\n";

static const char wrong_schema[] =
    "{\"week\":\"2026\",\"days\":{\"monday\":[1,2,3]},\"group\":17,\"teacher\":[],\"room\":"
    "false,\"faculties\":{},\"groups\":\"none\",\"teachers\":{\"id\":1},\"buildings\":0,"
    "\"rooms\":[[]]}";

static const char ruz_error[] = "{\"error\":true,\"text\":\"Внутренняя ошибка сервера\"}";

static void answer_text(poly_request *request, int status, const char *content_type, const char *text)
{
    poly_blob *blob = poly_blob_create(text, strlen(text));

    poly_respond_blob(request, status, content_type, blob);
    poly_blob_unref(&blob);
}

static void play_hang(poly_request *request, fault_table *table)
{
    fault_table_hang(table);
    poly_respond_abort(request);
}

static void play_drip(poly_request *request, const struct fault *fault, const struct right_answer *right)
{
    const poly_strbuf *answer = &right->body;
    size_t piece = fault->drip_bytes_per_second < DRIP_BEATS ? 1 : fault->drip_bytes_per_second / DRIP_BEATS;
    uint64_t pause = POLY_SECONDS(piece) / fault->drip_bytes_per_second;
    poly_result result = poly_stream_begin(request, right->status, right->content_type, (int64_t)answer->size);

    for (size_t at = 0; result == POLY_OK && at < answer->size; at += piece) {
        result = poly_stream_write(request, answer->data + at, piece < answer->size - at ? piece : answer->size - at);
        if (result == POLY_OK)
            result = poly_fiber_sleep(pause);
    }
    poly_stream_end(request);
}

static void play_truncated(poly_request *request, const struct right_answer *right)
{
    poly_result result = poly_stream_begin(request, right->status, right->content_type, (int64_t)right->body.size);

    if (result == POLY_OK)
        result = poly_stream_write(request, right->body.data, right->body.size / 2);
    (void)result; /* a client that has left gets its half no less */
    poly_stream_end(request);
}

/* A document that keeps a parser busy and never ends: {"days":["aaa…","aaa…", … */
static void play_huge(poly_request *request, const struct fault *fault, int status)
{
    static const char head[] = "{\"days\":[\"";
    char *piece = poly_arena_alloc(poly_request_arena(request), HUGE_PIECE);
    int64_t left = fault->size_bytes - (int64_t)sizeof(head) + 1;
    poly_result result = poly_stream_begin(request, status, JSON, fault->chunked ? -1 : fault->size_bytes);

    for (size_t i = 0; i < HUGE_PIECE; i++)
        piece[i] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\""[i % 32];
    if (result == POLY_OK)
        result = poly_stream_write(request, head, sizeof(head) - 1);
    for (; result == POLY_OK && left > 0; left -= HUGE_PIECE) {
        result = poly_stream_write(request, piece, left < HUGE_PIECE ? (size_t)left : HUGE_PIECE);
        poly_fiber_yield(); /* a fast reader would have the loop for itself */
    }
    poly_stream_end(request);
}

static void play_redirect(poly_request *request)
{
    poly_respond_header(request, "Location", poly_request_path(request));
    poly_respond_empty(request, 302);
}

static void add_huge_cookie(poly_request *request)
{
    char *cookie = poly_arena_alloc(poly_request_arena(request), HUGE_COOKIE);

    memset(cookie, 'c', HUGE_COOKIE);
    cookie[1] = '=';
    cookie[HUGE_COOKIE - 1] = '\0';
    poly_respond_header(request, "Set-Cookie", cookie);
}

static void answer_right(poly_request *request, const struct fault *fault, struct right_answer *right)
{
    if (fault->status >= 400)
        answer_text(request, right->status, "text/html; charset=utf-8", html_page);
    else
        poly_respond_strbuf(request, right->status, right->content_type, &right->body);
}

void fault_play(poly_request *request, fault_table *table, const struct fault *fault, struct right_answer *right)
{
    if (fault->status)
        right->status = fault->status;
    switch (fault->mode) {
    case FAULT_NONE:
    case FAULT_LAYOUT: /* the answer itself is of the other make */
        answer_right(request, fault, right);
        return;
    case FAULT_COOKIES:
        add_huge_cookie(request);
        answer_right(request, fault, right);
        return;
    case FAULT_HANG:
        play_hang(request, table);
        return;
    case FAULT_RESET:
        poly_respond_abort(request);
        return;
    case FAULT_DRIP:
        play_drip(request, fault, right);
        return;
    case FAULT_TRUNCATED:
        play_truncated(request, right);
        return;
    case FAULT_HTML:
        answer_text(request, right->status, "text/html; charset=utf-8", html_page);
        return;
    case FAULT_HUGE:
        play_huge(request, fault, right->status);
        return;
    case FAULT_WRONG_SCHEMA:
        answer_text(request, right->status, JSON, wrong_schema);
        return;
    case FAULT_ERROR:
        answer_text(request, right->status, JSON, ruz_error);
        return;
    case FAULT_REDIRECT:
        play_redirect(request);
        return;
    }
}

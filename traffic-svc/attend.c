/* SPDX-License-Identifier: MIT */
/* Students are marked: by the code that they scanned, or by a claim that keeps such a scan while they sign in. */
#include "handlers.h"

#include "poly/write.h"

#include "claim.h"
#include "launch.h"
#include "problems.h"
#include "qr_code.h"
#include "reading.h"
#include "service.h"
#include "store.h"

enum { TEXT_MAX = 256 };

/* The session's secret, from the cache if it is there. False: 404 or a failure has been answered. */
static bool find_key(poly_request *request, const char *session_id, session_key *key)
{
    const traffic_service *service = poly_request_context(request);
    poly_arena *arena = poly_request_arena(request);
    bool is_active;

    if (session_keys_find(service->session_keys, session_id, arena, key))
        return true;
    if (!answer_failure(request, store_session_key(service->pg, arena, session_id, key, &is_active),
                        &problem_session_closed))
        return false;
    if (is_active)
        session_keys_keep(service->session_keys, session_id, key);
    return true;
}

/* --- POST /api/sessions/{id}/claims --- */

static void respond_claim(poly_request *request, const char *session_id, const session_key *key)
{
    char claim[CLAIM_SIZE];
    poly_json_writer writer;
    poly_strbuf body;

    claim_make(session_id, key->qr_secret, poly_time_unix(), claim);
    poly_strbuf_init(&body, 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "claim", claim);
    poly_json_put_int(&writer, "expires_in", CLAIM_SECONDS);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

/* {qr_token}: {claim, expires_in}. Nothing is stored. */
void post_claim(poly_request *request)
{
    const traffic_service *service = poly_request_context(request);
    const char *id, *code;
    const poly_json *body;
    session_key key;
    bool is_active;

    if (!read_path_id(request, "id", &problem_session_closed, &id) || poly_request_json(request, &body) != POLY_OK)
        return;
    code = poly_body_secret_required(request, body, "qr_token", TEXT_MAX);
    if (poly_request_refused(request) ||
        !answer_failure(request, store_session_key(service->pg, poly_request_arena(request), id, &key, &is_active),
                        &problem_session_closed))
        return;
    if (!is_active) {
        poly_fail(request, &problem_session_closed);
    } else if (!qr_code_is_valid(id, key.qr_secret, key.rotate_seconds, poly_time_unix(), code)) {
        poly_fail(request, &problem_code_stale);
    } else {
        poly_counter_add(service->metrics.claims, 1);
        respond_claim(request, id, &key);
    }
}

/* --- POST /api/sessions/{id}/attend --- */

struct attempt {
    const char *session_id;
    const char *code;  /* NULL: there is a claim */
    const char *claim; /* NULL: there is a code */
    const char *launch_token;
};

static const poly_message message_marked = {"Вы отмечены на занятии.", "You have been marked present."};
static const poly_message message_already = {"Вы уже отмечены на этом занятии.",
                                             "You are marked in this session already."};

static bool read_attempt(poly_request *request, struct attempt *attempt)
{
    const poly_json *body;

    if (!read_path_id(request, "id", &problem_session_closed, &attempt->session_id) ||
        poly_request_json(request, &body) != POLY_OK)
        return false;
    if (poly_body_has(body, "claim"))
        attempt->claim = poly_body_secret_required(request, body, "claim", TEXT_MAX);
    else
        attempt->code = poly_body_secret_required(request, body, "qr_token", TEXT_MAX);
    attempt->launch_token = poly_body_secret_required(request, body, "launch_token", POLY_TOKEN_MAX_SIZE);
    return !poly_request_refused(request);
}

static bool has_scanned(const struct attempt *attempt, const session_key *key)
{
    int64_t now = poly_time_unix();

    if (attempt->claim)
        return claim_is_valid(attempt->session_id, key->qr_secret, now, attempt->claim);
    return qr_code_is_valid(attempt->session_id, key->qr_secret, key->rotate_seconds, now, attempt->code);
}

static void write_outcome(poly_request *request, poly_strbuf *body, mark_result outcome)
{
    bool is_new = outcome == MARKED;
    poly_json_writer writer;

    poly_json_writer_init(&writer, body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "status", is_new ? "ok" : "already_marked");
    poly_json_put_text(&writer, "message", poly_request_say(request, is_new ? message_marked : message_already));
    poly_json_end_object(&writer);
}

static void count(poly_request *request, mark_outcome outcome)
{
    const traffic_service *service = poly_request_context(request);

    poly_counter_add(service->metrics.marks[outcome], 1);
    if (outcome == MARK_MADE)
        change_feed_wake(service->feed);
}

/* Without an Idempotency-Key: a mark is by nature made once. */
static void mark_now(poly_request *request, const student_mark *mark)
{
    const traffic_service *service = poly_request_context(request);
    mark_result outcome = MARK_SESSION_OVER;
    poly_strbuf body;
    poly_result result = store_mark(service->pg, poly_request_arena(request), mark, &outcome);

    if (result != POLY_OK) {
        count(request, MARK_FAILED);
        poly_fail_dependency(request, result, "postgresql");
    } else if (outcome == MARK_SESSION_OVER) {
        count(request, MARK_CLOSED);
        poly_fail(request, &problem_session_closed);
    } else {
        count(request, outcome == MARKED ? MARK_MADE : MARK_REPEATED);
        poly_strbuf_init(&body, 1024);
        write_outcome(request, &body, outcome);
        poly_respond_json(request, 200, &body);
    }
}

/* --- with an Idempotency-Key: the repeat gets the first answer --- */

struct keyed_mark {
    poly_request *request;
    const student_mark *mark;
    mark_result outcome;
};

static poly_result mark_in(poly_pg_transaction *transaction, poly_write *write, void *context)
{
    struct keyed_mark *keyed = context;
    poly_result result = store_mark_in(transaction, write->arena, keyed->mark, &keyed->outcome);

    if (result != POLY_OK)
        return result;
    if (keyed->outcome == MARK_SESSION_OVER) {
        write->problem = &problem_session_closed;
        return POLY_NOT_FOUND;
    }
    write_outcome(keyed->request, &write->body, keyed->outcome);
    return POLY_OK;
}

static void mark_by_key(poly_request *request, const student_mark *mark)
{
    const traffic_service *service = poly_request_context(request);
    struct keyed_mark keyed = {.request = request, .mark = mark};
    poly_write_options options = {
        .scope = poly_arena_printf(poly_request_arena(request), "student %s", mark->student_external_id),
        .idempotent = true,
    };

    if (poly_write_respond(request, service->pg, &options, mark_in, &keyed))
        count(request, keyed.outcome == MARKED ? MARK_MADE : MARK_REPEATED);
}

/* A code is old also because the session is over, which a secret from the cache does not tell. */
static void refuse_scan(poly_request *request, const struct attempt *attempt)
{
    const traffic_service *service = poly_request_context(request);
    session_key key;
    bool is_active;

    if (!answer_failure(
            request, store_session_key(service->pg, poly_request_arena(request), attempt->session_id, &key, &is_active),
            &problem_session_closed))
        return;
    count(request, is_active ? MARK_STALE : MARK_CLOSED);
    if (!is_active)
        poly_fail(request, &problem_session_closed);
    else
        poly_fail(request, attempt->claim ? &problem_claim_stale : &problem_code_stale);
}

/* {qr_token or claim, launch_token}: {status: ok or already_marked, message}. */
void post_attend(poly_request *request)
{
    struct attempt attempt = {0};
    poly_launch_token student;
    session_key key;
    student_mark mark;

    if (!read_attempt(request, &attempt) || !find_key(request, attempt.session_id, &key))
        return;
    if (!has_scanned(&attempt, &key)) {
        refuse_scan(request, &attempt);
        return;
    }
    if (launch_verify(request, attempt.launch_token, &student) != POLY_OK) {
        count(request, MARK_REFUSED);
        return;
    }
    mark = (student_mark){
        .session_id = attempt.session_id,
        .student_external_id = student.student_id,
        .student_name = student.student_name,
    };
    if (poly_request_header(request, "Idempotency-Key").data)
        mark_by_key(request, &mark);
    else
        mark_now(request, &mark);
}

/* SPDX-License-Identifier: MIT */
#include "clients/sso_call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "poly/crypto.h"
#include "poly/log.h"

#define SECRET_FIELD "X-Service-Secret: "

struct poly_sso_client {
    poly_httpc *upstream;
    char *secret_field;
    const char *fields[2];
};

static char *make_secret_field(const char *secret)
{
    size_t size = strlen(SECRET_FIELD) + strlen(secret) + 1;
    char *field = poly_alloc(size);

    memcpy(field, SECRET_FIELD, strlen(SECRET_FIELD));
    memcpy(field + strlen(SECRET_FIELD), secret, strlen(secret) + 1);
    return field;
}

poly_sso_client *poly_sso_client_create(const char *base_url, const char *secret)
{
    poly_sso_client *client = poly_alloc_zero(1, sizeof(*client));

    client->secret_field = make_secret_field(secret);
    client->fields[0] = client->secret_field;
    client->upstream = poly_httpc_create(&(poly_httpc_options){
        .name = "sso-svc",
        .base_url = base_url,
        .deadline_ms = 10000,
        .max_body = ANSWER_MAX,
        .max_retries = 2,
        .headers = client->fields,
    });
    return client;
}

void poly_sso_client_destroy(poly_sso_client **client)
{
    if (!*client)
        return;
    poly_httpc_destroy(&(*client)->upstream);
    poly_wipe((*client)->secret_field, strlen((*client)->secret_field));
    free((*client)->secret_field);
    free(*client);
    *client = NULL;
}

const char *sso_encode(poly_arena *arena, const char *text)
{
    const char *encoded;
    poly_strbuf out;

    poly_strbuf_init(&out, 3 * strlen(text) + 1);
    poly_url_encode(text, &out);
    encoded = poly_arena_strdup(arena, poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return encoded;
}

bool sso_read_text(const poly_json *object, const char *name, bool may_be_null, poly_arena *arena, const char **out)
{
    const poly_json *value = poly_json_get(object, name);
    const char *text = poly_json_text(value, NULL);

    *out = text ? poly_arena_strdup(arena, text) : NULL;
    return text || (may_be_null && poly_json_type_of(value) == POLY_JSON_NULL);
}

/* --- refusals --- */

static bool read_fault(const poly_json *object, poly_arena *arena, poly_sso_fault *fault)
{
    return sso_read_text(object, "field", false, arena, &fault->field) &&
           sso_read_text(object, "code", false, arena, &fault->code) &&
           sso_read_text(object, "message", false, arena, &fault->message);
}

static poly_result read_refusal(const poly_json *document, poly_arena *arena, void *out)
{
    poly_sso_refusal *refusal = out;
    const poly_json *errors = poly_json_get(document, "errors");
    poly_sso_fault *faults = poly_arena_alloc_zero(arena, poly_json_count(errors) + 1, sizeof(*faults));

    if (!sso_read_text(document, "code", false, arena, &refusal->code) ||
        !sso_read_text(document, "title", false, arena, &refusal->title) ||
        !sso_read_text(document, "detail", false, arena, &refusal->detail))
        return POLY_BAD_ANSWER;
    for (const poly_json *error = poly_json_first(errors); error; error = poly_json_next(error))
        if (!read_fault(error, arena, &faults[refusal->fault_count++]))
            return POLY_BAD_ANSWER;
    refusal->faults = faults;
    return POLY_OK;
}

/* That there is nothing at the path, or no user: only the latter is an answer to what was asked. */
static bool is_of_the_address(const poly_sso_refusal *refusal)
{
    return refusal->status == 404 && strcmp(refusal->code, "not_found") == 0;
}

static poly_result take_refusal(poly_sso_call *call, const poly_httpc_response *response)
{
    poly_sso_refusal refusal = {.status = response->status};
    poly_result result = answer_read(response->body, read_refusal, call->arena, &refusal);

    if (result != POLY_OK)
        return result;
    if (is_of_the_address(&refusal))
        return POLY_BAD_ANSWER;
    call->refusal = refusal;
    return refusal.status == 404 ? POLY_NOT_FOUND : POLY_REJECTED;
}

static poly_result judge(poly_sso_call *call, const poly_httpc_response *response)
{
    if (response->status == 200 || response->status == 201)
        return answer_is_json(response) ? POLY_OK : POLY_BAD_ANSWER;
    if (!answer_is_problem(response))
        return POLY_BAD_ANSWER;
    switch (response->status) {
    case 400:
    case 403:
    case 404:
    case 409:
    case 422:
        return take_refusal(call, response);
    case 401:
        poly_log_plain(POLY_LOG_ERROR, "sso-svc does not take this service's secret");
        return POLY_UNAVAILABLE;
    case 429:
        return POLY_UNAVAILABLE;
    default:
        return POLY_BAD_ANSWER;
    }
}

poly_result sso_ask(poly_sso_client *client, poly_sso_call *call, const struct sso_question *question)
{
    static const char *const in_english[] = {"Accept-Language: en", NULL};
    poly_httpc_request request = {
        .method = question->method,
        .path = question->path,
        .headers = call->language == POLY_ENGLISH ? in_english : NULL,
        .idempotent = true,
        .deadline_ms = question->deadline_ms,
    };
    poly_httpc_response response;
    poly_result result;

    call->refusal = (poly_sso_refusal){0};
    if (question->body) {
        if (question->body->overflowed)
            return POLY_INVALID;
        request.content_type = "application/json";
        request.body = (poly_slice){question->body->data, question->body->size};
    }
    result = poly_httpc_call(client->upstream, &request, call->arena, &response);
    if (result == POLY_OK)
        result = judge(call, &response);
    if (result == POLY_OK && question->read)
        result = answer_read(response.body, question->read, call->arena, question->out);
    return result;
}

/* --- passing on --- */

const poly_problem *poly_sso_problem(const poly_sso_call *call)
{
    const poly_sso_refusal *refusal = &call->refusal;
    poly_problem *problem = poly_arena_alloc_zero(call->arena, 1, sizeof(*problem));

    assert(refusal->status);
    problem->status = refusal->status;
    problem->code = refusal->code;
    problem->title = (poly_message){refusal->title, refusal->title};
    problem->detail = (poly_message){refusal->detail, refusal->detail};
    return problem;
}

void poly_sso_fail(poly_request *request, const poly_sso_call *call, poly_result result)
{
    const poly_sso_refusal *refusal = &call->refusal;

    if (!refusal->status) {
        poly_fail_dependency(request, result, "sso-svc");
        return;
    }
    for (size_t i = 0; i < refusal->fault_count; i++) {
        const poly_sso_fault *fault = &refusal->faults[i];

        poly_request_fault(request, fault->field, fault->code, (poly_message){fault->message, fault->message});
    }
    poly_fail(request, poly_sso_problem(call));
}

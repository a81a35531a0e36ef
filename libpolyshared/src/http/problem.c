/* SPDX-License-Identifier: MIT */
/* Errors as application/problem+json (RFC 9457), in the reader's language. */
#include "http/connection.h"

#include <stdio.h>
#include <string.h>

#define PROBLEM_MAX (64u * 1024u)

const poly_problem problem_malformed = {
    400,
    "malformed_request",
    {"Неверный запрос", "Malformed request"},
    {"Запрос не понят сервером.", "The request was not understood."},
    0,
};
const poly_problem problem_not_found = {
    404, "not_found", {"Не найдено", "Not found"}, {"По этому адресу ничего нет.", "There is nothing at this address."},
    0,
};
const poly_problem problem_method_not_allowed = {
    405,
    "method_not_allowed",
    {"Метод не поддерживается", "Method not allowed"},
    {"Этот адрес не принимает такой метод; принимаемые названы в заголовке Allow.",
     "This address does not take the method; the Allow header names those it takes."},
    0,
};
const poly_problem problem_body_timeout = {
    408,
    "request_timeout",
    {"Запрос не дождались", "Request timeout"},
    {"Запрос приходил слишком медленно. Проверьте связь и повторите.",
     "The request arrived too slowly. Check the connection and try again."},
    0,
};
const poly_problem problem_too_large = {
    413,
    "content_too_large",
    {"Слишком большой запрос", "Content too large"},
    {"Тело запроса больше допустимого.", "The request's body is over the limit."},
    0,
};
const poly_problem problem_unsupported_type = {
    415,
    "unsupported_media_type",
    {"Неподдерживаемый тип содержимого", "Unsupported media type"},
    {"Нужен JSON: Content-Type: application/json.", "JSON is expected: Content-Type: application/json."},
    0,
};
const poly_problem problem_internal = {
    500,
    "internal_error",
    {"Внутренняя ошибка", "Internal error"},
    {"Сервер не справился с запросом. Повторите позже; если не поможет, сообщите номер запроса.",
     "The server failed at this request. Try again later; if that does not help, report the request id."},
    0,
};
const poly_problem problem_overloaded = {
    503,
    "overloaded",
    {"Сервер перегружен", "Overloaded"},
    {"Сейчас слишком много запросов. Повторите через несколько секунд.",
     "There are too many requests at the moment. Try again in a few seconds."},
    1,
};

static const poly_problem problem_expectation = {
    417,
    "expectation_failed",
    {"Ожидание не поддерживается", "Expectation failed"},
    {"Поддерживается только Expect: 100-continue.", "Only Expect: 100-continue is met."},
    0,
};
static const poly_problem problem_fields_too_large = {
    431,
    "header_fields_too_large",
    {"Слишком большой заголовок", "Header fields too large"},
    {"Заголовок запроса больше допустимого.", "The request's header is over the limit."},
    0,
};
static const poly_problem problem_version = {
    505,
    "http_version_not_supported",
    {"Версия HTTP не поддерживается", "HTTP version not supported"},
    {"Поддерживаются HTTP/1.0 и HTTP/1.1.", "HTTP/1.0 and HTTP/1.1 are spoken here."},
    0,
};
const poly_problem poly_problem_invalid = {
    422,
    "validation_failed",
    {"Недопустимые значения", "Invalid values"},
    {"Проверьте значения параметров.", "Check the values of the parameters."},
    0,
};

/* What a dependency's failure is to the client. */
static const poly_problem dependency_problems[] = {
    [POLY_NOT_FOUND] =
        {404, "not_found", {"Не найдено", "Not found"}, {"Такого объекта нет.", "There is no such object."}, 0},
    [POLY_REJECTED] = {502,
                       "upstream_rejected",
                       {"Внешняя система отказала", "Upstream rejected"},
                       {"Внешняя система отклонила запрос. Повторите позже.",
                        "The system behind this service rejected the request. Try again later."},
                       0},
    [POLY_BAD_ANSWER] = {502,
                         "upstream_bad_answer",
                         {"Внешняя система ответила неверно", "Bad upstream answer"},
                         {"Внешняя система прислала ответ, который нельзя использовать. Повторите позже.",
                          "The system behind this service sent an answer that cannot be used. Try again later."},
                         0},
    [POLY_UNAVAILABLE] = {503,
                          "upstream_unavailable",
                          {"Внешняя система недоступна", "Upstream unavailable"},
                          {"Внешняя система сейчас недоступна. Повторите через несколько секунд.",
                           "The system behind this service is not available now. Try again in a few seconds."},
                          5},
    [POLY_OVERLOADED] = {503,
                         "overloaded",
                         {"Сервер перегружен", "Overloaded"},
                         {"Сейчас слишком много запросов. Повторите через несколько секунд.",
                          "There are too many requests at the moment. Try again in a few seconds."},
                         2},
    [POLY_TIMEOUT] = {504,
                      "upstream_timeout",
                      {"Внешняя система не ответила вовремя", "Upstream timeout"},
                      {"Внешняя система не ответила вовремя. Повторите позже.",
                       "The system behind this service did not answer in time. Try again later."},
                      0},
};

const poly_problem *problem_for_status(int status)
{
    static const poly_problem *const problems[] = {
        &problem_malformed,   &problem_body_timeout,     &problem_too_large,
        &problem_expectation, &problem_fields_too_large, &problem_version,
    };

    for (size_t i = 0; i < POLY_LENGTH(problems); i++)
        if (problems[i]->status == status)
            return problems[i];
    return &problem_internal;
}

static void write_faults(poly_json_writer *writer, const poly_request *request)
{
    if (!request->faults)
        return;
    poly_json_begin_array(writer, "errors");
    for (const struct request_fault *fault = request->faults; fault; fault = fault->next) {
        poly_json_begin_object(writer, NULL);
        poly_json_put_text(writer, "field", fault->field);
        poly_json_put_text(writer, "code", fault->code);
        poly_json_put_text(writer, "message", fault->message);
        poly_json_end_object(writer);
    }
    poly_json_end_array(writer);
}

static void fail(poly_request *request, const poly_problem *problem, const char *detail)
{
    poly_json_writer writer;
    poly_strbuf body;
    poly_blob *blob;

    poly_strbuf_init(&body, PROBLEM_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "type", "about:blank");
    poly_json_put_text(&writer, "title", poly_request_say(request, problem->title));
    poly_json_put_int(&writer, "status", problem->status);
    poly_json_put_text(&writer, "detail", detail);
    poly_json_put_text(&writer, "code", problem->code);
    poly_json_put_text(&writer, "request_id", request->trace.request_id);
    write_faults(&writer, request);
    poly_json_end_object(&writer);
    if (problem->retry_after) {
        char seconds[12];

        snprintf(seconds, sizeof(seconds), "%u", problem->retry_after);
        poly_respond_header(request, "Retry-After", seconds);
    }
    request->varies_by_language = true;
    request->cache_control = NULL;
    request->etag_field = NULL;
    blob = poly_blob_from_strbuf(&body);
    response_build(request, problem->status, "application/problem+json", (int64_t)blob->size, blob);
    poly_blob_unref(&blob);
}

void poly_fail(poly_request *request, const poly_problem *problem)
{
    fail(request, problem, poly_request_say(request, problem->detail));
}

void poly_fail_detail(poly_request *request, const poly_problem *problem, const char *detail)
{
    fail(request, problem, detail);
}

void poly_fail_dependency(poly_request *request, poly_result result, const char *who)
{
    const poly_problem *problem = &problem_internal;

    if (result == POLY_CANCELLED && poly_fiber_is_cancelled())
        return; /* nobody is there to read it */
    if ((size_t)result < POLY_LENGTH(dependency_problems) && dependency_problems[result].status)
        problem = &dependency_problems[result];
    if (problem->status >= 500)
        poly_log(POLY_LOG_WARNING, "a dependency failed the request", poly_text_field("dependency", who),
                 poly_text_field("result", poly_result_name(result)));
    poly_fail(request, problem);
}

bool poly_request_refused(poly_request *request)
{
    const char *detail;

    if (!request->faults)
        return false;
    detail = request->faults->message;
    for (const struct request_fault *fault = request->faults->next; fault; fault = fault->next)
        detail = poly_arena_printf(request->arena, "%s %s", detail, fault->message);
    fail(request, &poly_problem_invalid, detail);
    return true;
}

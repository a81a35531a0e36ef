/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include "poly/log.h"

#include "caller.h"
#include "problems.h"
#include "record_book.h"
#include "service.h"
#include "session.h"

#define ANSWER_MAX ((size_t)4 << 20)

static void put_number(poly_json_writer *writer, const char *name, int value)
{
    if (value)
        poly_json_put_int(writer, name, value);
    else
        poly_json_put_null(writer, name);
}

static void put_entry(poly_json_writer *writer, const grade_entry *entry)
{
    char date[POLY_DATE_SIZE];

    poly_json_begin_object(writer, NULL);
    poly_json_put_text(writer, "discipline", entry->discipline);
    put_number(writer, "semester", entry->semester);
    poly_json_put_text(writer, "control", entry->control);
    poly_json_put_text(writer, "mark", entry->mark);
    if (entry->date.year)
        poly_date_format(entry->date, date);
    poly_json_put_text(writer, "date", entry->date.year ? date : NULL);
    poly_json_put_text(writer, "teacher", entry->teacher);
    put_number(writer, "hours", entry->hours);
    put_number(writer, "credits", entry->credits);
    poly_json_end_object(writer);
}

static void reply(poly_request *request, const record_book *book)
{
    gradebook grouped;
    poly_json_writer writer;
    poly_strbuf body;

    gradebook_group(book->entries, book->count, poly_request_arena(request), &grouped);
    poly_strbuf_init(&body, ANSWER_MAX);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "orders_type_name", book->orders_type_name);
    poly_json_begin_array(&writer, "academic_years");
    for (size_t y = 0; y < grouped.count; y++) {
        poly_json_begin_object(&writer, NULL);
        poly_json_put_text(&writer, "label", grouped.years[y].label);
        poly_json_begin_array(&writer, "entries");
        for (size_t i = 0; i < grouped.years[y].count; i++)
            put_entry(&writer, grouped.years[y].entries[i]);
        poly_json_end_array(&writer);
        poly_json_end_object(&writer);
    }
    poly_json_end_array(&writer);
    poly_json_end_object(&writer);
    poly_respond_json(request, 200, &body);
}

static void count(const main_service *service, gradebook_outcome outcome)
{
    poly_counter_add(service->metrics.gradebooks[outcome], 1);
}

/* False: it has been answered. */
static bool get_credentials(poly_request *request, vault_credentials *credentials)
{
    main_service *service = poly_request_context(request);
    poly_result result =
        password_vault_get(service->vault, caller_student(request)->base.id, poly_request_arena(request), credentials);

    if (result == POLY_OK)
        return true;
    count(service, result == POLY_NOT_FOUND ? GRADEBOOK_NO_PASSWORD : GRADEBOOK_FAILED);
    if (result == POLY_NOT_FOUND)
        poly_fail(request, &problem_password_needed);
    else
        session_store_fail(request, result);
    return false;
}

/* The password has been changed since: there is no use in trying it again. */
static void forget(poly_request *request)
{
    main_service *service = poly_request_context(request);
    poly_result result = password_vault_remove(service->vault, caller_student(request)->base.id);

    if (result != POLY_OK)
        poly_log(POLY_LOG_WARNING, "a refused password is still kept",
                 poly_text_field("result", poly_result_name(result)));
}

static void fail(poly_request *request, poly_result result)
{
    const main_service *service = poly_request_context(request);

    if (result == POLY_REJECTED) {
        forget(request);
        count(service, GRADEBOOK_REFUSED);
        poly_fail(request, &problem_record_book_refused);
    } else if (result == POLY_BAD_ANSWER) {
        count(service, GRADEBOOK_BAD_PAGE);
        poly_fail(request, &problem_record_book_not_understood);
    } else {
        count(service, GRADEBOOK_FAILED);
        poly_fail_dependency(request, result, "record-book");
    }
}

/* GET /api/gradebook: the record book, by academic years. */
void get_gradebook(poly_request *request)
{
    main_service *service = poly_request_context(request);
    vault_credentials credentials;
    record_book book;
    poly_result result;

    if (!get_credentials(request, &credentials))
        return;
    result = record_book_fetch(&service->record_book, credentials.username, credentials.password,
                               poly_request_arena(request), &book);
    if (result != POLY_OK) {
        fail(request, result);
        return;
    }
    count(service, GRADEBOOK_OK);
    reply(request, &book);
}

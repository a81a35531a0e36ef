/* SPDX-License-Identifier: MIT */
#include "handlers.h"

#include <string.h>

#include "poly/log.h"
#include "poly/login_attempt.h"
#include "poly/text.h"

#include "login_failure.h"
#include "problems.h"
#include "session.h"

enum { USERNAME_TYPED_MAX = 128, PASSWORD_TYPED_MAX = 512, BODY_MAX = 16 * 1024 };

struct login {
    poly_request *request;
    main_service *service;
    poly_arena *arena;
    const char *username;
    const char *password;
    poly_login_attempt attempt;
    student_profile student;
};

static bool read_login(struct login *login)
{
    const poly_json *body;

    if (poly_request_json_up_to(login->request, BODY_MAX, &body) != POLY_OK)
        return false;
    login->username = poly_body_text_required(login->request, body, "username", USERNAME_TYPED_MAX);
    login->password = poly_body_secret_required(login->request, body, "password", PASSWORD_TYPED_MAX);
    return !poly_request_refused(login->request);
}

/* --- throttling: counted before CAS is asked, so that this is no place to guess CAS's passwords at --- */

/* Names that CAS may take for the same are the same here. */
static const char *folded(const struct login *login)
{
    const char *text;
    poly_strbuf out;

    poly_strbuf_init(&out, 4 * USERNAME_TYPED_MAX + 1);
    poly_text_fold(login->username, strlen(login->username), &out);
    text = poly_arena_strdup(login->arena, poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return text;
}

static bool begin_attempt(struct login *login)
{
    unsigned wait =
        poly_login_attempt_begin(&login->attempt, login->service->account_throttle, login->service->address_throttle,
                                 folded(login), poly_request_address(login->request), login->arena);

    if (!wait)
        return true;
    login_failed(login->request, LOGIN_BY_FORM, LOGIN_THROTTLED, "too_many_attempts");
    poly_fail_throttled(login->request, wait);
    return false;
}

/* --- the outcome --- */

static void refuse(struct login *login)
{
    poly_respond_header(login->request, "WWW-Authenticate", "Bearer realm=\"main-svc\"");
    poly_fail(login->request, &problem_login_wrong);
}

static void fail(struct login *login, poly_result result)
{
    login_failed(login->request, LOGIN_BY_FORM, login_failure_outcome(result),
                 login_failure_reason(LOGIN_BY_FORM, result));
    if (result == POLY_REJECTED) {
        refuse(login);
        return;
    }
    poly_login_attempt_give_back(&login->attempt);
    if (result == POLY_BAD_ANSWER)
        poly_fail(login->request, &problem_cas_not_understood);
    else
        poly_fail_dependency(login->request, result, "cas");
}

/* A login is one without it, too; the record book asks for the password again then. */
static void keep_password(const struct login *login, const char *session_id)
{
    poly_result result = password_vault_put(login->service->vault, session_id, login->username, login->password);

    if (result != POLY_OK)
        poly_log(POLY_LOG_WARNING, "a password is not kept for the record book",
                 poly_text_field("result", poly_result_name(result)));
}

static void succeed(struct login *login)
{
    const student_profile *student = &login->student;
    const char *session_id;
    const char *token = session_token(login->request, student, &session_id);
    poly_json_writer writer;
    poly_strbuf body;

    if (!token)
        return;
    keep_password(login, session_id);
    poly_counter_add(login->service->metrics.logins[LOGIN_BY_FORM][LOGIN_OK], 1);
    poly_log(POLY_LOG_INFO, "a student logged in", poly_text_field("student_id", student->id),
             poly_text_field("way", "form"));
    poly_strbuf_init(&body, 16 * 1024);
    poly_json_writer_init(&writer, &body);
    poly_json_begin_object(&writer, NULL);
    poly_json_put_text(&writer, "token", token);
    poly_json_put_text(&writer, "student_id", student->id);
    poly_json_put_text(&writer, "student_name", student->name);
    poly_json_put_text(&writer, "student_email", student->email);
    poly_json_put_text(&writer, "study_group_str", student->study_group);
    poly_json_put_text(&writer, "grade_book_number", student->grade_book_number);
    poly_json_put_text(&writer, "faculty_abbr", student->faculty_abbr);
    poly_json_end_object(&writer);
    poly_respond_json(login->request, 200, &body);
}

/* POST /api/auth/login {username, password}: signs in at CAS through its form. */
void post_login(poly_request *request)
{
    struct login login = {
        .request = request,
        .service = poly_request_context(request),
        .arena = poly_request_arena(request),
    };
    poly_result result;

    if (!read_login(&login) || !begin_attempt(&login))
        return;
    result = cas_log_in(&login.service->cas, login.username, login.password, login.arena, &login.student);
    if (result != POLY_OK) {
        fail(&login, result);
        return;
    }
    poly_login_attempt_succeeded(&login.attempt);
    succeed(&login);
}

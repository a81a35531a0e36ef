/* SPDX-License-Identifier: MIT */
/* Forms through a server's sockets. */
#include "values_fixture.h"

#include "poly/multipart.h"
#include "poly/time.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>

#define TYPE "Content-Type: multipart/form-data; boundary=b-1\r\n"

static atomic_int gave_up; /* results of handlers that broke off, but POLY_OK */
static atomic_bool may_go_on;
static atomic_size_t bytes_read;

static const poly_multipart_limits small = {
    .max_parts = 3, .max_part_header = 200, .max_field = 20, .max_file = 2048, .max_total = 6000};

static void note(poly_strbuf *out, const poly_multipart_part *part)
{
    poly_strbuf_printf(out, "%s/%s/%s=", part->name, part->file_name ? part->file_name : "-", part->content_type);
}

/* Answers what came: fields by text, files by size and sum. */
static void post_form(poly_request *request)
{
    poly_multipart_part part;
    poly_multipart *form;
    poly_strbuf out;
    poly_result result;

    if (poly_multipart_open(request, poly_request_query(request, "small") ? &small : NULL, &form) != POLY_OK)
        return;
    poly_strbuf_init(&out, 100000);
    while ((result = poly_multipart_next(form, &part)) == POLY_OK) {
        poly_slice piece = {"", 1};
        const char *text = "";
        size_t size = 0;
        unsigned sum = 0;

        note(&out, &part);
        if (poly_request_query(request, "skip"))
            continue;
        if (!part.file_name)
            result = poly_multipart_text(form, &text);
        while (part.file_name && result == POLY_OK && piece.size) {
            result = poly_multipart_read(form, &piece);
            size += piece.size;
            for (size_t i = 0; result == POLY_OK && i < piece.size; i++)
                sum = sum * 31 + (unsigned char)piece.data[i];
        }
        if (result != POLY_OK)
            break;
        if (part.file_name)
            poly_strbuf_printf(&out, "%zu,%u;", size, sum);
        else
            poly_strbuf_printf(&out, "%s;", text);
    }
    if (result == POLY_NOT_FOUND)
        poly_respond_strbuf(request, 200, "text/plain", &out);
    else
        atomic_store(&gave_up, (int)result);
    poly_strbuf_release(&out);
}

/* Looks twice at each piece, while more arrives. */
static void post_watched(poly_request *request)
{
    static const poly_multipart_limits large = {.max_file = 1u << 30, .max_total = 1u << 30};
    poly_multipart_part part;
    poly_multipart *form;
    poly_slice piece = {"", 1};
    bool changed = false;

    if (poly_multipart_open(request, &large, &form) != POLY_OK || poly_multipart_next(form, &part) != POLY_OK)
        return;
    while (piece.size) {
        char *copy;

        if (poly_multipart_read(form, &piece) != POLY_OK)
            return;
        copy = poly_strndup(piece.data, piece.size);
        while (!atomic_load(&may_go_on))
            if (poly_fiber_sleep(POLY_MILLISECONDS(1)) != POLY_OK)
                break;
        if (poly_fiber_sleep(POLY_MILLISECONDS(1)) != POLY_OK)
            atomic_store(&gave_up, POLY_CANCELLED);
        changed |= memcmp(copy, piece.data, piece.size) != 0;
        free(copy);
        atomic_fetch_add(&bytes_read, piece.size);
    }
    respond_text(request, changed ? "changed" : "same");
}

static void post_refused(poly_request *request)
{
    static const poly_problem wrong = {422, "wrong_file", {"Не тот файл", "Wrong file"}, {"Нет.", "No."}, 0};
    poly_multipart_part part;
    poly_multipart *form;

    if (poly_multipart_open(request, NULL, &form) == POLY_OK && poly_multipart_next(form, &part) == POLY_OK)
        poly_fail(request, &wrong);
}

static const poly_route routes[] = {
    {POLY_POST, "/form", .handler = post_form},
    {POLY_POST, "/watched", .handler = post_watched, .deadline_ms = 60000},
    {POLY_POST, "/refused", .handler = post_refused},
    {.path = NULL},
};

static void setup(void)
{
    atomic_store(&may_go_on, true);
    setup_with(routes, (poly_server_options){0});
}

static int post_body(const char *target, const char *fields, const char *body, size_t size)
{
    static char request[256 * 1024];
    int used = snprintf(request, sizeof(request),
                        "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n%s\r\n", target,
                        size, fields);
    int fd = loopback_connect(&loopback);

    memcpy(request + used, body, size);
    loopback_send(fd, request, (size_t)used + size);
    answer[0] = '\0';
    loopback_read_all(fd, answer, sizeof(answer));
    close(fd);
    return loopback_status(answer);
}

static int post_form_text(const char *target, const char *body)
{
    return post_body(target, TYPE, body, strlen(body));
}

#define FIELD(name, value) "--b-1\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_PART(name, value)                                                                         \
    "--b-1\r\nContent-Disposition: form-data; name=\"files\"; filename=\"" name "\"\r\nContent-Type: " \
    "text/plain\r\n\r\n" value "\r\n"
#define END "--b-1--\r\n"

START_TEST(fields_and_files)
{
    ck_assert_int_eq(post_form_text("/form", FIELD("a", "один") FILE_PART("Ж.txt", "ab") FIELD("empty", "") END), 200);
    ck_assert_str_eq(loopback_body(answer), "a/-/=один;files/Ж.txt/text/plain=2,3105;empty/-/=;");
    ck_assert_int_eq(post_form_text("/form", END), 200);
    ck_assert_str_eq(loopback_body(answer), "");
    ck_assert_int_eq(post_form_text("/form?skip=1", FIELD("a", "one") FILE_PART("f", "ab") FIELD("b", "two") END), 200);
    ck_assert_str_eq(loopback_body(answer), "a/-/=files/f/text/plain=b/-/=");
}
END_TEST

/* At every place in two, as the network may. */
START_TEST(the_network_may_cut_anywhere)
{
    static const char body[] = FIELD("a", "x\r\n--b-2\r\n") FILE_PART("f", "\r\n\r\r\n--b-") END;
    char head[200];

    snprintf(head, sizeof(head), "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n" TYPE "\r\n",
             sizeof(body) - 1);
    for (size_t cut = 0; cut < sizeof(body); cut += 3) {
        int fd = loopback_connect(&loopback);

        loopback_send(fd, head, strlen(head));
        loopback_send(fd, body, cut);
        usleep(1000);
        loopback_send(fd, body + cut, sizeof(body) - 1 - cut);
        loopback_read_answer(fd, answer, sizeof(answer));
        ck_assert_str_eq(loopback_body(answer), "a/-/=x\r\n--b-2\r\n;files/f/text/plain=9,1556576984;");
        close(fd);
    }
}
END_TEST

START_TEST(chunked_and_announced)
{
    static const char request[] =
        "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" TYPE "Expect: 100-continue\r\n\r\n";
    static const char body[] = FIELD("a", "hello") END;
    int fd = loopback_connect(&loopback);

    loopback_send(fd, request, sizeof(request) - 1);
    ck_assert_int_eq(recv(fd, answer, 25, MSG_WAITALL), 25);
    ck_assert_int_eq(strncmp(answer, "HTTP/1.1 100 Continue\r\n\r\n", 25), 0);
    for (size_t i = 0; i < sizeof(body) - 1; i += 7) {
        size_t size = sizeof(body) - 1 - i < 7 ? sizeof(body) - 1 - i : 7;
        char chunk[32];
        int used = snprintf(chunk, sizeof(chunk), "%zx\r\n", size);

        memcpy(chunk + used, body + i, size);
        memcpy(chunk + used + size, "\r\n", 2);
        loopback_send(fd, chunk, (size_t)used + size + 2);
    }
    loopback_send(fd, "0\r\n\r\n", 5);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_str_eq(loopback_body(answer), "a/-/=hello;");
    ck_assert_ptr_null(loopback_field(answer, "Connection")); /* the connection goes on */
    loopback_send(fd, "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 35);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 200);
    close(fd);
}
END_TEST

static void expect_refusal(int status, const char *code, const char *detail, const char *target, const char *body)
{
    atomic_store(&gave_up, POLY_OK);
    ck_assert_msg(post_form_text(target, body) == status, "%s: %s", body, answer);
    ck_assert_msg(says(code) && says(detail), "%s: %s", body, answer);
}

START_TEST(limits)
{
    static char body[8000];

    expect_refusal(413, "\"code\":\"field_too_large\"", "Поле «a» больше 20 байт.", "/form?small=1",
                   FIELD("a", "123456789012345678901") END);
    ck_assert_int_eq(atomic_load(&gave_up), POLY_TOO_LARGE);
    ck_assert_int_eq(post_form_text("/form?small=1", FIELD("a", "12345678901234567890") END), 200);
    expect_refusal(413, "\"code\":\"too_many_parts\"", "В форме больше 3 частей.", "/form?small=1",
                   FIELD("a", "") FIELD("b", "") FIELD("c", "") FIELD("d", "") END);
    expect_refusal(413, "\"code\":\"field_too_large\"", "20 байт", "/form?small=1&skip=1",
                   FIELD("a", "123456789012345678901") END);

    snprintf(body, sizeof(body), "%s%2048s%s",
             "--b-1\r\nContent-Disposition: form-data; name=f; filename=\"F\"\r\n\r\n", "", "\r\n" END);
    ck_assert_int_eq(post_form_text("/form?small=1", body), 200);
    snprintf(body, sizeof(body), "%s%2049s%s",
             "--b-1\r\nContent-Disposition: form-data; name=f; filename=\"F\"\r\n\r\n", "", "\r\n" END);
    expect_refusal(413, "\"code\":\"file_too_large\"", "Файл «F» больше 2 КБ.", "/form?small=1", body);
    memset(body, 'x', 6001);
    expect_refusal(413, "\"code\":\"content_too_large\"", "Тело запроса больше", "/form?small=1", body);
    snprintf(body, sizeof(body), "--b-1\r\nX: %200s\r\n\r\n" END, "");
    expect_refusal(400, "\"code\":\"malformed_request\"", "заголовок части слишком длинный", "/form?small=1", body);
}
END_TEST

/* Of unknown length, so that it is noticed on the way. */
START_TEST(the_total_of_a_chunked_body)
{
    static const char request[] =
        "POST /form?small=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" TYPE "\r\n";
    static char part[4096];
    int fd = loopback_connect(&loopback);

    loopback_send(fd, request, sizeof(request) - 1);
    for (int i = 0; i < 4; i++) {
        int used =
            snprintf(part, sizeof(part), "7cd\r\n--b-1\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n");

        memset(part + used, 'y', 2100);
        memcpy(part + 5 + 0x7cd - 2, "\r\n\r\n", 4);
        loopback_send(fd, part, 5 + 0x7cd + 2);
    }
    loopback_read_all(fd, answer, sizeof(answer));
    ck_assert_int_eq(loopback_status(answer), 413);
    ck_assert_msg(says("\"code\":\"content_too_large\""), "%s", answer);
    close(fd);
}
END_TEST

START_TEST(what_is_no_form)
{
    ck_assert_int_eq(post_body("/form", "Content-Type: application/json\r\n", "{}", 2), 415);
    ck_assert(says("multipart/form-data"));
    ck_assert_int_eq(post_body("/form", "", "{}", 2), 415);
    ck_assert_int_eq(post_body("/form", "Content-Type: multipart/form-data\r\n", END, 9), 400);
    ck_assert(says("граница в Content-Type не указана"));
    expect_refusal(400, "malformed_request", "Тело запроса — не форма: оно не начинается со своей границы.", "/form",
                   "hello");
    expect_refusal(400, "malformed_request", "оно обрывается", "/form", FIELD("a", "x"));
    expect_refusal(400, "malformed_request", "оно обрывается", "/form", "");
    expect_refusal(400, "malformed_request", "у части нет имени", "/form",
                   "--b-1\r\nContent-Disposition: form-data\r\n\r\n\r\n" END);
    expect_refusal(400, "malformed_request", "поле формы — не текст в UTF-8", "/form", FIELD("a", "\xff") END);
    ck_assert_int_eq(atomic_load(&gave_up), POLY_INVALID);
    ck_assert_int_eq(post_body("/form", TYPE "Accept-Language: en\r\n", "x", 1), 400);
    ck_assert(says("The body is no form: it does not begin with its boundary."));
}
END_TEST

START_TEST(a_field_with_a_nul)
{
    static const char body[] = FIELD("a", "x\0y") END;

    ck_assert_int_eq(post_body("/form", TYPE, body, sizeof(body) - 1), 400);
}
END_TEST

START_TEST(a_handler_may_answer_in_the_middle)
{
    static char body[200000];
    int used = snprintf(body, sizeof(body), FILE_PART("f", ""));

    memset(body + used, 'x', sizeof(body) - (size_t)used);
    ck_assert_int_eq(post_body("/refused", TYPE, body, sizeof(body)), 422);
    ck_assert(says("wrong_file"));
    ck_assert_str_eq(loopback_field(answer, "Connection"), "close");
}
END_TEST

START_TEST(a_client_that_leaves_in_the_middle)
{
    static const char request[] =
        "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n" TYPE "\r\n" FIELD("a", "x") FILE_PART("f", "y");
    int fd = loopback_connect(&loopback);

    atomic_store(&gave_up, POLY_OK);
    loopback_send(fd, request, sizeof(request) - 1);
    usleep(10000);
    close(fd);
    for (int i = 0; i < 20000 && atomic_load(&gave_up) == POLY_OK; i++)
        usleep(1000);
    ck_assert_int_eq(atomic_load(&gave_up), POLY_CANCELLED);
}
END_TEST

/* --- a large file --- */

#define LARGE (40u << 20)

static int begin_large(void)
{
    static const char part[] = "--b-1\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n";
    char head[300];
    int fd = loopback_connect(&loopback);

    snprintf(head, sizeof(head), "POST /watched HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n" TYPE "\r\n%s",
             sizeof(part) - 1 + LARGE + 11, part);
    loopback_send(fd, head, strlen(head));
    return fd;
}

/* A block that differs from its neighbours. */
static const char *block(unsigned number)
{
    static char bytes[65536];

    memset(bytes, 'a' + (int)(number % 23), sizeof(bytes));
    return bytes;
}

START_TEST(a_piece_stays_while_more_arrives)
{
    int fd = begin_large();

    for (unsigned i = 0; i < LARGE / 65536; i++)
        loopback_send(fd, block(i), 65536);
    loopback_send(fd, "\r\n--b-1--\r\n", 11);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_str_eq(loopback_body(answer), "same");
    ck_assert_uint_eq(atomic_load(&bytes_read), LARGE);
    close(fd);
}
END_TEST

/* What the handler does not take stays in the sockets' buffers, and then with the client. */
START_TEST(the_socket_is_read_as_fast_as_the_handler_pulls)
{
    size_t sent = 0;
    int stuck = 0;
    int fd;

    atomic_store(&may_go_on, false);
    fd = begin_large();
    while (sent < LARGE && stuck < 100) {
        ssize_t size = send(fd, block(0), LARGE - sent < 65536 ? LARGE - sent : 65536, MSG_DONTWAIT | MSG_NOSIGNAL);

        stuck = size < 0 ? stuck + 1 : 0;
        ck_assert(size > 0 || errno == EAGAIN);
        sent += size > 0 ? (size_t)size : 0;
        if (size < 0)
            usleep(5000);
    }
    ck_assert_uint_lt(sent, LARGE / 2);
    ck_assert_uint_eq(atomic_load(&bytes_read), 0);
    atomic_store(&may_go_on, true);
    for (; sent < LARGE; sent += 65536)
        loopback_send(fd, block(0), LARGE - sent < 65536 ? LARGE - sent : 65536);
    loopback_send(fd, "\r\n--b-1--\r\n", 11);
    loopback_read_answer(fd, answer, sizeof(answer));
    ck_assert_str_eq(loopback_body(answer), "same");
    ck_assert_uint_eq(atomic_load(&bytes_read), LARGE);
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multipart");
    TCase *tests = tcase_create("multipart");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, fields_and_files);
    tcase_add_test(tests, the_network_may_cut_anywhere);
    tcase_add_test(tests, chunked_and_announced);
    tcase_add_test(tests, limits);
    tcase_add_test(tests, the_total_of_a_chunked_body);
    tcase_add_test(tests, what_is_no_form);
    tcase_add_test(tests, a_field_with_a_nul);
    tcase_add_test(tests, a_handler_may_answer_in_the_middle);
    tcase_add_test(tests, a_client_that_leaves_in_the_middle);
    tcase_add_test(tests, a_piece_stays_while_more_arrives);
    tcase_add_test(tests, the_socket_is_read_as_fast_as_the_handler_pulls);
    suite_add_tcase(suite, tests);
    return run_tests(suite);
}

/* SPDX-License-Identifier: MIT */
#include "poly/log.h"

#include <cJSON.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "poly/strbuf.h"
#include "poly/time.h"

/* What a log wrote, read until its end. */
struct reading {
    int fd;
    poly_strbuf text;
};

static void read_all(struct reading *reading)
{
    char piece[65536];
    ssize_t got;

    poly_strbuf_init(&reading->text, 1 << 24);
    while ((got = read(reading->fd, piece, sizeof(piece))) > 0)
        poly_strbuf_append(&reading->text, piece, (size_t)got);
    ck_assert(!reading->text.overflowed);
}

struct tally {
    int64_t lines;    /* but the log's own */
    int64_t reported; /* the sum of "dropped" */
    int64_t last;     /* "n" of the last line */
    bool in_order;
};

/* Every line must be one JSON object. */
static struct tally tally_of(const char *text)
{
    struct tally tally = {.last = -1, .in_order = true};

    while (*text) {
        const char *end = strchr(text, '\n');
        cJSON *object, *number, *dropped;

        ck_assert_ptr_nonnull(end);
        object = cJSON_ParseWithLengthOpts(text, (size_t)(end - text), NULL, 0);
        ck_assert_msg(object != NULL, "%.*s", (int)(end - text), text);
        number = cJSON_GetObjectItemCaseSensitive(object, "n");
        dropped = cJSON_GetObjectItemCaseSensitive(object, "dropped");
        if (dropped)
            tally.reported += (int64_t)cJSON_GetNumberValue(dropped);
        else
            tally.lines++;
        if (number) {
            tally.in_order = tally.in_order && (int64_t)cJSON_GetNumberValue(number) > tally.last;
            tally.last = (int64_t)cJSON_GetNumberValue(number);
        }
        cJSON_Delete(object);
        text = end + 1;
    }
    return tally;
}

static void write_lines(int64_t count)
{
    char filler[257];

    memset(filler, 'x', 256);
    filler[256] = '\0';
    for (int64_t i = 0; i < count; i++)
        poly_log(POLY_LOG_INFO, "line", poly_int_field("n", i), poly_text_field("filler", filler));
}

static FILE *start_to_file(void)
{
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    poly_log_start("test-svc", POLY_LOG_INFO, fileno(file));
    return file;
}

static void read_file(FILE *file, struct reading *reading)
{
    reading->fd = fileno(file);
    ck_assert_int_eq(lseek(reading->fd, 0, SEEK_SET), 0);
    read_all(reading);
    fclose(file);
}

static void open_pipe(int ends[2])
{
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
}

START_TEST(parses_levels)
{
    poly_log_level level;

    ck_assert(poly_log_level_parse("debug", &level) && level == POLY_LOG_DEBUG);
    ck_assert(poly_log_level_parse("info", &level) && level == POLY_LOG_INFO);
    ck_assert(poly_log_level_parse("warning", &level) && level == POLY_LOG_WARNING);
    ck_assert(poly_log_level_parse("error", &level) && level == POLY_LOG_ERROR);
    ck_assert(!poly_log_level_parse("INFO", &level));
    ck_assert(!poly_log_level_parse("", &level));
    ck_assert(!poly_log_level_parse(NULL, &level));
}
END_TEST

START_TEST(writes_to_standard_error_before_the_start)
{
    struct reading reading;
    int ends[2];

    open_pipe(ends);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    close(ends[1]);
    poly_log(POLY_LOG_WARNING, "early", poly_int_field("n", 7));
    poly_log_plain(POLY_LOG_DEBUG, "unseen");
    close(STDERR_FILENO);
    reading.fd = ends[0];
    read_all(&reading);
    ck_assert_int_eq(tally_of(reading.text.data).lines, 1);
    ck_assert_int_eq(tally_of(reading.text.data).last, 7);
    poly_strbuf_release(&reading.text);
}
END_TEST

START_TEST(writes_all_lines_in_order)
{
    struct reading reading;
    FILE *file = start_to_file();
    struct tally tally;

    write_lines(1000);
    poly_log_stop();
    read_file(file, &reading);
    tally = tally_of(reading.text.data);
    ck_assert_int_eq(tally.lines, 1000);
    ck_assert(tally.in_order);
    ck_assert_uint_eq(poly_log_dropped(), 0);
    ck_assert_ptr_nonnull(strstr(reading.text.data, "\"service\":\"test-svc\""));
    poly_strbuf_release(&reading.text);
}
END_TEST

START_TEST(leaves_out_lesser_levels)
{
    struct reading reading;
    FILE *file = tmpfile();

    poly_log_start("test-svc", POLY_LOG_WARNING, fileno(file));
    ck_assert(!poly_log_enabled(POLY_LOG_INFO));
    ck_assert(poly_log_enabled(POLY_LOG_WARNING));
    poly_log_plain(POLY_LOG_INFO, "unseen");
    poly_log_plain(POLY_LOG_WARNING, "seen");
    poly_log_plain(POLY_LOG_ERROR, "seen");
    poly_log_stop();
    read_file(file, &reading);
    ck_assert_int_eq(tally_of(reading.text.data).lines, 2);
    ck_assert_ptr_null(strstr(reading.text.data, "unseen"));
    poly_strbuf_release(&reading.text);
}
END_TEST

static pthread_barrier_t all_have_contexts;

static void *write_with_context(void *argument)
{
    const poly_log_context context = {.request_id = argument};

    poly_log_set_context(&context);
    pthread_barrier_wait(&all_have_contexts);
    for (int i = 0; i < 400; i++)
        poly_log(POLY_LOG_INFO, "of a thread", poly_text_field("thread", argument));
    return NULL;
}

START_TEST(threads_keep_their_lines_and_contexts_apart)
{
    static char names[4][4] = {"r-0", "r-1", "r-2", "r-3"};
    struct reading reading;
    FILE *file = start_to_file();
    pthread_t threads[4];

    ck_assert_int_eq(pthread_barrier_init(&all_have_contexts, NULL, POLY_LENGTH(threads)), 0);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_with_context, names[i]), 0);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    poly_log_stop();
    read_file(file, &reading);
    ck_assert_int_eq(tally_of(reading.text.data).lines, 1600);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++) {
        char expected[64];
        int count = 0;

        snprintf(expected, sizeof(expected), "\"request_id\":\"%s\",\"thread\":\"%s\"", names[i], names[i]);
        for (const char *at = reading.text.data; (at = strstr(at, expected)); at++)
            count++;
        ck_assert_int_eq(count, 400);
    }
    pthread_barrier_destroy(&all_have_contexts);
    poly_strbuf_release(&reading.text);
}
END_TEST

/* The first line of a batch waits a moment for company, an error does not wait for more; neither waits for the stop. */
START_TEST(lines_come_out_by_themselves)
{
    int ends[2];
    struct pollfd output;
    char piece[4096];

    open_pipe(ends);
    output = (struct pollfd){.fd = ends[0], .events = POLLIN};
    poly_log_start("test-svc", POLY_LOG_INFO, ends[1]);
    for (int i = 0; i < 5; i++) {
        poly_log_plain(i % 2 ? POLY_LOG_ERROR : POLY_LOG_INFO, "now");
        ck_assert_int_eq(poll(&output, 1, 20000), 1);
        ck_assert_int_gt(read(ends[0], piece, sizeof(piece)), 0);
    }
    poly_log_stop();
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* Waits for more of the output; what its whole lines come to so far. */
static struct tally read_some(int fd, poly_strbuf *text)
{
    struct pollfd output = {.fd = fd, .events = POLLIN};
    char *room = poly_strbuf_reserve(text, 65536);
    struct tally tally;
    ssize_t got;
    char *whole;

    ck_assert_int_eq(poll(&output, 1, 30000), 1);
    got = read(fd, room, 65536);
    ck_assert_int_gt(got, 0);
    poly_strbuf_advance(text, (size_t)got);
    whole = poly_strndup(text->data, (size_t)(strrchr(text->data, '\n') + 1 - text->data));
    tally = tally_of(whole);
    free(whole);
    return tally;
}

/* Nobody reads: producers go on, what does not fit is counted, and the count is told where the lines are missing. */
START_TEST(a_blocked_output_blocks_nobody)
{
    enum { COUNT = 20000 };
    struct tally tally;
    poly_strbuf text;
    uint64_t before;
    int ends[2];

    open_pipe(ends);
    poly_log_start("test-svc", POLY_LOG_INFO, ends[1]);
    before = poly_time_monotonic();
    write_lines(COUNT);
    ck_assert_uint_lt(poly_time_monotonic() - before, POLY_SECONDS(20));
    ck_assert_uint_gt(poly_log_dropped(), 0);

    poly_strbuf_init(&text, 1 << 24);
    do
        tally = read_some(ends[0], &text);
    while (tally.lines + tally.reported < COUNT);
    poly_log_stop();
    ck_assert_int_eq(tally.reported, (int64_t)poly_log_dropped());
    ck_assert_int_eq(tally.lines + tally.reported, COUNT);
    ck_assert(tally.in_order);
    ck_assert_int_ge(tally.lines, 2000); /* a mebibyte of lines under 500 bytes */
    poly_strbuf_release(&text);
    close(ends[1]);
    close(ends[0]);
}
END_TEST

START_TEST(stopping_with_a_blocked_output_ends)
{
    struct reading reading;
    uint64_t before;
    struct tally tally;
    int ends[2];

    open_pipe(ends);
    poly_log_start("test-svc", POLY_LOG_INFO, ends[1]);
    write_lines(1500); /* more than a pipe holds, less than the queue */
    before = poly_time_monotonic();
    poly_log_stop();
    ck_assert_uint_ge(poly_time_monotonic() - before, POLY_MILLISECONDS(900));
    ck_assert_uint_lt(poly_time_monotonic() - before, POLY_SECONDS(20));
    close(ends[1]);
    reading.fd = ends[0];
    read_all(&reading);
    reading.text.data[strrchr(reading.text.data, '\n') + 1 - reading.text.data] = '\0'; /* the last one is cut */
    tally = tally_of(reading.text.data);
    ck_assert_int_gt(tally.lines, 0);
    ck_assert_int_eq(tally.lines + (int64_t)poly_log_dropped(), 1500);
    poly_strbuf_release(&reading.text);
    close(ends[0]);
    fclose(start_to_file()); /* the writer has ended, or this would be refused */
    poly_log_stop();
}
END_TEST

START_TEST(a_pipe_without_reader_loses_lines_and_nothing_else)
{
    int ends[2];

    open_pipe(ends);
    close(ends[0]);
    poly_log_start("test-svc", POLY_LOG_INFO, ends[1]); /* SIGPIPE has its default action here */
    write_lines(50);
    poly_log_stop();
    ck_assert_uint_eq(poly_log_dropped(), 50);
    close(ends[1]);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_nothing_else)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

    ck_assert_int_ge(full, 0);
    poly_log_start("test-svc", POLY_LOG_INFO, full);
    write_lines(50);
    poly_log_stop();
    ck_assert_uint_eq(poly_log_dropped(), 50);
    close(full);
}
END_TEST

static void wait_for_drop(void)
{
    struct timespec pause = {.tv_nsec = 1000000};

    for (int i = 0; i < 20000 && poly_log_dropped() == 0; i++)
        nanosleep(&pause, NULL);
    ck_assert_uint_gt(poly_log_dropped(), 0);
}

/* The file may grow to the middle of a line, then further again: the torn line ends, what follows is whole. */
START_TEST(room_on_the_disk_returns)
{
    struct reading reading;
    struct rlimit unlimited, limit;
    FILE *file = tmpfile();
    struct tally tally;
    char *torn;

    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = unlimited;
    limit.rlim_cur = 1000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    poly_log_start("test-svc", POLY_LOG_INFO, fileno(file));
    write_lines(10);
    wait_for_drop();
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    write_lines(5);
    poly_log_stop();
    read_file(file, &reading);
    ck_assert_uint_gt(reading.text.size, 1001);
    ck_assert_int_eq(reading.text.data[1000], '\n'); /* ends the torn line */
    torn = memrchr(reading.text.data, '\n', 1000);
    ck_assert_ptr_nonnull(torn);
    memmove(torn, reading.text.data + 1000, reading.text.size - 1000 + 1);
    tally = tally_of(reading.text.data);
    ck_assert_int_eq(tally.lines + tally.reported, 15);
    ck_assert_int_eq(tally.reported, (int64_t)poly_log_dropped());
    ck_assert_int_eq(tally.last, 4);
    poly_strbuf_release(&reading.text);
}
END_TEST

START_TEST(a_nonblocking_output_is_waited_for)
{
    struct tally tally;
    poly_strbuf text;
    int ends[2];

    open_pipe(ends);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    poly_log_start("test-svc", POLY_LOG_INFO, ends[1]);
    write_lines(2000); /* more than a pipe holds, less than the queue */
    poly_strbuf_init(&text, 1 << 24);
    do
        tally = read_some(ends[0], &text);
    while (tally.lines < 2000);
    poly_log_stop();
    ck_assert_uint_eq(poly_log_dropped(), 0);
    ck_assert(tally.in_order);
    poly_strbuf_release(&text);
    close(ends[1]);
    close(ends[0]);
}
END_TEST

START_TEST(starts_again_after_a_stop)
{
    poly_log_stop(); /* not started: nothing to do */
    for (int i = 0; i < 3; i++) {
        struct reading reading;
        FILE *file = start_to_file();

        write_lines(3);
        poly_log_stop();
        read_file(file, &reading);
        ck_assert_int_eq(tally_of(reading.text.data).lines, 3);
        poly_strbuf_release(&reading.text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, parses_levels);
    tcase_add_test(tests, writes_to_standard_error_before_the_start);
    tcase_add_test(tests, writes_all_lines_in_order);
    tcase_add_test(tests, leaves_out_lesser_levels);
    tcase_add_test(tests, threads_keep_their_lines_and_contexts_apart);
    tcase_add_test(tests, lines_come_out_by_themselves);
    tcase_add_test(tests, a_blocked_output_blocks_nobody);
    tcase_add_test(tests, stopping_with_a_blocked_output_ends);
    tcase_add_test(tests, a_pipe_without_reader_loses_lines_and_nothing_else);
    tcase_add_test(tests, a_full_disk_loses_lines_and_nothing_else);
    tcase_add_test(tests, room_on_the_disk_returns);
    tcase_add_test(tests, a_nonblocking_output_is_waited_for);
    tcase_add_test(tests, starts_again_after_a_stop);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

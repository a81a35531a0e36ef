/* SPDX-License-Identifier: MIT */
#include "poly/log.h"
#include "poly/metrics.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static poly_strbuf exposition;

static const char *exposed(void)
{
    poly_strbuf_clear(&exposition);
    poly_metrics_write(&exposition);
    ck_assert(!exposition.overflowed);
    return poly_strbuf_text(&exposition);
}

/* How often `line` is a whole line of the exposition. */
static unsigned lines_like(const char *line)
{
    unsigned count = 0;
    size_t length = strlen(line);

    for (const char *at = exposed(); *at; at++) {
        size_t rest = strcspn(at, "\n");

        count += rest == length && memcmp(at, line, length) == 0 ? 1 : 0;
        at += rest;
        ck_assert_int_eq(*at, '\n'); /* the last line ends too */
    }
    return count;
}

/* The value of a metric without labels; -1 when it is not exposed. */
static double exposed_value(const char *name)
{
    char start[128];
    const char *at;

    ck_assert_int_lt(snprintf(start, sizeof(start), "\n%s ", name), (int)sizeof(start));
    at = strstr(exposed(), start);
    return at ? strtod(at + strlen(start), NULL) : -1;
}

static void begin(void)
{
    poly_strbuf_init(&exposition, 4 << 20);
}

static void end(void)
{
    poly_strbuf_release(&exposition);
}

START_TEST(a_counter_counts)
{
    poly_counter *counter = poly_counter_get("tests_counted_total", "Tests that counted.", NULL);

    ck_assert_uint_eq(lines_like("tests_counted_total 0"), 1);
    poly_counter_add(counter, 1);
    poly_counter_add(counter, 41);
    ck_assert_uint_eq(poly_counter_value(counter), 42);
    ck_assert_uint_eq(lines_like("tests_counted_total 42"), 1);
    ck_assert_uint_eq(lines_like("# HELP tests_counted_total Tests that counted."), 1);
    ck_assert_uint_eq(lines_like("# TYPE tests_counted_total counter"), 1);
}
END_TEST

START_TEST(a_gauge_goes_up_and_down)
{
    poly_gauge *gauge = poly_gauge_get("tests_level", "Level.", NULL);

    poly_gauge_set(gauge, 5);
    poly_gauge_add(gauge, -7);
    ck_assert_int_eq(poly_gauge_value(gauge), -2);
    ck_assert_uint_eq(lines_like("tests_level -2"), 1);
    ck_assert_uint_eq(lines_like("# TYPE tests_level gauge"), 1);
}
END_TEST

START_TEST(asking_again_answers_the_same)
{
    const poly_label labels[] = {{"b", "2"}, {"a", "1"}, {NULL, NULL}};
    const poly_label turned[] = {{"a", "1"}, {"b", "2"}, {NULL, NULL}};
    const poly_label other[] = {{"a", "1"}, {"b", "3"}, {NULL, NULL}};
    poly_counter *counter = poly_counter_get("tests_same_total", "Same.", labels);

    ck_assert_ptr_eq(poly_counter_get("tests_same_total", "Same.", turned), counter);
    ck_assert_ptr_ne(poly_counter_get("tests_same_total", "Same.", other), counter);
    ck_assert_ptr_ne(poly_counter_get("tests_same_total", "Same.", NULL), counter);
    poly_counter_add(counter, 3);
    ck_assert_uint_eq(lines_like("tests_same_total{a=\"1\",b=\"2\"} 3"), 1);
    ck_assert_uint_eq(lines_like("tests_same_total{a=\"1\",b=\"3\"} 0"), 1);
    ck_assert_uint_eq(lines_like("tests_same_total 0"), 1);
    ck_assert_uint_eq(lines_like("# HELP tests_same_total Same."), 1);
    ck_assert_uint_eq(lines_like("# TYPE tests_same_total counter"), 1);
}
END_TEST

/* The strings need not outlive the call. */
START_TEST(names_and_labels_are_copied)
{
    char name[] = "tests_copied_total", label[] = "where", value[] = "here";

    (void)poly_counter_get(name, "Copied.", (const poly_label[]){{label, value}, {NULL, NULL}});
    memset(name, 'x', sizeof(name) - 1);
    memset(label, 'x', sizeof(label) - 1);
    memset(value, 'x', sizeof(value) - 1);
    ck_assert_uint_eq(lines_like("tests_copied_total{where=\"here\"} 0"), 1);
}
END_TEST

START_TEST(text_is_escaped)
{
    const poly_label labels[] = {{"path", "a\"b\\c\nd \xd0\x9f"}, {NULL, NULL}};

    (void)poly_counter_get("tests_escaped_total", "A \"quote\", a \\\nand a line.", labels);
    ck_assert_uint_eq(lines_like("# HELP tests_escaped_total A \"quote\", a \\\\\\nand a line."), 1);
    ck_assert_uint_eq(lines_like("tests_escaped_total{path=\"a\\\"b\\\\c\\nd \xd0\x9f\"} 0"), 1);
}
END_TEST

START_TEST(a_histogram_has_cumulative_buckets)
{
    const poly_label labels[] = {{"route", "/x"}, {NULL, NULL}};
    poly_histogram *histogram = poly_histogram_get("tests_duration_seconds", "Durations.", labels);

    poly_histogram_observe(histogram, 0);
    poly_histogram_observe(histogram, 500);
    poly_histogram_observe(histogram, 501);
    poly_histogram_observe(histogram, 7000);
    poly_histogram_observe(histogram, 10000000);
    poly_histogram_observe(histogram, 10000001);
    ck_assert_uint_eq(lines_like("# TYPE tests_duration_seconds histogram"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"0.0005\"} 2"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"0.001\"} 3"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"0.005\"} 3"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"0.01\"} 4"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"10\"} 5"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_bucket{route=\"/x\",le=\"+Inf\"} 6"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_sum{route=\"/x\"} 20.008002"), 1);
    ck_assert_uint_eq(lines_like("tests_duration_seconds_count{route=\"/x\"} 6"), 1);
}
END_TEST

START_TEST(a_histogram_needs_no_labels)
{
    static const char *const bounds[] = {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1",
                                         "0.25",   "0.5",   "1",      "2.5",   "5",    "10",    "+Inf"};
    char line[128];

    (void)poly_histogram_get("tests_bare_seconds", "Bare.", NULL);
    for (size_t i = 0; i < POLY_LENGTH(bounds); i++) {
        ck_assert_int_gt(snprintf(line, sizeof(line), "tests_bare_seconds_bucket{le=\"%s\"} 0", bounds[i]), 0);
        ck_assert_uint_eq(lines_like(line), 1);
    }
    ck_assert_uint_eq(lines_like("tests_bare_seconds_sum 0.000000"), 1);
    ck_assert_uint_eq(lines_like("tests_bare_seconds_count 0"), 1);
}
END_TEST

/* --- threads --- */

#define THREADS 16 /* more than there are slots */
#define ROUNDS  300000

static pthread_barrier_t barrier;

static void *update(void *argument)
{
    const poly_label labels[] = {{"who", "everybody"}, {NULL, NULL}};
    poly_counter *counter = poly_counter_get("tests_shared_total", "Shared.", labels);
    poly_gauge *gauge = poly_gauge_get("tests_shared", "Shared.", labels);
    poly_histogram *histogram = poly_histogram_get("tests_shared_seconds", "Shared.", labels);

    (void)argument;
    (void)pthread_barrier_wait(&barrier);
    for (int i = 0; i < ROUNDS; i++) {
        poly_counter_add(counter, 2);
        poly_gauge_add(gauge, i % 2 ? -1 : 2);
        poly_histogram_observe(histogram, 1000);
    }
    return NULL;
}

START_TEST(no_update_is_lost_between_threads)
{
    pthread_t threads[THREADS];
    char line[128];

    ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, update, NULL), 0);
    for (int i = 0; i < 20; i++)
        (void)exposed();
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert_int_eq(pthread_barrier_destroy(&barrier), 0);
    (void)snprintf(line, sizeof(line), "tests_shared_total{who=\"everybody\"} %d", 2 * THREADS * ROUNDS);
    ck_assert_uint_eq(lines_like(line), 1);
    (void)snprintf(line, sizeof(line), "tests_shared{who=\"everybody\"} %d", THREADS * ROUNDS / 2);
    ck_assert_uint_eq(lines_like(line), 1);
    (void)snprintf(line, sizeof(line), "tests_shared_seconds_count{who=\"everybody\"} %d", THREADS * ROUNDS);
    ck_assert_uint_eq(lines_like(line), 1);
    (void)snprintf(line, sizeof(line), "tests_shared_seconds_sum{who=\"everybody\"} %d.000000",
                   THREADS * ROUNDS / 1000);
    ck_assert_uint_eq(lines_like(line), 1);
}
END_TEST

/* --- limits and misuse --- */

START_TEST(the_number_of_series_is_bounded)
{
    poly_counter *last = NULL, *beyond = NULL;
    unsigned lines = 0;

    for (int i = 0; i < 4200; i++) {
        char value[16];

        (void)snprintf(value, sizeof(value), "%d", i);
        beyond = last;
        last = poly_counter_get("tests_many_total", "Many.", (const poly_label[]){{"n", value}, {NULL, NULL}});
    }
    ck_assert_ptr_eq(last, beyond); /* shared, and not exposed */
    poly_counter_add(last, 1);
    for (const char *at = exposed(); (at = strstr(at, "tests_many_total{")) != NULL; at++)
        lines++;
    ck_assert_uint_le(lines, 4096);
    ck_assert_uint_gt(lines, 4000);
}
END_TEST

static void ask(const char *name, const char *label, const char *value)
{
    (void)poly_counter_get(name, "Help.", (const poly_label[]){{label, value}, {NULL, NULL}});
}

START_TEST(misuse_aborts)
{
    switch (_i) {
    case 0:
        ask("1st_total", "a", "b");
        break;
    case 1:
        ask("a-b_total", "a", "b");
        break;
    case 2:
        ask("a_total", "a:b", "b");
        break;
    case 3:
        ask("a_total", "__a", "b");
        break;
    case 4:
        ask("a_total", "le", "b");
        break;
    case 5:
        ask("a_total", "a", "\xff");
        break;
    case 6:
        (void)poly_counter_get("twice_total", "Help.", (const poly_label[]){{"a", "1"}, {"a", "2"}, {NULL, NULL}});
        break;
    default:
        (void)poly_counter_get("kind_total", "Help.", NULL);
        (void)poly_gauge_get("kind_total", "Help.", NULL);
    }
}
END_TEST

/* --- the process --- */

START_TEST(tells_of_the_process)
{
    struct rlimit limit;
    double now = (double)time(NULL);
    double cpu = exposed_value("process_cpu_seconds_total");

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert(cpu >= 0);
    ck_assert(exposed_value("process_max_fds") == (double)limit.rlim_cur);
    ck_assert(exposed_value("process_start_time_seconds") > now - 300);
    ck_assert(exposed_value("process_start_time_seconds") <= now + 1);
    ck_assert_uint_eq(lines_like("# TYPE process_cpu_seconds_total counter"), 1);
    ck_assert_uint_eq(lines_like("# TYPE process_open_fds gauge"), 1);
}
END_TEST

START_TEST(resident_memory_grows_with_use)
{
    const size_t size = (size_t)64 << 20;
    double before = exposed_value("process_resident_memory_bytes");
    volatile char *memory = malloc(size);

    ck_assert(before > 100e3);
    for (size_t at = 0; at < size; at += 1024)
        memory[at] = 1;
    ck_assert(exposed_value("process_resident_memory_bytes") > before + 60e6);
    ck_assert(exposed_value("process_resident_memory_bytes") < before + 1e9);
    free((void *)memory);
}
END_TEST

START_TEST(counts_open_descriptors)
{
    double before = exposed_value("process_open_fds");
    int fds[10];

    ck_assert(before >= 3);
    for (int i = 0; i < 10; i++) {
        fds[i] = open("/dev/null", O_RDONLY);
        ck_assert_int_ge(fds[i], 0);
    }
    ck_assert(exposed_value("process_open_fds") == before + 10);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(close(fds[i]), 0);
    ck_assert(exposed_value("process_open_fds") == before);
}
END_TEST

START_TEST(counts_log_lines_that_were_lost)
{
    int full = open("/dev/full", O_WRONLY);

    ck_assert_int_ge(full, 0);
    ck_assert(exposed_value("log_lines_dropped_total") == 0);
    poly_log_start("test", POLY_LOG_INFO, full);
    for (int i = 0; i < 3; i++)
        poly_log_plain(POLY_LOG_INFO, "a line for a full disk");
    poly_log_stop(); /* having tried to write what was queued */
    ck_assert(exposed_value("log_lines_dropped_total") == 3);
    ck_assert_int_eq(close(full), 0);
}
END_TEST

static Suite *metrics_suite(void)
{
    Suite *suite = suite_create("metrics");
    TCase *instruments = tcase_create("instruments");
    TCase *misuse = tcase_create("misuse");
    TCase *process = tcase_create("process");

    tcase_add_checked_fixture(instruments, begin, end);
    tcase_add_test(instruments, a_counter_counts);
    tcase_add_test(instruments, a_gauge_goes_up_and_down);
    tcase_add_test(instruments, asking_again_answers_the_same);
    tcase_add_test(instruments, names_and_labels_are_copied);
    tcase_add_test(instruments, text_is_escaped);
    tcase_add_test(instruments, a_histogram_has_cumulative_buckets);
    tcase_add_test(instruments, a_histogram_needs_no_labels);
    tcase_add_test(instruments, no_update_is_lost_between_threads);
    tcase_add_checked_fixture(process, begin, end);
    tcase_add_test(process, tells_of_the_process);
    tcase_add_test(process, resident_memory_grows_with_use);
    tcase_add_test(process, counts_open_descriptors);
    tcase_add_test(process, counts_log_lines_that_were_lost);
    tcase_add_loop_test_raise_signal(misuse, misuse_aborts, SIGABRT, 0, 8);
    suite_add_tcase(suite, instruments);
    suite_add_tcase(suite, process);
    suite_add_tcase(suite, misuse);
    /* Last, since it leaves no room for others where tests share a process. */
    tcase_add_test(misuse, the_number_of_series_is_bounded);
    tcase_add_checked_fixture(misuse, begin, end);
    tcase_set_timeout(instruments, 60);
    tcase_set_timeout(misuse, 60);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(metrics_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

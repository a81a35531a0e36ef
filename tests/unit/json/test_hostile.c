/* SPDX-License-Identifier: MIT */
/* Documents made to exhaust the stack, the memory or the time of who reads them. */
#include "poly/json.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define MEBIBYTE ((size_t)1 << 20)

/* Half of a fiber's. */
#define SMALL_STACK ((size_t)64 * 1024)

struct work {
    const char *text;
    size_t size;
    const poly_json_limits *limits;
    poly_result result;
    poly_json_error error;
};

/* Reads, writes again what was read, and releases it. */
static void *work_on(void *argument)
{
    struct work *work = argument;
    poly_json *document;
    poly_json_writer writer;
    poly_strbuf out;

    work->result = poly_json_parse(work->text, work->size, work->limits, &document, &work->error);
    if (work->result != POLY_OK)
        return NULL;
    poly_strbuf_init(&out, 64 * MEBIBYTE);
    poly_json_writer_init(&writer, &out);
    poly_json_put_value(&writer, NULL, document);
    poly_json_destroy(&document);
    poly_strbuf_release(&out);
    return NULL;
}

/* Beyond the stack is a guard page: using more of it kills the test. */
static struct work on_small_stack(const char *text, size_t size, const poly_json_limits *limits)
{
    struct work work = {.text = text, .size = size, .limits = limits, .error = {.reason = ""}};
    pthread_attr_t attributes;
    pthread_t thread;

    ck_assert_int_eq(pthread_attr_init(&attributes), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attributes, work_on, &work), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(pthread_attr_destroy(&attributes), 0);
    return work;
}

static const char *const openers[] = {"[", "{\"a\":", "[{\"a\":", "[[],", "\n["};

START_TEST(a_million_levels_need_no_stack)
{
    const size_t levels = 1000000;
    size_t length = strlen(openers[_i]);
    poly_json_limits limits = {.max_size = levels * length, .max_values = 4 * levels};
    char *text = malloc(levels * length);
    struct work work;

    for (size_t i = 0; i < levels; i++)
        memcpy(text + i * length, openers[_i], length);
    work = on_small_stack(text, levels * length, &limits);
    ck_assert_int_eq(work.result, POLY_INVALID);
    ck_assert_str_eq(work.error.reason, "nested too deeply");
    free(text);
}
END_TEST

START_TEST(the_deepest_document_needs_little_stack)
{
    char text[4096] = "";
    size_t length = 0;
    struct work work;

    for (int i = 0; i < 16; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "[{\"name\\u0041\":");
    length += (size_t)snprintf(text + length, sizeof(text) - length, "-1234567890.5e-12");
    for (int i = 0; i < 16; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "}]");
    work = on_small_stack(text, length, NULL);
    ck_assert_int_eq(work.result, POLY_OK);
}
END_TEST

/* It is refused by its size alone: nothing of it can be read. */
START_TEST(sixty_four_megabytes_are_not_even_read)
{
    char *text = mmap(NULL, 64 * MEBIBYTE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    poly_json *document;

    ck_assert_ptr_ne(text, MAP_FAILED);
    ck_assert_int_eq(poly_json_parse(text, 64 * MEBIBYTE, NULL, &document, NULL), POLY_TOO_LARGE);
    ck_assert_ptr_null(document);
    ck_assert_int_eq(munmap(text, 64 * MEBIBYTE), 0);
}
END_TEST

/* A mebibyte of "[0,0,…" would be a tree of 40 MB. */
START_TEST(many_tiny_values_are_refused)
{
    char *text = malloc(MEBIBYTE);
    struct work work;

    for (size_t i = 0; i < MEBIBYTE; i++)
        text[i] = i % 2 == 1 ? '0' : ',';
    text[0] = '[';
    text[MEBIBYTE - 1] = ']';
    work = on_small_stack(text, MEBIBYTE, NULL);
    ck_assert_int_eq(work.result, POLY_TOO_LARGE);
    ck_assert_str_eq(work.error.reason, "too many values");
    free(text);
}
END_TEST

/* An object of `count` names; the last is `last`. */
static char *large_object(unsigned count, const char *last, size_t *size)
{
    size_t room = (size_t)count * 16 + 64;
    char *text = malloc(room);
    size_t length = (size_t)snprintf(text, room, "{");

    for (unsigned i = 0; i + 1 < count; i++)
        length += (size_t)snprintf(text + length, room - length, "\"%u\":0,", i);
    length += (size_t)snprintf(text + length, room - length, "\"%s\":0}", last);
    *size = length;
    return text;
}

/* Of this thread alone: the machine may be busy with others. */
static uint64_t processor_us(void)
{
    struct timespec now;

    ck_assert_int_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* µs to parse, the fastest of three. */
static uint64_t time_of_names(unsigned count)
{
    const poly_json_limits limits = {.max_size = 16 * MEBIBYTE, .max_values = 1000000};
    uint64_t best = UINT64_MAX;
    size_t size;
    char *text = large_object(count, "last", &size);

    for (int i = 0; i < 3; i++) {
        uint64_t start = processor_us();
        uint64_t took;
        poly_json *document;

        ck_assert_int_eq(poly_json_parse(text, size, &limits, &document, NULL), POLY_OK);
        poly_json_destroy(&document);
        took = processor_us() - start;
        if (took < best)
            best = took;
    }
    free(text);
    return best;
}

/* Comparing each with each would take a hundred times as long for ten times the names. */
START_TEST(a_hundred_thousand_names_take_no_square)
{
    uint64_t few = time_of_names(10000);
    uint64_t many = time_of_names(100000);

    ck_assert_msg(many < 40 * few, "10,000 names took %lu µs, 100,000 took %lu µs", (unsigned long)few,
                  (unsigned long)many);
}
END_TEST

START_TEST(a_duplicate_among_many_names_is_found)
{
    static const char *const last[] = {"0", "99", "\\u0034"};
    poly_json_error error;
    poly_json *document;
    size_t size;
    char *text;

    for (size_t i = 0; i < POLY_LENGTH(last); i++) {
        text = large_object(10000, last[i], &size);
        ck_assert_int_eq(poly_json_parse(text, size, NULL, &document, &error), POLY_INVALID);
        ck_assert_str_eq(error.reason, "duplicate name");
        ck_assert_uint_eq(error.offset, size - strlen(last[i]) - 5);
        free(text);
    }
}
END_TEST

static Suite *hostile_suite(void)
{
    Suite *suite = suite_create("json, hostile documents");
    TCase *stack = tcase_create("stack");
    TCase *size = tcase_create("size");

    tcase_add_loop_test(stack, a_million_levels_need_no_stack, 0, (int)POLY_LENGTH(openers));
    tcase_add_test(stack, the_deepest_document_needs_little_stack);
    tcase_add_test(size, sixty_four_megabytes_are_not_even_read);
    tcase_add_test(size, many_tiny_values_are_refused);
    tcase_add_test(size, a_hundred_thousand_names_take_no_square);
    tcase_add_test(size, a_duplicate_among_many_names_is_found);
    tcase_set_timeout(size, 60);
    suite_add_tcase(suite, stack);
    suite_add_tcase(suite, size);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(hostile_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

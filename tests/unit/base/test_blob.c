/* SPDX-License-Identifier: MIT */
#include "poly/blob.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

START_TEST(copies_and_terminates)
{
    char bytes[] = "a\0b";
    poly_blob *blob = poly_blob_create(bytes, 3);

    bytes[0] = 'z';
    ck_assert_uint_eq(blob->size, 3);
    ck_assert_mem_eq(blob->data, "a\0b", 4);
    poly_blob_unref(&blob);
    ck_assert_ptr_null(blob);
    poly_blob_unref(&blob);
}
END_TEST

START_TEST(an_empty_blob_is_text)
{
    poly_blob *blob = poly_blob_create(NULL, 0);

    ck_assert_uint_eq(blob->size, 0);
    ck_assert_str_eq(blob->data, "");
    poly_blob_unref(&blob);
}
END_TEST

START_TEST(takes_over_a_strbuf)
{
    poly_strbuf buffer;
    poly_blob *blob;

    poly_strbuf_init(&buffer, 100);
    ck_assert(poly_strbuf_append_text(&buffer, "body"));
    blob = poly_blob_from_strbuf(&buffer);
    ck_assert_ptr_null(buffer.data);
    ck_assert_str_eq(blob->data, "body");
    poly_blob_unref(&blob);
    blob = poly_blob_from_strbuf(&buffer);
    ck_assert_uint_eq(blob->size, 0);
    poly_blob_unref(&blob);
}
END_TEST

START_TEST(lives_until_the_last_reference)
{
    poly_blob *first = poly_blob_create("x", 1), *second = poly_blob_ref(first);

    ck_assert_ptr_eq(first, second);
    poly_blob_unref(&first);
    ck_assert_str_eq(second->data, "x");
    poly_blob_unref(&second);
}
END_TEST

static void *take_and_drop(void *argument)
{
    poly_blob *blob = argument;

    for (int i = 0; i < 20000; i++) {
        poly_blob *mine = poly_blob_ref(blob);

        poly_blob_unref(&mine);
    }
    poly_blob_unref(&blob);
    return NULL;
}

START_TEST(references_of_many_threads)
{
    poly_blob *blob = poly_blob_create("shared", 6);
    pthread_t threads[4];

    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_drop, poly_blob_ref(blob)), 0);
    for (size_t i = 0; i < POLY_LENGTH(threads); i++)
        pthread_join(threads[i], NULL);
    ck_assert_str_eq(blob->data, "shared");
    poly_blob_unref(&blob);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blob");
    TCase *tests = tcase_create("blob");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, copies_and_terminates);
    tcase_add_test(tests, an_empty_blob_is_text);
    tcase_add_test(tests, takes_over_a_strbuf);
    tcase_add_test(tests, lives_until_the_last_reference);
    tcase_add_test(tests, references_of_many_threads);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

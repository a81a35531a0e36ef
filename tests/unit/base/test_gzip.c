/* SPDX-License-Identifier: MIT */
#include "poly/blob.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "poly/random.h"

static poly_blob *make_text(size_t size)
{
    poly_blob *blob;
    char *bytes = poly_alloc(size);

    for (size_t i = 0; i < size; i++)
        bytes[i] = "{\"subject\":\"\xd0\x9c\"}"[i % 16];
    blob = poly_blob_create(bytes, size);
    free(bytes);
    return blob;
}

static void check_round_trip(poly_blob *blob, int level)
{
    poly_blob *packed = poly_blob_gzip(blob, level), *back = poly_blob_gunzip(packed, blob->size);

    ck_assert_mem_eq(packed->data, "\x1f\x8b\x08", 3);
    ck_assert_ptr_nonnull(back);
    ck_assert_uint_eq(back->size, blob->size);
    ck_assert_mem_eq(back->data, blob->data, blob->size + 1);
    poly_blob_unref(&packed);
    poly_blob_unref(&back);
    poly_blob_unref(&blob);
}

START_TEST(unpacks_what_it_packed)
{
    static const size_t sizes[] = {0, 1, 2, 4095, 4096, 4097, 8192, 100000, 3000000};

    for (size_t i = 0; i < POLY_LENGTH(sizes); i++)
        check_round_trip(make_text(sizes[i]), (int)(i % 9) + 1);
}
END_TEST

START_TEST(takes_incompressible_bytes)
{
    char bytes[70000];

    poly_random_bytes(bytes, sizeof(bytes));
    check_round_trip(poly_blob_create(bytes, sizeof(bytes)), 9);
}
END_TEST

START_TEST(compresses)
{
    poly_blob *blob = make_text(8192), *packed = poly_blob_gzip(blob, 6);

    ck_assert_uint_lt(packed->size, 200);
    poly_blob_unref(&packed);
    poly_blob_unref(&blob);
}
END_TEST

START_TEST(stops_at_the_maximum)
{
    static const size_t sizes[] = {1, 100, 4096, 5000, 1000000};

    for (size_t i = 0; i < POLY_LENGTH(sizes); i++) {
        poly_blob *blob = make_text(sizes[i]), *packed = poly_blob_gzip(blob, 6);
        poly_blob *exact = poly_blob_gunzip(packed, sizes[i]);

        ck_assert_ptr_nonnull(exact);
        ck_assert_ptr_null(poly_blob_gunzip(packed, sizes[i] - 1));
        ck_assert_ptr_null(poly_blob_gunzip(packed, 0));
        poly_blob_unref(&exact);
        poly_blob_unref(&packed);
        poly_blob_unref(&blob);
    }
}
END_TEST

START_TEST(refuses_every_truncation)
{
    poly_blob *blob = make_text(300), *packed = poly_blob_gzip(blob, 6);

    for (size_t size = 0; size < packed->size; size++) {
        poly_blob *cut = poly_blob_create(packed->data, size);

        ck_assert_ptr_null(poly_blob_gunzip(cut, 1000));
        poly_blob_unref(&cut);
    }
    poly_blob_unref(&packed);
    poly_blob_unref(&blob);
}
END_TEST

START_TEST(refuses_a_wrong_checksum_and_other_formats)
{
    poly_blob *blob = make_text(300), *packed = poly_blob_gzip(blob, 6);
    char *bytes = poly_alloc(packed->size);
    poly_blob *broken;

    memcpy(bytes, packed->data, packed->size);
    bytes[packed->size - 6] ^= 1; /* in the CRC */
    broken = poly_blob_create(bytes, packed->size);
    ck_assert_ptr_null(poly_blob_gunzip(broken, 1000));
    ck_assert_ptr_null(poly_blob_gunzip(blob, 1000));
    poly_blob_unref(&broken);
    poly_blob_unref(&packed);
    poly_blob_unref(&blob);
    free(bytes);
}
END_TEST

START_TEST(joins_members_and_refuses_what_trails)
{
    poly_blob *blob = make_text(300), *packed = poly_blob_gzip(blob, 6), *twice, *trailed, *back;
    poly_strbuf both;

    poly_strbuf_init(&both, 10000);
    ck_assert(poly_strbuf_append(&both, packed->data, packed->size));
    ck_assert(poly_strbuf_append(&both, packed->data, packed->size));
    twice = poly_blob_create(both.data, both.size);
    ck_assert(poly_strbuf_append_text(&both, "junk"));
    trailed = poly_blob_from_strbuf(&both);
    back = poly_blob_gunzip(twice, 600);
    ck_assert_ptr_nonnull(back);
    ck_assert_uint_eq(back->size, 600);
    ck_assert_mem_eq(back->data + 300, blob->data, 300);
    ck_assert_ptr_null(poly_blob_gunzip(trailed, 10000));
    poly_blob_unref(&back);
    poly_blob_unref(&trailed);
    poly_blob_unref(&twice);
    poly_blob_unref(&packed);
    poly_blob_unref(&blob);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gzip");
    TCase *tests = tcase_create("gzip");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, unpacks_what_it_packed);
    tcase_add_test(tests, takes_incompressible_bytes);
    tcase_add_test(tests, compresses);
    tcase_add_test(tests, stops_at_the_maximum);
    tcase_add_test(tests, refuses_every_truncation);
    tcase_add_test(tests, refuses_a_wrong_checksum_and_other_formats);
    tcase_add_test(tests, joins_members_and_refuses_what_trails);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

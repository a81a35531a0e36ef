/* SPDX-License-Identifier: MIT */
#include "poly/crypto.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "poly/random.h"

static const char *hex(const uint8_t *bytes, size_t size)
{
    static char text[129];

    poly_hex_encode(bytes, size, text);
    return text;
}

/* FIPS 180-4's example. */
START_TEST(sha256_is_the_standards)
{
    uint8_t hash[POLY_SHA256_SIZE];

    poly_sha256("abc", 3, hash);
    ck_assert_str_eq(hex(hash, sizeof(hash)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    poly_sha256("", 0, hash);
    ck_assert_str_eq(hex(hash, sizeof(hash)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(sha256_of_pieces_is_that_of_the_whole)
{
    uint8_t whole[POLY_SHA256_SIZE], pieces[POLY_SHA256_SIZE];
    char text[1000];
    poly_sha256_stream *stream = poly_sha256_begin();

    memset(text, 'x', sizeof(text));
    poly_sha256(text, sizeof(text), whole);
    for (size_t at = 0, size = 0; at < sizeof(text); at += size, size++) {
        size = size < sizeof(text) - at ? size : sizeof(text) - at;
        poly_sha256_add(stream, text + at, size);
    }
    poly_sha256_end(&stream, pieces);
    ck_assert_mem_eq(pieces, whole, sizeof(whole));
    ck_assert_ptr_null(stream);
    poly_sha256_end(&stream, NULL);
    stream = poly_sha256_begin();
    poly_sha256_end(&stream, NULL);
}
END_TEST

/* RFC 4231, test cases 2 (a short key) and 6 (one longer than a block). */
START_TEST(hmac_is_the_standards)
{
    uint8_t mac[POLY_SHA256_SIZE];
    char key[131];

    poly_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
    ck_assert_str_eq(hex(mac, sizeof(mac)), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    poly_hmac_sha256(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54, mac);
    ck_assert_str_eq(hex(mac, sizeof(mac)), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
END_TEST

START_TEST(what_was_sealed_opens_under_its_key_only)
{
    uint8_t key[POLY_SEAL_KEY_SIZE], other[POLY_SEAL_KEY_SIZE];
    uint8_t sealed[5 + POLY_SEAL_OVERHEAD], again[5 + POLY_SEAL_OVERHEAD];
    char opened[6] = {0};

    poly_random_bytes(key, sizeof(key));
    poly_random_bytes(other, sizeof(other));
    poly_seal(key, "hello", 5, sealed);
    poly_seal(key, "hello", 5, again);
    ck_assert_int_ne(memcmp(sealed, again, sizeof(sealed)), 0);
    ck_assert(poly_unseal(key, sealed, sizeof(sealed), opened));
    ck_assert_str_eq(opened, "hello");
    ck_assert(!poly_unseal(other, sealed, sizeof(sealed), opened));
}
END_TEST

START_TEST(a_changed_seal_does_not_open)
{
    uint8_t key[POLY_SEAL_KEY_SIZE];
    uint8_t sealed[3 + POLY_SEAL_OVERHEAD];
    char opened[3];

    poly_random_bytes(key, sizeof(key));
    poly_seal(key, "abc", 3, sealed);
    for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!poly_unseal(key, sealed, sizeof(sealed), opened));
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < sizeof(sealed); size++)
        ck_assert(!poly_unseal(key, sealed, size, opened));
}
END_TEST

/* The flags of the mapping that has `address`, from /proc/self/smaps. */
static void read_flags(const void *address, char flags[512])
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false;
    unsigned long first, last;

    ck_assert_ptr_nonnull(maps);
    flags[0] = '\0';
    while (fgets(line, sizeof(line), maps)) {
        if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
            here = (unsigned long)address >= first && (unsigned long)address < last;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            memcpy(flags, line, sizeof(line));
    }
    fclose(maps);
}

START_TEST(guarded_memory_stays_out_of_swap_and_core_dumps)
{
    void *memory = poly_guarded_alloc(100);
    char flags[512];

    ck_assert_ptr_nonnull(memory);
    memset(memory, 7, 100);
    read_flags(memory, flags);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which leave mlock out */
    ck_assert_ptr_nonnull(strstr(flags, " lo"));                    /* locked */
#endif
    ck_assert_ptr_nonnull(strstr(flags, " dd")); /* not dumped */
    poly_guarded_free(&memory);
    ck_assert_ptr_null(memory);
    poly_guarded_free(&memory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crypto");
    TCase *tests = tcase_create("crypto");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, sha256_is_the_standards);
    tcase_add_test(tests, sha256_of_pieces_is_that_of_the_whole);
    tcase_add_test(tests, hmac_is_the_standards);
    tcase_add_test(tests, what_was_sealed_opens_under_its_key_only);
    tcase_add_test(tests, a_changed_seal_does_not_open);
    tcase_add_test(tests, guarded_memory_stays_out_of_swap_and_core_dumps);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

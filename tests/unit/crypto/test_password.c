/* SPDX-License-Identifier: MIT */
#include "poly/password.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const poly_password_cost usual = {0, 0};

START_TEST(a_password_is_right_for_its_own_hash)
{
    char hash[POLY_PASSWORD_HASH_SIZE], again[POLY_PASSWORD_HASH_SIZE];

    ck_assert_int_eq(poly_password_hash("Пароль, 8+ знаков", usual, hash), POLY_OK);
    ck_assert_int_eq(poly_password_hash("Пароль, 8+ знаков", usual, again), POLY_OK);
    ck_assert_str_ne(hash, again);
    ck_assert_int_eq(poly_password_check("Пароль, 8+ знаков", hash, usual), POLY_PASSWORD_RIGHT);
    ck_assert_int_eq(poly_password_check("Пароль, 8+ знака", hash, usual), POLY_PASSWORD_WRONG);
    ck_assert_int_eq(poly_password_check("", hash, usual), POLY_PASSWORD_WRONG);
}
END_TEST

START_TEST(the_cost_is_owasps)
{
    char hash[POLY_PASSWORD_HASH_SIZE];

    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OK);
    ck_assert_int_eq(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
}
END_TEST

/* In µs, the least of some. */
static int64_t cpu_of_check(const char *hash)
{
    int64_t least = INT64_MAX;

    for (int i = 0; i < 5; i++) {
        clock_t begun = clock();

        ck_assert_int_eq(poly_password_check("another password", hash, usual), POLY_PASSWORD_WRONG);
        if (clock() - begun < least)
            least = clock() - begun;
    }
    return least;
}

START_TEST(a_raised_cost_outdates_a_hash)
{
    char hash[POLY_PASSWORD_HASH_SIZE];

    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OK);
    ck_assert_int_eq(poly_password_check("a password", hash, (poly_password_cost){0, 3}), POLY_PASSWORD_OUTDATED);
    ck_assert_int_eq(poly_password_check("a password", hash, (poly_password_cost){32768, 0}), POLY_PASSWORD_OUTDATED);
    ck_assert_int_eq(poly_password_check("another", hash, (poly_password_cost){0, 3}), POLY_PASSWORD_WRONG);
}
END_TEST

/* jBCrypt's published vector, and one hash under the names that implementations give the algorithm. */
static const struct {
    const char *password, *hash;
} imported[] = {
    {"a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"},
    {"correct horse", "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"correct horse", "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    {"correct horse", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
};

START_TEST(bcrypt_verifies_and_is_outdated)
{
    ck_assert_int_eq(poly_password_check(imported[_i].password, imported[_i].hash, usual), POLY_PASSWORD_OUTDATED);
    ck_assert_int_eq(poly_password_check("wrong horse", imported[_i].hash, usual), POLY_PASSWORD_WRONG);
}
END_TEST

START_TEST(a_decoy_is_nobodys_and_costs_the_same)
{
    char decoy[POLY_PASSWORD_HASH_SIZE], hash[POLY_PASSWORD_HASH_SIZE];

    poly_password_decoy(usual, decoy);
    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OK);
    ck_assert_uint_eq(strlen(decoy), strlen(hash));
    ck_assert_int_eq(strncmp(decoy, hash, strlen("$argon2id$v=19$m=19456,t=2,p=1$")), 0);
    ck_assert_int_eq(poly_password_check("a password", decoy, usual), POLY_PASSWORD_WRONG);
    ck_assert_int_ge((int)(cpu_of_check(decoy) * 10 / cpu_of_check(hash)), 7);
}
END_TEST

/* The reference implementation's vector with two lanes, which crypto_pwhash cannot compute. */
START_TEST(another_argon2id_verifies_and_is_outdated)
{
    static const char hash[] = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";

    ck_assert_int_eq(poly_password_check("password", hash, usual), POLY_PASSWORD_OUTDATED);
    ck_assert_int_eq(poly_password_check("passwort", hash, usual), POLY_PASSWORD_WRONG);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(without_memory_no_password_is_called_wrong)
{
    char hash[POLY_PASSWORD_HASH_SIZE];
    struct rlimit before, little;

    if (getenv("POLY_WRAPPER"))
        return; /* valgrind needs more itself */
    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
    little = (struct rlimit){16 << 20, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &little), 0);
    ck_assert_int_eq(poly_password_check("a password", hash, usual), POLY_PASSWORD_FAILED);
    ck_assert_int_eq(poly_password_check("another", hash, usual), POLY_PASSWORD_FAILED);
    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OVERLOADED);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
}
END_TEST
#endif

START_TEST(what_is_no_hash_is_wrong)
{
    static const char *const hashes[] = {
        "",
        "$",
        "*",
        "a password",
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1$short$hash",
        "$2b$04$short",
        "$2b$99$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A",
    };

    ck_assert_int_eq(poly_password_check("a password", hashes[_i], usual), POLY_PASSWORD_WRONG);
}
END_TEST

START_TEST(a_digest_is_the_same_again_and_costs_what_a_hash_does)
{
    uint8_t first[POLY_PASSWORD_DIGEST_SIZE], other[POLY_PASSWORD_DIGEST_SIZE];
    char hash[POLY_PASSWORD_HASH_SIZE];
    poly_slice text = poly_slice_of("{\"password\":\"Пароль\"}"), salt = poly_slice_of("k");
    clock_t begun = clock(), taken;

    ck_assert_int_eq(poly_password_digest(text, salt, first), POLY_OK);
    taken = clock() - begun;
    ck_assert_int_eq(poly_password_digest(text, salt, other), POLY_OK);
    ck_assert_mem_eq(first, other, sizeof(first));
    ck_assert_int_eq(poly_password_digest(text, poly_slice_of(""), other), POLY_OK);
    ck_assert_mem_ne(first, other, sizeof(first));
    text.size--;
    ck_assert_int_eq(poly_password_digest(text, salt, other), POLY_OK);
    ck_assert_mem_ne(first, other, sizeof(first));
    ck_assert_int_eq(poly_password_hash("a password", usual, hash), POLY_OK);
    ck_assert_int_gt(taken * 1000000 / CLOCKS_PER_SEC, cpu_of_check(hash) / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("password");
    TCase *tests = tcase_create("password");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, a_password_is_right_for_its_own_hash);
    tcase_add_test(tests, the_cost_is_owasps);
    tcase_add_test(tests, a_raised_cost_outdates_a_hash);
    tcase_add_loop_test(tests, bcrypt_verifies_and_is_outdated, 0, POLY_LENGTH(imported));
    tcase_add_test(tests, a_decoy_is_nobodys_and_costs_the_same);
    tcase_add_test(tests, another_argon2id_verifies_and_is_outdated);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tests, without_memory_no_password_is_called_wrong);
#endif
    tcase_add_loop_test(tests, what_is_no_hash_is_wrong, 0, 10);
    tcase_add_test(tests, a_digest_is_the_same_again_and_costs_what_a_hash_does);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

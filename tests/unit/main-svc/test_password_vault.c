/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "password_vault.h"
#include "vault_record.h"

static poly_arena *arena;
static password_vault *vault;
static vault_credentials found;

static void open_vault(size_t capacity, unsigned seconds)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    vault = password_vault_create(
        &(password_vault_options){.capacity = capacity, .keep_seconds = seconds, .directory = ""}, &fault);
    ck_assert_msg(vault != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
}

static void set_up(void)
{
    arena = poly_arena_create(0);
    open_vault(3, 60);
}

static void tear_down(void)
{
    password_vault_destroy(&vault);
    poly_arena_destroy(&arena);
}

static poly_result get(const char *session)
{
    return password_vault_get(vault, session, arena, &found);
}

START_TEST(kept_and_removed)
{
    ck_assert_int_eq(get("one"), POLY_NOT_FOUND);
    ck_assert_int_eq(password_vault_put(vault, "one", "user", "пароль"), POLY_OK);
    ck_assert_int_eq(password_vault_put(vault, "two", "other", ""), POLY_OK);
    ck_assert_int_eq(get("one"), POLY_OK);
    ck_assert_str_eq(found.username, "user");
    ck_assert_str_eq(found.password, "пароль");
    ck_assert_int_eq(password_vault_put(vault, "one", "user", "new"), POLY_OK);
    ck_assert_uint_eq(password_vault_count(vault), 2);
    ck_assert_int_eq(get("one"), POLY_OK);
    ck_assert_str_eq(found.password, "new");
    ck_assert_int_eq(password_vault_remove(vault, "one"), POLY_OK);
    ck_assert_int_eq(password_vault_remove(vault, "one"), POLY_OK);
    ck_assert_int_eq(get("one"), POLY_NOT_FOUND);
    ck_assert_int_eq(get("two"), POLY_OK);
    ck_assert_uint_eq(password_vault_count(vault), 1);
}
END_TEST

START_TEST(the_oldest_gives_way)
{
    char name[16];

    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "s%d", i);
        ck_assert_int_eq(password_vault_put(vault, name, "u", name), POLY_OK);
        ck_assert_int_eq(get(name), POLY_OK);
        ck_assert_str_eq(found.password, name);
    }
    ck_assert_uint_eq(password_vault_count(vault), 3);
}
END_TEST

START_TEST(too_old)
{
    password_vault_destroy(&vault);
    open_vault(3, 0);
    ck_assert_int_eq(password_vault_put(vault, "one", "u", "p"), POLY_OK);
    ck_assert_int_eq(get("one"), POLY_NOT_FOUND);
    ck_assert_uint_eq(password_vault_count(vault), 1);
    ck_assert_int_eq(password_vault_sweep(vault), POLY_OK);
    ck_assert_uint_eq(password_vault_count(vault), 0);
}
END_TEST

START_TEST(too_long)
{
    char text[VAULT_PASSWORD_MAX + 2];

    memset(text, 'p', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(password_vault_put(vault, "one", "u", text), POLY_TOO_LARGE);
    text[VAULT_PASSWORD_MAX] = '\0';
    ck_assert_int_eq(password_vault_put(vault, "one", "u", text), POLY_OK);
    ck_assert_int_eq(password_vault_put(vault, "two", text, "p"), POLY_TOO_LARGE);
    ck_assert_int_eq(get("one"), POLY_OK);
    ck_assert_str_eq(found.password, text);
}
END_TEST

START_TEST(records_are_one_sessions)
{
    uint8_t key[POLY_SEAL_KEY_SIZE] = {1}, other[POLY_SEAL_KEY_SIZE] = {2}, sealed[VAULT_SEALED_SIZE];
    vault_id id, another;
    vault_record record, opened;

    vault_id_make(key, "one", &id);
    vault_id_make(key, "two", &another);
    ck_assert_int_ne(memcmp(&id, &another, sizeof(id)), 0);
    ck_assert(vault_record_fill(&record, &id, 7, "u", "p"));
    poly_seal(key, &record, sizeof(record), sealed);
    ck_assert(vault_record_open(key, sealed, &id, &opened));
    ck_assert_int_eq(opened.expires, 7);
    ck_assert(!vault_record_open(key, sealed, &another, &opened));
    ck_assert(!vault_record_open(other, sealed, &id, &opened));
    sealed[50] ^= 1;
    ck_assert(!vault_record_open(key, sealed, &id, &opened));
}
END_TEST

START_TEST(a_store_that_cannot_be)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    ck_assert_ptr_null(password_vault_create(
        &(password_vault_options){.capacity = 1, .keep_seconds = 1, .directory = "/nonexistent", .key = "k"}, &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "SESSION_STORE_DIR"));
    poly_strbuf_clear(&fault);
    ck_assert_ptr_null(password_vault_create(
        &(password_vault_options){.capacity = 1, .keep_seconds = 1, .directory = "/tmp", .key = ""}, &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "SESSION_STORE_KEY"));
    poly_strbuf_release(&fault);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("password_vault");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, kept_and_removed);
    tcase_add_test(tcase, the_oldest_gives_way);
    tcase_add_test(tcase, too_old);
    tcase_add_test(tcase, too_long);
    tcase_add_test(tcase, records_are_one_sessions);
    tcase_add_test(tcase, a_store_that_cannot_be);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

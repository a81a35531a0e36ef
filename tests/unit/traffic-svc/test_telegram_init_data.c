/* SPDX-License-Identifier: MIT */
/* The signatures were made by Python's hmac module, not by us. */
#include "telegram_init_data.h"

#include <string.h>

#include "suite.h"

#define TOKEN "7000000001:AAexampleTokenOfNobodysBot-000000000"
#define DATE  INT64_C(1800000000)
#define ANNA                                                                                                       \
    "%7B%22id%22%3A279058397%2C%22first_name%22%3A%22%D0%90%D0%BD%D0%BD%D0%B0%22%2C%22last_name%22%3A%22%22%2C%22" \
    "username%22%3A%22anna_i%22%2C%22language_code%22%3A%22ru%22%7D"
#define ANNA_HASH "75071907add7660fef19c28ec781801107d60b8a66aaef732945e03a49b8e53a"
#define QUERY     "query_id=AAHdF6IQAAAAAN0XohDhrOrc"
#define GENUINE   QUERY "&user=" ANNA "&auth_date=1800000000&hash=" ANNA_HASH
/* In the order of its own, with a field that Telegram has added since. */
#define WITH_SIGNATURE                                                     \
    "auth_date=1800000000&user=" ANNA "&signature=abc-_&chat_type=private" \
    "&hash=3617daaafb2fffa9ba4c46e74ee699ce6c7983ed0cda4172593055d90bad02f5"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static telegram_verdict check_at(const char *data, int64_t now, telegram_account *account)
{
    const telegram_rules rules = {.bot_token = TOKEN, .now = now, .max_age_seconds = 300};

    return telegram_check(poly_slice_of(data), &rules, arena, account);
}

static telegram_verdict check(const char *data)
{
    telegram_account account;

    return check_at(data, DATE, &account);
}

START_TEST(genuine_data_name_the_account)
{
    telegram_account account;

    ck_assert_int_eq(check_at(GENUINE, DATE + 5, &account), TELEGRAM_GENUINE);
    ck_assert_int_eq(account.id, 279058397);
    ck_assert_str_eq(account.username, "anna_i");
    ck_assert_int_eq(account.auth_date, DATE);
    ck_assert_int_eq(check_at(WITH_SIGNATURE, DATE, &account), TELEGRAM_GENUINE);
}
END_TEST

START_TEST(a_username_is_not_needed)
{
    telegram_account account;

    ck_assert_int_eq(check_at("auth_date=1800000000&user=%7B%22id%22%3A5%7D"
                              "&hash=91553564d206ab166205c886eb1c7102802e87e2ec6255ca1b554899c014356a",
                              DATE, &account),
                     TELEGRAM_GENUINE);
    ck_assert_int_eq(account.id, 5);
    ck_assert_ptr_null(account.username);
}
END_TEST

START_TEST(age_is_bounded_on_both_sides)
{
    telegram_account account;

    ck_assert_int_eq(check_at(GENUINE, DATE + 300, &account), TELEGRAM_GENUINE);
    ck_assert_int_eq(check_at(GENUINE, DATE + 301, &account), TELEGRAM_EXPIRED);
    ck_assert_int_eq(check_at(GENUINE, DATE + 3600, &account), TELEGRAM_EXPIRED);
    ck_assert_int_eq(check_at(GENUINE, DATE - TELEGRAM_SKEW_SECONDS, &account), TELEGRAM_GENUINE);
    ck_assert_int_eq(check_at(GENUINE, DATE - TELEGRAM_SKEW_SECONDS - 1, &account), TELEGRAM_FROM_FUTURE);
    ck_assert_int_eq(check_at(GENUINE, DATE - 3600, &account), TELEGRAM_FROM_FUTURE);
}
END_TEST

static const char *const forged[] = {
    /* another id, another date, another hash, a field more, a field less, a name in another case */
    QUERY "&user=%7B%22id%22%3A5%7D&auth_date=1800000000&hash=" ANNA_HASH,
    QUERY "&user=" ANNA "&auth_date=1800000001&hash=" ANNA_HASH,
    QUERY "&user=" ANNA "&auth_date=1800000000&hash=85071907add7660fef19c28ec781801107d60b8a66aaef732945e03a49b8e53a",
    QUERY "&user=" ANNA "&auth_date=1800000000&x=1&hash=" ANNA_HASH,
    "user=" ANNA "&auth_date=1800000000&hash=" ANNA_HASH,
    "Query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=" ANNA "&auth_date=1800000000&hash=" ANNA_HASH,
};

START_TEST(a_change_is_noticed)
{
    ck_assert_int_eq(check(forged[_i]), TELEGRAM_FORGED);
}
END_TEST

START_TEST(another_bots_token_does_not_do)
{
    const telegram_rules rules = {.bot_token = TOKEN "1", .now = DATE, .max_age_seconds = 300};
    telegram_account account;

    ck_assert_int_eq(telegram_check(poly_slice_of(GENUINE), &rules, arena, &account), TELEGRAM_FORGED);
}
END_TEST

static const char *const malformed[] = {
    "",
    "&",
    "hash=" ANNA_HASH,
    QUERY "&user=" ANNA "&auth_date=1800000000",
    GENUINE "&",
    "&" GENUINE,
    GENUINE "&hash=" ANNA_HASH,
    GENUINE "&auth_date=1800000000",
    GENUINE "&%61uth_date=1800000000",
    GENUINE "&novalue",
    GENUINE "&=value",
    GENUINE "&a=%",
    GENUINE "&a=%4",
    GENUINE "&a=%g0",
    GENUINE "&a=%00",
    GENUINE "&a=%0Auser=1",
    GENUINE "&a=%ff",
    GENUINE "&a%20b=1",
    "user=" ANNA "&auth_date=1800000000&hash=75071907ADD7660FEF19C28EC781801107D60B8A66AAEF732945E03A49B8E53A",
    "user=" ANNA "&auth_date=1800000000&hash=7507",
    "user=" ANNA "&auth_date=1800000000&hash=" ANNA_HASH "0",
};

START_TEST(malformed_data_are_refused)
{
    ck_assert_int_eq(check(malformed[_i]), TELEGRAM_MALFORMED);
}
END_TEST

/* Signed as it should be, but with a user or a date that cannot be. */
static const char *const unusable[] = {
    "auth_date=1800000000&user=%7B%22first_name%22%3A%22x%22%7D"
    "&hash=79fe0c1eb196eec5c345e1f48085362e15fdc96e35f6a9e8f565fd074dac0a64",
    "auth_date=1800000000&user=%7B%22id%22%3A%225%22%7D"
    "&hash=fcb9b73496afe3b4eb956d822122c523374afb1a03b3254f9d9a5aae8585ddf0",
    "auth_date=1800000000&user=%7B%22id%22%3A0%7D"
    "&hash=55816f4dd4ab08865bedae0679135a2d0ce7b9df28ee3490379710b2fded65af",
    "auth_date=1800000000&user=%7B%22id%22%3A-4%7D"
    "&hash=e7d0e4b99ebe800ccf994f1a3682f9a88396170f79ef8b674030691963640289",
    "auth_date=1800000000&user=%7B%22id%22%3A1.5%7D"
    "&hash=283d2150f31a8bef913a800e499d31f8212a2142e9a79bede99696bbb62a7e62",
    "auth_date=1800000000&user=%7B%22id%22%3A9007199254740992%7D"
    "&hash=720bbdddfbd792a913e8f12001afb100901f929aae836beb613f3c50cf34a325",
    "auth_date=1800000000&user=%5B5%5D"
    "&hash=22b00d2942ab6ba259950b2111420a65908d9be9987fa1a8edf98ba86c90cef3",
    "auth_date=1800000000&user=%7B%22id%22%3A5%2C%22id%22%3A6%7D"
    "&hash=32d2e614bcdcd870c324b4f2c258a6a01c66816dc923484b95d8c92fefdbca9a",
    "auth_date=1800000000&user=%7B%22id%22%3A5"
    "&hash=89d0dd5f23d816cb72d3af2882a06715257386a5f56758c18216ad573bfd8791",
    "auth_date=&user=%7B%22id%22%3A5%7D&hash=1db2c88530a20791c6c4ee06b87851a908cd9bb4f809d919df7b14f3007bd0be",
    "auth_date=1800000000%20&user=%7B%22id%22%3A5%7D"
    "&hash=6bf851f13bcc12dc330aeecd35f4c1f42d55fed3bc1478abb02df34579e4fb56",
    "auth_date=-1&user=%7B%22id%22%3A5%7D&hash=4c2a9907db38e731584609e61d49206b46239f6cde815963840f8a6f7792eacd",
    "auth_date=1e9&user=%7B%22id%22%3A5%7D&hash=a24603dd5d5ef765a0959328c416e739409ce3cc45fbd34440e8e5d2744ec50e",
    "auth_date=180000000000000&user=%7B%22id%22%3A5%7D"
    "&hash=62d7335cdb2261bc82539f041add83341c05e1d2fc2896cce7c52d11a7f6231c",
    "auth_date=0x10&user=%7B%22id%22%3A5%7D&hash=bc2a0587aca94b7c9fe07e5b31e061b117ecf53dba6f2308ba036dd5814776a8",
    "user=%7B%22id%22%3A5%7D&hash=317a6e8be980a455cf306199825cb5382d7ec4725921cb4bbebbef68d7a23083",
    "auth_date=1800000000&hash=ff8c9c26e7ebe55384ac24efd94a753b726953c2b43fa3e00b19bb1393987f65",
};

START_TEST(signed_nonsense_is_refused)
{
    ck_assert_int_eq(check(unusable[_i]), TELEGRAM_MALFORMED);
}
END_TEST

START_TEST(size_and_fields_are_bounded)
{
    char *data = poly_arena_alloc_zero(arena, 1, 2 * TELEGRAM_INIT_DATA_MAX);

    strcpy(data, GENUINE);
    for (unsigned i = 0; i < TELEGRAM_FIELDS_MAX - 3; i++)
        strcat(data, poly_arena_printf(arena, "&f%u=1", i));
    ck_assert_int_eq(check(data), TELEGRAM_FORGED);
    strcat(data, "&g=1");
    ck_assert_int_eq(check(data), TELEGRAM_MALFORMED);

    strcpy(data, GENUINE "&a=");
    memset(data + strlen(data), 'a', TELEGRAM_INIT_DATA_MAX - strlen(data));
    ck_assert_int_eq(check(data), TELEGRAM_FORGED);
    strcat(data, "a");
    ck_assert_int_eq(check(data), TELEGRAM_MALFORMED);
}
END_TEST

START_TEST(verdicts_have_names)
{
    for (int verdict = TELEGRAM_GENUINE; verdict <= TELEGRAM_FROM_FUTURE; verdict++)
        ck_assert_uint_gt(strlen(telegram_verdict_name((telegram_verdict)verdict)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/telegram_init_data");
    TCase *tests = add_case(suite, "data");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, genuine_data_name_the_account);
    tcase_add_test(tests, a_username_is_not_needed);
    tcase_add_test(tests, age_is_bounded_on_both_sides);
    tcase_add_loop_test(tests, a_change_is_noticed, 0, POLY_LENGTH(forged));
    tcase_add_test(tests, another_bots_token_does_not_do);
    tcase_add_loop_test(tests, malformed_data_are_refused, 0, POLY_LENGTH(malformed));
    tcase_add_loop_test(tests, signed_nonsense_is_refused, 0, POLY_LENGTH(unusable));
    tcase_add_test(tests, size_and_fields_are_bounded);
    tcase_add_test(tests, verdicts_have_names);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "sync_report.h"

#include <string.h>

#include "suite.h"

static poly_arena *arena;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

START_TEST(figures_are_written)
{
    const sync_stats stats = {.fetched = 9,
                              .created_local = 4,
                              .updated_local = 3,
                              .removed_local = 2,
                              .created_or_linked_sso = 7,
                              .skipped = 1};

    ck_assert_str_eq(sync_stats_write(&stats, arena),
                     "{\"fetched\":9,\"created_local\":4,\"updated_local\":3,\"removed_local\":2,"
                     "\"created_or_linked_sso\":7,\"skipped\":1,\"failed\":0,\"failed_sample\":[]}");
}
END_TEST

START_TEST(the_first_failures_are_named_and_all_are_counted)
{
    sync_stats stats = {0};
    poly_json *document;
    const char *text;

    for (int i = 1; i <= 2 * SYNC_SAMPLE_MAX; i++)
        sync_stats_note_failure(&stats, &(sync_failure){.entity_id = "e",
                                                        .ruz_teacher_id = i == 1 ? 0 : i,
                                                        .full_name = "Иванов \"И\"",
                                                        .code = "entity_conflict",
                                                        .detail = "…"});
    text = sync_stats_write(&stats, arena);
    ck_assert_int_eq(poly_json_parse(text, strlen(text), NULL, &document, NULL), POLY_OK);
    ck_assert_uint_eq(poly_json_count(poly_json_get(document, "failed_sample")), SYNC_SAMPLE_MAX);
    ck_assert_ptr_nonnull(strstr(text, "\"failed\":20"));
    ck_assert_ptr_nonnull(strstr(text, "\"ruz_teacher_id\":null"));
    ck_assert_ptr_nonnull(strstr(text, "\"ruz_teacher_id\":10,"));
    ck_assert_ptr_null(strstr(text, "\"ruz_teacher_id\":11,"));
    poly_json_destroy(&document);
}
END_TEST

START_TEST(every_failure_has_its_words)
{
    static const sync_step steps[] = {SYNC_READING_SOURCE, SYNC_IN_DATABASE, SYNC_TELLING_SSO};

    for (size_t i = 0; i < POLY_LENGTH(steps); i++)
        for (int result = POLY_NOT_FOUND; result <= POLY_IO; result++) {
            poly_message message = sync_say_failure(steps[i], (poly_result)result);

            ck_assert(*message.ru && *message.en);
        }
    ck_assert_str_ne(sync_say_failure(SYNC_READING_SOURCE, POLY_TIMEOUT).en,
                     sync_say_failure(SYNC_READING_SOURCE, POLY_BAD_ANSWER).en);
    ck_assert_str_ne(sync_say_failure(SYNC_TELLING_SSO, POLY_TIMEOUT).en,
                     sync_say_failure(SYNC_TELLING_SSO, POLY_REJECTED).en);
}
END_TEST

START_TEST(a_list_that_is_not_believed_is_told_why)
{
    const sync_plan empty = {.verdict = SYNC_SOURCE_EMPTY};
    const sync_plan few = {.verdict = SYNC_TOO_MANY_GONE, .active = 4000, .gone = 401};

    ck_assert_ptr_nonnull(strstr(sync_say_verdict(&empty, 10, arena).ru, "пуст"));
    ck_assert_ptr_nonnull(strstr(sync_say_verdict(&few, 10, arena).ru, "нет 401 из 4000"));
    ck_assert_ptr_nonnull(strstr(sync_say_verdict(&few, 10, arena).en, "401 of 4000 active teachers, more than 10 %"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traffic-svc/sync_report");
    TCase *tests = add_case(suite, "reports");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, figures_are_written);
    tcase_add_test(tests, the_first_failures_are_named_and_all_are_counted);
    tcase_add_test(tests, every_failure_has_its_words);
    tcase_add_test(tests, a_list_that_is_not_believed_is_told_why);
    return run_suite(suite);
}

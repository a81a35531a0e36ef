/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64];
static poly_strbuf fault;

static void set_up(void)
{
    snprintf(directory, sizeof(directory), "/tmp/campus-replay-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    poly_strbuf_init(&fault, 4096);
}

static void remove_file(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    unlink(path);
}

static void tear_down(void)
{
    remove_file("index.tsv");
    remove_file("one.json");
    rmdir(directory);
    poly_strbuf_release(&fault);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

static void check_refused(const char *index, const char *reason)
{
    write_file("index.tsv", index);
    poly_strbuf_clear(&fault);
    ck_assert_ptr_null(replay_load(directory, "/base", &fault));
    ck_assert_msg(strstr(poly_strbuf_text(&fault), reason) != NULL, "%s", poly_strbuf_text(&fault));
}

START_TEST(loads_what_the_index_lists)
{
    const answer_key week = {"/base/scheduler/1", NULL, 18764}; /* Monday 2021-05-17 */
    const answer_key list = {"/base/faculties", NULL, 18764};
    const answer_key other = {"/base/teachers", NULL, 18764};
    answer_book *book;
    poly_blob *body = NULL;
    int status = 0;

    write_file("one.json", "{\"a\": 1}\n");
    write_file("index.tsv", "/scheduler/1?date=2021-05-19\tone.json\r\n\n/faculties\tone.json");
    book = replay_load(directory, "/base", &fault);
    ck_assert_msg(book != NULL, "%s", poly_strbuf_text(&fault));
    ck_assert(answer_book_find(book, &week, &status, &body));
    ck_assert_str_eq(body->data, "{\"a\": 1}\n");
    poly_blob_unref(&body);
    ck_assert(answer_book_find(book, &list, &status, &body));
    poly_blob_unref(&body);
    ck_assert(!answer_book_find(book, &other, &status, &body));
    answer_book_destroy(&book);
}
END_TEST

START_TEST(says_what_is_wrong)
{
    write_file("one.json", "{}");
    check_refused("/faculties one.json\n", "no tab");
    check_refused("/faculties\tabsent.json\n", "absent.json");
    check_refused("/faculties?page=1\tone.json\n", "/faculties?page=1");
    remove_file("index.tsv");
    poly_strbuf_clear(&fault);
    ck_assert_ptr_null(replay_load(directory, "/base", &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "index.tsv"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("campus replay");
    TCase *tcase = tcase_create("replay");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, loads_what_the_index_lists);
    tcase_add_test(tcase, says_what_is_wrong);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

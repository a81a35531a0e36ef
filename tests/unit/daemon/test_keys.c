/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "poly/key_set.h"

#include <ftw.h>
#include <stddef.h>
#include <sys/stat.h>

struct config {
    poly_common_config common;
    const char *signing_keys_dir;
};

static struct config config;
static const poly_config_variable variables[] = {
    {.name = "SIGNING_KEYS_DIR",
     .type = POLY_CONFIG_TEXT,
     .offset = offsetof(struct config, signing_keys_dir),
     .help = "the keys"},
    {.name = NULL},
};
static const poly_route *const routes[] = {NULL};

static void *start(poly_runtime *runtime, const void *configuration, poly_strbuf *fault)
{
    (void)runtime;
    (void)fault;
    return (void *)(uintptr_t)configuration;
}

static const poly_daemon keeper = {
    .name = "keeper",
    .summary = "keeps keys",
    .default_listen = "127.0.0.1:0",
    .variables = variables,
    .config = &config,
    .routes = routes,
    .start = start,
    .signing_keys_dir = &config.signing_keys_dir,
};

static char place[64];

static void make_place(void)
{
    snprintf(place, sizeof(place), "/tmp/poly-test-keys-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    setenv("SIGNING_KEYS_DIR", place, 1);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_place(void)
{
    nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The id that "added ID, …" names. */
static const char *added(char id[POLY_KEY_ID_SIZE])
{
    ck_assert_int_eq(strncmp(run.out_text, "added ", 6), 0);
    snprintf(id, POLY_KEY_ID_SIZE, "%.*s", (int)strcspn(run.out_text + 6, ","), run.out_text + 6);
    return id;
}

static bool has_line(const char *id, const char *use)
{
    const char *line = strstr(run.out_text, id);

    return line && memmem(line, strcspn(line, "\n"), use, strlen(use));
}

START_TEST(keys_come_and_go)
{
    char first[POLY_KEY_ID_SIZE], second[POLY_KEY_ID_SIZE];
    char words[128];

    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, ", the first key, which signs at once\n"));
    added(first);
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, ", which is published now and signs in 30 s\n"));
    added(second);
    ck_assert_str_eq(run.err_text, "");

    ck_assert_int_eq(run_words(&keeper, "keys list"), 0);
    ck_assert_int_eq(strncmp(run.out_text, "KID ", 4), 0);
    ck_assert(has_line(first, "Z signs"));
    ck_assert(has_line(second, "Z is published and will sign"));
    ck_assert(strstr(run.out_text, first) < strstr(run.out_text, second));
    ck_assert_str_eq(run.err_text, "");

    snprintf(words, sizeof(words), "keys retire %s", first);
    ck_assert_int_eq(run_words(&keeper, words), 0);
    ck_assert_int_eq(strncmp(run.out_text, "retired ", 8), 0);
    ck_assert_int_eq(run_words(&keeper, "keys list"), 0);
    ck_assert_ptr_null(strstr(run.out_text, first));
    ck_assert(has_line(second, "Z signs"));
}
END_TEST

START_TEST(an_old_key_verifies)
{
    static const char old[] = "20200101T000000Z-00000000";
    char young[POLY_KEY_ID_SIZE], path[160], renamed[160];

    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    added(young);
    snprintf(path, sizeof(path), "%s/%s.pem", place, young);
    snprintf(renamed, sizeof(renamed), "%s/%s.pem", place, old);
    ck_assert_int_eq(rename(path, renamed), 0);
    snprintf(renamed, sizeof(renamed), "%s/imported.pem", place);
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    snprintf(path, sizeof(path), "%s/%s.pem", place, added(young));
    ck_assert_int_eq(rename(path, renamed), 0);
    ck_assert_int_eq(run_words(&keeper, "keys list"), 0);
    ck_assert(has_line("imported", "unknown              verifies what it signed"));
    ck_assert(has_line(old, "2020-01-01T00:00:00Z signs"));
}
END_TEST

START_TEST(says_what_is_wrong)
{
    char only[POLY_KEY_ID_SIZE];
    char words[128];

    ck_assert_int_eq(run_words(&keeper, "keys list"), 1);
    ck_assert_ptr_nonnull(strstr(run.err_text, "the signing keys of keeper cannot be read: "));
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    snprintf(words, sizeof(words), "keys retire %s", added(only));
    ck_assert_int_eq(run_words(&keeper, words), 1);
    ck_assert_str_eq(
        run.err_text,
        "cannot retire that key: it is the newest one; rotate first, so that another can take its place\n");
    ck_assert_int_eq(run_words(&keeper, "keys retire nobody"), 1);
    ck_assert_str_eq(run.err_text, "cannot retire that key: there is no such key\n");
    ck_assert_int_eq(run_words(&keeper, "keys retire ../nobody"), 1);
    ck_assert_int_eq(chmod(place, 0777), 0);
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 1);
    ck_assert_ptr_nonnull(strstr(run.err_text, "may be written to by everybody"));
    setenv("SIGNING_KEYS_DIR", "/nonexistent", 1);
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 1);
    ck_assert_ptr_nonnull(strstr(run.err_text, "No such file or directory"));
}
END_TEST

START_TEST(a_directory_can_be_full)
{
    for (int i = 0; i < POLY_KEYS_MAX; i++)
        ck_assert_int_eq(run_words(&keeper, "keys rotate"), 0);
    ck_assert_int_eq(run_words(&keeper, "keys rotate"), 1);
    ck_assert_str_eq(run.err_text,
                     "cannot add a key: the directory is full; retire one whose tokens have all expired\n");
}
END_TEST

START_TEST(usage)
{
    ck_assert_int_eq(run_words(&keeper, "--help"), 0);
    ck_assert_ptr_nonnull(strstr(run.out_text, "\n  keys list "));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\n  keys rotate "));
    ck_assert_ptr_nonnull(strstr(run.out_text, "\n  keys retire KID  "));
    ck_assert_ptr_null(strstr(run.out_text, "migrate"));
    ck_assert_int_eq(run_words(&keeper, "keys"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "unknown command \"keys\"\n"));
    ck_assert_int_eq(run_words(&keeper, "keys burn"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "unknown command \"keys burn\"\n"));
    ck_assert_int_eq(run_words(&keeper, "keys retire"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "\"keys retire\" takes one argument, KID\n"));
    ck_assert_int_eq(run_words(&keeper, "keys retire a b"), 2);
    ck_assert_int_eq(run_words(&keeper, "keys list all"), 2);
    ck_assert_ptr_nonnull(strstr(run.err_text, "\"keys list\" takes no arguments\n"));
    unsetenv("SIGNING_KEYS_DIR");
    ck_assert_int_eq(run_words(&keeper, "keys list"), 2);
    ck_assert_str_eq(run.err_text, "SIGNING_KEYS_DIR is required: the keys\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tests = tcase_create("keys");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, make_place, remove_place);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, keys_come_and_go);
    tcase_add_test(tests, an_old_key_verifies);
    tcase_add_test(tests, says_what_is_wrong);
    tcase_add_test(tests, a_directory_can_be_full);
    tcase_add_test(tests, usage);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

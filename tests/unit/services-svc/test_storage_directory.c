/* SPDX-License-Identifier: MIT */
#include "storage_directory.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "on_fiber.h"
#include "poly/random.h"

#include "suite.h"

static char place[64];
static storage *store;
static unsigned files;

static void set_up(void)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    snprintf(place, sizeof(place), "/tmp/storage.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    store = storage_directory_create(place, &fault);
    ck_assert_msg(store != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
}

static int remove_it(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status, (void)kind, (void)at;
    return remove(path);
}

static int count_it(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)path, (void)status, (void)at;
    files += kind == FTW_F;
    return 0;
}

static unsigned count_files(void)
{
    files = 0;
    nftw(place, count_it, 8, FTW_PHYS);
    return files;
}

static void tear_down(void)
{
    storage_destroy(&store);
    nftw(place, remove_it, 8, FTW_DEPTH | FTW_PHYS);
}

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%.2s/%s", place, name, name);
}

/* --- a file comes and goes --- */

struct story {
    poly_result results[8];
    storage_file file;
    uint64_t size;
    size_t got;
    char text[64];
    unsigned count[4];
    int64_t removed;
    storage_names names;
    size_t found;
};

static void write_and_read(void *argument)
{
    struct story *story = argument;
    storage_upload *upload;
    storage_reader *reader;

    story->results[0] = storage_begin(store, &upload);
    story->results[1] = storage_write(upload, "hello ", 6);
    story->results[2] = storage_write(upload, "world", 5);
    story->results[3] = storage_finish(&upload, &story->file);
    story->results[4] = storage_open(store, story->file.name, &reader, &story->size);
    story->results[5] = storage_read(reader, 6, story->text, sizeof(story->text) - 1, &story->got);
    storage_close(&reader);
    story->count[0] = count_files();
    story->results[6] = storage_remove(store, story->file.name);
    story->results[7] = storage_remove(store, story->file.name);
}

START_TEST(keeps_what_it_was_given)
{
    struct story story = {0};
    uint8_t expected[POLY_SHA256_SIZE];

    on_fiber(write_and_read, &story);
    for (size_t i = 0; i < POLY_LENGTH(story.results); i++)
        ck_assert_int_eq(story.results[i], POLY_OK);
    poly_sha256("hello world", 11, expected);
    ck_assert_mem_eq(story.file.sha256, expected, sizeof(expected));
    ck_assert_uint_eq(story.file.size, 11);
    ck_assert_uint_eq(story.size, 11);
    ck_assert_uint_eq(story.got, 5);
    ck_assert_str_eq(story.text, "world");
    ck_assert(storage_name_is_valid(story.file.name));
    ck_assert_uint_eq(story.count[0], 1);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static void begin_and_abandon(void *argument)
{
    struct story *story = argument;
    storage_upload *upload;

    story->results[0] = storage_begin(store, &upload);
    story->results[1] = storage_write(upload, "x", 1);
    story->count[0] = count_files();
    storage_abandon(&upload);
    storage_abandon(&upload);
}

START_TEST(leaves_nothing_of_what_is_abandoned)
{
    struct story story = {0};

    on_fiber(begin_and_abandon, &story);
    ck_assert_int_eq(story.results[0], POLY_OK);
    ck_assert_int_eq(story.results[1], POLY_OK);
    ck_assert_uint_eq(story.count[0], 1);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* --- names --- */

static const char *const foreign_names[] = {
    "../../../../../../../etc/passwd",
    "0123456789abcdef0123456789abcde/",
    "0123456789ABCDEF0123456789ABCDEF",
    "0123456789abcdef0123456789abcdef0",
    "",
    "..",
};

static void open_foreign(void *argument)
{
    poly_result *results = argument;

    for (size_t i = 0; i < POLY_LENGTH(foreign_names); i++) {
        storage_reader *reader;
        uint64_t size;

        results[i] = storage_open(store, foreign_names[i], &reader, &size);
    }
}

START_TEST(opens_nothing_that_it_has_not_named)
{
    poly_result results[POLY_LENGTH(foreign_names)];

    on_fiber(open_foreign, results);
    for (size_t i = 0; i < POLY_LENGTH(results); i++)
        ck_assert_int_eq(results[i], POLY_NOT_FOUND);
}
END_TEST

static void open_linked(void *argument)
{
    storage_reader *reader;
    uint64_t size;

    *(poly_result *)argument = storage_open(store, "ab000000000000000000000000000000", &reader, &size);
}

START_TEST(follows_no_link)
{
    char path[128];
    poly_result result = POLY_OK;

    path_of("ab000000000000000000000000000000", path);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    on_fiber(open_linked, &result);
    ck_assert_int_eq(result, POLY_IO);
}
END_TEST

/* --- what was left --- */

static void make_file(const char *path, int64_t age)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    const struct timespec old[2] = {{.tv_sec = time(NULL) - age}, {.tv_sec = time(NULL) - age}};

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(futimens(fd, old), 0);
    close(fd);
}

static void sweep_and_walk(void *argument)
{
    struct story *story = argument;
    storage_walk *walk;

    story->results[0] = storage_sweep(store, 3600, &story->removed);
    story->results[1] = storage_walk_begin(store, 0xab, 3600, &walk);
    story->results[2] = storage_walk_next(walk, story->names, &story->found);
    story->results[3] = storage_walk_next(walk, story->names, &story->got);
    storage_walk_end(&walk);
}

START_TEST(finds_what_is_old)
{
    struct story *story = calloc(1, sizeof(*story));
    char path[128];

    snprintf(path, sizeof(path), "%s/incoming/00000000000000000000000000000001", place);
    make_file(path, 4000);
    snprintf(path, sizeof(path), "%s/incoming/00000000000000000000000000000002", place);
    make_file(path, 10);
    path_of("ab000000000000000000000000000001", path);
    make_file(path, 4000);
    path_of("ab000000000000000000000000000002", path);
    make_file(path, 10);
    snprintf(path, sizeof(path), "%s/ab/not-ours", place);
    make_file(path, 4000);
    on_fiber(sweep_and_walk, story);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(story->results[i], POLY_OK);
    ck_assert_int_eq(story->removed, 1);
    ck_assert_uint_eq(story->found, 1);
    ck_assert_str_eq(story->names[0], "ab000000000000000000000000000001");
    ck_assert_uint_eq(story->got, 0);
    ck_assert_uint_eq(count_files(), 4);
    free(story);
}
END_TEST

/* --- where it cannot write --- */

static void begin_only(void *argument)
{
    storage_upload *upload;

    *(poly_result *)argument = storage_begin(store, &upload);
}

START_TEST(says_that_it_cannot_write)
{
    poly_result result = POLY_OK;
    char path[128];

    snprintf(path, sizeof(path), "%s/incoming", place);
    ck_assert_int_eq(rmdir(path), 0);
    on_fiber(begin_only, &result);
    ck_assert_int_eq(result, POLY_IO);
}
END_TEST

/* The shelf is not there; what was written is not left either. */
static void finish_without_shelf(void *argument)
{
    struct story *story = argument;
    storage_upload *upload;
    char path[128];

    story->results[0] = storage_begin(store, &upload);
    story->results[1] = storage_write(upload, "x", 1);
    for (unsigned shelf = 0; shelf < store->shelves; shelf++) {
        snprintf(path, sizeof(path), "%s/%02x", place, shelf);
        rmdir(path);
    }
    story->results[2] = storage_finish(&upload, &story->file);
    story->count[0] = upload != NULL;
}

START_TEST(what_cannot_be_finished_is_gone)
{
    struct story story = {0};

    on_fiber(finish_without_shelf, &story);
    ck_assert_int_eq(story.results[0], POLY_OK);
    ck_assert_int_eq(story.results[1], POLY_OK);
    ck_assert_int_eq(story.results[2], POLY_IO);
    ck_assert_uint_eq(story.count[0], 0);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

/* As on a full disk: a part is taken, then no more. */
static void write_too_much(void *argument)
{
    struct story *story = argument;
    storage_upload *upload;
    static const char bytes[5000];

    story->results[0] = storage_begin(store, &upload);
    story->results[1] = storage_write(upload, bytes, 4000);
    story->results[2] = storage_write(upload, bytes, sizeof(bytes));
    storage_abandon(&upload);
}

START_TEST(what_the_disk_does_not_take_is_told)
{
    const struct rlimit limit = {6000, RLIM_INFINITY};
    struct story story = {0};

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    on_fiber(write_too_much, &story);
    ck_assert_int_eq(story.results[0], POLY_OK);
    ck_assert_int_eq(story.results[1], POLY_OK);
    ck_assert_int_eq(story.results[2], POLY_IO);
    ck_assert_uint_eq(count_files(), 0);
}
END_TEST

static void sweep_and_walk_nothing(void *argument)
{
    struct story *story = argument;
    storage_walk *walk = NULL;

    story->results[0] = storage_sweep(store, 3600, &story->removed);
    story->results[1] = storage_walk_begin(store, 0xab, 3600, &walk);
    story->count[0] = walk != NULL;
}

START_TEST(a_shelf_that_is_gone_is_an_error)
{
    struct story story = {.removed = 1};
    char path[128];

    snprintf(path, sizeof(path), "%s/incoming", place);
    ck_assert_int_eq(rmdir(path), 0);
    snprintf(path, sizeof(path), "%s/ab", place);
    ck_assert_int_eq(rmdir(path), 0);
    on_fiber(sweep_and_walk_nothing, &story);
    ck_assert_int_eq(story.results[0], POLY_IO);
    ck_assert_int_eq(story.removed, 0);
    ck_assert_int_eq(story.results[1], POLY_IO);
    ck_assert_uint_eq(story.count[0], 0);
}
END_TEST

START_TEST(needs_a_directory)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 256);
    ck_assert_ptr_null(storage_directory_create("/proc/nowhere/at/all", &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "/proc/nowhere/at/all"));
    poly_strbuf_release(&fault);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage_directory");
    TCase *tests = add_case(suite, "storage_directory");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, keeps_what_it_was_given);
    tcase_add_test(tests, leaves_nothing_of_what_is_abandoned);
    tcase_add_test(tests, opens_nothing_that_it_has_not_named);
    tcase_add_test(tests, follows_no_link);
    tcase_add_test(tests, finds_what_is_old);
    tcase_add_test(tests, says_that_it_cannot_write);
    tcase_add_test(tests, what_cannot_be_finished_is_gone);
    tcase_add_test(tests, what_the_disk_does_not_take_is_told);
    tcase_add_test(tests, a_shelf_that_is_gone_is_an_error);
    tcase_add_test(tests, needs_a_directory);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poly/log.h"
#include "snapshot.h"
#include "snapshot_file.h"

#define ENTRIES 300u

static char directory[64], path[128], partial[128];

/* A cache and a log with a snapshot of them; each test makes one to save and another one to load. */
struct state {
    answer_cache *cache;
    change_log *changes;
    snapshot *snapshot;
};

static poly_result load(void *context, const resource_key *key, poly_strbuf *json)
{
    (void)context;
    (void)key;
    (void)json;
    return POLY_UNAVAILABLE;
}

static uint64_t fresh_for(void *context, const resource_key *key)
{
    (void)context;
    (void)key;
    return POLY_SECONDS(60);
}

static void open_state(struct state *state)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 1024);
    state->cache = cache_create(&(cache_options){
        .max_bytes = (size_t)64 << 20, .load = load, .fresh_for = fresh_for, .stale_if_error = POLY_SECONDS(100000)});
    state->changes = change_log_create(NULL);
    state->snapshot = snapshot_create(
        &(snapshot_options){
            .directory = directory, .interval = POLY_SECONDS(60), .cache = state->cache, .changes = state->changes},
        &fault);
    ck_assert_msg(state->snapshot != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
}

static void close_state(struct state *state)
{
    snapshot_destroy(&state->snapshot);
    change_log_destroy(&state->changes);
    cache_destroy(&state->cache);
}

static void add_entry(answer_cache *cache, unsigned id, int64_t age_seconds)
{
    char text[32];
    int64_t now = cache_clock(cache);
    poly_blob *plain;
    cache_item item;

    snprintf(text, sizeof(text), "{\"id\":%u}", id);
    plain = poly_blob_create(text, strlen(text));
    item = (cache_item){
        .key = resource_week(TIMETABLE_ROOM, id, 25, (poly_date){2026, 9, 7}),
        .gzip = poly_blob_gzip(plain, 6),
        .identity_size = (uint32_t)plain->size,
        .fetched_at = now - age_seconds * (int64_t)POLY_SECONDS(1),
        .fresh_until = now,
        .asked_at = id % 2 ? now : INT64_MIN,
        .modified = 1700000000 + id,
    };
    snprintf(item.etag, sizeof(item.etag), "%016x", id);
    cache_restore(cache, &item);
    poly_blob_unref(&item.gzip);
    poly_blob_unref(&plain);
}

static void add_change(change_log *changes)
{
    poly_lesson lesson = {.time_start = 600,
                          .time_end = 700,
                          .subject = "Физика",
                          .subject_short = "",
                          .type_abbr = "",
                          .type_name = "",
                          .additional_info = "",
                          .webinar_url = "",
                          .lms_url = ""};
    week_change change = {.kind = CHANGE_ADDED, .after_date = {2026, 9, 8}, .after = &lesson};
    change_source source = {.kind = TIMETABLE_GROUP, .id = 7, .name = "5130904/20102"};

    ck_assert_uint_eq(change_log_add(changes, &source, &change, 1, 1790000000), 1);
}

static void save_some(void)
{
    struct state state;

    open_state(&state);
    for (unsigned id = 1; id <= ENTRIES; id++)
        add_entry(state.cache, id, id);
    add_change(state.changes);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK);
    close_state(&state);
}

struct sight {
    answer_cache *cache;
    unsigned count, wrong;
};

static void look(void *argument, const cache_item *item)
{
    struct sight *sight = argument;
    int64_t age = (cache_clock(sight->cache) - item->fetched_at) / (int64_t)POLY_SECONDS(1);
    char text[32], etag[CACHE_ETAG_SIZE];
    poly_blob *plain = poly_blob_gunzip(item->gzip, item->identity_size);
    resource_key key = resource_week(TIMETABLE_ROOM, item->key.id, 25, (poly_date){2026, 9, 7});

    snprintf(text, sizeof(text), "{\"id\":%u}", item->key.id);
    snprintf(etag, sizeof(etag), "%016x", item->key.id);
    sight->count++;
    sight->wrong += !plain || strcmp(plain->data, text) != 0 || strcmp(item->etag, etag) != 0 ||
                    !resource_key_equal(&item->key, &key) || item->modified != 1700000000 + (int64_t)item->key.id ||
                    (item->asked_at == INT64_MIN) != (item->key.id % 2 == 0) || age < (int64_t)item->key.id ||
                    age > (int64_t)item->key.id + 5;
    poly_blob_unref(&plain);
}

START_TEST(what_was_saved_comes_back)
{
    struct state state;
    struct sight sight = {0};

    save_some();
    open_state(&state);
    ck_assert_int_eq(snapshot_load(state.snapshot), POLY_OK);
    sight.cache = state.cache;
    cache_visit(state.cache, look, &sight);
    ck_assert_uint_eq(sight.count, ENTRIES);
    ck_assert_uint_eq(sight.wrong, 0);
    ck_assert_int_eq(change_log_last_sequence(state.changes), 1);
    close_state(&state);
}
END_TEST

START_TEST(nothing_is_saved_while_nothing_changes)
{
    struct state state;

    save_some();
    open_state(&state);
    ck_assert_int_eq(snapshot_load(state.snapshot), POLY_OK);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK);
    ck_assert_int_ne(access(path, F_OK), 0);
    add_change(state.changes);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK);
    ck_assert_int_eq(access(path, F_OK), 0);
    close_state(&state);
}
END_TEST

static poly_result load_anew(size_t *count, int64_t *sequence)
{
    struct state state;
    poly_result result;

    open_state(&state);
    result = snapshot_load(state.snapshot);
    *count = cache_count(state.cache);
    *sequence = change_log_last_sequence(state.changes);
    close_state(&state);
    return result;
}

START_TEST(without_a_file_it_begins_with_nothing)
{
    size_t count;
    int64_t sequence;

    ck_assert_int_eq(load_anew(&count, &sequence), POLY_NOT_FOUND);
    ck_assert_uint_eq(count, 0);
}
END_TEST

static size_t file_size(void)
{
    struct stat status;

    ck_assert_int_eq(stat(path, &status), 0);
    return (size_t)status.st_size;
}

static void flip_byte(size_t offset)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    char byte;

    ck_assert_int_eq(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= 0x10;
    ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

START_TEST(a_damaged_file_is_refused_whole)
{
    size_t size, count;
    int64_t sequence;

    save_some();
    size = file_size();
    for (size_t offset = 0; offset < size; offset += size / 40) {
        flip_byte(offset);
        ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
        ck_assert_uint_eq(count, 0);
        ck_assert_int_eq(sequence, 0);
        flip_byte(offset);
    }
    flip_byte(size - 1);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
    flip_byte(size - 1);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_OK);
    ck_assert_uint_eq(count, ENTRIES);
}
END_TEST

START_TEST(a_file_cut_short_is_refused_whole)
{
    const size_t cuts[] = {1, 31, 32, 33, 1000};
    size_t size, count;
    int64_t sequence;

    save_some();
    size = file_size();
    for (size_t i = 0; i < POLY_LENGTH(cuts); i++) {
        ck_assert_int_eq(truncate(path, (off_t)(size - cuts[i])), 0);
        ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
        ck_assert_uint_eq(count, 0);
        save_some();
    }
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
}
END_TEST

/* The numbers before an entry's bytes, in their order. */
#define NUMBERS 10

/* A whole file with no entry, or one of these numbers. */
static void write_whole(const char *magic, int64_t version, const int64_t *numbers)
{
    change_log *changes = change_log_create(NULL);
    snapshot_file file;
    poly_strbuf text;

    poly_strbuf_init(&text, 65536);
    ck_assert_int_eq(change_log_save(changes, &text), POLY_OK);
    snapshot_file_create(&file, path);
    snapshot_file_write(&file, magic, 8);
    snapshot_file_write_number(&file, version);
    snapshot_file_write_number(&file, (int64_t)text.size);
    snapshot_file_write(&file, text.data, text.size);
    snapshot_file_write_number(&file, numbers != NULL);
    for (size_t i = 0; numbers && i < NUMBERS; i++)
        snapshot_file_write_number(&file, numbers[i]);
    if (numbers)
        snapshot_file_write(&file, "0123456789abcdefgzip", 20);
    ck_assert_int_eq(snapshot_file_finish(&file), POLY_OK);
    poly_strbuf_release(&text);
    change_log_destroy(&changes);
}

static void write_empty(const char *magic, int64_t version)
{
    write_whole(magic, version, NULL);
}

/* The chain of digests is whole, but what it holds is none of ours. */
START_TEST(numbers_that_cannot_be_are_refused)
{
    static const int64_t good[NUMBERS] = {RESOURCE_GROUP, 7, 0, 0, 1, 2, INT64_MIN, 3, 100, 4};
    static const struct {
        size_t place;
        int64_t number;
    } bad[] = {
        {0, -1},
        {0, RESOURCE_KIND_COUNT},
        {1, 0},
        {1, INT64_C(1) << 31},
        {1, (INT64_C(1) << 32) + 7},
        {2, -1},
        {2, INT64_C(1) << 31},
        {3, INT64_MAX},
        {4, INT64_MIN},
        {4, INT64_MAX},
        {5, INT64_MIN},
        {5, INT64_MAX},
        {6, INT64_MAX},
        {6, INT64_MIN + 1},
        {7, INT64_MAX},
        {8, -1},
        {8, INT64_MAX},
        {9, 0},
        {9, -1},
        {9, INT64_MAX},
        {9, 5},
    };
    int64_t numbers[NUMBERS], sequence;
    size_t count;

    write_whole("polysch", 1, good);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_OK);
    ck_assert_uint_eq(count, 1);
    for (size_t i = 0; i < POLY_LENGTH(bad); i++) {
        memcpy(numbers, good, sizeof(numbers));
        numbers[bad[i].place] = bad[i].number;
        write_whole("polysch", 1, numbers);
        ck_assert_msg(load_anew(&count, &sequence) == POLY_BAD_ANSWER, "%zu", i);
        ck_assert_uint_eq(count, 0);
    }
}
END_TEST

START_TEST(another_format_is_refused)
{
    size_t count;
    int64_t sequence;

    write_empty("polysch", 1);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_OK);
    write_empty("polysch", 2);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
    write_empty("another", 1);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_BAD_ANSWER);
}
END_TEST

START_TEST(a_full_disk_keeps_the_former_snapshot)
{
    const struct rlimit small = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    const struct rlimit large = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    struct state state;
    poly_strbuf detail;
    size_t count;
    int64_t sequence;

    save_some();
    open_state(&state);
    ck_assert_int_eq(snapshot_load(state.snapshot), POLY_OK);
    add_change(state.changes);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_IO);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &large), 0);
    poly_strbuf_init(&detail, 256);
    ck_assert_int_eq(snapshot_state(state.snapshot, &detail), POLY_IO);
    ck_assert_int_ne(access(partial, F_OK), 0);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_OK);
    ck_assert_uint_eq(count, ENTRIES);
    ck_assert_int_eq(sequence, 1);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK); /* the next one is due though nothing has changed */
    ck_assert_int_eq(snapshot_state(state.snapshot, &detail), POLY_OK);
    ck_assert_int_eq(load_anew(&count, &sequence), POLY_OK);
    ck_assert_int_eq(sequence, 2);
    poly_strbuf_release(&detail);
    close_state(&state);
}
END_TEST

START_TEST(a_pipe_in_the_file_s_place_is_no_wait)
{
    struct state state;

    open_state(&state);
    add_change(state.changes);
    ck_assert_int_eq(mkfifo(partial, 0600), 0);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_IO);
    ck_assert_int_eq(access(partial, F_OK), -1);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK);
    close_state(&state);
}
END_TEST

START_TEST(while_another_process_saves_it_waits_for_the_next_time)
{
    struct state state;
    int other = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    open_state(&state);
    add_change(state.changes);
    ck_assert_int_eq(flock(other, LOCK_EX), 0);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_CONFLICT);
    ck_assert_int_ne(access(path, F_OK), 0);
    close(other);
    ck_assert_int_eq(snapshot_save(state.snapshot), POLY_OK);
    close_state(&state);
}
END_TEST

START_TEST(a_directory_that_cannot_be_is_a_fault)
{
    char nowhere[160];
    poly_strbuf fault;

    snprintf(nowhere, sizeof(nowhere), "%s/no/where", directory);
    poly_strbuf_init(&fault, 1024);
    ck_assert_ptr_null(snapshot_create(&(snapshot_options){.directory = nowhere}, &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "SNAPSHOT_DIR"));
    poly_strbuf_release(&fault);
}
END_TEST

/* In the parent of the tests' processes, so that one that fails leaves nothing behind either. */
static void make_directory(void)
{
    snprintf(directory, sizeof(directory), "/tmp/snapshot-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/schedule.snapshot", directory);
    snprintf(partial, sizeof(partial), "%s/schedule.snapshot.partial", directory);
}

static void empty_directory(void)
{
    unlink(path);
    unlink(partial);
}

static void remove_directory(void)
{
    empty_directory();
    rmdir(directory);
}

static Suite *make_suite(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tcase = tcase_create("file");

    tcase_add_unchecked_fixture(tcase, make_directory, remove_directory);
    tcase_add_checked_fixture(tcase, empty_directory, NULL);
    tcase_add_test(tcase, what_was_saved_comes_back);
    tcase_add_test(tcase, nothing_is_saved_while_nothing_changes);
    tcase_add_test(tcase, without_a_file_it_begins_with_nothing);
    tcase_add_test(tcase, a_damaged_file_is_refused_whole);
    tcase_add_test(tcase, a_file_cut_short_is_refused_whole);
    tcase_add_test(tcase, numbers_that_cannot_be_are_refused);
    tcase_add_test(tcase, another_format_is_refused);
    tcase_add_test(tcase, a_full_disk_keeps_the_former_snapshot);
    tcase_add_test(tcase, a_pipe_in_the_file_s_place_is_no_wait);
    tcase_add_test(tcase, while_another_process_saves_it_waits_for_the_next_time);
    tcase_add_test(tcase, a_directory_that_cannot_be_is_a_fault);
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

/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <pthread.h>

static char said[2048]; /* the last fault */

static poly_result try_open(bool make_first)
{
    poly_key_directory *opened = NULL;
    poly_strbuf fault;
    poly_result result;

    poly_strbuf_init(&fault, sizeof(said) - 1);
    result = poly_key_directory_open(place, make_first, &opened, &fault);
    snprintf(said, sizeof(said), "%s", poly_strbuf_text(&fault));
    ck_assert_int_eq(result == POLY_OK, opened != NULL);
    poly_key_directory_close(&opened);
    poly_strbuf_release(&fault);
    return result;
}

static const char *path_of(const char *name)
{
    return poly_arena_printf(arena, "%s/%s", place, name);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(fchmod(file, mode), 0);
    close(file);
}

static void write_key(const char *id, mode_t mode)
{
    token_key *key = token_key_generate(id);
    poly_strbuf pem;

    poly_strbuf_init(&pem, 4096);
    token_key_write_pem(key, &pem);
    write_file(poly_arena_printf(arena, "%s.pem", id), pem.data, mode);
    poly_strbuf_release(&pem);
    token_key_unref(&key);
}

static size_t count_files(void)
{
    DIR *files = opendir(place);
    struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(files)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(files);
    return count;
}

static const char *signing_id(poly_key_directory *of, int64_t now)
{
    token_key *key = token_key_directory_signing(of, now);
    const char *id = poly_arena_strdup(arena, key->id);

    token_key_unref(&key);
    return id;
}

START_TEST(an_empty_directory_gets_its_first_key)
{
    poly_key_info keys[POLY_KEYS_MAX];
    struct stat status;

    ck_assert_int_eq(try_open(false), POLY_NOT_FOUND);
    ck_assert_msg(strstr(said, "holds no key") != NULL, "%s", said);
    directory = open_directory();
    ck_assert_uint_eq(poly_key_directory_list(directory, keys), 1);
    ck_assert(keys[0].signs);
    ck_assert_int_le(llabs(keys[0].created - poly_time_unix()), 5);
    ck_assert_int_eq(stat(path_of(poly_arena_printf(arena, "%s.pem", keys[0].id)), &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(try_open(true), POLY_OK);
    ck_assert_uint_eq(count_files(), 1);
    ck_assert(poly_key_set_is_ready(poly_key_directory_keys(directory)));
    poly_key_directory_close(&directory);
}
END_TEST

static void *open_once(void *argument)
{
    poly_key_directory **opened = argument;

    *opened = open_directory();
    return NULL;
}

START_TEST(replicas_that_start_together_share_one_key)
{
    poly_key_directory *opened[4];
    pthread_t threads[POLY_LENGTH(opened)];

    for (size_t i = 0; i < POLY_LENGTH(opened); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_once, &opened[i]), 0);
    for (size_t i = 0; i < POLY_LENGTH(opened); i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(count_files(), 1);
    for (size_t i = 0; i < POLY_LENGTH(opened); i++) {
        ck_assert_str_eq(signing_id(opened[i], NOW), signing_id(opened[0], NOW));
        if (i > 0)
            poly_key_directory_close(&opened[i]);
    }
    poly_key_directory_close(&opened[0]);
}
END_TEST

START_TEST(a_new_key_is_published_before_it_signs)
{
    poly_key_directory *replica;
    char id[POLY_KEY_ID_SIZE];
    int64_t now;

    write_key("20200101T000000Z-old", 0600);
    directory = open_directory();
    replica = open_directory();
    now = poly_time_unix();
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    ck_assert_str_eq(signing_id(directory, now), "20200101T000000Z-old");
    ck_assert_str_eq(signing_id(directory, now + POLY_KEY_SETTLE_SECONDS + 2), id);
    ck_assert_str_eq(signing_id(replica, now + HOUR), "20200101T000000Z-old"); /* has not looked yet */
    ck_assert_int_eq(poly_key_directory_reload(replica), POLY_OK);
    ck_assert_str_eq(signing_id(replica, now + HOUR), id);
    poly_key_directory_close(&replica);
    poly_key_directory_close(&directory);
}
END_TEST

START_TEST(keys_are_retired_but_the_newest)
{
    poly_key_info keys[POLY_KEYS_MAX];
    char id[POLY_KEY_ID_SIZE];

    write_key("main", 0600);
    write_key("20200101T000000Z-old", 0400);
    directory = open_directory();
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_OK);
    ck_assert_uint_eq(poly_key_directory_list(directory, keys), 3);
    ck_assert_str_eq(keys[0].id, "main");
    ck_assert_str_eq(keys[1].id, "20200101T000000Z-old");
    ck_assert_str_eq(keys[2].id, id);
    ck_assert(!keys[0].signs && keys[1].signs && !keys[2].signs);
    ck_assert_int_eq(poly_key_directory_retire(directory, id), POLY_CONFLICT);
    ck_assert_int_eq(poly_key_directory_retire(directory, "nothing"), POLY_NOT_FOUND);
    ck_assert_int_eq(poly_key_directory_retire(directory, "../main"), POLY_NOT_FOUND);
    ck_assert_int_eq(poly_key_directory_retire(directory, "main"), POLY_OK);
    ck_assert_int_eq(poly_key_directory_retire(directory, "20200101T000000Z-old"), POLY_OK);
    ck_assert_uint_eq(poly_key_directory_list(directory, keys), 1);
    ck_assert(keys[0].signs);
    ck_assert_uint_eq(count_files(), 1);
    ck_assert_int_eq(poly_key_directory_retire(directory, id), POLY_CONFLICT);
    poly_key_directory_close(&directory);
}
END_TEST

START_TEST(files_that_break_the_rules_stop_the_start)
{
    static const struct {
        const char *name, *text, *fault;
        mode_t mode;
    } cases[] = {
        {"a.pem", "junk", "is no PEM file", 0600},
        {"a.pem", "", "is no PEM file", 0600},
        {"a b.pem", "junk", "no key id", 0600},
    };

    for (size_t i = 0; i < POLY_LENGTH(cases); i++) {
        write_file(cases[i].name, cases[i].text, cases[i].mode);
        ck_assert_int_eq(try_open(true), POLY_INVALID);
        ck_assert_msg(strstr(said, cases[i].fault) != NULL, "%s", said);
        unlink(path_of(cases[i].name));
    }
    write_key("b", 0640);
    ck_assert_int_eq(try_open(true), POLY_INVALID);
    ck_assert_msg(strstr(said, "0600") != NULL, "%s", said);
    ck_assert_ptr_null(strstr(said, "PRIVATE"));
    ck_assert_int_eq(chmod(path_of("b.pem"), 0604), 0);
    ck_assert_int_eq(try_open(true), POLY_INVALID);
    ck_assert_int_eq(chmod(path_of("b.pem"), 0600), 0);
    ck_assert_int_eq(try_open(true), POLY_OK);
    ck_assert_int_eq(chmod(place, 0777), 0);
    ck_assert_int_eq(try_open(true), POLY_INVALID);
    ck_assert_int_eq(chmod(place, 0700), 0);
    ck_assert_int_eq(mkfifo(path_of("c.pem"), 0600), 0);
    ck_assert_int_eq(try_open(true), POLY_INVALID);
    ck_assert_msg(strstr(said, "regular") != NULL, "%s", said);
}
END_TEST

START_TEST(other_files_are_left_alone)
{
    write_file("README", "notes", 0644);
    write_file(".hidden.pem", "junk", 0644);
    write_file("old.pem.bak", "junk", 0644);
    write_file(".new", "half a key", 0600); /* of one who died while writing */
    ck_assert_int_eq(try_open(true), POLY_OK);
    ck_assert_int_ne(access(path_of(".new"), F_OK), 0);
    ck_assert_int_eq(access(path_of("README"), F_OK), 0);
}
END_TEST

START_TEST(there_must_be_a_directory)
{
    poly_key_directory *opened = NULL;
    poly_strbuf fault;

    poly_strbuf_init(&fault, 1024);
    ck_assert_int_eq(poly_key_directory_open("/nonexistent/keys", true, &opened, &fault), POLY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "/nonexistent/keys"));
    ck_assert_ptr_null(opened);
    poly_key_directory_close(&opened);
    poly_strbuf_release(&fault);
}
END_TEST

START_TEST(a_bad_file_leaves_the_known_keys)
{
    const char *id;

    directory = open_directory();
    id = signing_id(directory, NOW);
    write_file("20300101T000000Z-a.pem", "junk", 0600);
    ck_assert_int_eq(poly_key_directory_reload(directory), POLY_INVALID);
    ck_assert_str_eq(signing_id(directory, NOW * 2), id);
    unlink(path_of("20300101T000000Z-a.pem"));
    unlink(path_of(poly_arena_printf(arena, "%s.pem", id)));
    ck_assert_int_eq(poly_key_directory_reload(directory), POLY_NOT_FOUND);
    ck_assert_str_eq(signing_id(directory, NOW), id);
    poly_key_directory_close(&directory);
}
END_TEST

START_TEST(nothing_changed_is_nothing_new)
{
    uint64_t generation;

    directory = open_directory();
    generation = token_key_set_generation(poly_key_directory_keys(directory));
    ck_assert_int_eq(poly_key_directory_reload(directory), POLY_OK);
    ck_assert_uint_eq(token_key_set_generation(poly_key_directory_keys(directory)), generation);
    write_key("another", 0600);
    ck_assert_int_eq(poly_key_directory_reload(directory), POLY_OK);
    ck_assert_uint_ne(token_key_set_generation(poly_key_directory_keys(directory)), generation);
    poly_key_directory_close(&directory);
}
END_TEST

START_TEST(the_number_of_keys_is_bounded)
{
    char id[POLY_KEY_ID_SIZE];

    for (int i = 0; i < POLY_KEYS_MAX; i++)
        write_key(poly_arena_printf(arena, "k%d", i), 0600);
    directory = open_directory();
    ck_assert_int_eq(poly_key_directory_rotate(directory, id), POLY_TOO_LARGE);
    poly_key_directory_close(&directory);
    write_key("one-more", 0600);
    ck_assert_int_eq(try_open(true), POLY_TOO_LARGE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_directory_gets_its_first_key,
        replicas_that_start_together_share_one_key,
        a_new_key_is_published_before_it_signs,
        keys_are_retired_but_the_newest,
        files_that_break_the_rules_stop_the_start,
        other_files_are_left_alone,
        there_must_be_a_directory,
        a_bad_file_leaves_the_known_keys,
        nothing_changed_is_nothing_new,
        the_number_of_keys_is_bounded,
    };

    return run_cases("key directory", tests, POLY_LENGTH(tests), make_place, remove_place);
}

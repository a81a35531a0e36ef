/* SPDX-License-Identifier: MIT */
/* Keys as files when something is in the way: of reading them, of writing one, of the lock. */
#include "scene.h"
#include "token/key_file.h"

#include <errno.h>
#include <pwd.h>

static poly_strbuf fault;
static token_ring *ring;

static void set_up(void)
{
    make_place();
    poly_strbuf_init(&fault, 1024);
}

static void tear_down(void)
{
    token_ring_unref(&ring);
    poly_strbuf_release(&fault);
    remove_place();
}

static const char *path_of(const char *name)
{
    return poly_arena_printf(arena, "%s/%s", place, name);
}

static void touch(const char *name, size_t size)
{
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, (off_t)size), 0);
    close(file);
}

static poly_result write_key(const char *id)
{
    token_key *key = token_key_generate(id);
    poly_result result = token_files_write(place, key, &fault);

    token_key_unref(&key);
    return result;
}

static poly_result read_keys(void)
{
    char state[POLY_DIGEST_SIZE];

    return token_files_read(place, &ring, state, &fault);
}

static void expect_fault(const char *text)
{
    ck_assert_msg(strstr(poly_strbuf_text(&fault), text), "it says '%s'", poly_strbuf_text(&fault));
    poly_strbuf_clear(&fault);
}

START_TEST(what_is_written_is_read)
{
    ck_assert_int_eq(write_key("a"), POLY_OK);
    ck_assert_int_eq(read_keys(), POLY_OK);
    ck_assert_uint_eq(ring->count, 1);
    ck_assert_str_eq(ring->keys[0]->id, "a");
    ck_assert_int_eq(token_files_remove(place, "a", &fault), POLY_OK);
    ck_assert_int_eq(access(path_of("a.pem"), F_OK), -1);
}
END_TEST

/* Its name is in the directory, and it is not: another replica has removed it in between. */
START_TEST(a_key_that_is_retired_meanwhile_is_no_fault)
{
    ck_assert_int_eq(write_key("a"), POLY_OK);
    ck_assert_int_eq(symlink("/nonexistent/key", path_of("b.pem")), 0);
    ck_assert_int_eq(read_keys(), POLY_OK);
    ck_assert_uint_eq(ring->count, 1);
    ck_assert_uint_eq(fault.size, 0);
}
END_TEST

START_TEST(a_file_that_is_too_large_is_no_key)
{
    touch("a.pem", 1 << 20);
    ck_assert_int_eq(read_keys(), POLY_INVALID);
    expect_fault("\"a.pem\" is no PEM file");
    ck_assert_ptr_null(ring);
}
END_TEST

START_TEST(more_names_than_can_be_told_apart_are_refused)
{
    for (int i = 0; i < 400; i++)
        touch(poly_arena_printf(arena, "a-rather-long-name-of-a-key-%04d.pem", i), 0);
    ck_assert_int_eq(read_keys(), POLY_TOO_LARGE);
    expect_fault("too many keys");
}
END_TEST

START_TEST(a_key_that_cannot_be_written_leaves_nothing)
{
    ck_assert_int_eq(write_key("a"), POLY_OK);
    ck_assert_int_eq(mkdir(path_of("b.pem"), 0700), 0);
    ck_assert_int_eq(write_key("b"), POLY_IO);
    expect_fault("\"b.pem\"");
    ck_assert_int_eq(access(path_of(".new"), F_OK), -1);
    ck_assert_int_eq(rmdir(path_of("b.pem")), 0);
    ck_assert_int_eq(mkdir(path_of(".new"), 0700), 0);
    ck_assert_int_eq(write_key("b"), POLY_IO);
    expect_fault("\"b.pem\"");
    ck_assert_int_eq(rmdir(path_of(".new")), 0);
    ck_assert_int_eq(read_keys(), POLY_OK);
    ck_assert_uint_eq(ring->count, 1);
}
END_TEST

START_TEST(a_directory_that_is_gone_is_named)
{
    const char *there = poly_arena_strdup(arena, place);

    snprintf(place, sizeof(place), "/nonexistent/keys");
    ck_assert_int_eq(write_key("a"), POLY_NOT_FOUND);
    expect_fault("/nonexistent/keys");
    ck_assert_int_eq(token_files_remove(place, "a", &fault), POLY_NOT_FOUND);
    expect_fault("/nonexistent/keys");
    ck_assert_int_eq(token_files_lock(place), -1);
    ck_assert_int_eq(errno, ENOENT);
    snprintf(place, sizeof(place), "%s", there);
    ck_assert_int_eq(token_files_remove(place, "a", &fault), POLY_NOT_FOUND);
    expect_fault("\"a.pem\"");
}
END_TEST

/* Whoever may write in the directory could otherwise be given any file by the superuser, who makes the lock. */
START_TEST(a_lock_that_is_a_link_is_not_followed)
{
    touch("target", 0);
    ck_assert_int_eq(symlink("target", path_of(".lock")), 0);
    ck_assert_int_eq(token_files_lock(place), -1);
    ck_assert_int_eq(errno, ELOOP);
}
END_TEST

START_TEST(what_the_superuser_makes_is_the_owners)
{
    const struct passwd *nobody = getpwnam("nobody");
    struct stat status;
    int lock;

    if (geteuid() != 0 || !nobody)
        return;
    ck_assert_int_eq(chown(place, nobody->pw_uid, nobody->pw_gid), 0);
    lock = token_files_lock(place);
    ck_assert_int_ge(lock, 0);
    ck_assert_int_eq(write_key("a"), POLY_OK);
    ck_assert_int_eq(stat(path_of("a.pem"), &status), 0);
    ck_assert_uint_eq(status.st_uid, nobody->pw_uid);
    ck_assert_int_eq(stat(path_of(".lock"), &status), 0);
    ck_assert_uint_eq(status.st_uid, nobody->pw_uid);
    close(lock);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_written_is_read,
        a_key_that_is_retired_meanwhile_is_no_fault,
        a_file_that_is_too_large_is_no_key,
        more_names_than_can_be_told_apart_are_refused,
        a_key_that_cannot_be_written_leaves_nothing,
        a_directory_that_is_gone_is_named,
        a_lock_that_is_a_link_is_not_followed,
        what_the_superuser_makes_is_the_owners,
    };

    return run_cases("key file", tests, POLY_LENGTH(tests), set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
/* Passwords in files that replicas share: what they see of each other, what is in the way, what is swept. */
#include "on_fiber.h"
#include "password_vault.h"
#include "poly/log.h"
#include "suite.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KEEP_SECONDS = 600, CAPACITY = 3 };

static char place[] = "/tmp/poly-vault-XXXXXX";
static password_vault *vault;
static poly_arena *arena;

static password_vault *open_vault(const char *key)
{
    poly_strbuf fault;
    password_vault *opened;

    poly_strbuf_init(&fault, 512);
    opened = password_vault_create(
        &(password_vault_options){.capacity = CAPACITY, .keep_seconds = KEEP_SECONDS, .directory = place, .key = key},
        &fault);
    ck_assert_msg(opened != NULL, "%s", poly_strbuf_text(&fault));
    poly_strbuf_release(&fault);
    return opened;
}

static void set_up(void)
{
    poly_log_start("test", POLY_LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
    ck_assert_ptr_nonnull(mkdtemp(place));
    vault = open_vault("key");
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    DIR *files = opendir(place);
    const struct dirent *entry;

    while ((entry = readdir(files)) != NULL)
        if (unlinkat(dirfd(files), entry->d_name, 0) != 0)
            unlinkat(dirfd(files), entry->d_name, AT_REMOVEDIR);
    closedir(files);
    rmdir(place);
    poly_arena_destroy(&arena);
    password_vault_destroy(&vault);
    poly_log_stop();
}

/* --- calls, which belong on a fiber --- */

struct call {
    password_vault *vault;
    const char *session;
    vault_credentials found;
    poly_result result;
};

static void put_it(void *argument)
{
    struct call *call = argument;

    call->result = password_vault_put(call->vault, call->session, "student", call->session);
}

static void get_it(void *argument)
{
    struct call *call = argument;

    call->result = password_vault_get(call->vault, call->session, arena, &call->found);
}

static void remove_it(void *argument)
{
    struct call *call = argument;

    call->result = password_vault_remove(call->vault, call->session);
}

static void sweep_it(void *argument)
{
    struct call *call = argument;

    call->result = password_vault_sweep(call->vault);
}

static struct call last;

static poly_result do_it(void (*what)(void *argument), password_vault *of, const char *session)
{
    last = (struct call){.vault = of, .session = session};
    on_fiber(what, &last);
    return last.result;
}

/* --- files --- */

static unsigned count_files(const char *part)
{
    DIR *files = opendir(place);
    const struct dirent *entry;
    unsigned count = 0;

    while ((entry = readdir(files)) != NULL)
        count += strstr(entry->d_name, part) != NULL;
    closedir(files);
    return count;
}

/* The file that the only record is in. */
static const char *only_file(void)
{
    static char path[512];
    DIR *files = opendir(place);
    const struct dirent *entry;

    while ((entry = readdir(files)) != NULL && !strstr(entry->d_name, ".sealed"))
        ;
    ck_assert_ptr_nonnull(entry);
    snprintf(path, sizeof(path), "%s/%s", place, entry->d_name);
    closedir(files);
    return path;
}

static void make_old(const char *path, int64_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};

    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const char *make_file(const char *name, int64_t age)
{
    const char *path = poly_arena_printf(arena, "%s/%s", place, name);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_ge(file, 0);
    close(file);
    make_old(path, age);
    return path;
}

START_TEST(replicas_share_what_they_have_the_key_of)
{
    password_vault *replica = open_vault("key"), *stranger = open_vault("another key");

    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_OK);
    ck_assert_int_eq(do_it(get_it, replica, "one"), POLY_OK);
    ck_assert_str_eq(last.found.username, "student");
    ck_assert_str_eq(last.found.password, "one");
    ck_assert_int_eq(do_it(get_it, stranger, "one"), POLY_NOT_FOUND);
    ck_assert_int_eq(do_it(remove_it, replica, "one"), POLY_OK);
    ck_assert_int_eq(do_it(get_it, vault, "one"), POLY_NOT_FOUND);
    ck_assert_int_eq(do_it(remove_it, vault, "one"), POLY_OK);
    password_vault_destroy(&replica);
    password_vault_destroy(&stranger);
}
END_TEST

START_TEST(a_file_that_was_cut_is_no_record)
{
    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_OK);
    ck_assert_int_eq(truncate(only_file(), 20), 0);
    ck_assert_int_eq(do_it(get_it, vault, "one"), POLY_NOT_FOUND);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
    const char *path;

    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_OK);
    path = only_file();
    ck_assert_int_eq(rename(path, poly_arena_printf(arena, "%s/moved", place)), 0);
    ck_assert_int_eq(symlink("moved", path), 0);
    ck_assert_int_eq(do_it(get_it, vault, "one"), POLY_IO);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_nothing)
{
    const char *path;

    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_OK);
    path = only_file();
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_IO);
    ck_assert_uint_eq(count_files(".new-"), 0);
    ck_assert_int_eq(do_it(get_it, vault, "one"), POLY_IO);
    ck_assert_int_eq(do_it(remove_it, vault, "one"), POLY_IO);
}
END_TEST

START_TEST(a_directory_that_is_gone_is_an_error)
{
    ck_assert_int_eq(rmdir(place), 0);
    ck_assert_int_eq(do_it(put_it, vault, "one"), POLY_IO);
    ck_assert_int_eq(do_it(get_it, vault, "one"), POLY_NOT_FOUND);
    ck_assert_int_eq(mkdir(place, 0700), 0);
}
END_TEST

START_TEST(the_sweep_takes_what_is_old_and_ours)
{
    ck_assert_int_eq(do_it(put_it, vault, "old"), POLY_OK);
    make_old(only_file(), KEEP_SECONDS + 10);
    make_file(".new-of-one-who-died", 100);
    make_file(".new-of-one-who-writes", 0);
    make_file("README", 100000);
    make_file("short.sealed", 100000);
    ck_assert_int_eq(do_it(sweep_it, vault, ""), POLY_OK);
    ck_assert_uint_eq(count_files("died"), 0);
    ck_assert_uint_eq(count_files("writes"), 1);
    ck_assert_uint_eq(count_files("README"), 1);
    ck_assert_uint_eq(count_files(".sealed"), 1);
    ck_assert_uint_eq(password_vault_count(vault), 0);
    ck_assert_int_eq(do_it(get_it, vault, "old"), POLY_NOT_FOUND);
}
END_TEST

/* More names than its list has room for at first, too. */
START_TEST(of_too_many_the_oldest_go)
{
    char name[80];

    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "%032x.sealed", (unsigned)i);
        make_file(name, 300 - i);
    }
    ck_assert_int_eq(do_it(sweep_it, vault, ""), POLY_OK);
    ck_assert_uint_eq(password_vault_count(vault), CAPACITY);
    ck_assert_uint_eq(count_files(".sealed"), CAPACITY);
    ck_assert_uint_eq(count_files("12b.sealed"), 1); /* the last, 299 */
    ck_assert_uint_eq(count_files("129.sealed"), 1);
}
END_TEST

START_TEST(a_directory_open_to_everybody_is_refused)
{
    poly_strbuf fault;

    poly_strbuf_init(&fault, 512);
    ck_assert_int_eq(chmod(place, 0755), 0);
    ck_assert_ptr_null(password_vault_create(
        &(password_vault_options){.capacity = 1, .keep_seconds = 1, .directory = place, .key = "k"}, &fault));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&fault), "open to everybody"));
    poly_strbuf_release(&fault);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vault_files");
    TCase *tests = add_case(suite, "vault_files");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, replicas_share_what_they_have_the_key_of);
    tcase_add_test(tests, a_file_that_was_cut_is_no_record);
    tcase_add_test(tests, a_link_is_not_followed);
    tcase_add_test(tests, what_cannot_be_written_leaves_nothing);
    tcase_add_test(tests, a_directory_that_is_gone_is_an_error);
    tcase_add_test(tests, the_sweep_takes_what_is_old_and_ours);
    tcase_add_test(tests, of_too_many_the_oldest_go);
    tcase_add_test(tests, a_directory_open_to_everybody_is_refused);
    return run_suite(suite);
}

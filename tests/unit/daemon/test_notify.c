/* SPDX-License-Identifier: MIT */
#include "daemon/notify.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[64];
static char path[96];
static char name[128];

/* Outside of the tests' own processes, so that a failed test leaves nothing behind. */
static void make_directory(void)
{
    snprintf(directory, sizeof(directory), "/tmp/poly-test-notify-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/notify", directory);
}

static void remove_directory(void)
{
    unlink(path);
    rmdir(directory);
}

/* A supervisor's socket at `name`, whose '@' stands for the NUL of an abstract name. */
static int open_supervisor(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(supervisor, 0);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    ck_assert_int_eq(bind(supervisor, (struct sockaddr *)&address, size), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return supervisor;
}

static void check_heard(int supervisor, const char *state)
{
    char heard[64] = "";
    ssize_t size = recv(supervisor, heard, sizeof(heard) - 1, MSG_DONTWAIT);

    ck_assert_int_eq(size, (int)strlen(state));
    ck_assert_str_eq(heard, state);
}

START_TEST(speaks_to_a_path)
{
    int supervisor;

    snprintf(name, sizeof(name), "%s", path);
    supervisor = open_supervisor();
    daemon_notify("READY=1");
    daemon_notify("STOPPING=1");
    check_heard(supervisor, "READY=1");
    check_heard(supervisor, "STOPPING=1");
    close(supervisor);
}
END_TEST

START_TEST(speaks_to_an_abstract_name)
{
    int supervisor;

    snprintf(name, sizeof(name), "@poly-test-notify-%d", (int)getpid());
    supervisor = open_supervisor();
    daemon_notify("READY=1");
    check_heard(supervisor, "READY=1");
    close(supervisor);
}
END_TEST

/* What standard error got, which is where the log writes before its start. */
static const char *complaint_about(const char *socket_name)
{
    static char text[1024];
    int ends[2], before = dup(STDERR_FILENO);
    ssize_t size;

    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    setenv("NOTIFY_SOCKET", socket_name, 1);
    daemon_notify("READY=1");
    dup2(before, STDERR_FILENO);
    close(before);
    size = read(ends[0], text, sizeof(text) - 1);
    ck_assert_int_ge(size, 0);
    text[size] = '\0';
    close(ends[0]);
    return text;
}

START_TEST(says_nothing_without_a_supervisor)
{
    ck_assert_str_eq(complaint_about(""), "");
}
END_TEST

START_TEST(complains_of_one_that_is_not_there)
{
    char longest[200];

    ck_assert_ptr_nonnull(strstr(complaint_about("/nonexistent/notify"), "cannot notify the supervisor"));
    ck_assert_ptr_nonnull(strstr(complaint_about("@"), "Invalid argument"));
    ck_assert_ptr_nonnull(strstr(complaint_about("relative"), "Invalid argument"));
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[199] = '\0';
    ck_assert_ptr_nonnull(strstr(complaint_about(longest), "Invalid argument"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notify");
    TCase *tests = tcase_create("notify");
    SRunner *runner;
    int failed;

    tcase_add_unchecked_fixture(tests, make_directory, remove_directory);
    tcase_add_test(tests, speaks_to_a_path);
    tcase_add_test(tests, speaks_to_an_abstract_name);
    tcase_add_test(tests, says_nothing_without_a_supervisor);
    tcase_add_test(tests, complains_of_one_that_is_not_there);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

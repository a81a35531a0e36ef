/* SPDX-License-Identifier: MIT */
/* Ten thousand subscribers: what each costs, how long an event takes to all, how others fare meanwhile. */
#include "sse_fixture.h"

#include "poly/time.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CROWD         1000u
#define COUNTS_MEMORY false
#else
#define CROWD         10000u
#define COUNTS_MEMORY true
#endif
#define BYTES_EACH  (20u * 1024u)
#define SPARE_FILES 200u

static struct {
    pid_t process;
    int to, from;
    unsigned count;
} crowd;

/* --- the clients: a process of their own, for its descriptors --- */

static int crowd_connect(int poller, unsigned index)
{
    static const char request[] = "GET /events/crowd HTTP/1.1\r\nHost: a\r\n\r\n";
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    int fd = loopback_connect(&loopback);

    loopback_send(fd, request, sizeof(request) - 1);
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    return fd;
}

/* Reads until every client has seen `text` at the end of what came. */
static void crowd_await(int poller, const int *fds, bool *seen, unsigned count, const char *text)
{
    unsigned left = count;

    memset(seen, 0, count * sizeof(*seen));
    while (left > 0) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 30000);

        if (ready <= 0)
            _exit(3);
        for (int i = 0; i < ready; i++) {
            char bytes[4096];
            ssize_t size = recv(fds[events[i].data.u32], bytes, sizeof(bytes) - 1, 0);

            if (size <= 0)
                _exit(4);
            bytes[size] = '\0';
            if (!seen[events[i].data.u32] && strstr(bytes, text)) {
                seen[events[i].data.u32] = true;
                left--;
            }
        }
    }
}

static void say(int fd)
{
    if (write(fd, "x", 1) != 1)
        _exit(5);
}

static void run_clients(int from_test, int to_test, unsigned count)
{
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int *fds = calloc(count, sizeof(*fds));
    bool *seen = calloc(count, sizeof(*seen));

    if (read(from_test, &loopback.port, sizeof(loopback.port)) != sizeof(loopback.port))
        _exit(2);
    for (unsigned i = 0; i < count; i++)
        fds[i] = crowd_connect(poller, i);
    crowd_await(poller, fds, seen, count, "retry: ");
    say(to_test);
    crowd_await(poller, fds, seen, count, "data: to everybody\n");
    say(to_test);
    _exit(read(from_test, seen, 1) == 0 ? 0 : 6);
}

/* Before there are threads. */
static void start_crowd(void)
{
    struct rlimit limit;
    int to[2], from[2];

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    crowd.count = limit.rlim_cur > CROWD + SPARE_FILES ? CROWD : (unsigned)limit.rlim_cur - SPARE_FILES;
    ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
    crowd.process = fork();
    if (crowd.process == 0) {
        close(to[1]);
        run_clients(to[0], from[1], crowd.count);
    }
    close(to[0]);
    close(from[1]);
    crowd.to = to[1];
    crowd.from = from[0];
}

static void await_crowd(void)
{
    char byte;

    ck_assert_int_eq(read(crowd.from, &byte, 1), 1);
}

/* --- the server --- */

static size_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*u %lu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static uint64_t longest_plain_request(uint64_t until)
{
    static char answer[4096];
    uint64_t longest = 0;

    do {
        uint64_t began = poly_time_monotonic();
        uint64_t took;

        ck_assert_int_eq(loopback_exchange(&loopback, "GET /plain HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                           answer, sizeof(answer)),
                         204);
        took = poly_time_monotonic() - began;
        longest = took > longest ? took : longest;
    } while (poly_time_monotonic() < until);
    return longest;
}

START_TEST(ten_thousand_of_them)
{
    size_t before, after;
    uint64_t began, took, longest;
    int status;

    start_crowd();
    setup_hub((poly_sse_hub_options){0}, 2);
    longest_plain_request(0);
    before = resident_bytes();
    ck_assert_int_eq(write(crowd.to, &loopback.port, sizeof(loopback.port)), sizeof(loopback.port));
    await_crowd();
    after = resident_bytes();
    ck_assert_uint_eq(poly_sse_hub_count(hub), crowd.count);

    began = poly_time_monotonic();
    publish("crowd", "to everybody");
    longest = longest_plain_request(began + POLY_MILLISECONDS(50));
    await_crowd();
    took = poly_time_monotonic() - began;

    printf("%u subscribers: %zu bytes resident each; an event reached the last after %llu ms; the slowest request "
           "meanwhile took %llu ms\n",
           crowd.count, (after - before) / crowd.count, (unsigned long long)took / 1000,
           (unsigned long long)longest / 1000);
    if (COUNTS_MEMORY)
        ck_assert_uint_le((after - before) / crowd.count, BYTES_EACH);
    ck_assert_uint_le(took, POLY_SECONDS(10)); /* a machine may be busy; the figure is the printed one */
    close(crowd.to);
    ck_assert_int_eq(waitpid(crowd.process, &status, 0), crowd.process);
    ck_assert_int_eq(status, 0);
    for (int i = 0; i < 20000 && poly_sse_hub_count(hub) > 0; i++)
        usleep(1000);
    ck_assert_int_eq(atomic_load(&gone_count), (int)crowd.count);
    teardown_hub();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse crowd");
    TCase *tests = tcase_create("crowd");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, ten_thousand_of_them);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

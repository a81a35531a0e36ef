/* SPDX-License-Identifier: MIT */
#include "postgres.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 256, ARGUMENTS_MAX = 16, WAIT_MS = 20000 };

static struct {
    char directory[PATH_SIZE];
    char binaries[PATH_SIZE];
    char url[PATH_SIZE];
    unsigned port;
    uid_t user; /* 0: the present one */
    gid_t group;
    pid_t owner; /* who removes it */
    unsigned databases;
} cluster;

static void give_up(const char *reason)
{
    fprintf(stderr, "postgres: %s\n", reason);
    exit(EXIT_FAILURE);
}

/* --- processes --- */

static void become_unprivileged(void)
{
    if (cluster.user && (setgroups(0, NULL) != 0 || setgid(cluster.group) != 0 || setuid(cluster.user) != 0))
        _exit(126);
}

static void silence(void)
{
    char path[PATH_SIZE + 16];
    int input = open("/dev/null", O_RDONLY);
    int output;

    snprintf(path, sizeof(path), "%s/output", cluster.directory);
    output = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
}

/* The programs look for each other beside the path that they are called by, which is put before `arguments`. */
static int run(const char *program, const char *const arguments[])
{
    char path[PATH_SIZE + 32];
    const char *whole[ARGUMENTS_MAX + 2] = {path};
    pid_t child;
    int status;

    snprintf(path, sizeof(path), "%s/%s", cluster.binaries, program);
    for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
        whole[i + 1] = arguments[i];
    child = fork();
    if (child == 0) {
        become_unprivileged();
        silence();
        execv(path, (char *const *)whole);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int control(const char *command, const char *mode)
{
    char data[PATH_SIZE + 8];
    char log[PATH_SIZE + 8];

    snprintf(data, sizeof(data), "%s/data", cluster.directory);
    snprintf(log, sizeof(log), "%s/log", cluster.directory);
    return run("pg_ctl",
               (const char *const[]){command, "-D", data, "-l", log, "-w", "-t", "60", "-s", "-m", mode, NULL});
}

static pid_t postmaster(void)
{
    char path[PATH_SIZE + 32];
    char line[32] = "";
    FILE *file;

    snprintf(path, sizeof(path), "%s/data/postmaster.pid", cluster.directory);
    file = fopen(path, "re");
    if (!file)
        return 0;
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

/* --- finding and making it --- */

static bool has_binaries(const char *directory)
{
    char path[PATH_SIZE + 16];

    snprintf(path, sizeof(path), "%s/pg_ctl", directory);
    if (access(path, X_OK) != 0)
        return false;
    snprintf(cluster.binaries, sizeof(cluster.binaries), "%s", directory);
    return true;
}

static bool find_by_pg_config(void)
{
    char directory[PATH_SIZE] = "";
    FILE *pipe = popen("pg_config --bindir 2>/dev/null", "re");

    if (!pipe)
        return false;
    if (!fgets(directory, sizeof(directory), pipe))
        directory[0] = '\0';
    pclose(pipe);
    directory[strcspn(directory, "\n")] = '\0';
    return has_binaries(directory);
}

static bool find_by_glob(void)
{
    glob_t found = {0};
    bool has_some = false;

    if (glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0)
        for (size_t i = found.gl_pathc; i-- > 0 && !has_some;)
            has_some = has_binaries(found.gl_pathv[i]);
    globfree(&found);
    return has_some;
}

static void choose_user(void)
{
    static const char *const names[] = {"postgres", "nobody"};

    for (size_t i = 0; geteuid() == 0 && i < sizeof(names) / sizeof(names[0]) && !cluster.user; i++) {
        const struct passwd *entry = getpwnam(names[i]);

        if (entry) {
            cluster.user = entry->pw_uid;
            cluster.group = entry->pw_gid;
        }
    }
}

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        give_up("no free port");
    close(fd);
    return ntohs(address.sin_port);
}

static void make_directory(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(cluster.directory, sizeof(cluster.directory), "%.100s/poly-pg-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(cluster.directory))
        give_up("cannot make a temporary directory");
    if (cluster.user && chown(cluster.directory, cluster.user, cluster.group) != 0)
        give_up("cannot give the temporary directory away");
}

static void configure(const char *settings)
{
    char path[PATH_SIZE + 32];
    FILE *file;

    snprintf(path, sizeof(path), "%s/data/postgresql.conf", cluster.directory);
    file = fopen(path, "ae");
    if (!file)
        give_up("cannot configure the server");
    fprintf(file,
            "listen_addresses = '127.0.0.1'\nport = %u\nunix_socket_directories = '%s'\nfsync = off\n"
            "autovacuum = off\nlog_min_messages = fatal\nshared_buffers = 16MB\n%s\n",
            cluster.port, cluster.directory, settings);
    fclose(file);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void end(void)
{
    if (getpid() != cluster.owner)
        return;
    postgres_thaw();
    control("stop", "immediate");
    nftw(cluster.directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* A program that is killed cannot tidy up: this process notices its end by the pipe, and does. */
static void start_caretaker(void)
{
    int ends[2];
    pid_t caretaker;

    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    caretaker = fork();
    if (caretaker == 0) {
        char byte;

        setsid();
        close(ends[1]);
        while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
            ;
        if (access(cluster.directory, F_OK) == 0) {
            cluster.owner = getpid();
            end();
        }
        _exit(0);
    }
    close(ends[0]);
}

void postgres_begin_with(const char *settings)
{
    char data[PATH_SIZE + 8];

    if (!find_by_pg_config() && !find_by_glob())
        give_up("PostgreSQL is not installed (pg_ctl was not found)");
    choose_user();
    make_directory();
    cluster.owner = getpid();
    start_caretaker();
    atexit(end);
    snprintf(data, sizeof(data), "%s/data", cluster.directory);
    if (run("initdb", (const char *const[]){"-D", data, "-U", "poly", "-A", "trust", "-E", "UTF8", "--locale=C", "-N",
                                            NULL}) != 0)
        give_up("initdb failed");
    cluster.port = free_port();
    configure(settings);
    if (control("start", "fast") != 0)
        give_up("the server does not start");
    snprintf(cluster.url, sizeof(cluster.url), "postgresql://poly@127.0.0.1:%u/postgres", cluster.port);
}

void postgres_begin(void)
{
    postgres_begin_with("");
}

const char *postgres_url(void)
{
    return cluster.url;
}

const char *postgres_new_database(void)
{
    static char url[PATH_SIZE];
    char sql[64];

    /* Tests run in processes of their own, each of which would count from the same number. */
    snprintf(sql, sizeof(sql), "CREATE DATABASE test_%d_%u", (int)getpid(), ++cluster.databases);
    postgres_run(cluster.url, sql);
    snprintf(url, sizeof(url), "postgresql://poly@127.0.0.1:%u/test_%d_%u", cluster.port, (int)getpid(),
             cluster.databases);
    return url;
}

/* --- faults --- */

void postgres_crash(void)
{
    ck_assert_int_eq(control("stop", "immediate"), 0);
}

void postgres_restart(void)
{
    ck_assert_int_eq(control("start", "fast"), 0);
}

/* The postmaster's children lead process groups of their own, so they are asked for by the server. */
static void signal_all(int number)
{
    char path[64];
    pid_t parent = postmaster();
    FILE *children;
    long child;

    if (parent <= 0)
        return;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
    kill(parent, number);
    children = fopen(path, "re");
    if (!children)
        return;
    while (fscanf(children, "%ld", &child) == 1)
        kill((pid_t)child, number);
    fclose(children);
}

void postgres_freeze(void)
{
    signal_all(SIGSTOP);
}

void postgres_thaw(void)
{
    signal_all(SIGCONT);
}

/* --- SQL --- */

static void ignore_notice(void *argument, const char *message)
{
    (void)argument;
    (void)message;
}

static bool ask(const char *url, const char *sql, char *out, size_t size)
{
    PGconn *native = PQconnectdb(url);
    PGresult *result;
    ExecStatusType status;
    bool done;

    PQsetNoticeProcessor(native, ignore_notice, NULL);
    result = PQexec(native, sql);
    status = PQresultStatus(result);
    done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    snprintf(out, size, "%s", done ? (PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "") : PQerrorMessage(native));
    PQclear(result);
    PQfinish(native);
    return done;
}

const char *postgres_run(const char *url, const char *sql)
{
    static char answer[1024];

    ck_assert_msg(ask(url, sql, answer, sizeof(answer)), "'%s' failed: %s", sql, answer);
    return answer;
}

void postgres_await(const char *url, const char *sql, const char *expected)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    char answer[1024] = "";

    for (int i = 0; i < WAIT_MS / 20; i++) {
        if (ask(url, sql, answer, sizeof(answer)) && strcmp(answer, expected) == 0)
            return;
        nanosleep(&pause, NULL);
    }
    ck_abort_msg("'%s' is '%s', not '%s'", sql, answer, expected);
}

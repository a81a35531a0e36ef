/* SPDX-License-Identifier: MIT */
/*
 * What serving costs at the least: an epoll loop that reads, counts the ends of request heads, and writes a canned
 * answer for each. The measure that `make bench` holds the daemons against.
 *
 *     bare_loop BODY_FILE      prints its port, and serves until SIGTERM
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_BODY = 1 << 20, MAX_HEAD = 512, BACKLOG = 4096, EVENTS_AT_ONCE = 256 };

static char answer[MAX_HEAD + MAX_BODY];
static size_t answer_length;

static void fail(const char *what)
{
    fprintf(stderr, "bare_loop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void make_answer(const char *name)
{
    static char body[MAX_BODY];
    FILE *file = fopen(name, "rb");
    size_t length;
    int head;

    if (!file)
        fail(name);
    length = fread(body, 1, sizeof(body), file);
    if (ferror(file) || !feof(file))
        fail("the body cannot be read, or is over 1 MiB");
    fclose(file);
    head = snprintf(answer, MAX_HEAD,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", length);
    memcpy(answer + head, body, length);
    answer_length = (size_t)head + length;
}

static int listen_on_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listener, BACKLOG) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        fail("cannot listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void watch(int epoll, int socket)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = socket}};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0)
        fail("epoll_ctl");
}

static void accept_one(int epoll, int listener)
{
    int on = 1;
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (client < 0)
        return;
    if (setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        fail("TCP_NODELAY");
    watch(epoll, client);
}

static unsigned count_heads(const char *bytes, size_t length)
{
    unsigned count = 0;

    for (const char *end = bytes; (end = memmem(end, length - (size_t)(end - bytes), "\r\n\r\n", 4)); end += 4)
        count++;
    return count;
}

/* The answer goes out at once or the client is dropped: those who measure read what they asked for. */
static void serve(int client)
{
    char bytes[16384];
    ssize_t got = recv(client, bytes, sizeof(bytes), 0);

    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        close(client);
        return;
    }
    for (unsigned left = count_heads(bytes, (size_t)got); left > 0; left--) {
        if (send(client, answer, answer_length, MSG_NOSIGNAL) != (ssize_t)answer_length) {
            close(client);
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener;

    if (argc != 2) {
        fputs("usage: bare_loop BODY_FILE\n", stderr);
        return 2;
    }
    make_answer(argv[1]);
    listener = listen_on_free_port();
    watch(epoll, listener);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS_AT_ONCE, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_one(epoll, listener);
            else
                serve(events[i].data.fd);
        }
    }
}

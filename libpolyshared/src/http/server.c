/* SPDX-License-Identifier: MIT */
/*
 * The listener and the server's life. All loops wait on one listening socket; whoever accepts hands the
 * connection to the loop with the fewest, when the difference is worth a message.
 */
#include "http/address.h"
#include "http/connection.h"
#include "runtime/fatal.h"
#include "runtime/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ACCEPTS_PER_TURN        16
#define HAND_OVER_DIFFERENCE    4u
#define ACCEPT_PAUSE            POLY_MILLISECONDS(100)
#define DEFAULT_MAX_CONNECTIONS 20000u
#define DEFAULT_MAX_ACTIVE      1024u
#define DEFAULT_DRAIN_MS        10000u

static void adopt_connection(struct server_loop *home, int fd, const struct sockaddr_storage *address)
{
    char text[INET6_ADDRSTRLEN];

    http_address_text(address, text, sizeof(text));
    connection_open(home, fd, text);
}

struct handed_connection {
    struct server_loop *home;
    int fd;
    struct sockaddr_storage address;
};

static void adopt_handed(void *argument)
{
    struct handed_connection *handed = argument;

    adopt_connection(handed->home, handed->fd, &handed->address);
    free(handed);
}

static unsigned connections_of(const struct server_loop *home)
{
    return atomic_load_explicit(&home->connection_count, memory_order_relaxed);
}

static struct server_loop *choose_home(struct server_loop *acceptor)
{
    poly_server *server = acceptor->server;
    struct server_loop *least = acceptor;

    for (unsigned i = 0; i < poly_runtime_workers(server->runtime); i++)
        if (connections_of(&server->loops[i]) + HAND_OVER_DIFFERENCE <= connections_of(least))
            least = &server->loops[i];
    return least;
}

/* Says why in the only form that needs no connection object, and closes. */
static void turn_away(int fd)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Content-Type: application/problem+json\r\n"
                                 "Content-Length: 109\r\n"
                                 "Retry-After: 1\r\n"
                                 "Connection: close\r\n\r\n"
                                 "{\"type\":\"about:blank\",\"title\":\"Overloaded\",\"status\":503,"
                                 "\"detail\":\"Too many connections.\",\"code\":\"overloaded\"}";

    if (send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        poly_log_plain(POLY_LOG_DEBUG, "could not tell a client that there are too many connections");
    close(fd);
}

static void place_connection(struct server_loop *acceptor, int fd, const struct sockaddr_storage *address)
{
    poly_server *server = acceptor->server;
    struct server_loop *home = choose_home(acceptor);
    struct handed_connection *handed;

    if (atomic_load_explicit(&server->connection_count, memory_order_relaxed) >= server->options.max_connections) {
        poly_counter_add(server->shed_counter, 1);
        turn_away(fd);
        return;
    }
    atomic_fetch_add(&server->connection_count, 1);
    atomic_fetch_add_explicit(&home->connection_count, 1, memory_order_relaxed);
    poly_gauge_add(server->connections_gauge, 1);
    if (home == acceptor) {
        adopt_connection(home, fd, address);
        return;
    }
    handed = poly_alloc(sizeof(*handed));
    *handed = (struct handed_connection){home, fd, *address};
    poly_loop_post(home->loop, adopt_handed, handed);
}

/* Out of descriptors, the listener rests, so that the loop does not spin on a connection it cannot take. */
static void rest_listener(struct server_loop *home)
{
    static const struct timeval interval = {.tv_usec = 250 * 1000};

    poly_log(POLY_LOG_ERROR, "cannot accept a connection", poly_text_field("error", strerror(errno)));
    event_del(home->accept_event);
    home->accept_again = poly_loop_now(home->loop) + ACCEPT_PAUSE;
    if (!home->ticking)
        home->ticking = event_add(home->tick_event, &interval) == 0;
}

/* False when there is nothing more to accept for now. */
static bool accept_one(struct server_loop *home)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    int fd = accept4(home->server->listen_fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        place_connection(home, fd, &address);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        rest_listener(home);
    return errno == EINTR || errno == ECONNABORTED;
}

static void on_acceptable(evutil_socket_t fd, short events, void *argument)
{
    (void)fd;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && accept_one(argument); i++)
        ;
}

static void on_tick(evutil_socket_t fd, short events, void *argument)
{
    struct server_loop *home = argument;

    (void)fd;
    (void)events;
    if (home->accept_again && poly_loop_now(home->loop) >= home->accept_again &&
        (!home->accepting || event_add(home->accept_event, NULL) == 0))
        home->accept_again = 0;
    server_loop_tick(home);
}

static void close_loop(void *argument)
{
    struct server_loop *home = argument;

    server_loop_close_all(home);
    event_free(home->accept_event);
    event_free(home->tick_event);
    while (home->spare_buffers) {
        struct input_buffer *buffer = home->spare_buffers;

        home->spare_buffers = buffer->next;
        free(buffer);
    }
    while (home->spare_requests) {
        poly_request *request = home->spare_requests;

        home->spare_requests = request->next_spare;
        poly_arena_destroy(&request->arena);
        free(request);
    }
}

/* Of every loop before any of them accepts, since it may hand the connection to another. */
static void prepare_loop(void *argument)
{
    struct server_loop *home = argument;
    struct event_base *base = poly_loop_base(home->loop);

    home->accept_event = event_new(base, home->server->listen_fd, EV_READ | EV_PERSIST, on_acceptable, home);
    home->tick_event = event_new(base, -1, EV_PERSIST, on_tick, home);
    if (!home->accept_event || !home->tick_event)
        poly_runtime_fatal("cannot watch the listening socket", errno);
    poly_loop_set(home->loop, POLY_SLOT_SERVER, home, close_loop);
}

static void begin_accepting(void *argument)
{
    struct server_loop *home = argument;

    if (event_add(home->accept_event, NULL) != 0)
        poly_runtime_fatal("cannot watch the listening socket", errno);
    home->accepting = true;
}

static void stop_accepting(void *argument)
{
    static const struct timeval soon = {.tv_usec = 50 * 1000};
    struct server_loop *home = argument;
    poly_server *server = home->server;

    while (home->accepting && !home->accept_again && accept_one(home))
        ; /* who is in the queue already is served */
    home->accepting = false;
    home->drain_started = poly_loop_now(home->loop);
    event_del(home->accept_event);
    event_del(home->tick_event);
    home->ticking = event_add(home->tick_event, &soon) == 0;
    pthread_mutex_lock(&server->drain_mutex);
    server->loops_accepting--;
    pthread_cond_broadcast(&server->drain_changed);
    pthread_mutex_unlock(&server->drain_mutex);
}

static const poly_route **join_tables(const poly_route *const *tables)
{
    const poly_route **joined;
    size_t count = 0;

    while (tables && tables[count])
        count++;
    joined = poly_alloc_zero(count + 2, sizeof(*joined));
    for (size_t i = 0; i < count; i++)
        joined[i] = tables[i];
    joined[count] = health_routes;
    return joined;
}

static size_t count_routes(const poly_route *const *tables)
{
    size_t count = 0;

    for (; tables && *tables; tables++)
        for (const poly_route *route = *tables; route->path; route++)
            count++;
    return count;
}

static void set_defaults(poly_server_options *options)
{
    if (!options->max_connections)
        options->max_connections = DEFAULT_MAX_CONNECTIONS;
    if (!options->max_active)
        options->max_active = DEFAULT_MAX_ACTIVE;
    if (!options->drain_ms)
        options->drain_ms = DEFAULT_DRAIN_MS;
}

static void init_loops(poly_server *server)
{
    unsigned workers = poly_runtime_workers(server->runtime);

    server->loops = poly_alloc_zero(workers, sizeof(*server->loops));
    for (unsigned i = 0; i < workers; i++) {
        server->loops[i].server = server;
        server->loops[i].loop = poly_runtime_loop(server->runtime, i);
    }
}

static void init_drain(poly_server *server)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&server->drain_mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->drain_changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static poly_server *create(poly_runtime *runtime, const poly_server_options *options)
{
    poly_server *server = poly_alloc_zero(1, sizeof(*server));

    server->options = *options;
    set_defaults(&server->options);
    server->runtime = runtime;
    server->listen_fd = -1;
    server->tables = join_tables(options->routes);
    server->router = http_router_create(server->tables);
    server->guarded_routes = count_routes(options->routes);
    server->metrics = route_metrics_create(server->router);
    server->connections_gauge = poly_gauge_get("http_connections", "Open client connections.", NULL);
    server->shed_counter =
        poly_counter_get("http_shed_total", "Requests and connections refused because there were too many.", NULL);
    init_loops(server);
    init_drain(server);
    return server;
}

poly_server *poly_server_create(poly_runtime *runtime, const poly_server_options *options, poly_strbuf *fault)
{
    poly_server *server = create(runtime, options);
    const char *bad_proxy;

    if (!trusted_proxies_init(&server->proxies, options->trusted_proxies, &bad_proxy))
        poly_strbuf_printf(fault, "the trusted proxy \"%s\" is no address and no block of them\n", bad_proxy);
    else
        server->listen_fd = http_listen(options->listen, &server->port, fault);
    if (server->listen_fd < 0)
        poly_server_destroy(&server);
    return server;
}

unsigned poly_server_port(const poly_server *server)
{
    return server->port;
}

void poly_server_add_check(poly_server *server, const char *name, bool required,
                           poly_result (*check)(void *argument, poly_strbuf *detail), void *argument)
{
    assert(server->check_count < POLY_LENGTH(server->checks));
    server->checks[server->check_count++] = (struct readiness_check){name, required, check, argument};
}

void poly_server_start(poly_server *server)
{
    server->loops_accepting = poly_runtime_workers(server->runtime);
    for (unsigned i = 0; i < poly_runtime_workers(server->runtime); i++)
        poly_loop_post(server->loops[i].loop, prepare_loop, &server->loops[i]);
    for (unsigned i = 0; i < poly_runtime_workers(server->runtime); i++)
        poly_loop_post(server->loops[i].loop, begin_accepting, &server->loops[i]);
}

static struct timespec monotonic_after(unsigned milliseconds)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

void poly_server_drain(poly_server *server)
{
    struct timespec until = monotonic_after(server->options.drain_ms);
    int status = 0;

    atomic_store(&server->draining, true);
    http_listen_end(server->listen_fd, server->options.listen);
    for (unsigned i = 0; i < poly_runtime_workers(server->runtime); i++)
        poly_loop_post(server->loops[i].loop, stop_accepting, &server->loops[i]);
    pthread_mutex_lock(&server->drain_mutex);
    while (server->loops_accepting)
        pthread_cond_wait(&server->drain_changed, &server->drain_mutex);
    close(server->listen_fd);
    server->listen_fd = -1;
    while (status == 0 && atomic_load(&server->connection_count))
        status = pthread_cond_timedwait(&server->drain_changed, &server->drain_mutex, &until);
    pthread_mutex_unlock(&server->drain_mutex);
    if (status == ETIMEDOUT)
        poly_log(POLY_LOG_WARNING, "drain time is over, closing the rest",
                 poly_int_field("connections", atomic_load(&server->connection_count)));
}

void poly_server_destroy(poly_server **server)
{
    poly_server *self = *server;

    if (!self)
        return;
    if (self->listen_fd >= 0)
        close(self->listen_fd);
    trusted_proxies_release(&self->proxies);
    http_router_destroy(&self->router);
    route_metrics_destroy(&self->metrics);
    pthread_mutex_destroy(&self->drain_mutex);
    pthread_cond_destroy(&self->drain_changed);
    free(self->loops);
    free(self->tables);
    free(self);
    *server = NULL;
}

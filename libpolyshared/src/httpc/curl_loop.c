/* SPDX-License-Identifier: MIT */
#include "httpc/curl_loop.h"

#include "httpc/lane.h"
#include "poly/log.h"
#include "poly/time.h"
#include "runtime/loop.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Idle connections and easy handles that a loop keeps; beyond them the oldest connection is closed. */
enum { MAX_IDLE_CONNECTIONS = 64, MAX_IDLE_EASIES = 16 };

/* A socket that libcurl wants watched. */
struct watcher {
    poly_curl_loop *loop;
    CURL *easy;
    curl_socket_t socket;
    struct event *event;
    struct watcher *previous, *next;
};

struct poly_curl_loop {
    CURLM *multi;
    struct event_base *base;
    poly_timer *timer;
    struct watcher *watchers;
    CURL *easies[MAX_IDLE_EASIES];
    size_t easy_count;
    struct poly_lane *lanes;
};

/* --- libcurl as a whole --- */

/* Serialises curl_global_init and curl_global_cleanup, which count their calls but are not always thread-safe. */
static pthread_mutex_t global_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Buffers of libcurl hold passwords on their way, and it has too many to know which. */
static void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *resize(void *memory, size_t size)
{
    size_t room = memory ? malloc_usable_size(memory) : 0;
    void *resized;

    if (room >= size && room / 2 <= size)
        return memory;
    resized = poly_alloc(size ? size : 1);
    if (memory)
        memcpy(resized, memory, room < size ? room : size);
    wipe_and_free(memory);
    return resized;
}

/* libcurl allocates through the wrappers that abort, so that what it then fails with is never memory. */
static void begin_curl(void)
{
    CURLcode code;

    pthread_mutex_lock(&global_mutex);
    code = curl_global_init_mem(CURL_GLOBAL_NOTHING, poly_alloc, wipe_and_free, resize, poly_strdup, poly_alloc_zero);
    pthread_mutex_unlock(&global_mutex);
    assert(code == CURLE_OK);
    (void)code;
}

static void end_curl(void)
{
    pthread_mutex_lock(&global_mutex);
    curl_global_cleanup();
    pthread_mutex_unlock(&global_mutex);
}

/* --- events --- */

static void finish(poly_curl_loop *loop, CURL *easy, CURLcode code)
{
    char *private = NULL;
    poly_transfer *transfer;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    transfer = (poly_transfer *)private;
    curl_multi_remove_handle(loop->multi, easy);
    transfer->running = false;
    transfer->code = code;
    poly_wait_finish(&transfer->wait);
}

static void step(poly_curl_loop *loop, curl_socket_t socket, int readiness)
{
    int running;
    int left;
    CURLMsg *message;
    CURLMcode code = curl_multi_socket_action(loop->multi, socket, readiness, &running);

    if (code != CURLM_OK)
        poly_log(POLY_LOG_ERROR, "the http client's loop failed", poly_text_field("error", curl_multi_strerror(code)));
    while ((message = curl_multi_info_read(loop->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            finish(loop, message->easy_handle, message->data.result);
}

static void on_timer(void *argument)
{
    step(argument, CURL_SOCKET_TIMEOUT, 0);
}

/* CURLMOPT_TIMERFUNCTION. Zero means soon, less than zero never. */
static int set_timer(CURLM *multi, long milliseconds, void *argument)
{
    poly_curl_loop *loop = argument;

    (void)multi;
    if (milliseconds < 0)
        poly_timer_stop(loop->timer);
    else
        poly_timer_start(loop->timer, POLY_MILLISECONDS(milliseconds));
    return 0;
}

/* --- sockets --- */

/*
 * libcurl 7.88 closes a socket that never got connected before it takes it back in set_interest. By then the number may
 * be another thread's socket, which epoll must not be asked about. So a watch for writing, which is what a connect
 * waits for, fires once, and a transfer that is given up takes its watches out first.
 */

static struct watcher *find(poly_curl_loop *loop, curl_socket_t socket)
{
    struct watcher *watcher = loop->watchers;

    while (watcher && watcher->socket != socket)
        watcher = watcher->next;
    return watcher;
}

static void add(struct watcher *watcher)
{
    if (event_add(watcher->event, NULL) != 0)
        poly_log(POLY_LOG_ERROR, "cannot watch a socket", poly_int_field("errno", errno));
}

static void on_readiness(evutil_socket_t socket, short events, void *argument)
{
    struct watcher *watcher = argument;
    poly_curl_loop *loop = watcher->loop;
    bool once = !(event_get_events(watcher->event) & EV_PERSIST);

    step(loop, socket, (events & EV_READ ? CURL_CSELECT_IN : 0) | (events & EV_WRITE ? CURL_CSELECT_OUT : 0));
    watcher = once ? find(loop, socket) : NULL;
    if (watcher && !event_pending(watcher->event, EV_READ | EV_WRITE, NULL))
        add(watcher);
}

static struct watcher *watch(poly_curl_loop *loop, curl_socket_t socket)
{
    struct watcher *watcher = poly_alloc_zero(1, sizeof(*watcher));

    watcher->loop = loop;
    watcher->socket = socket;
    watcher->event = event_new(loop->base, socket, 0, on_readiness, watcher);
    assert(watcher->event);
    watcher->next = loop->watchers;
    if (watcher->next)
        watcher->next->previous = watcher;
    loop->watchers = watcher;
    curl_multi_assign(loop->multi, socket, watcher);
    return watcher;
}

static void unwatch(struct watcher *watcher)
{
    if (watcher->previous)
        watcher->previous->next = watcher->next;
    else
        watcher->loop->watchers = watcher->next;
    if (watcher->next)
        watcher->next->previous = watcher->previous;
    event_free(watcher->event);
    free(watcher);
}

/* CURLMOPT_SOCKETFUNCTION. */
static int set_interest(CURL *easy, curl_socket_t socket, int interest, void *argument, void *known)
{
    poly_curl_loop *loop = argument;
    struct watcher *watcher = known;
    short events = interest & CURL_POLL_OUT ? EV_WRITE : EV_PERSIST;

    if (interest == CURL_POLL_REMOVE) {
        if (watcher)
            unwatch(watcher);
        return 0;
    }
    if (!watcher)
        watcher = watch(loop, socket);
    if (interest & CURL_POLL_IN)
        events |= EV_READ;
    watcher->easy = easy;
    event_del(watcher->event);
    event_assign(watcher->event, loop->base, socket, events, on_readiness, watcher);
    add(watcher);
    return 0;
}

static void disarm(poly_curl_loop *loop, CURL *easy)
{
    for (struct watcher *watcher = loop->watchers; watcher; watcher = watcher->next)
        if (watcher->easy == easy)
            event_del(watcher->event);
}

/* --- life --- */

static void destroy(void *value)
{
    poly_curl_loop *loop = value;

    while (loop->easy_count > 0)
        curl_easy_cleanup(loop->easies[--loop->easy_count]);
    curl_multi_cleanup(loop->multi);
    poly_timer_destroy(&loop->timer);
    poly_lane_release_all(&loop->lanes);
    free(loop);
    end_curl();
}

static poly_curl_loop *create(poly_loop *owner)
{
    poly_curl_loop *loop = poly_alloc_zero(1, sizeof(*loop));

    begin_curl();
    loop->base = poly_loop_base(owner);
    loop->timer = poly_timer_create(owner, on_timer, loop);
    loop->multi = curl_multi_init();
    assert(loop->multi);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, set_interest);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)MAX_IDLE_CONNECTIONS);
    poly_loop_set(owner, POLY_SLOT_HTTPC, loop, destroy);
    return loop;
}

poly_curl_loop *poly_curl_loop_current(void)
{
    poly_loop *owner = poly_loop_current();
    poly_curl_loop *loop = poly_loop_get(owner, POLY_SLOT_HTTPC);

    return loop ? loop : create(owner);
}

struct poly_lane **poly_curl_loop_lanes(poly_curl_loop *loop)
{
    return &loop->lanes;
}

/* --- transfers --- */

void poly_transfer_init(poly_curl_loop *loop, poly_transfer *transfer)
{
    *transfer = (poly_transfer){.easy = loop->easy_count ? loop->easies[--loop->easy_count] : curl_easy_init()};
    assert(transfer->easy);
    poly_wait_init(&transfer->wait);
}

void poly_transfer_start(poly_curl_loop *loop, poly_transfer *transfer)
{
    CURLMcode code;

    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    transfer->running = true;
    code = curl_multi_add_handle(loop->multi, transfer->easy);
    assert(code == CURLM_OK);
    (void)code;
    /* libcurl asks for a timer to begin with; on a kept connection the request goes out at once without it. */
    step(loop, CURL_SOCKET_TIMEOUT, 0);
}

void poly_transfer_stop(poly_curl_loop *loop, poly_transfer *transfer)
{
    if (transfer->running) {
        disarm(loop, transfer->easy);
        curl_multi_remove_handle(loop->multi, transfer->easy);
    }
    transfer->running = false;
    if (loop->easy_count < MAX_IDLE_EASIES && !transfer->secret) {
        curl_easy_reset(transfer->easy);
        loop->easies[loop->easy_count++] = transfer->easy;
    } else {
        curl_easy_cleanup(transfer->easy);
    }
    transfer->easy = NULL;
}

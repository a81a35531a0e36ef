/* SPDX-License-Identifier: MIT */
/*
 * The server's insides: one `server_loop` per event loop holds that loop's connections; a connection carries
 * one request at a time; a request lives until its answer's last byte is with the kernel. Loop only, all of it.
 */
#ifndef POLY_HTTP_CONNECTION_H
#define POLY_HTTP_CONNECTION_H

#include "http/body.h"
#include "http/forwarded.h"
#include "http/head.h"
#include "http/query.h"
#include "http/router.h"
#include "poly/log.h"
#include "poly/metrics.h"
#include "poly/strbuf.h"
#include "poly/trace.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

/* Each state but ACTIVE has a list in its server_loop, oldest first, and a time after which connections are closed. */
enum connection_state {
    CONNECTION_IDLE,       /* no byte of a request is here */
    CONNECTION_HEAD,       /* part of a head is */
    CONNECTION_ACTIVE,     /* a fiber answers; its own deadline rules */
    CONNECTION_WRITING,    /* the fiber is done, the socket takes no more for now */
    CONNECTION_SUBSCRIBED, /* a stream of events, which sees to its own time limits */
    CONNECTION_LINGERING,  /* the last answer is out, the peer's rest is read and dropped (RFC 9112 section 9.6) */
    CONNECTION_STATE_COUNT,
};

struct connection;

struct connection_list {
    struct connection *first;
    struct connection *last;
    unsigned count;
};

struct server_loop {
    poly_server *server;
    poly_loop *loop;
    struct event *accept_event;
    struct event *tick_event; /* looks for connections whose time is over */
    bool ticking;
    bool accepting;
    uint64_t accept_again;  /* after running out of descriptors */
    uint64_t drain_started; /* 0: it does not drain */
    struct connection_list lists[CONNECTION_STATE_COUNT];
    atomic_uint connection_count; /* written by its loop, read by the others */
    unsigned active_count;        /* requests whose handlers run or wait for anything but their client */
    uint64_t body_bytes_held;     /* of bodies that are not whole yet */
    struct input_buffer *spare_buffers;
    unsigned spare_buffer_count;
    poly_request *spare_requests;
    unsigned spare_request_count;
    time_t date_second;
    char date[POLY_HTTP_DATE_SIZE];
};

/* An answer on its way: its head, then its body. */
struct answer {
    int status;
    bool begun; /* by a poly_respond, poly_fail or poly_stream function */
    bool streaming;
    bool aborted;
    bool chunked;
    bool closes;         /* the connection ends behind it */
    int64_t stream_left; /* of a stream with a length; -1: not counted */
    char *head;          /* in the arena */
    struct iovec pieces[2];
    unsigned piece; /* the first not yet written */
    unsigned piece_count;
    poly_blob *body; /* a reference */
    uint64_t bytes;  /* handed to the kernel */
};

struct response_field {
    const char *name;
    const char *value;
    struct response_field *next;
};

struct request_fault {
    const char *field;
    const char *code;
    const char *message;
    struct request_fault *next;
};

struct poly_request {
    struct connection *connection;
    poly_arena *arena;
    struct http_match match;
    const char *path; /* decoded */
    struct query_pair *query;
    struct request_fault *faults;
    struct request_fault **faults_end;
    struct response_field *fields;
    struct response_field **fields_end;
    const char *cache_control;
    const char *etag_field; /* with quotes */
    bool varies_by_encoding;
    bool varies_by_language;
    bool secret;         /* of a route whose bodies carry passwords */
    const void *caller;  /* what the guard found */
    const char *address; /* of the client */
    struct http_body body;
    bool body_asked;      /* of which "100 Continue" is the first consequence */
    uint64_t body_waited; /* for the client, all in all */
    poly_slice body_text; /* what poly_request_body read; in the arena */
    poly_json *document;
    uint64_t started;
    struct answer answer;
    poly_trace trace;
    poly_log_context log_context;
    poly_request *next_spare;
    struct http_head head; /* last: only the used part is ever touched */
};

struct input_buffer {
    struct input_buffer *next;
    size_t capacity;
    char bytes[];
};

struct connection {
    struct server_loop *home;
    int fd;
    enum connection_state state;
    struct connection *previous;
    struct connection *next;
    uint64_t since; /* entered its state, or last made progress in it */
    struct event read_event;
    struct event write_event;
    bool reading;   /* read_event is added */
    bool peer_gone; /* end of input or an error was seen */
    bool closing;   /* no further request is taken */
    bool secret;    /* a password may lie in `input` */
    struct input_buffer *input;
    size_t input_start; /* first byte not consumed */
    size_t input_size;  /* end of what was read */
    size_t input_held;  /* end of the active request's head, which stays where it is */
    bool input_pinned;  /* so does all the rest for now: a handler works with a piece of it */
    size_t scanned;
    poly_request *request; /* the active one */
    poly_fiber *fiber;
    poly_wait *body_wait;
    poly_wait *write_wait;
    uint64_t body_received;
    struct poly_sse *subscriber; /* from poly_sse_join on */
    bool from_proxy;             /* the peer is a trusted one */
    char address[INET6_ADDRSTRLEN];
};

struct readiness_check {
    const char *name;
    bool required;
    poly_result (*check)(void *argument, poly_strbuf *detail);
    void *argument;
};

struct route_metrics;

struct poly_server {
    poly_server_options options;
    poly_runtime *runtime;
    struct http_router *router;
    size_t guarded_routes;         /* the daemon's own; the built-in ones come behind them */
    struct route_metrics *metrics; /* one per route, and one for requests without */
    poly_gauge *connections_gauge;
    poly_counter *shed_counter;
    int listen_fd;
    unsigned port;
    struct server_loop *loops; /* one per loop of the runtime */
    atomic_uint connection_count;
    atomic_bool draining;
    unsigned loops_accepting; /* guarded by drain_mutex */
    pthread_mutex_t drain_mutex;
    pthread_cond_t drain_changed;
    struct trusted_proxies proxies;
    struct readiness_check checks[8];
    size_t check_count;
    const poly_route **tables; /* the daemon's and the built-in ones */
};

/* --- connection.c --- */

/* Takes over `fd`, which is non-blocking. */
void connection_open(struct server_loop *home, int fd, const char *address);
void connection_close(struct connection *connection);
/*
 * Closes when the last answer is out, without letting unread input turn the close into a reset. `asked_for`: the client
 * wanted this close, and sends nothing more.
 */
void connection_end(struct connection *connection, bool asked_for);
/* Closes and drops what is unsent, the kernel's part too. */
void connection_reset(struct connection *connection);
/* The one place that changes the state. */
void connection_move(struct connection *connection, enum connection_state state);
/* Closes what is over time, or idle while the server drains. */
void server_loop_tick(struct server_loop *home);
void server_loop_close_all(struct server_loop *home);

/* --- input.c --- */

/* Reads what is there. Bytes added; 0: nothing now; -1: the peer is gone. */
ssize_t connection_receive(struct connection *connection);
void connection_release_input(struct connection *connection);
void connection_resume_reading(struct connection *connection);
/* The next whole head becomes the active request. NULL: not all there, or refused and answered. */
poly_request *connection_next_request(struct connection *connection);
/* Waits until more input has come. Fiber only. */
poly_result connection_await_input(struct connection *connection, uint64_t deadline);

/* --- output.c --- */

enum output_status { OUTPUT_DONE, OUTPUT_STALLED, OUTPUT_FAILED };
enum output_status connection_write(struct connection *connection);
/* Writes all of `pieces`, waiting for room. Fiber only. */
poly_result connection_write_waiting(struct connection *connection, struct iovec *pieces, unsigned count);

/* --- request.c --- */

poly_request *request_create(struct connection *connection);
/* Starts its clock, its trace and its count. */
void request_begin(poly_request *request);
/* Logs, counts, and gives everything back. */
void request_finish(poly_request *request);
void request_destroy(poly_request *request);
/* Routes and runs the handler. Fiber only. */
void request_handle(poly_request *request);

/* --- request_body.c --- */

/*
 * The next piece of the body, in the input buffer until the next call; the client waits meanwhile. POLY_NOT_FOUND:
 * there is no more. POLY_INVALID: the chunked coding is broken. POLY_TIMEOUT: it came too slowly. POLY_CANCELLED. Fiber
 * only.
 */
poly_result request_pull(poly_request *request, poly_slice *piece);
/* Answers for a pull that ended in anything else, or for a body that is too large. */
void request_fail_body(poly_request *request, poly_result result);

/* --- response.c --- */

/* Builds the head. `content_length` -1: none. `body` may be NULL. */
void response_build(poly_request *request, int status, const char *content_type, int64_t content_length,
                    poly_blob *body);
/* An answer outside of any handler, such as 400 for a head that no request could be made of. */
void response_refuse(poly_request *request, const struct http_refusal *refusal);

/* --- problem.c --- */

extern const poly_problem problem_malformed, problem_not_found, problem_method_not_allowed, problem_overloaded,
    problem_body_timeout, problem_too_large, problem_unsupported_type, problem_internal;
/* The kind for a status that the parser or the router gives. */
const poly_problem *problem_for_status(int status);

/* --- cors.c --- */

/* The value for Access-Control-Allow-Origin, NULL when the origin is absent or not allowed. */
const char *cors_allowed_origin(const poly_request *request);
/* Answers OPTIONS for a path that exists. */
void cors_answer_options(poly_request *request);
void http_allow_text(uint32_t allowed, char *out, size_t size);

/* --- request_metrics.c --- */

struct route_metrics *route_metrics_create(const struct http_router *router);
void route_metrics_destroy(struct route_metrics **metrics);
void route_metrics_count(poly_request *request, uint64_t microseconds);
void request_log(const poly_request *request, uint64_t microseconds);

/* --- health.c --- */

extern const poly_route health_routes[];

#endif

/* SPDX-License-Identifier: MIT */
/* One connection of the load: connects, sends a request, reads the response. Never blocks. */
#ifndef LOAD_CONNECTION_H
#define LOAD_CONNECTION_H

#include "follow.h"
#include "load.h"

enum connection_state {
    CONNECTION_CLOSED, /* no socket */
    CONNECTION_CONNECTING,
    CONNECTION_IDLE,
    CONNECTION_SENDING,
    CONNECTION_RECEIVING,
};

enum connection_event {
    CONNECTION_WAITS,     /* for the socket */
    CONNECTION_ANSWERED,  /* the response is whole */
    CONNECTION_CONNECTED, /* nothing was to be sent yet */
    CONNECTION_FAILED,    /* `error` says how; the socket is closed */
};

struct connection {
    enum connection_state state;
    enum load_error error;
    int socket;
    bool single;      /* closes behind its response */
    bool has_request; /* being sent or answered, or to be sent once connected */
    uint64_t begun;   /* monotonic µs: when the request was due */
    char *out;
    size_t out_length, out_sent;
    struct response response;
    struct follow follow;
};

uint64_t monotonic_us(void);

/* Begins to connect and watches the socket with `epoll`, with the connection's address as its data. */
enum connection_event connection_open(struct connection *connection, const struct load_options *options, int epoll);
/* A request: the number of its path, of its lines, and when it is due. */
struct order {
    uint64_t path, turn, due;
};

/* Gives an idle, connecting or closed connection a request; it is sent as soon as it can be. */
void connection_give(struct connection *connection, const struct load_options *options, const struct order *order);
/* Goes on as far as the socket lets it. */
enum connection_event connection_advance(struct connection *connection, const struct load_options *options,
                                         struct load_figures *figures);
void connection_close(struct connection *connection);
void connection_release(struct connection *connection);

#endif

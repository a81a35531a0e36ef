/* SPDX-License-Identifier: MIT */
/*
 * LISTEN's value as a listening socket.
 */
#ifndef POLY_HTTP_ADDRESS_H
#define POLY_HTTP_ADDRESS_H

#include "poly/strbuf.h"

#include <sys/socket.h>

/*
 * Opens "host:port", "[v6]:port", ":port" (all addresses of both families) or takes over "fd:N", non-blocking and
 * with the options that accepted connections inherit. -1 with a line in `fault`. `*port` gets the bound port.
 */
int http_listen(const char *listen_on, unsigned *port, poly_strbuf *fault);

/*
 * From here on no handshake begins, while those that have begun come to their end: once the queue is empty, the
 * listener can be closed without resetting anybody. Who comes too late hears nothing until then, and is refused when it
 * asks again. A listener that was taken over stays as it is, since its owner goes on with it.
 */
void http_listen_end(int fd, const char *listen_on);

/* The peer's address as text, an IPv4 one in IPv6 clothing (RFC 4291 section 2.5.5.2) as IPv4. */
void http_address_text(const struct sockaddr_storage *address, char *out, size_t size);

#endif

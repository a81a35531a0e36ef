/* SPDX-License-Identifier: MIT */
/*
 * The client behind proxies, by X-Forwarded-For: each proxy appends the address that it was called from, so only what
 * trusted proxies appended is known, and that is read from the right. Pure.
 */
#ifndef POLY_HTTP_FORWARDED_H
#define POLY_HTTP_FORWARDED_H

#include "base/network.h"
#include "http/head.h"

struct trusted_proxies {
    struct network_block *blocks;
    size_t count;
};

/* From TRUSTED_PROXIES; may be NULL. False: `*bad` is the first that is no address and no block. */
bool trusted_proxies_init(struct trusted_proxies *proxies, const char *const *list, const char **bad) POLY_MUST_CHECK;
void trusted_proxies_release(struct trusted_proxies *proxies);
bool trusted_proxies_have(const struct trusted_proxies *proxies, const struct network_address *address);

/*
 * For a request that came from a trusted proxy: the rightmost address in its X-Forwarded-For fields that is no trusted
 * proxy; the leftmost if all are. An entry that is no address (with a port or not) ends the walk, and the one to the
 * right of it counts. False if there is not even one.
 */
bool forwarded_client(const struct trusted_proxies *proxies, const struct http_head *head,
                      struct network_address *client);

#endif

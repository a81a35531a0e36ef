/* SPDX-License-Identifier: MIT */
/*
 * IP addresses and blocks of them (RFC 4632, RFC 4291), both families as IPv6: an IPv4 address is its mapped form,
 * ::ffff:a.b.c.d, so that it is the same one however it comes. Pure.
 */
#ifndef POLY_BASE_NETWORK_H
#define POLY_BASE_NETWORK_H

#include "poly/base.h"

/* The longest address as text, with its NUL. */
#define NETWORK_TEXT_SIZE 46

struct network_address {
    uint8_t bytes[16];
};

/* All addresses that begin with the first `prefix` bits of `base`. */
struct network_block {
    struct network_address base;
    unsigned prefix;
};

/* An address alone: no port, no zone, no brackets, no space. */
bool network_address_parse(poly_slice text, struct network_address *out) POLY_MUST_CHECK;
/* Canonical (RFC 5952); a mapped one as IPv4. */
void network_address_format(const struct network_address *address, char out[NETWORK_TEXT_SIZE]);

/* "10.0.0.0/8", "2001:db8::/32", or an address, which is a block of one. No bit of the base is behind the prefix. */
bool network_block_parse(const char *text, struct network_block *out) POLY_MUST_CHECK;
bool network_block_has(const struct network_block *block, const struct network_address *address);

#endif

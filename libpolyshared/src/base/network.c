/* SPDX-License-Identifier: MIT */
#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

#define MAPPED_BITS 96u /* before an IPv4 address in its mapped form */

static const uint8_t mapped_prefix[MAPPED_BITS / 8] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_mapped(const struct network_address *address)
{
    return memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool network_address_parse(poly_slice text, struct network_address *out)
{
    char copy[NETWORK_TEXT_SIZE];

    if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size))
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (inet_pton(AF_INET6, copy, out->bytes) == 1)
        return true;
    memcpy(out->bytes, mapped_prefix, sizeof(mapped_prefix));
    return inet_pton(AF_INET, copy, out->bytes + sizeof(mapped_prefix)) == 1;
}

void network_address_format(const struct network_address *address, char out[NETWORK_TEXT_SIZE])
{
    bool mapped = is_mapped(address);

    if (!inet_ntop(mapped ? AF_INET : AF_INET6, address->bytes + (mapped ? sizeof(mapped_prefix) : 0), out,
                   NETWORK_TEXT_SIZE))
        out[0] = '\0'; /* cannot be: the room is enough */
}

/* One to three digits to the end. */
static bool parse_prefix(const char *text, unsigned *prefix)
{
    size_t size = strspn(text, "0123456789");

    if (size == 0 || size > 3 || text[size])
        return false;
    for (*prefix = 0; *text; text++)
        *prefix = *prefix * 10 + (unsigned)(*text - '0');
    return true;
}

static bool has_bits_behind(const struct network_block *block)
{
    for (unsigned bit = block->prefix; bit < 128; bit++)
        if (block->base.bytes[bit / 8] & (0x80u >> bit % 8))
            return true;
    return false;
}

bool network_block_parse(const char *text, struct network_block *out)
{
    const char *slash = strchr(text, '/');
    poly_slice address = {text, slash ? (size_t)(slash - text) : strlen(text)};
    bool is_v4 = !memchr(address.data, ':', address.size);
    unsigned bits = is_v4 ? 32 : 128;
    unsigned prefix = bits;

    if (!network_address_parse(address, &out->base) || (slash && !parse_prefix(slash + 1, &prefix)) || prefix > bits)
        return false;
    out->prefix = is_v4 ? MAPPED_BITS + prefix : prefix;
    return !has_bits_behind(out);
}

bool network_block_has(const struct network_block *block, const struct network_address *address)
{
    unsigned whole = block->prefix / 8, rest = block->prefix % 8;

    if (memcmp(block->base.bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || ((block->base.bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

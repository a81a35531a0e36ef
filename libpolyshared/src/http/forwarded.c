/* SPDX-License-Identifier: MIT */
#include "http/forwarded.h"

#include <stdlib.h>
#include <string.h>

bool trusted_proxies_init(struct trusted_proxies *proxies, const char *const *list, const char **bad)
{
    size_t count = 0;

    while (list && list[count])
        count++;
    *proxies = (struct trusted_proxies){.blocks = poly_alloc_zero(count + 1, sizeof(*proxies->blocks))};
    for (size_t i = 0; i < count; i++) {
        if (!network_block_parse(list[i], &proxies->blocks[i])) {
            *bad = list[i];
            return false;
        }
        proxies->count++;
    }
    return true;
}

void trusted_proxies_release(struct trusted_proxies *proxies)
{
    free(proxies->blocks);
    *proxies = (struct trusted_proxies){0};
}

bool trusted_proxies_have(const struct trusted_proxies *proxies, const struct network_address *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (network_block_has(&proxies->blocks[i], address))
            return true;
    return false;
}

/* --- entries --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts the text behind the last comma off the end of `left`; all of it, and `left` is absent then, without a comma. */
static poly_slice cut_last(poly_slice *left)
{
    const char *comma = memrchr(left->data, ',', left->size);
    poly_slice entry = *left;

    if (comma) {
        entry.data = comma + 1;
        entry.size = left->size - (size_t)(entry.data - left->data);
        left->size = (size_t)(comma - left->data);
    } else {
        *left = (poly_slice){NULL, 0};
    }
    while (entry.size && is_space(*entry.data)) {
        entry.data++;
        entry.size--;
    }
    while (entry.size && is_space(entry.data[entry.size - 1]))
        entry.size--;
    return entry;
}

/* Behind an address: nothing, or a colon and digits. */
static bool is_port(poly_slice text)
{
    if (text.size == 0)
        return true;
    if (text.size < 2 || text.size > 6 || text.data[0] != ':')
        return false;
    for (size_t i = 1; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* "a.b.c.d", "a.b.c.d:port", "v6", "[v6]", "[v6]:port". */
static bool parse_entry(poly_slice entry, struct network_address *address)
{
    const char *end;
    poly_slice port = {NULL, 0};

    if (entry.size && entry.data[0] == '[') {
        end = memchr(entry.data, ']', entry.size);
        if (!end)
            return false;
        port = (poly_slice){end + 1, entry.size - (size_t)(end + 1 - entry.data)};
        entry = (poly_slice){entry.data + 1, (size_t)(end - entry.data) - 1};
        return memchr(entry.data, ':', entry.size) && is_port(port) && network_address_parse(entry, address);
    }
    end = entry.size ? memchr(entry.data, ':', entry.size) : NULL;
    if (end && memchr(entry.data, '.', (size_t)(end - entry.data))) { /* no IPv6 address has a dot before a colon */
        port = (poly_slice){end, entry.size - (size_t)(end - entry.data)};
        entry.size = (size_t)(end - entry.data);
    }
    return is_port(port) && network_address_parse(entry, address);
}

/* --- the walk --- */

/* True while the walk goes on: `client` is a trusted proxy. */
static bool walk_field(const struct trusted_proxies *proxies, poly_slice field, struct network_address *client,
                       bool *found)
{
    while (field.data) {
        struct network_address address;

        if (!parse_entry(cut_last(&field), &address))
            return false;
        *client = address;
        *found = true;
        if (!trusted_proxies_have(proxies, &address))
            return false;
    }
    return true;
}

bool forwarded_client(const struct trusted_proxies *proxies, const struct http_head *head,
                      struct network_address *client)
{
    bool found = false;
    bool goes_on = true;

    for (size_t i = head->field_count; i-- > 0 && goes_on;)
        if (poly_slice_equal_nocase(head->fields[i].name, "X-Forwarded-For"))
            goes_on = walk_field(proxies, head->fields[i].value, client, &found);
    return found;
}

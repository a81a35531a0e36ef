/* SPDX-License-Identifier: MIT */
#include "listing.h"

#include <stdio.h>
#include <string.h>

#include "poly/text.h"

enum { SEARCH_MAX = 200, PAGE_SIZE = 50, PAGE_SIZE_MAX = 200, ARRAY_MAX = 1000 };

#define LIST_MAX ((size_t)32 << 20)

static const char *folded(const char *text, poly_arena *arena)
{
    poly_strbuf buffer;
    const char *copy;

    poly_strbuf_init(&buffer, (size_t)8 << 10);
    poly_text_fold(text, strlen(text), &buffer);
    copy = poly_arena_strdup(arena, poly_strbuf_text(&buffer));
    poly_strbuf_release(&buffer);
    return copy;
}

list_request listing_read(poly_request *request)
{
    const char *search = poly_query_text(request, "search", SEARCH_MAX);
    list_request listing = {.page = poly_query_page(request, PAGE_SIZE, PAGE_SIZE_MAX)};

    if (search)
        listing.search = folded(search, poly_request_arena(request));
    listing.window.limit = listing.page.asked ? listing.page.page_size : ARRAY_MAX;
    listing.window.offset = listing.page.asked ? (listing.page.page - 1) * listing.page.page_size : 0;
    return listing;
}

static void tell_total(poly_request *request, size_t count, int64_t total)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)total);
    poly_respond_header(request, "X-Total-Count", text);
    if (total > (int64_t)count)
        poly_respond_header(request, "Link", "<?page=1&page_size=200>; rel=\"first\"");
}

void listing_respond(poly_request *request, const list_request *listing, const void *items, size_t count, int64_t total,
                     void (*write_item)(poly_json_writer *writer, const void *items, size_t index))
{
    bool is_page = listing->page.asked;
    poly_json_writer writer;
    poly_strbuf body;

    poly_strbuf_init(&body, LIST_MAX);
    poly_json_writer_init(&writer, &body);
    if (is_page)
        poly_json_begin_object(&writer, NULL);
    else
        tell_total(request, count, total);
    poly_json_begin_array(&writer, is_page ? "items" : NULL);
    for (size_t i = 0; i < count; i++)
        write_item(&writer, items, i);
    poly_json_end_array(&writer);
    if (is_page) {
        poly_json_put_page(&writer, listing->page, total);
        poly_json_end_object(&writer);
    }
    poly_respond_json(request, 200, &body);
}

/* SPDX-License-Identifier: MIT */
#include "http/negotiate.h"

#include <string.h>

/* The next element of a comma-separated list and its weight in thousandths. */
static bool next_element(poly_slice *list, poly_slice *element, unsigned *weight)
{
    const char *comma;
    const char *semicolon;
    const char *q;

    if (!list->size)
        return false;
    comma = memchr(list->data, ',', list->size);
    *element = (poly_slice){list->data, comma ? (size_t)(comma - list->data) : list->size};
    list->data += element->size + (comma != NULL);
    list->size -= element->size + (comma != NULL);
    *weight = 1000;
    semicolon = memchr(element->data, ';', element->size);
    if (semicolon) {
        size_t left = (size_t)(element->data + element->size - semicolon);

        q = memmem(semicolon, left, "q=", 2);
        if (q) {
            const char *end = element->data + element->size;
            unsigned scale = 100;

            q += 2;
            *weight = q < end && *q == '1' ? 1000 : 0;
            for (q += q + 1 < end && q[1] == '.' ? 2 : 1; q < end && *q >= '0' && *q <= '9' && scale; q++, scale /= 10)
                *weight += *weight < 1000 ? (unsigned)(*q - '0') * scale : 0;
        }
        element->size = (size_t)(semicolon - element->data);
    }
    while (element->size && (element->data[0] == ' ' || element->data[0] == '\t')) {
        element->data++;
        element->size--;
    }
    while (element->size && (element->data[element->size - 1] == ' ' || element->data[element->size - 1] == '\t'))
        element->size--;
    return true;
}

bool http_accepts_gzip(poly_slice accept_encoding)
{
    poly_slice element;
    unsigned weight;
    int any = -1;

    while (next_element(&accept_encoding, &element, &weight)) {
        if (poly_slice_equal_nocase(element, "gzip") || poly_slice_equal_nocase(element, "x-gzip"))
            return weight > 0;
        if (poly_slice_equal(element, "*"))
            any = weight > 0;
    }
    return any == 1;
}

static bool is_language(poly_slice tag, const char *language)
{
    return tag.size >= 2 && poly_slice_equal_nocase((poly_slice){tag.data, 2}, language) &&
           (tag.size == 2 || tag.data[2] == '-');
}

poly_language http_language(poly_slice accept_language)
{
    poly_slice tag;
    unsigned weight;
    unsigned russian = 0;
    unsigned english = 0;

    while (next_element(&accept_language, &tag, &weight)) {
        if (is_language(tag, "ru") && weight > russian)
            russian = weight;
        if (is_language(tag, "en") && weight > english)
            english = weight;
    }
    return english > russian ? POLY_ENGLISH : POLY_RUSSIAN;
}

bool http_etag_matches(poly_slice if_none_match, const char *etag)
{
    size_t etag_size = strlen(etag);
    poly_slice element;
    unsigned weight;

    while (next_element(&if_none_match, &element, &weight)) {
        if (poly_slice_equal(element, "*"))
            return true;
        if (element.size > 2 && memcmp(element.data, "W/", 2) == 0) {
            element.data += 2;
            element.size -= 2;
        }
        if (element.size < 2 || element.data[0] != '"' || element.data[element.size - 1] != '"')
            continue;
        element.data++;
        element.size -= 2;
        if (element.size >= etag_size && memcmp(element.data, etag, etag_size) == 0 &&
            (element.size == etag_size ||
             poly_slice_equal((poly_slice){element.data + etag_size, element.size - etag_size}, HTTP_ETAG_GZIP_SUFFIX)))
            return true;
    }
    return false;
}

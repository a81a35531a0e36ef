/* SPDX-License-Identifier: MIT */
/*
 * Whatever the bytes are, reading them ends in an answer of the contract. What is read can be written, what is written
 * can be read, and writing that again gives the same text.
 */
#include "poly/json.h"
#include "poly/text.h"

#include <stdlib.h>
#include <string.h>

#define CHECK(condition)  \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const poly_json *value)
{
    const char *text = poly_json_text(value, NULL);
    const char *name = poly_json_name(value);
    size_t count = 0;
    double number;
    int64_t whole;

    CHECK(poly_json_type_of(value) != POLY_JSON_ABSENT);
    CHECK(!text || poly_text_is_utf8(text, strlen(text)));
    CHECK(!name || poly_text_is_utf8(name, strlen(name)));
    if (poly_json_int(value, -1000, 1000, &whole))
        CHECK(poly_json_number(value, &number) && (double)whole == number);
    for (const poly_json *member = poly_json_first(value); member; member = poly_json_next(member), count++) {
        if (poly_json_type_of(value) == POLY_JSON_OBJECT)
            CHECK(poly_json_get(value, poly_json_name(member)) == member); /* no second one of that name */
        check_value(member);
    }
    CHECK(poly_json_count(value) == count);
}

static void write_again(const poly_json *document, poly_strbuf *out)
{
    poly_json_writer writer;

    poly_json_writer_init(&writer, out);
    poly_json_put_value(&writer, NULL, document);
    CHECK(!out->overflowed && writer.depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    poly_json_error error = {.reason = NULL};
    poly_json *document = NULL, *second = NULL;
    poly_strbuf first_text, second_text;
    poly_result result = poly_json_parse((const char *)data, size, NULL, &document, &error);

    CHECK(result == POLY_OK || result == POLY_INVALID || result == POLY_TOO_LARGE);
    CHECK((result == POLY_OK) == (document != NULL));
    if (result != POLY_OK) {
        CHECK(error.reason && error.offset <= size);
        CHECK(strcmp(error.reason, "not understood") != 0); /* the scan let through what the tree builder refuses */
        return 0;
    }
    check_value(document);
    poly_strbuf_init(&first_text, SIZE_MAX);
    poly_strbuf_init(&second_text, SIZE_MAX);
    write_again(document, &first_text);
    result =
        poly_json_parse(first_text.data, first_text.size, &(poly_json_limits){.max_size = SIZE_MAX}, &second, NULL);
    CHECK(result == POLY_OK);
    write_again(second, &second_text);
    CHECK(first_text.size == second_text.size && memcmp(first_text.data, second_text.data, first_text.size) == 0);
    poly_json_destroy(&second);
    poly_json_destroy(&document);
    poly_strbuf_release(&first_text);
    poly_strbuf_release(&second_text);
    return 0;
}

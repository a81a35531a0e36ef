/* SPDX-License-Identifier: MIT */
#include "poly/random.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(hex)
{
    char out[9];

    poly_hex_encode("\x00\x1f\xa0\xff", 4, out);
    ck_assert_str_eq(out, "001fa0ff");
    poly_hex_encode("", 0, out);
    ck_assert_str_eq(out, "");
}
END_TEST

/* RFC 4648, section 10, without the padding; and the two characters that differ from plain base64. */
static const struct {
    const char *bytes, *text;
} vectors[] = {
    {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xbf", "-_-_"},
};

START_TEST(base64url_vectors)
{
    for (size_t i = 0; i < POLY_LENGTH(vectors); i++) {
        size_t length = strlen(vectors[i].bytes), size = 16;
        char text[16], bytes[16];

        poly_base64url_encode(vectors[i].bytes, length, text);
        ck_assert_str_eq(text, vectors[i].text);
        ck_assert_uint_le(strlen(text) + 1, POLY_BASE64URL_SIZE(length));
        ck_assert(poly_base64url_decode(text, strlen(text), bytes, &size));
        ck_assert_uint_eq(size, length);
        ck_assert_mem_eq(bytes, vectors[i].bytes, length);
    }
}
END_TEST

START_TEST(base64url_there_and_back)
{
    for (size_t length = 0; length < 200; length++) {
        unsigned char bytes[200], back[200];
        char text[POLY_BASE64URL_SIZE(200)];
        size_t size = length;

        poly_random_bytes(bytes, length);
        poly_base64url_encode(bytes, length, text);
        ck_assert_uint_eq(strlen(text) + 1, POLY_BASE64URL_SIZE(length));
        ck_assert(poly_base64url_decode(text, strlen(text), back, &size));
        ck_assert_uint_eq(size, length);
        ck_assert_int_eq(memcmp(bytes, back, length), 0);
    }
}
END_TEST

START_TEST(base64url_is_strict)
{
    static const char *const wrong[] = {"Z",    "Zg=",  "Zg==",  "Zm9vY",  "Zh", "Zm9",
                                        "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", " "};
    char bytes[16];

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++) {
        size_t size = sizeof(bytes);

        ck_assert_msg(!poly_base64url_decode(wrong[i], strlen(wrong[i]), bytes, &size), "%s", wrong[i]);
    }
}
END_TEST

START_TEST(base64url_keeps_to_the_room)
{
    char *bytes = malloc(3);
    size_t size = 3;

    ck_assert(poly_base64url_decode("Zm9v", 4, bytes, &size));
    size = 2;
    ck_assert(!poly_base64url_decode("Zm9v", 4, bytes, &size));
    size = 0;
    ck_assert(!poly_base64url_decode("Zg", 2, bytes, &size));
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("encoding");
    TCase *tests = tcase_create("encoding");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, hex);
    tcase_add_test(tests, base64url_vectors);
    tcase_add_test(tests, base64url_there_and_back);
    tcase_add_test(tests, base64url_is_strict);
    tcase_add_test(tests, base64url_keeps_to_the_room);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}

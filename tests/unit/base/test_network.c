/* SPDX-License-Identifier: MIT */
#include "base/network.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *canonical(const char *text)
{
    static char out[NETWORK_TEXT_SIZE];
    struct network_address address;

    if (!network_address_parse(poly_slice_of(text), &address))
        return "none";
    network_address_format(&address, out);
    return out;
}

START_TEST(addresses_have_one_form)
{
    ck_assert_str_eq(canonical("192.0.2.7"), "192.0.2.7");
    ck_assert_str_eq(canonical("::ffff:192.0.2.7"), "192.0.2.7");
    ck_assert_str_eq(canonical("::FFFF:c000:0207"), "192.0.2.7");
    ck_assert_str_eq(canonical("2001:DB8:0:0::1"), "2001:db8::1");
    ck_assert_str_eq(canonical("::"), "::");
    ck_assert_str_eq(canonical("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),
                     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
END_TEST

START_TEST(what_is_no_address)
{
    static const char *const wrong[] = {
        "",         "1.2.3",        "1.2.3.4.5",  "1.2.3.256",
        "01.2.3.4", " 1.2.3.4",     "1.2.3.4 ",   "1.2.3.4:80",
        "[::1]",    "fe80::1%eth0", "0x7f000001", "localhost",
        ":::1",     "1::2::3",      "12345::",    "::ffff:0:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20"};

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(strcmp(canonical(wrong[i]), "none") == 0, "%s", wrong[i]);
    ck_assert(!network_address_parse((poly_slice){"1.2.3.4\0", 8}, &(struct network_address){{0}}));
    ck_assert(!network_address_parse((poly_slice){NULL, 0}, &(struct network_address){{0}}));
}
END_TEST

static bool has(const char *block_text, const char *text)
{
    struct network_block block;
    struct network_address address;

    ck_assert_msg(network_block_parse(block_text, &block), "%s", block_text);
    ck_assert_msg(network_address_parse(poly_slice_of(text), &address), "%s", text);
    return network_block_has(&block, &address);
}

START_TEST(blocks_have_what_begins_like_them)
{
    ck_assert(has("10.0.0.0/8", "10.255.0.1"));
    ck_assert(!has("10.0.0.0/8", "11.0.0.1"));
    ck_assert(has("192.168.4.0/22", "192.168.7.255"));
    ck_assert(!has("192.168.4.0/22", "192.168.8.0"));
    ck_assert(has("192.0.2.7", "192.0.2.7"));
    ck_assert(!has("192.0.2.7", "192.0.2.6"));
    ck_assert(has("0.0.0.0/0", "255.1.2.3"));
    ck_assert(!has("0.0.0.0/0", "::1"));
    ck_assert(has("::/0", "::1"));
    ck_assert(has("::/0", "1.2.3.4"));
    ck_assert(has("2001:db8::/33", "2001:db8:7fff::"));
    ck_assert(!has("2001:db8::/33", "2001:db8:8000::"));
    ck_assert(has("::1/128", "::1"));
}
END_TEST

START_TEST(mapped_addresses_are_ipv4)
{
    ck_assert(has("10.0.0.0/8", "::ffff:10.1.2.3"));
    ck_assert(has("::ffff:10.0.0.0/104", "10.1.2.3"));
    ck_assert(!has("::ffff:10.0.0.0/104", "11.1.2.3"));
    ck_assert(!has("10.0.0.0/8", "::10.1.2.3"));
}
END_TEST

START_TEST(what_is_no_block)
{
    static const char *const wrong[] = {"",
                                        "/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/8x",
                                        "10.0.0.0/+8",
                                        "10.0.0.0/0008",
                                        "10.0.0.0/8/8",
                                        "10.0.0.1/8",
                                        "::/129",
                                        "2001:db8::1/32",
                                        "10/8",
                                        "10.0.0.0 /8",
                                        "localhost",
                                        "10.0.0.0/ 8",
                                        "*",
                                        "::ffff:10.0.0.0/8"};
    struct network_block block;

    for (size_t i = 0; i < POLY_LENGTH(wrong); i++)
        ck_assert_msg(!network_block_parse(wrong[i], &block), "%s", wrong[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network");
    TCase *tests = tcase_create("network");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, addresses_have_one_form);
    tcase_add_test(tests, what_is_no_address);
    tcase_add_test(tests, blocks_have_what_begins_like_them);
    tcase_add_test(tests, mapped_addresses_are_ipv4);
    tcase_add_test(tests, what_is_no_block);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

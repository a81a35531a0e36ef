/* SPDX-License-Identifier: MIT */
/* The archive is taken apart by zlib and the parts by expat; that spreadsheets open it is the integration tests' to
 * see. */
#include "poly/sheet.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "poly/xml.h"

#define MAX ((size_t)1 << 20)

static poly_strbuf out;
static poly_arena *arena;

static void set_up(void)
{
    poly_strbuf_init(&out, MAX);
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_strbuf_release(&out);
    poly_arena_destroy(&arena);
}

static uint32_t read32(size_t at)
{
    const uint8_t *bytes = (const uint8_t *)out.data + at;

    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static unsigned read16(size_t at)
{
    return read32(at) & 0xffff;
}

static char *unpack(size_t header)
{
    size_t packed = read32(header + 18), size = read32(header + 22);
    char *content = poly_arena_alloc_zero(arena, 1, size + 1);
    z_stream stream = {
        .next_in = (Bytef *)out.data + header + 30 + read16(header + 26),
        .avail_in = (uInt)packed,
        .next_out = (Bytef *)content,
        .avail_out = (uInt)size,
    };

    ck_assert_int_eq(inflateInit2(&stream, -MAX_WBITS), Z_OK);
    ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(stream.total_out, size);
    inflateEnd(&stream);
    ck_assert_uint_eq(crc32(0, (const Bytef *)content, (uInt)size), read32(header + 14));
    return content;
}

/* The part of this name, found by the directory at the end, which knows where each begins. */
static char *part(const char *name)
{
    size_t end = out.size - 22, at;

    ck_assert_uint_eq(read32(end), 0x06054b50);
    at = read32(end + 16);
    for (unsigned i = 0; i < read16(end + 10); i++) {
        size_t header = read32(at + 42), length = read16(at + 28);

        ck_assert_uint_eq(read32(at), 0x02014b50);
        ck_assert_uint_eq(read32(header), 0x04034b50);
        ck_assert_mem_eq(out.data + at + 46, out.data + header + 30, length);
        if (length == strlen(name) && memcmp(out.data + at + 46, name, length) == 0)
            return unpack(header);
        at += 46 + length;
    }
    ck_abort_msg("there is no part %s", name);
    return NULL;
}

static const char *const parts[] = {
    "[Content_Types].xml",        "_rels/.rels",   "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/worksheets/sheet1.xml",
};

static const char *const columns[] = {"Имя", "Группа"};

static void make(const char *title, const char *const *cells, size_t rows)
{
    static const unsigned widths[] = {40, 12};

    ck_assert_int_eq(poly_sheet_xlsx(&(poly_sheet){.title = title,
                                                   .columns = columns,
                                                   .widths = widths,
                                                   .column_count = 2,
                                                   .cells = cells,
                                                   .row_count = rows},
                                     &out),
                     POLY_OK);
    ck_assert(!out.overflowed);
}

START_TEST(every_part_is_well_formed)
{
    const char *const cells[] = {"A & B < C > \"D\"", NULL, "\x01\x1f\r\n\t",
                                 "\xEF\xBF\xBE \xEF\xBF\xBF \xF0\x9F\x98\x80"};
    const poly_xml_element *root;
    const char *content;

    make("Посещаемость", cells, 2);
    content = part(parts[_i]);
    ck_assert_int_eq(poly_xml_parse(poly_slice_of(content), NULL, arena, &root, NULL), POLY_OK);
}
END_TEST

START_TEST(cells_hold_text_and_no_formula)
{
    const char *const cells[] = {"=1+1", "Анна", "-5", "@x"};
    const char *content;

    make("Посещаемость", cells, 2);
    content = part("xl/worksheets/sheet1.xml");
    ck_assert_ptr_nonnull(strstr(content, ">'=1+1</t>"));
    ck_assert_ptr_nonnull(strstr(content, ">Анна</t>"));
    ck_assert_ptr_nonnull(strstr(content, ">'-5</t>"));
    ck_assert_ptr_nonnull(strstr(content, ">'@x</t>"));
    ck_assert_ptr_null(strstr(content, "<f>"));
}
END_TEST

START_TEST(titles_are_cut_to_what_a_sheet_may_be_called)
{
    make("[Лекция]: \"а\"/'б'*? 1234567890 1234567890 1234567890", NULL, 0);
    ck_assert_ptr_nonnull(strstr(part("xl/workbook.xml"), "name=\"Лекция &quot;а&quot;б 1234567890 12345678\""));
    poly_strbuf_clear(&out);
    make("[]", NULL, 0);
    ck_assert_ptr_nonnull(strstr(part("xl/workbook.xml"), "name=\"1\""));
}
END_TEST

START_TEST(what_is_too_large_overflows)
{
    const char *const cells[] = {"a", "b"};

    poly_strbuf_release(&out);
    poly_strbuf_init(&out, 600);
    ck_assert_int_eq(
        poly_sheet_xlsx(
            &(poly_sheet){.title = "t", .columns = columns, .column_count = 2, .cells = cells, .row_count = 1}, &out),
        POLY_OK);
    ck_assert(out.overflowed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sheet/xlsx");
    TCase *tests = tcase_create("xlsx");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, every_part_is_well_formed, 0, POLY_LENGTH(parts));
    tcase_add_test(tests, cells_hold_text_and_no_formula);
    tcase_add_test(tests, titles_are_cut_to_what_a_sheet_may_be_called);
    tcase_add_test(tests, what_is_too_large_overflows);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

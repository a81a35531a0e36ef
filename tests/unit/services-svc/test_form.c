/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <string.h>

#include "suite.h"

static poly_arena *arena;
static poly_json *document;
static form_faults faults;
static service_form form;

static void begin(void)
{
    arena = poly_arena_create(0);
    document = NULL;
    form = (service_form){0};
    memset(&faults, 0, sizeof(faults));
    faults.arena = arena;
}

static void end(void)
{
    poly_json_destroy(&document);
    poly_arena_destroy(&arena);
}

static const poly_json *parse(const char *text)
{
    poly_json_destroy(&document);
    ck_assert_int_eq(poly_json_parse(text, strlen(text), NULL, &document, NULL), POLY_OK);
    return document;
}

/* "field code" of each fault, a line each. */
static const char *told(void)
{
    const char *text = "";

    for (size_t i = 0; i < faults.count; i++) {
        ck_assert_uint_gt(strlen(faults.items[i].message.ru), 5);
        ck_assert_uint_gt(strlen(faults.items[i].message.en), 5);
        text =
            poly_arena_printf(arena, "%s%s%s %s", text, *text ? "\n" : "", faults.items[i].field, faults.items[i].code);
    }
    return text;
}

static const char *written(void (*write)(poly_json_writer *writer))
{
    poly_json_writer writer;
    poly_strbuf out;
    const char *text;

    poly_strbuf_init(&out, 1 << 20);
    poly_json_writer_init(&writer, &out);
    write(&writer);
    text = poly_arena_strdup(arena, poly_strbuf_text(&out));
    poly_strbuf_release(&out);
    return text;
}

/* --- definitions --- */

static const char whole[] = "[{\"name\":\"group\",\"label\":\"Группа\",\"type\":\"text\",\"required\":true},"
                            "{\"name\":\"why\",\"label\":\"Зачем\",\"type\":\"textarea\",\"required\":false},"
                            "{\"name\":\"place\",\"label\":\"Куда\",\"type\":\"select\",\"required\":true,"
                            "\"options\":[\"Банк\",\"Военкомат\"]},"
                            "{\"name\":\"copies\",\"label\":\"Копий\",\"type\":\"number\",\"required\":false},"
                            "{\"name\":\"until\",\"label\":\"К дню\",\"type\":\"date\",\"required\":false}]";

static void write_form(poly_json_writer *writer)
{
    form_write(writer, NULL, &form);
}

START_TEST(a_definition_is_read_and_written)
{
    ck_assert(form_read(parse(whole), &form, &faults));
    ck_assert_uint_eq(form.count, 5);
    ck_assert_int_eq(form.fields[2].type, FORM_SELECT);
    ck_assert_uint_eq(form.fields[2].option_count, 2);
    ck_assert_str_eq(written(write_form), whole);
}
END_TEST

START_TEST(what_was_stored_outlives_its_text)
{
    char text[sizeof(whole)];

    memcpy(text, whole, sizeof(whole));
    ck_assert(form_read_stored(text, arena, &form));
    memset(text, 'x', sizeof(text));
    ck_assert_str_eq(written(write_form), whole);
    ck_assert(!form_read_stored("[{", arena, &form));
    ck_assert(!form_read_stored("{}", arena, &form));
}
END_TEST

START_TEST(none_is_an_empty_form)
{
    ck_assert(form_read(NULL, &form, &faults));
    ck_assert(form_read(parse("[]"), &form, &faults));
    ck_assert(form_read(parse("null"), &form, &faults));
    ck_assert_uint_eq(form.count, 0);
    ck_assert_str_eq(written(write_form), "[]");
}
END_TEST

#define PLAIN "\"name\":\"a\",\"label\":\"A\",\"type\":\"text\""

static const struct {
    const char *text;
    const char *told;
} definitions[] = {
    {"[{" PLAIN ",\"options\":[]}]", ""},
    {"[{" PLAIN ",\"options\":null,\"required\":null}]", ""},
    {"5", "required_fields fields"},
    {"[[]]", "required_fields[0] object"},
    {"[{}]", "required_fields[0].name name\nrequired_fields[0].label label\nrequired_fields[0].type type"},
    {"[{\"name\":\" \",\"label\":\"A\",\"type\":\"text\"}]", "required_fields[0].name name"},
    {"[{\"name\":\"a\\nb\",\"label\":\"A\",\"type\":\"text\"}]", "required_fields[0].name name"},
    {"[{\"name\":\"a\",\"label\":5,\"type\":\"text\"}]", "required_fields[0].label label"},
    {"[{\"name\":\"a\",\"label\":\"A\",\"type\":\"Text\"}]", "required_fields[0].type type"},
    {"[{" PLAIN ",\"required\":\"true\"}]", "required_fields[0].required boolean"},
    {"[{" PLAIN "},{" PLAIN "}]", "required_fields[1].name duplicate"},
    {"[{" PLAIN ",\"options\":[\"x\"]}]", "required_fields[0].options options"},
    {"[{\"name\":\"a\",\"label\":\"A\",\"type\":\"select\"}]", "required_fields[0].options options"},
    {"[{\"name\":\"a\",\"label\":\"A\",\"type\":\"select\",\"options\":[]}]", "required_fields[0].options options"},
    {"[{\"name\":\"a\",\"label\":\"A\",\"type\":\"select\",\"options\":[\"x\",\"x\"]}]",
     "required_fields[0].options options"},
    {"[{\"name\":\"a\",\"label\":\"A\",\"type\":\"select\",\"options\":[\"x\",\"\"]}]",
     "required_fields[0].options options"},
};

START_TEST(a_definition_is_judged)
{
    bool fine = form_read(parse(definitions[_i].text), &form, &faults);

    ck_assert_str_eq(told(), definitions[_i].told);
    ck_assert_int_eq(fine, !*definitions[_i].told);
}
END_TEST

/* `count` fields of one kind. */
static const char *many(size_t count, const char *rest)
{
    const char *text = "[";

    for (size_t i = 0; i < count; i++)
        text = poly_arena_printf(arena, "%s%s{\"name\":\"f%zu\",\"label\":\"F\"%s}", text, i ? "," : "", i, rest);
    return poly_arena_printf(arena, "%s]", text);
}

START_TEST(a_definition_has_limits)
{
    char name[FORM_FIELD_NAME_MAX + 2];

    ck_assert(form_read(parse(many(50, ",\"type\":\"date\"")), &form, &faults));
    ck_assert(!form_read(parse(many(51, ",\"type\":\"date\"")), &form, &faults));
    faults.count = 0;
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    ck_assert(!form_read(parse(poly_arena_printf(arena, "[{\"name\":\"%s\",\"label\":\"A\",\"type\":\"text\"}]", name)),
                         &form, &faults));
    ck_assert_str_eq(told(), "required_fields[0].name name");
}
END_TEST

START_TEST(no_more_faults_are_told_than_there_is_room_for)
{
    ck_assert(!form_read(parse(many(50, ",\"type\":\"x\",\"required\":1")), &form, &faults));
    ck_assert_uint_eq(faults.count, FORM_FAULTS_MAX);
}
END_TEST

/* --- what was filled in --- */

#define FILLED "\"group\":\"3530\",\"place\":\"Банк\""

static const struct {
    const char *text;
    const char *told;
} filled[] = {
    {"{" FILLED "}", ""},
    {"{" FILLED ",\"why\":\"a\\nb\",\"copies\":2,\"until\":\"2026-09-01\"}", ""},
    {"{" FILLED ",\"why\":null,\"copies\":\"\",\"until\":\" \"}", ""},
    {"{" FILLED ",\"copies\":\"-3,5\"}", ""},
    {"{" FILLED ",\"copies\":\"+12.25\"}", ""},
    {"{" FILLED ",\"copies\":1e3}", ""},
    {"[]", "form_data object"},
    {"{}", "form_data.group required\nform_data.place required"},
    {"{\"group\":\"  \",\"place\":\"Банк\"}", "form_data.group required"},
    {"{\"group\":5,\"place\":\"Банк\"}", "form_data.group text"},
    {"{\"group\":\"a\\nb\",\"place\":\"Банк\"}", "form_data.group characters"},
    {"{\"group\":\"3530\",\"place\":\"банк\"}", "form_data.place option"},
    {"{\"group\":\"3530\",\"place\":0}", "form_data.place option"},
    {"{" FILLED ",\"copies\":\"two\"}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":\"1.\"}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":\".5\"}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":\"1e3\"}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":\"123456789012345678901234567890123\"}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":[1]}", "form_data.copies number"},
    {"{" FILLED ",\"copies\":true}", "form_data.copies number"},
    {"{" FILLED ",\"until\":\"2026-9-1\"}", "form_data.until date"},
    {"{" FILLED ",\"until\":\"2026-02-30\"}", "form_data.until date"},
    {"{" FILLED ",\"until\":20260901}", "form_data.until date"},
    {"{" FILLED ",\"why\":{}}", "form_data.why text"},
    {"{" FILLED ",\"why\":\"\\u0007\"}", "form_data.why characters"},
    {"{" FILLED ",\"other\":1}", "form_data.other unknown_field"},
};

START_TEST(what_was_filled_in_is_judged)
{
    bool fine;

    ck_assert(form_read_stored(whole, arena, &form));
    fine = form_check(&form, parse(filled[_i].text), &faults);
    ck_assert_str_eq(told(), filled[_i].told);
    ck_assert_int_eq(fine, !*filled[_i].told);
}
END_TEST

START_TEST(text_has_limits)
{
    size_t size = 2 * FORM_TEXT_MAX;
    char *text = poly_arena_alloc_zero(arena, size + 3, 1);

    ck_assert(form_read_stored(whole, arena, &form));
    for (size_t i = 0; i < size; i += 2)
        memcpy(text + i, "я", 2);
    ck_assert(
        form_check(&form, parse(poly_arena_printf(arena, "{\"group\":\"%s\",\"place\":\"Банк\"}", text)), &faults));
    memcpy(text + size, "я", 2);
    ck_assert(
        !form_check(&form, parse(poly_arena_printf(arena, "{\"group\":\"%s\",\"place\":\"Банк\"}", text)), &faults));
    ck_assert_str_eq(told(), "form_data.group too_long");
}
END_TEST

START_TEST(of_too_many_members_only_unknown_ones_are_told)
{
    enum { MEMBERS = 100000 };
    poly_strbuf text;

    poly_strbuf_init(&text, (size_t)4 << 20);
    poly_strbuf_append_char(&text, '{');
    for (int i = 0; i < MEMBERS; i++)
        poly_strbuf_printf(&text, "%s\"%x\":0", i ? "," : "", i);
    poly_strbuf_append_char(&text, '}');
    ck_assert(form_read_stored(whole, arena, &form));
    parse(poly_strbuf_text(&text));
    ck_assert(!form_check(&form, document, &faults));
    ck_assert_uint_eq(faults.count, FORM_FAULTS_MAX);
    ck_assert_str_eq(faults.items[0].code, "unknown_field");
    poly_strbuf_release(&text);
}
END_TEST

static void write_data(poly_json_writer *writer)
{
    form_write_data(writer, NULL, &form, document);
}

START_TEST(data_is_written_in_the_form_s_order_without_blanks)
{
    ck_assert(form_read_stored(whole, arena, &form));
    ck_assert(form_check(&form, parse("{\"copies\":2,\"why\":\" \",\"place\":\"Банк\",\"group\":\"3530\"}"), &faults));
    ck_assert_str_eq(written(write_data), "{\"group\":\"3530\",\"place\":\"Банк\",\"copies\":2}");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("form");
    TCase *tests = add_case(suite, "form");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_definition_is_read_and_written);
    tcase_add_test(tests, what_was_stored_outlives_its_text);
    tcase_add_test(tests, none_is_an_empty_form);
    tcase_add_loop_test(tests, a_definition_is_judged, 0, POLY_LENGTH(definitions));
    tcase_add_test(tests, a_definition_has_limits);
    tcase_add_test(tests, no_more_faults_are_told_than_there_is_room_for);
    tcase_add_loop_test(tests, what_was_filled_in_is_judged, 0, POLY_LENGTH(filled));
    tcase_add_test(tests, text_has_limits);
    tcase_add_test(tests, of_too_many_members_only_unknown_ones_are_told);
    tcase_add_test(tests, data_is_written_in_the_form_s_order_without_blanks);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "application.h"

#include <string.h>

#include "suite.h"

/* --- how much may be said --- */

static const struct {
    conversation_side said;
    const char *text;
    bool has_room;
} sayings[] = {
    {{0, 0}, "да", true},
    {{SIDE_MESSAGES_MAX - 1, 1000}, "x", true},
    {{SIDE_MESSAGES_MAX, 1000}, "x", false},
    {{1, SIDE_BYTES_MAX - 4}, "да", true}, /* bytes, not characters */
    {{1, SIDE_BYTES_MAX - 3}, "да", false},
    {{SIDE_MESSAGES_MAX + 100, 10 * (int64_t)SIDE_BYTES_MAX}, "x", false}, /* from before there was a bound */
};

START_TEST(a_conversation_is_bounded_by_messages_and_bytes)
{
    ck_assert_int_eq(conversation_has_room(sayings[_i].said, sayings[_i].text), sayings[_i].has_room);
}
END_TEST

/* --- who sees it --- */

static const campus_application asked = {.student_id = "ivanov", .department_id = "dep-1", .executor_id = "ex-1"};

static const struct {
    services_caller caller;
    bool sees;
} callers[] = {
    {{.who = WHO_STUDENT, .id = "ivanov"}, true},
    {{.who = WHO_STUDENT, .id = "petrov"}, false},
    {{.who = WHO_STAFF, .department_id = "dep-1"}, true},
    {{.who = WHO_STAFF, .department_id = "dep-2"}, false},
    {{.who = WHO_STAFF}, false},
    {{.who = WHO_EXECUTOR, .department_id = "dep-1", .executor_id = "ex-1"}, true},
    {{.who = WHO_EXECUTOR, .department_id = "dep-1", .executor_id = "ex-2"}, false},
    {{.who = WHO_ADMIN}, true},
};

START_TEST(each_sees_what_concerns_them)
{
    ck_assert_int_eq(application_is_seen_by(&asked, &callers[_i].caller), callers[_i].sees);
}
END_TEST

START_TEST(nobody_s_is_no_executor_s)
{
    const campus_application unassigned = {.student_id = "ivanov", .department_id = "dep-1"};

    ck_assert(!application_is_seen_by(
        &unassigned, &(services_caller){.who = WHO_EXECUTOR, .department_id = "dep-1", .executor_id = "ex-1"}));
}
END_TEST

/* --- whose files --- */

static const campus_attachment files[] = {
    {.id = "own-1"},
    {.id = "own-2"},
    {.id = "a-1", .response_id = "a"},
    {.id = "b-1", .comment_id = "b"},
    {.id = "b-2", .comment_id = "b"},
    {.id = "d-1", .response_id = "d"},
};

static void check_files(const char *owner, size_t count, const char *first, const char *last, const char *missing)
{
    const attachment_list list = {files, POLY_LENGTH(files)};
    const campus_message said = {.id = owner, .author_name = "", .author_role = "staff", .text = ""};
    poly_json_writer writer;
    poly_strbuf out;

    poly_strbuf_init(&out, 65536);
    poly_json_writer_init(&writer, &out);
    if (owner)
        response_write(&writer, NULL, &said, &list);
    else
        attachments_write_own(&writer, NULL, &list);
    for (const char *at = poly_strbuf_text(&out); (at = strstr(at, "\"file_name\"")) != NULL; at++)
        count--;
    ck_assert_uint_eq(count, 0);
    ck_assert(!first || strstr(out.data, first));
    ck_assert(!last || strstr(out.data, last));
    ck_assert_ptr_null(strstr(out.data, missing));
    poly_strbuf_release(&out);
}

START_TEST(files_go_with_what_they_came_with)
{
    check_files(NULL, 2, "own-1", "own-2", "a-1");
    check_files("a", 1, "a-1", NULL, "own");
    check_files("b", 2, "b-1", "b-2", "d-1");
    check_files("d", 1, "d-1", NULL, "b-");
    check_files("c", 0, NULL, NULL, "-1");
    check_files("z", 0, NULL, NULL, "-1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("application");
    TCase *tests = add_case(suite, "application");

    tcase_add_loop_test(tests, a_conversation_is_bounded_by_messages_and_bytes, 0, (int)POLY_LENGTH(sayings));
    tcase_add_loop_test(tests, each_sees_what_concerns_them, 0, (int)POLY_LENGTH(callers));
    tcase_add_test(tests, nobody_s_is_no_executor_s);
    tcase_add_test(tests, files_go_with_what_they_came_with);
    return run_suite(suite);
}

/* SPDX-License-Identifier: MIT */
#include "cas_answer.h"

#include <string.h>

#include "poly/xml.h"

static const char space[] = "http://www.yale.edu/tp/cas";

enum { MAX_SIZE = 128 * 1024, MAX_DEPTH = 8, MAX_ELEMENTS = 512, MAX_CODE = 64 };

static poly_result judge_code(const char *code)
{
    static const char *const of_ticket[] = {"INVALID_TICKET", "INVALID_TICKET_SPEC", "INVALID_SERVICE"};

    for (size_t i = 0; i < POLY_LENGTH(of_ticket); i++)
        if (strcmp(code, of_ticket[i]) == 0)
            return POLY_REJECTED;
    return strcmp(code, "INTERNAL_ERROR") == 0 ? POLY_UNAVAILABLE : POLY_BAD_ANSWER;
}

/* Without the white space around it. */
static const char *trimmed(const char *text, poly_arena *arena)
{
    size_t size = strlen(text);

    while (size > 0 && strchr(" \t\r\n", *text)) {
        text++;
        size--;
    }
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        size--;
    return poly_arena_strndup(arena, text, size);
}

static poly_result read_student(const poly_xml_element *success, poly_arena *arena, student_profile *student)
{
    const poly_xml_element *user = poly_xml_child(success, space, "user");
    const poly_xml_element *attributes = poly_xml_child(success, space, "attributes");

    student_init(student);
    for (const poly_xml_element *each = attributes ? attributes->first : NULL; each; each = each->next)
        if (!each->first && !student_take(student, each->name, trimmed(each->text, arena), arena))
            return POLY_BAD_ANSWER;
    if (!user || !*trimmed(user->text, arena))
        return POLY_BAD_ANSWER;
    if (!*student->id && !student_take(student, "student_id", trimmed(user->text, arena), arena))
        return POLY_BAD_ANSWER;
    return POLY_OK;
}

poly_result cas_answer_read(poly_slice xml, poly_arena *arena, student_profile *student, const char **code)
{
    const poly_xml_limits limits = {.max_size = MAX_SIZE, .max_depth = MAX_DEPTH, .max_elements = MAX_ELEMENTS};
    const poly_xml_element *root, *success, *failure;

    *code = "";
    if (poly_xml_parse(xml, &limits, arena, &root, NULL) != POLY_OK)
        return POLY_BAD_ANSWER;
    if (strcmp(root->space, space) != 0 || strcmp(root->name, "serviceResponse") != 0)
        return POLY_BAD_ANSWER;
    success = poly_xml_child(root, space, "authenticationSuccess");
    failure = poly_xml_child(root, space, "authenticationFailure");
    if (!success == !failure) /* neither, or it contradicts itself */
        return POLY_BAD_ANSWER;
    if (success)
        return read_student(success, arena, student);
    *code = poly_xml_attribute_value(failure, "code");
    *code = *code ? poly_arena_strndup(arena, *code, MAX_CODE) : "";
    return judge_code(*code);
}

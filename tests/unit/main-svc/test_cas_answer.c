/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "cas_answer.h"

static poly_arena *arena;
static student_profile student;
static const char *code;

static void set_up(void)
{
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
}

static poly_result read_answer(const char *xml)
{
    return cas_answer_read(poly_slice_of(xml), arena, &student, &code);
}

#define ANSWER(inside) "<r:serviceResponse xmlns:r='http://www.yale.edu/tp/cas'>" inside "</r:serviceResponse>"
#define USER(inside)   ANSWER("<r:authenticationSuccess><r:user> s1\n</r:user>" inside "</r:authenticationSuccess>")
#define FAILURE(code)  ANSWER("<r:authenticationFailure code='" code "'>why</r:authenticationFailure>")

START_TEST(a_user)
{
    ck_assert_int_eq(read_answer(USER("")), POLY_OK);
    ck_assert_str_eq(student.id, "s1");
    ck_assert_str_eq(student.name, "");
}
END_TEST

START_TEST(attributes)
{
    ck_assert_int_eq(read_answer(USER("<r:attributes><r:cn>И &amp; К</r:cn><r:uid>7</r:uid><x>y</x>"
                                      "<r:mail> a@b </r:mail><r:group><z/></r:group></r:attributes>")),
                     POLY_OK);
    ck_assert_str_eq(student.id, "7");
    ck_assert_str_eq(student.name, "И & К");
    ck_assert_str_eq(student.email, "a@b");
    ck_assert_str_eq(student.study_group, "");
}
END_TEST

START_TEST(refusals)
{
    ck_assert_int_eq(read_answer(FAILURE("INVALID_TICKET")), POLY_REJECTED);
    ck_assert_str_eq(code, "INVALID_TICKET");
    ck_assert_int_eq(read_answer(FAILURE("INVALID_SERVICE")), POLY_REJECTED);
    ck_assert_int_eq(read_answer(FAILURE("INVALID_TICKET_SPEC")), POLY_REJECTED);
    ck_assert_int_eq(read_answer(FAILURE("INTERNAL_ERROR")), POLY_UNAVAILABLE);
    ck_assert_int_eq(read_answer(FAILURE("INVALID_REQUEST")), POLY_BAD_ANSWER);
    ck_assert_int_eq(read_answer(ANSWER("<r:authenticationFailure/>")), POLY_BAD_ANSWER);
    ck_assert_str_eq(code, "");
}
END_TEST

START_TEST(what_is_no_answer)
{
    static const char *const texts[] = {
        "",
        "<html/>",
        "<serviceResponse><authenticationSuccess><user>a</user></authenticationSuccess></serviceResponse>",
        ANSWER(""),
        ANSWER("<authenticationSuccess><user>a</user></authenticationSuccess>"),
        ANSWER("<r:authenticationSuccess><r:user> </r:user></r:authenticationSuccess>"),
        ANSWER("<r:authenticationSuccess/>"),
        ANSWER(
            "<r:authenticationSuccess><r:user>a</r:user></r:authenticationSuccess><r:authenticationFailure code=''/>"),
        USER("<r:attributes><r:cn>a&#9;b</r:cn></r:attributes>"),
        "<!DOCTYPE a>" USER(""),
    };

    for (size_t i = 0; i < POLY_LENGTH(texts); i++)
        ck_assert_msg(read_answer(texts[i]) == POLY_BAD_ANSWER, "%s", texts[i]);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("cas_answer");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_user);
    tcase_add_test(tcase, attributes);
    tcase_add_test(tcase, refusals);
    tcase_add_test(tcase, what_is_no_answer);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

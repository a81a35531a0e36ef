/* SPDX-License-Identifier: MIT */
#include "values_fixture.h"

static const char *const colours[] = {"red", "green", "blue", NULL};

static void post_values(poly_request *request)
{
    const poly_json *body;
    const char *text;
    const char *name;
    long long number, id;
    int colour;
    bool flag;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    text = poly_body_text(request, body, "text", 5);
    name = poly_body_text_required(request, body, "name", 5);
    number = poly_body_int(request, body, "number", -10, 10, 7);
    id = poly_body_int_required(request, body, "id", INT64_MIN, INT64_MAX);
    colour = poly_body_choice(request, body, "colour", colours);
    flag = poly_body_bool(request, body, "flag", true);
    if (poly_request_refused(request))
        return;
    respond_text(request, poly_arena_printf(poly_request_arena(request), "%s|%s|%lld|%lld|%d|%d%s", text ? text : "-",
                                            name, number, id, colour, flag, poly_body_has(body, "flag") ? "!" : ""));
}

static void post_choice(poly_request *request)
{
    const poly_json *body;
    int colour;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    colour = poly_body_choice_required(request, poly_json_get(body, "inner"), "colour", colours);
    if (!poly_request_refused(request))
        respond_text(request, colours[colour]);
}

static void post_secret(poly_request *request)
{
    const poly_json *body;
    const char *secret;

    if (poly_request_json(request, &body) != POLY_OK)
        return;
    secret = poly_body_secret_required(request, body, "secret", 5);
    if (!poly_request_refused(request))
        respond_text(request, secret);
}

static const poly_route routes[] = {
    {POLY_POST, "/secret", .handler = post_secret},
    {POLY_POST, "/values", .handler = post_values},
    {POLY_POST, "/choice", .handler = post_choice},
    {.path = NULL},
};

static void setup(void)
{
    setup_with(routes, (poly_server_options){0});
}

static void expect(const char *json, const char *body)
{
    ck_assert_msg(post("/values", "", json) == 200, "%s: %s", json, answer);
    ck_assert_str_eq(loopback_body(answer), body);
}

static void expect_fault(const char *json, const char *code, const char *russian, const char *english)
{
    ck_assert_msg(post("/values", "", json) == 422, "%s: %s", json, answer);
    ck_assert_msg(says(code) && says(russian), "%s: %s", json, answer);
    ck_assert_int_eq(post("/values", "Accept-Language: en\r\n", json), 422);
    ck_assert_msg(says(english), "%s: %s", json, answer);
}

START_TEST(reads_members)
{
    expect("{\"name\":\"Иван\",\"id\":9007199254740991}", "-|Иван|7|9007199254740991|-1|1");
    expect("{\"name\":\"x\",\"id\":-3,\"text\":\"hello\",\"number\":-10,\"colour\":\"green\",\"flag\":false}",
           "hello|x|-10|-3|1|0!");
    expect("{\"name\":\"x\",\"id\":1.0,\"more\":[{}]}", "-|x|7|1|-1|1");
}
END_TEST

START_TEST(null_and_blank_are_absent)
{
    expect("{\"name\":\"x\",\"id\":1,\"text\":null,\"number\":null,\"colour\":null,\"flag\":null}", "-|x|7|1|-1|1");
    expect("{\"name\":\"x\",\"id\":1,\"text\":\" \\n\",\"colour\":\"\"}", "-|x|7|1|-1|1");
    expect_fault("{\"name\":\" \\t\",\"id\":1}", "[{\"field\":\"name\",\"code\":\"required\"",
                 "Поле «name» обязательно.", "The field \\\"name\\\" is required.");
    expect_fault("{\"name\":\"x\",\"id\":null}", "[{\"field\":\"id\",\"code\":\"required\"", "Поле «id» обязательно.",
                 "The field \\\"id\\\" is required.");
}
END_TEST

START_TEST(other_types_are_faults)
{
    static const struct {
        const char *member, *code, *russian, *english;
    } faults[] = {
        {"\"text\":12", "[{\"field\":\"text\",\"code\":\"string\"",
         "Поле «text»: вместо «12» нужно строковое значение.",
         "The field \\\"text\\\" must be a string, not \\\"12\\\"."},
        {"\"text\":[\"a\"]", "\"code\":\"string\"", "вместо «[…]»", "not \\\"[…]\\\""},
        {"\"text\":{}", "\"code\":\"string\"", "вместо «{…}»", "not \\\"{…}\\\""},
        {"\"text\":true", "\"code\":\"string\"", "вместо «true»", "not \\\"true\\\""},
        {"\"text\":\"123456\"", "\"code\":\"too_long\"", "Поле «text» длиннее 5 знаков.",
         "The field \\\"text\\\" is over 5 characters."},
        {"\"number\":\"5\"", "\"code\":\"integer\"", "Поле «number»: вместо «5» нужно целое число от -10 до 10.",
         "The field \\\"number\\\" must be a whole number from -10 to 10, not \\\"5\\\"."},
        {"\"number\":11", "\"code\":\"integer\"", "вместо «11»", "not \\\"11\\\""},
        {"\"number\":1.5", "\"code\":\"integer\"", "вместо «1.5»", "not \\\"1.5\\\""},
        {"\"number\":1e300", "\"code\":\"integer\"", "вместо «1.0000000000000001e+300»", "1.0000000000000001e+300"},
        {"\"flag\":1", "\"code\":\"boolean\"", "Поле «flag»: вместо «1» нужно true или false.",
         "The field \\\"flag\\\" must be true or false, not \\\"1\\\"."},
        {"\"colour\":\"pink\"", "\"code\":\"choice\"", "Поле «colour»: вместо «pink» нужно одно из: red, green, blue.",
         "The field \\\"colour\\\" must be one of red, green, blue, not \\\"pink\\\"."},
        {"\"colour\":2", "\"field\":\"colour\",\"code\":\"string\"", "вместо «2»", "not \\\"2\\\""},
    };

    for (size_t i = 0; i < POLY_LENGTH(faults); i++) {
        char json[200];

        snprintf(json, sizeof(json), "{\"name\":\"x\",\"id\":1,%s}", faults[i].member);
        expect_fault(json, faults[i].code, faults[i].russian, faults[i].english);
    }
    expect_fault("{\"name\":\"x\",\"id\":9007199254740992}", "\"field\":\"id\",\"code\":\"integer\"", "Поле «id»",
                 "The field");
}
END_TEST

START_TEST(all_faults_at_once)
{
    ck_assert_int_eq(post("/values", "", "{\"text\":1,\"number\":\"a\",\"colour\":[],\"flag\":\"yes\"}"), 422);
    for (size_t i = 0; i < 6; i++) {
        static const char *const fields[] = {"text", "name", "number", "id", "colour", "flag"};
        char expected[32];

        snprintf(expected, sizeof(expected), "{\"field\":\"%s\"", fields[i]);
        ck_assert_msg(says(expected), "%s: %s", expected, answer);
    }
}
END_TEST

START_TEST(a_body_that_is_no_object_is_one_fault)
{
    static const char *const bodies[] = {"[]", "null", "\"name\"", "17", "true"};

    for (size_t i = 0; i < POLY_LENGTH(bodies); i++)
        expect_fault(bodies[i], "\"errors\":[{\"field\":\"\",\"code\":\"object\"",
                     "\"message\":\"Нужен объект JSON: {…}.\"}]", "\"message\":\"A JSON object is expected: {…}.\"}]");
}
END_TEST

START_TEST(objects_inside)
{
    ck_assert_int_eq(post("/choice", "", "{\"inner\":{\"colour\":\"blue\"}}"), 200);
    ck_assert_str_eq(loopback_body(answer), "blue");
    ck_assert_int_eq(post("/choice", "", "{\"inner\":{\"colour\":\"\"}}"), 422);
    ck_assert(says("\"field\":\"colour\",\"code\":\"required\""));
    ck_assert_int_eq(post("/choice", "", "{}"), 422);
    ck_assert(says("\"field\":\"colour\",\"code\":\"required\""));
    ck_assert_int_eq(post("/choice", "", "{\"inner\":[]}"), 422);
    ck_assert(says("\"code\":\"object\""));
}
END_TEST

START_TEST(a_secret_is_not_shown)
{
    static const char *const faulty[] = {"4815162342", "[4815162342]", "{\"x\":4815162342}", "\"4815162342\"", "true"};

    ck_assert_int_eq(post("/secret", "", "{\"secret\":\"12345\"}"), 200);
    ck_assert_str_eq(loopback_body(answer), "12345");
    for (size_t i = 0; i < POLY_LENGTH(faulty); i++) {
        char json[128];

        snprintf(json, sizeof(json), "{\"secret\":%s}", faulty[i]);
        ck_assert_int_eq(post("/secret", "", json), 422);
        ck_assert(says("\"field\":\"secret\",\"code\":"));
        ck_assert(!says("4815162342") && !says("true"));
    }
    ck_assert_int_eq(post("/secret", "", "{\"secret\":\" \"}"), 422);
    ck_assert(says("\"field\":\"secret\",\"code\":\"required\""));
    ck_assert_int_eq(post("/secret", "", "[]"), 422);
    ck_assert(says("\"code\":\"object\""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("body values");
    TCase *tests = tcase_create("body values");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, reads_members);
    tcase_add_test(tests, null_and_blank_are_absent);
    tcase_add_test(tests, other_types_are_faults);
    tcase_add_test(tests, a_secret_is_not_shown);
    tcase_add_test(tests, all_faults_at_once);
    tcase_add_test(tests, a_body_that_is_no_object_is_one_fault);
    tcase_add_test(tests, objects_inside);
    suite_add_tcase(suite, tests);
    return run_tests(suite);
}

/* SPDX-License-Identifier: MIT */
/* The routes and the OpenAPI document say the same. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"
#include "poly/strbuf.h"

extern const char openapi_json[];
extern const size_t openapi_json_size;

/* What the library answers for every daemon. */
static const char *const library_paths[] = {"/api/health", "/healthz", "/readyz", "/metrics", "/openapi.json"};

static poly_json *document;

static void set_up(void)
{
    ck_assert_int_eq(poly_json_parse(openapi_json, openapi_json_size, NULL, &document, NULL), POLY_OK);
}

static void tear_down(void)
{
    poly_json_destroy(&document);
}

static const char *method_in_document(poly_method method)
{
    switch (method) {
    case POLY_GET:
        return "get";
    case POLY_POST:
        return "post";
    case POLY_PUT:
        return "put";
    case POLY_PATCH:
        return "patch";
    case POLY_DELETE:
        return "delete";
    default:
        return "";
    }
}

static bool has_route(const char *path, const char *method)
{
    for (const poly_route *const *table = main_routes; *table; table++)
        for (const poly_route *route = *table; route->path; route++)
            if (strcmp(route->path, path) == 0 && strcmp(method_in_document(route->method), method) == 0)
                return true;
    for (size_t i = 0; i < POLY_LENGTH(library_paths); i++)
        if (strcmp(library_paths[i], path) == 0)
            return strcmp(method, "get") == 0;
    return false;
}

START_TEST(every_route_is_described)
{
    const poly_json *paths = poly_json_get(document, "paths");

    for (const poly_route *const *table = main_routes; *table; table++) {
        for (const poly_route *route = *table; route->path; route++) {
            const poly_json *operation =
                poly_json_get(poly_json_get(paths, route->path), method_in_document(route->method));

            ck_assert_msg(operation != NULL, "%s %s is not described", poly_method_name(route->method), route->path);
        }
    }
}
END_TEST

START_TEST(every_description_has_its_route)
{
    const poly_json *paths = poly_json_get(document, "paths");

    ck_assert_uint_gt(poly_json_count(paths), POLY_LENGTH(library_paths));
    for (const poly_json *path = poly_json_first(paths); path; path = poly_json_next(path))
        for (const poly_json *member = poly_json_first(path); member; member = poly_json_next(member))
            if (strcmp(poly_json_name(member), "parameters") != 0)
                ck_assert_msg(has_route(poly_json_name(path), poly_json_name(member)), "%s %s has no route",
                              poly_json_name(member), poly_json_name(path));
}
END_TEST

/* A parameter of the document, by "$ref" or in place. */
static const poly_json *resolved(const poly_json *parameter)
{
    const char *reference = poly_json_text(poly_json_get(parameter, "$ref"), NULL);

    if (!reference)
        return parameter;
    return poly_json_get(poly_json_get(poly_json_get(document, "components"), "parameters"),
                         strrchr(reference, '/') + 1);
}

static bool describes(const poly_json *parameters, const char *name, size_t size)
{
    for (const poly_json *each = poly_json_first(parameters); each; each = poly_json_next(each)) {
        const char *text = poly_json_text(poly_json_get(resolved(each), "name"), "");
        const char *place = poly_json_text(poly_json_get(resolved(each), "in"), "");

        if (strcmp(place, "path") == 0 && strlen(text) == size && memcmp(text, name, size) == 0)
            return true;
    }
    return false;
}

START_TEST(every_path_parameter_is_described)
{
    const poly_json *paths = poly_json_get(document, "paths");

    for (const poly_json *path = poly_json_first(paths); path; path = poly_json_next(path)) {
        const char *at = poly_json_name(path);

        while ((at = strchr(at, '{')) != NULL) {
            size_t size = strcspn(++at, "}");

            ck_assert_msg(describes(poly_json_get(path, "parameters"), at, size), "%s does not describe %.*s",
                          poly_json_name(path), (int)size, at);
        }
    }
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("routes");
    TCase *tcase = tcase_create("openapi");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, every_route_is_described);
    tcase_add_test(tcase, every_description_has_its_route);
    tcase_add_test(tcase, every_path_parameter_is_described);
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

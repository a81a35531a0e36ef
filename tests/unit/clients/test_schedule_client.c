/* SPDX-License-Identifier: MIT */
#include "on_fiber.h"
#include "poly/schedule_client.h"
#include "upstream.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM \
    "{\"type\":\"about:blank\",\"title\":\"t\",\"status\":400,\"detail\":\"d\",\"code\":\"c\",\"request_id\":\"r\"}"
#define JSON "application/json"

#define LESSON_TIMES "\"time_start\":\"10:00\",\"time_end\":\"11:40\",\"subject\":\"Физика\",\"subject_short\":\"Физ\","
#define GROUP_WEEK                                                                                              \
    "{\"group_id\":32369,\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\",\"is_odd\":true}," \
    "\"days\":[{\"weekday\":1,\"date\":\"2022-05-16\",\"lessons\":[{" LESSON_TIMES                              \
    "\"type_abbr\":\"Лек\",\"type_name\":\"Лекции\",\"additional_info\":\"\","                         \
    "\"teachers\":[{\"id\":7,\"full_name\":\"Иванов Иван Иванович\"}],"                       \
    "\"auditories\":[{\"id\":9,\"name\":\"101\",\"building\":\"Главный корпус\"}],"                \
    "\"webinar_url\":\"\",\"lms_url\":\"\"}]}]}"
#define ROOM_WEEK                                                                                    \
    "{\"week\":{\"date_start\":\"2022-05-16\",\"date_end\":\"2022-05-22\",\"is_odd\":false},"        \
    "\"days\":[{\"weekday\":3,\"date\":\"2022-05-18\",\"lessons\":[{" LESSON_TIMES                   \
    "\"type\":0,\"additional_info\":\"\",\"parity\":0,"                                              \
    "\"typeObj\":{\"id\":14,\"name\":\"Лекции\",\"abbr\":\"Лек\"},"                         \
    "\"groups\":[{\"id\":32369,\"name\":\"3530904/90101\"}],"                                        \
    "\"teachers\":[{\"id\":7,\"oid\":70,\"full_name\":\"Иванов Иван Иванович\"}]," \
    "\"auditories\":[],\"webinar_url\":\"\",\"lms_url\":\"\"}]}]}"

/* --- schedule-svc, as far as these tests go --- */

static const struct canned {
    const char *target;
    int status;
    const char *type;
    const char *body;
} answers[] = {
    {"/api/schedule/groups/resolve?faculty_abbr=%D0%98%D0%9A&group_name=5130904%2F20102%20%D0%BF%2F%D0%B3", 200, JSON,
     "{\"faculty_id\":125,\"group_id\":32369}"},
    {"/api/schedule/groups/resolve?faculty_abbr=none&group_name=x", 404, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/resolve?faculty_abbr=null&group_name=x", 200, JSON,
     "{\"faculty_id\":125,\"group_id\":null}"},
    {"/api/schedule/groups/32369/week?date=2022-05-18", 200, "application/json; charset=utf-8", GROUP_WEEK},
    {"/api/schedule/groups/400/week?date=2022-05-18", 400, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/404/week?date=2022-05-18", 404, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/409/week?date=2022-05-18", 409, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/422/week?date=2022-05-18", 422, "application/problem+json; charset=utf-8", PROBLEM},
    {"/api/schedule/groups/429/week?date=2022-05-18", 429, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/502/week?date=2022-05-18", 502, "application/problem+json", PROBLEM},
    {"/api/schedule/groups/1404/week?date=2022-05-18", 404, "text/html", "<h1>nginx: not found</h1>"},
    {"/api/schedule/groups/1302/week?date=2022-05-18", 302, "text/html", ""},
    {"/api/schedule/groups/1200/week?date=2022-05-18", 200, "text/html", "<h1>maintenance</h1>"},
    {"/api/schedule/groups/1201/week?date=2022-05-18", 200, "application/jsonp", GROUP_WEEK},
    {"/api/schedule/groups/1202/week?date=2022-05-18", 200, JSON, "{\"week\":{\"date_start\":\"2022-"},
    {"/api/schedule/groups/1203/week?date=2022-05-18", 200, JSON, "{\"week\":{},\"days\":[]}"},
    {"/api/schedule/groups/1204/week?date=2022-05-18", 200, JSON, ""},
    {"/api/schedule/groups/1205/week?date=2022-05-18", 200, JSON, "[]"},
    {"/api/schedule/buildings/11/rooms/5/scheduler?date=2022-05-18", 200, JSON, ROOM_WEEK},
    {"/api/schedule/teachers", 200, JSON,
     "{\"teachers\":[{\"id\":7,\"oid\":70,\"full_name\":\"Иванов Иван Иванович\",\"first_name\":\"Иванов\"},"
     "{\"id\":8,\"oid\":80,\"full_name\":\"Пётр\"}]}"},
    {"/api/schedule/buildings", 200, JSON,
     "{\"buildings\":[{\"id\":11,\"name\":\"Главный корпус\",\"abbr\":\"ГЗ\",\"address\":\"ул. 1\"}]}"},
    {"/api/schedule/buildings/11/rooms", 200, JSON, "{\"rooms\":[{\"id\":5,\"name\":\"101\"}]}"},
    {"/api/schedule/buildings/12/rooms", 200, JSON, "{\"rooms\":[]}"},
    {"/api/schedule/buildings/13/rooms", 200, JSON, "{\"rooms\":[{\"id\":5,\"name\":\"101\"},{\"name\":\"no id\"}]}"},
    {"/api/schedule/buildings/14/rooms", 200, JSON, "{\"rooms\":null}"},
};

enum { MANY_ROOMS = 5000 };

/* `size` bytes of a list of many rooms; 0: all of it. */
static bool serve_many_rooms(const upstream_exchange *exchange, size_t size)
{
    poly_strbuf text;
    bool sent;

    poly_strbuf_init(&text, 1024 * 1024);
    poly_strbuf_append_text(&text, "{\"rooms\":[");
    for (int i = 1; i <= MANY_ROOMS; i++)
        poly_strbuf_printf(&text, "{\"id\":%d,\"name\":\"room %d\"}%s", i, i, i < MANY_ROOMS ? "," : "]}");
    sent = upstream_answer(exchange, 200, JSON, NULL, text.data, size ? size : text.size);
    poly_strbuf_release(&text);
    return sent;
}

static bool serve(const upstream_exchange *exchange, void *argument)
{
    (void)argument;
    if (strcmp(exchange->target, "/api/schedule/buildings/100/rooms") == 0)
        return serve_many_rooms(exchange, 0);
    if (strcmp(exchange->target, "/api/schedule/buildings/101/rooms") == 0)
        return serve_many_rooms(exchange, 100000);
    for (size_t i = 0; i < POLY_LENGTH(answers); i++)
        if (strcmp(exchange->method, "GET") == 0 && strcmp(exchange->target, answers[i].target) == 0)
            return upstream_answer(exchange, answers[i].status, answers[i].type, NULL, answers[i].body,
                                   strlen(answers[i].body));
    return upstream_answer(exchange, 404, "text/plain", NULL, exchange->target, strlen(exchange->target));
}

static const poly_date may_18 = {.year = 2022, .month = 5, .day = 18};
static upstream *server;
static poly_schedule_client *client;
static poly_arena *arena;

static void set_up(void)
{
    char url[64];

    server = upstream_start(serve, NULL);
    snprintf(url, sizeof(url), "%s", upstream_url(server));
    client = poly_schedule_client_create(url);
    memset(url, 'x', sizeof(url)); /* the client has its own copy */
    arena = poly_arena_create(0);
}

static void tear_down(void)
{
    poly_arena_destroy(&arena);
    poly_schedule_client_destroy(&client);
    if (server)
        upstream_stop(&server);
}

/* --- groups --- */

struct resolution {
    const char *faculty, *group;
    int64_t faculty_id, group_id;
    poly_result result;
};

static void resolve(void *argument)
{
    struct resolution *resolution = argument;

    resolution->result = poly_schedule_resolve_group(client, arena, resolution->faculty, resolution->group,
                                                     &resolution->faculty_id, &resolution->group_id);
}

START_TEST(resolves_a_group)
{
    struct resolution resolution = {.faculty = "ИК", .group = "5130904/20102 п/г"};

    on_fiber(resolve, &resolution);
    ck_assert_int_eq(resolution.result, POLY_OK);
    ck_assert_int_eq(resolution.faculty_id, 125);
    ck_assert_int_eq(resolution.group_id, 32369);
}
END_TEST

START_TEST(tells_why_a_group_is_not_resolved)
{
    struct resolution resolution = {.faculty = "none", .group = "x"};
    char *endless = calloc(1, 5000);

    on_fiber(resolve, &resolution);
    ck_assert_int_eq(resolution.result, POLY_NOT_FOUND);
    resolution.faculty = "null";
    on_fiber(resolve, &resolution);
    ck_assert_int_eq(resolution.result, POLY_BAD_ANSWER);
    memset(endless, 'x', 4999);
    resolution.faculty = endless;
    on_fiber(resolve, &resolution);
    ck_assert_int_eq(resolution.result, POLY_INVALID);
    ck_assert_uint_eq(upstream_requests(server), 2);
    free(endless);
}
END_TEST

/* --- weeks --- */

struct week_call {
    int64_t building, room, group;
    poly_result result, json_result;
    poly_week week;
    poly_slice json;
};

static void ask_group(void *argument)
{
    struct week_call *call = argument;

    call->result = poly_schedule_group_week(client, arena, call->group, may_18, &call->week);
    call->json_result = poly_schedule_group_week_json(client, arena, call->group, may_18, &call->json);
}

static void ask_room(void *argument)
{
    struct week_call *call = argument;

    call->result = poly_schedule_room_week(client, arena, call->building, call->room, may_18, &call->week);
    call->json_result = poly_schedule_room_week_json(client, arena, call->building, call->room, may_18, &call->json);
}

START_TEST(reads_a_groups_week)
{
    struct week_call call = {.group = 32369};
    const poly_lesson *lesson;

    on_fiber(ask_group, &call);
    ck_assert_int_eq(call.result, POLY_OK);
    ck_assert_uint_eq(call.week.day_count, 1);
    ck_assert(call.week.is_odd);
    ck_assert_uint_eq(call.week.days[0].lesson_count, 1);
    lesson = &call.week.days[0].lessons[0];
    ck_assert_str_eq(lesson->subject, "Физика");
    ck_assert_int_eq(lesson->time_start, 600);
    ck_assert_str_eq(lesson->teachers[0].full_name, "Иванов Иван Иванович");
    ck_assert_str_eq(lesson->rooms[0].building_name, "Главный корпус");
    ck_assert_int_eq(call.json_result, POLY_OK);
    ck_assert_uint_eq(call.json.size, strlen(GROUP_WEEK));
    ck_assert_str_eq(call.json.data, GROUP_WEEK);
}
END_TEST

START_TEST(reads_a_rooms_week)
{
    struct week_call call = {.building = 11, .room = 5};

    on_fiber(ask_room, &call);
    ck_assert_int_eq(call.result, POLY_OK);
    ck_assert_int_eq(call.week.days[0].lessons[0].type_id, 14);
    ck_assert_int_eq(call.week.days[0].lessons[0].teachers[0].oid, 70);
    ck_assert_int_eq(call.week.days[0].lessons[0].groups[0].id, 32369);
    ck_assert_int_eq(call.json_result, POLY_OK);
    ck_assert_str_eq(call.json.data, ROOM_WEEK);
}
END_TEST

static void assert_week(int64_t group, poly_result result, poly_result json_result)
{
    struct week_call call = {.group = group};

    on_fiber(ask_group, &call);
    ck_assert_msg(call.result == result && call.json_result == json_result, "group %d gave %s and %s", (int)group,
                  poly_result_name(call.result), poly_result_name(call.json_result));
}

START_TEST(tells_refusals_apart)
{
    assert_week(400, POLY_INVALID, POLY_INVALID);
    assert_week(404, POLY_NOT_FOUND, POLY_NOT_FOUND);
    assert_week(409, POLY_BAD_ANSWER, POLY_BAD_ANSWER);
    assert_week(422, POLY_INVALID, POLY_INVALID);
    assert_week(429, POLY_UNAVAILABLE, POLY_UNAVAILABLE);
}
END_TEST

START_TEST(a_stranger_at_the_address_is_a_bad_answer)
{
    assert_week(1404, POLY_BAD_ANSWER, POLY_BAD_ANSWER);
    assert_week(1302, POLY_BAD_ANSWER, POLY_BAD_ANSWER);
    assert_week(1200, POLY_BAD_ANSWER, POLY_BAD_ANSWER);
    assert_week(1201, POLY_BAD_ANSWER, POLY_BAD_ANSWER);
}
END_TEST

START_TEST(what_is_no_week_is_a_bad_answer)
{
    assert_week(1202, POLY_BAD_ANSWER, POLY_OK);
    assert_week(1203, POLY_BAD_ANSWER, POLY_OK);
    assert_week(1204, POLY_BAD_ANSWER, POLY_OK);
    assert_week(1205, POLY_BAD_ANSWER, POLY_OK);
}
END_TEST

static void ask_group_once(void *argument)
{
    struct week_call *call = argument;

    call->result = poly_schedule_group_week(client, arena, call->group, may_18, &call->week);
}

START_TEST(a_failing_service_is_asked_again_and_unavailable)
{
    struct week_call call = {.group = 502};

    on_fiber(ask_group_once, &call);
    ck_assert_int_eq(call.result, POLY_UNAVAILABLE);
    ck_assert_uint_eq(upstream_requests(server), 3);
    upstream_stop(&server);
    on_fiber(ask_group_once, &call);
    ck_assert_int_eq(call.result, POLY_UNAVAILABLE);
}
END_TEST

/* --- dictionaries --- */

struct lists {
    poly_teacher *teachers;
    poly_building *buildings;
    poly_room *rooms, *no_rooms, *bad_rooms;
    size_t teacher_count, building_count, room_count, no_room_count, bad_count;
    poly_result results[6];
};

static void ask_lists(void *argument)
{
    struct lists *lists = argument;

    lists->results[0] = poly_schedule_teachers(client, arena, &lists->teachers, &lists->teacher_count);
    lists->results[1] = poly_schedule_buildings(client, arena, &lists->buildings, &lists->building_count);
    lists->results[2] = poly_schedule_rooms(client, arena, 11, &lists->rooms, &lists->room_count);
    lists->results[3] = poly_schedule_rooms(client, arena, 12, &lists->no_rooms, &lists->no_room_count);
    lists->results[4] = poly_schedule_rooms(client, arena, 13, &lists->bad_rooms, &lists->bad_count);
    lists->results[5] = poly_schedule_rooms(client, arena, 14, &lists->bad_rooms, &lists->bad_count);
}

START_TEST(reads_dictionaries)
{
    static const poly_result expected[] = {POLY_OK, POLY_OK, POLY_OK, POLY_OK, POLY_BAD_ANSWER, POLY_BAD_ANSWER};
    struct lists lists = {.no_room_count = 77};

    on_fiber(ask_lists, &lists);
    for (size_t i = 0; i < POLY_LENGTH(expected); i++)
        ck_assert_int_eq(lists.results[i], expected[i]);
    ck_assert_uint_eq(lists.teacher_count, 2);
    ck_assert_int_eq(lists.teachers[0].oid, 70);
    ck_assert_str_eq(lists.teachers[0].surname, "Иванов");
    ck_assert_str_eq(lists.teachers[1].full_name, "Пётр");
    ck_assert_str_eq(lists.teachers[1].chair, "");
    ck_assert_uint_eq(lists.building_count, 1);
    ck_assert_str_eq(lists.buildings[0].abbr, "ГЗ");
    ck_assert_uint_eq(lists.room_count, 1);
    ck_assert_int_eq(lists.rooms[0].id, 5);
    ck_assert_uint_eq(lists.no_room_count, 0);
}
END_TEST

struct many {
    poly_room *rooms, *cut_rooms;
    size_t count, cut_count;
    poly_result result, cut_result;
};

static void ask_many(void *argument)
{
    struct many *many = argument;

    many->result = poly_schedule_rooms(client, arena, 100, &many->rooms, &many->count);
    many->cut_result = poly_schedule_rooms(client, arena, 101, &many->cut_rooms, &many->cut_count);
}

START_TEST(reads_a_large_list)
{
    struct many many;

    on_fiber(ask_many, &many);
    ck_assert_int_eq(many.result, POLY_OK);
    ck_assert_uint_eq(many.count, MANY_ROOMS);
    ck_assert_int_eq(many.rooms[0].id, 1);
    ck_assert_int_eq(many.rooms[MANY_ROOMS - 1].id, MANY_ROOMS);
    ck_assert_str_eq(many.rooms[MANY_ROOMS - 1].name, "room 5000");
    ck_assert_int_eq(many.cut_result, POLY_BAD_ANSWER);
    ck_assert_uint_eq(many.cut_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule_client");
    TCase *cases = tcase_create("schedule_client");
    SRunner *runner;
    int failed;

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, resolves_a_group);
    tcase_add_test(cases, tells_why_a_group_is_not_resolved);
    tcase_add_test(cases, reads_a_groups_week);
    tcase_add_test(cases, reads_a_rooms_week);
    tcase_add_test(cases, tells_refusals_apart);
    tcase_add_test(cases, a_stranger_at_the_address_is_a_bad_answer);
    tcase_add_test(cases, what_is_no_week_is_a_bad_answer);
    tcase_add_test(cases, a_failing_service_is_asked_again_and_unavailable);
    tcase_add_test(cases, reads_dictionaries);
    tcase_add_test(cases, reads_a_large_list);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

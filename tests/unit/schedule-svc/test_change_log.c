/* SPDX-License-Identifier: MIT */
#include "change_log.h"
#include "week_fixture.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MONDAY DATE(2026, 9, 7)
#define NOON   INT64_C(1788782400) /* 2026-09-07T12:00:00Z */

static const change_source group = {TIMETABLE_GROUP, 501, "5000001/10001"};
static const change_source teacher = {TIMETABLE_TEACHER, 501, "Пробкина О. И."};

static poly_arena *arena;
static change_log *subject;
static poly_lesson lesson;
static change_record *records;
static size_t count, total;

static void set_up(void)
{
    arena = poly_arena_create(0);
    subject = change_log_create(NULL);
    lesson = lesson_of("Физика", CLOCK(10, 0), CLOCK(11, 40));
    add_room(arena, &lesson, 31, "101", "Корпус");
}

static void tear_down(void)
{
    change_log_destroy(&subject);
    poly_arena_destroy(&arena);
}

static week_change added(void)
{
    return (week_change){.kind = CHANGE_ADDED, .after_date = MONDAY, .after = &lesson};
}

static void add(change_log *log, const change_source *source, week_change change, int64_t now)
{
    ck_assert_uint_eq(change_log_add(log, source, &change, 1, now), 1);
}

static void ask(change_query query)
{
    change_log_query(subject, &query, arena, &records, &count, &total);
}

START_TEST(starts_empty)
{
    ask((change_query){0});
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(total, 0);
    ck_assert_int_eq(change_log_last_sequence(subject), 0);
}
END_TEST

START_TEST(writes_a_change_as_json)
{
    poly_lesson moved = lesson;
    const week_change change = {.kind = CHANGE_MOVED,
                                .fields = CHANGE_OF_TIME | CHANGE_OF_ROOMS,
                                .before_date = MONDAY,
                                .before = &lesson,
                                .after_date = DATE(2026, 9, 8),
                                .after = &moved};
    poly_json *document;
    const poly_json *after;

    moved.time_start = CLOCK(12, 0);
    moved.time_end = CLOCK(13, 40);
    add(subject, &group, change, NOON);
    ask((change_query){0});
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(records[0].sequence, 1);
    ck_assert_int_eq(records[0].time, NOON);
    ck_assert_int_eq(records[0].timetable, TIMETABLE_GROUP);
    ck_assert_int_eq(records[0].timetable_id, 501);
    ck_assert_int_eq(records[0].kind, CHANGE_MOVED);
    ck_assert_int_eq(poly_date_compare(records[0].date, DATE(2026, 9, 8)), 0);
    ck_assert_int_eq(poly_json_parse(records[0].json.data, records[0].json.size, NULL, &document, NULL), POLY_OK);
    ck_assert_ptr_nonnull(strstr(records[0].json.data,
                                 "{\"sequence\":1,\"time\":\"2026-09-07T12:00:00Z\",\"kind\":\"moved\","
                                 "\"fields\":[\"time\",\"rooms\"],\"timetable\":{\"kind\":\"group\",\"id\":501,"
                                 "\"name\":\"5000001/10001\"},\"before\":{\"date\":\"2026-09-07\",\"weekday\":1,"
                                 "\"lesson\":{"));
    after = poly_json_get(document, "after");
    ck_assert_str_eq(poly_json_text(poly_json_get(after, "date"), ""), "2026-09-08");
    after = poly_json_get(after, "lesson");
    ck_assert_str_eq(poly_json_text(poly_json_get(after, "time_start"), ""), "12:00");
    ck_assert_str_eq(poly_json_text(poly_json_get(after, "subject"), ""), "Физика");
    ck_assert_int_eq(poly_json_type_of(poly_json_get(after, "groups")), POLY_JSON_ARRAY);
    poly_json_destroy(&document);
}
END_TEST

START_TEST(writes_null_for_a_side_there_is_not)
{
    add(subject, &group, added(), NOON);
    add(subject, &group, (week_change){.kind = CHANGE_CANCELLED, .before_date = MONDAY, .before = &lesson}, NOON);
    ask((change_query){0});
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_nonnull(strstr(records[0].json.data, "\"fields\":[]"));
    ck_assert_ptr_nonnull(strstr(records[0].json.data, "\"after\":null"));
    ck_assert_ptr_null(strstr(records[0].json.data, "\"before\":null"));
    ck_assert_int_eq(poly_date_compare(records[0].date, MONDAY), 0);
    ck_assert_ptr_nonnull(strstr(records[1].json.data, "\"before\":null"));
}
END_TEST

START_TEST(answers_newest_first_by_what_is_asked)
{
    week_change cancelled = {.kind = CHANGE_CANCELLED, .before_date = MONDAY, .before = &lesson};

    add(subject, &group, added(), NOON);
    add(subject, &teacher, added(), NOON + 10);
    add(subject, &(change_source){TIMETABLE_GROUP, 502, "x"}, cancelled, NOON + 20);
    add(subject, &group, cancelled, NOON + 30);
    ask((change_query){0});
    ck_assert_uint_eq(total, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(records[i].sequence, 4 - (int64_t)i);
    ask((change_query){.after_sequence = 2});
    ck_assert_uint_eq(total, 2);
    ck_assert_int_eq(records[1].sequence, 3);
    ask((change_query){.since_time = NOON + 10});
    ck_assert_uint_eq(total, 3);
    ask((change_query){.since_time = NOON + 11});
    ck_assert_uint_eq(total, 2);
    ask((change_query){.timetables = TIMETABLE_KIND_BIT(TIMETABLE_GROUP), .timetable_id = 501});
    ck_assert_uint_eq(total, 2);
    ck_assert_int_eq(records[0].sequence, 4);
    ck_assert_int_eq(records[1].sequence, 1);
    ask((change_query){.timetable_id = 501});
    ck_assert_uint_eq(total, 3);
    ask((change_query){.timetables = TIMETABLE_KIND_BIT(TIMETABLE_ROOM)});
    ck_assert_uint_eq(total, 0);
    ask((change_query){.kinds = 1u << CHANGE_CANCELLED});
    ck_assert_uint_eq(total, 2);
    ck_assert_int_eq(records[1].timetable_id, 502);
    ask((change_query){.after_sequence = INT64_MAX});
    ck_assert_uint_eq(total, 0);
}
END_TEST

START_TEST(pages)
{
    for (int i = 0; i < 600; i++)
        add(subject, &group, added(), NOON + i);
    ask((change_query){0});
    ck_assert_uint_eq(count, 100);
    ck_assert_uint_eq(total, 600);
    ask((change_query){.limit = 10000});
    ck_assert_uint_eq(count, 500);
    ask((change_query){.offset = 598, .limit = 5});
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(total, 600);
    ck_assert_int_eq(records[0].sequence, 2);
    ask((change_query){.offset = 600});
    ck_assert_uint_eq(count, 0);
    ck_assert_uint_eq(total, 600);
}
END_TEST

START_TEST(forgets_the_oldest_beyond_a_number)
{
    change_log_destroy(&subject);
    subject = change_log_create(&(change_log_options){.max_records = 3});
    for (int i = 0; i < 10; i++)
        add(subject, &group, added(), NOON + i);
    ask((change_query){0});
    ck_assert_uint_eq(total, 3);
    ck_assert_int_eq(records[0].sequence, 10);
    ck_assert_int_eq(records[2].sequence, 8);
    ck_assert_int_eq(records[2].time, NOON + 7);
    ck_assert_int_eq(change_log_last_sequence(subject), 10);
}
END_TEST

START_TEST(forgets_the_oldest_beyond_a_size)
{
    size_t size;

    add(subject, &group, added(), NOON);
    ask((change_query){0});
    size = records[0].json.size;
    change_log_destroy(&subject);
    subject = change_log_create(&(change_log_options){.max_bytes = 3 * size});
    for (int i = 0; i < 9; i++)
        add(subject, &group, added(), NOON);
    ask((change_query){0});
    ck_assert_uint_eq(total, 3);
    change_log_destroy(&subject);
    subject = change_log_create(&(change_log_options){.max_bytes = size - 1});
    ck_assert_uint_eq(change_log_add(subject, &group, &(week_change){.after_date = MONDAY, .after = &lesson}, 1, NOON),
                      0);
    ask((change_query){0});
    ck_assert_uint_eq(total, 0);
}
END_TEST

START_TEST(leaves_out_a_giant)
{
    char *info = poly_arena_alloc(arena, (64 << 10) + 1);
    poly_lesson giant = lesson;
    week_change changes[] = {added(), added(), added()};

    memset(info, 'x', 64 << 10);
    info[64 << 10] = '\0';
    giant.additional_info = info;
    changes[1].after = &giant;
    ck_assert_uint_eq(change_log_add(subject, &group, changes, 3, NOON), 2);
    ask((change_query){0});
    ck_assert_uint_eq(total, 2);
    ck_assert_int_eq(records[0].sequence, 2);
}
END_TEST

START_TEST(answers_copies)
{
    add(subject, &group, added(), NOON);
    ask((change_query){0});
    change_log_destroy(&subject);
    ck_assert_uint_eq(strlen(records[0].json.data), records[0].json.size);
    subject = change_log_create(NULL);
}
END_TEST

START_TEST(survives_a_save_and_load)
{
    poly_strbuf first, second;
    change_log *other = change_log_create(&(change_log_options){.max_records = 2});
    change_log *copy = change_log_create(NULL);

    poly_strbuf_init(&first, 1 << 20);
    poly_strbuf_init(&second, 1 << 20);
    add(subject, &group, added(), NOON);
    add(subject, &teacher, added(), NOON + 1);
    add(subject, &group, (week_change){.kind = CHANGE_CANCELLED, .before_date = MONDAY, .before = &lesson}, NOON + 2);
    ck_assert_int_eq(change_log_save(subject, &first), POLY_OK);
    ck_assert_int_eq(change_log_load(copy, (poly_slice){first.data, first.size}), POLY_OK);
    ck_assert_int_eq(change_log_save(copy, &second), POLY_OK);
    ck_assert_str_eq(poly_strbuf_text(&first), poly_strbuf_text(&second));
    change_log_query(copy, &(change_query){0}, arena, &records, &count, &total);
    ck_assert_uint_eq(total, 3);
    ck_assert_int_eq(records[0].kind, CHANGE_CANCELLED);
    ck_assert_int_eq(records[0].time, NOON + 2);
    ck_assert_int_eq(poly_date_compare(records[0].date, MONDAY), 0);
    ck_assert_int_eq(records[1].timetable, TIMETABLE_TEACHER);
    add(copy, &group, added(), NOON + 3);
    ck_assert_int_eq(change_log_last_sequence(copy), 4);
    ck_assert_int_eq(change_log_load(copy, (poly_slice){first.data, first.size}), POLY_CONFLICT);
    ck_assert_int_eq(change_log_load(other, (poly_slice){first.data, first.size}), POLY_OK);
    change_log_query(other, &(change_query){0}, arena, &records, &count, &total);
    ck_assert_uint_eq(total, 2);
    ck_assert_int_eq(records[1].sequence, 2);
    poly_strbuf_release(&second);
    poly_strbuf_release(&first);
    change_log_destroy(&copy);
    change_log_destroy(&other);
}
END_TEST

START_TEST(goes_on_counting_after_an_empty_load)
{
    static const char saved[] = "{\"version\":1,\"next_sequence\":41,\"changes\":[]}";

    ck_assert_int_eq(change_log_load(subject, poly_slice_of(saved)), POLY_OK);
    add(subject, &group, added(), NOON);
    ck_assert_int_eq(change_log_last_sequence(subject), 41);
    change_log_destroy(&subject);
    subject = change_log_create(&(change_log_options){.first_sequence = 100});
    ck_assert_int_eq(change_log_load(subject, poly_slice_of(saved)), POLY_OK);
    add(subject, &group, added(), NOON);
    ck_assert_int_eq(change_log_last_sequence(subject), 100);
}
END_TEST

START_TEST(says_when_the_save_does_not_fit)
{
    poly_strbuf out;

    poly_strbuf_init(&out, 100);
    add(subject, &group, added(), NOON);
    ck_assert_int_eq(change_log_save(subject, &out), POLY_TOO_LARGE);
    poly_strbuf_release(&out);
}
END_TEST

#define CHANGE(sequence, rest)                                                                 \
    "{\"sequence\":" sequence                                                                  \
    ",\"time\":\"2026-09-07T12:00:00Z\",\"kind\":\"added\",\"timetable\":{\"kind\":\"group\"," \
    "\"id\":501,\"name\":\"x\"},\"before\":null," rest "}"
#define AFTER          "\"after\":{\"date\":\"2026-09-07\",\"lesson\":{}}"
#define SAVED(changes) "{\"version\":1,\"next_sequence\":9,\"changes\":[" changes "]}"

static const char *const bad_saves[] = {
    "",
    "[]",
    "{}",
    "{\"version\":2,\"next_sequence\":9,\"changes\":[]}",
    "{\"version\":1,\"changes\":[]}",
    "{\"version\":1,\"next_sequence\":0,\"changes\":[]}",
    "{\"version\":1,\"next_sequence\":9}",
    "{\"version\":1,\"next_sequence\":9,\"changes\":{}}",
    SAVED("null"),
    SAVED("{}"),
    SAVED(CHANGE("0", AFTER)),
    SAVED(CHANGE("9", AFTER)),
    SAVED(CHANGE("2", AFTER) "," CHANGE("2", AFTER)),
    SAVED(CHANGE("2", AFTER) "," CHANGE("1", AFTER)),
    SAVED(CHANGE("1", "\"after\":null")),
    SAVED(CHANGE("1", "\"after\":{\"date\":\"2026-09-31\",\"lesson\":{}}")),
    SAVED(CHANGE("1", "\"after\":{\"date\":\"2026-09-07\"}")),
    SAVED("{\"sequence\":1,\"time\":\"now\",\"kind\":\"added\",\"timetable\":{\"kind\":\"group\",\"id\":1}," AFTER "}"),
    SAVED("{\"sequence\":1,\"time\":\"2026-09-07T12:00:00Z\",\"kind\":\"x\",\"timetable\":{\"kind\":\"group\",\"id\":1}"
          "," AFTER "}"),
    SAVED("{\"sequence\":1,\"time\":\"2026-09-07T12:00:00Z\",\"kind\":\"added\",\"timetable\":{\"kind\":\"x\",\"id\":1}"
          "," AFTER "}"),
    SAVED(
        "{\"sequence\":1,\"time\":\"2026-09-07T12:00:00Z\",\"kind\":\"added\",\"timetable\":{\"kind\":\"group\"}," AFTER
        "}"),
};

START_TEST(takes_over_nothing_of_a_bad_save)
{
    ck_assert_int_eq(change_log_load(subject, poly_slice_of(SAVED(CHANGE("7", AFTER)))), POLY_OK);
    change_log_destroy(&subject);
    subject = change_log_create(NULL);
    ck_assert_msg(change_log_load(subject, poly_slice_of(bad_saves[_i])) == POLY_BAD_ANSWER, "%s", bad_saves[_i]);
    ask((change_query){0});
    ck_assert_uint_eq(total, 0);
    ck_assert_int_eq(change_log_last_sequence(subject), 0);
}
END_TEST

enum { WRITERS = 3, WRITES = 400 };

static void *write_many(void *unused)
{
    week_change change = added();

    for (int i = 0; i < WRITES; i++)
        change_log_add(subject, &group, &change, 1, NOON);
    return unused;
}

static void *read_many(void *problem)
{
    for (int i = 0; i < 100; i++) {
        poly_arena *own = poly_arena_create(0);
        change_record *seen;
        size_t seen_count, seen_total;

        change_log_query(subject, &(change_query){.limit = 20}, own, &seen, &seen_count, &seen_total);
        for (size_t k = 1; k < seen_count; k++)
            *(bool *)problem |= seen[k - 1].sequence != seen[k].sequence + 1;
        poly_arena_destroy(&own);
    }
    return NULL;
}

START_TEST(serves_many_threads)
{
    pthread_t writers[WRITERS], reader;
    bool problem = false;

    change_log_destroy(&subject);
    subject = change_log_create(&(change_log_options){.max_records = 50});
    ck_assert_int_eq(pthread_create(&reader, NULL, read_many, &problem), 0);
    for (int i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&writers[i], NULL, write_many, NULL), 0);
    for (int i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_join(writers[i], NULL), 0);
    ck_assert_int_eq(pthread_join(reader, NULL), 0);
    ck_assert(!problem);
    ck_assert_int_eq(change_log_last_sequence(subject), WRITERS * WRITES);
    ask((change_query){0});
    ck_assert_uint_eq(total, 50);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("change_log");
    TCase *records_case = tcase_create("records");
    TCase *saves = tcase_create("saves");

    tcase_add_checked_fixture(records_case, set_up, tear_down);
    tcase_add_test(records_case, starts_empty);
    tcase_add_test(records_case, writes_a_change_as_json);
    tcase_add_test(records_case, writes_null_for_a_side_there_is_not);
    tcase_add_test(records_case, answers_newest_first_by_what_is_asked);
    tcase_add_test(records_case, pages);
    tcase_add_test(records_case, forgets_the_oldest_beyond_a_number);
    tcase_add_test(records_case, forgets_the_oldest_beyond_a_size);
    tcase_add_test(records_case, leaves_out_a_giant);
    tcase_add_test(records_case, answers_copies);
    tcase_add_test(records_case, serves_many_threads);
    suite_add_tcase(suite, records_case);
    tcase_add_checked_fixture(saves, set_up, tear_down);
    tcase_add_test(saves, survives_a_save_and_load);
    tcase_add_test(saves, goes_on_counting_after_an_empty_load);
    tcase_add_test(saves, says_when_the_save_does_not_fit);
    tcase_add_loop_test(saves, takes_over_nothing_of_a_bad_save, 0, POLY_LENGTH(bad_saves));
    suite_add_tcase(suite, saves);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(make_suite());
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

/* SPDX-License-Identifier: MIT */
/* What is written of kiosks, sessions and marks, and for whom. */
#include "session.h"
#include "suite.h"
#include "tablet.h"

#include <string.h>

static const kiosk_state state = {
    .tablet = {.id = "t1", .display_pin = "111111", .reg_pin = "222222", .is_online = true, .created_at = "then"},
    .session =
        {
            .id = "s1",
            .discipline = "Физика",
            .teacher_name = "Иванов",
            .qr_secret = "very secret",
            .rotate_seconds = 10,
            .attendance_count = 3,
            .started_at = "then",
            .ends_at = "later",
        },
};

static poly_strbuf text;
static poly_json_writer writer;

static void set_up(void)
{
    poly_strbuf_init(&text, 4096);
    poly_json_writer_init(&writer, &text);
}

static void tear_down(void)
{
    poly_strbuf_release(&text);
}

static const char *state_for(tablet_view view)
{
    kiosk_state_write(&writer, &state, view);
    poly_json_end_object(&writer);
    return poly_strbuf_text(&text);
}

START_TEST(a_kiosk_that_has_proved_itself_sees_its_secrets)
{
    const char *json = state_for(TABLET_OWN);

    ck_assert_ptr_nonnull(strstr(json, "\"qr_secret\":\"very secret\""));
    ck_assert_ptr_nonnull(strstr(json, "\"reg_pin\":\"222222\""));
    ck_assert_ptr_null(strstr(json, "online"));
}
END_TEST

START_TEST(nobody_else_does)
{
    const char *json = state_for(_i ? TABLET_ADMIN : TABLET_PUBLIC);

    ck_assert_ptr_null(strstr(json, "secret"));
    ck_assert_ptr_null(strstr(json, "222222"));
    ck_assert_ptr_nonnull(strstr(json, "\"display_pin\":\"111111\""));
    ck_assert_int_eq(strstr(json, "\"online\":true") != NULL, _i);
}
END_TEST

START_TEST(a_registered_kiosk_has_no_registration_pin)
{
    tablet_info tablet = state.tablet;

    tablet.is_registered = true;
    tablet.room_id = 5;
    tablet_write(&writer, NULL, &tablet, TABLET_OWN);
    ck_assert_ptr_null(strstr(poly_strbuf_text(&text), "reg_pin"));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"room_id\":5"));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"building_id\":null"));
}
END_TEST

START_TEST(no_session_is_null)
{
    kiosk_session_write(&writer, NULL, &(kiosk_session){0}, TABLET_OWN);
    ck_assert_str_eq(poly_strbuf_text(&text), "null");
}
END_TEST

START_TEST(those_who_were_there_count)
{
    static const bool counted[] = {true, true, false, false};

    for (size_t i = 0; i < POLY_LENGTH(counted); i++) {
        attendance_status status = attendance_status_parse(attendance_status_names[i]);

        ck_assert_uint_eq(status, i);
        ck_assert_int_eq(attendance_counts(status), counted[i]);
    }
    ck_assert_ptr_null(attendance_status_names[POLY_LENGTH(counted)]);
}
END_TEST

START_TEST(what_is_json_stays_so)
{
    session_write(&writer, NULL, &(lesson_session){.id = "s1", .schedule_snapshot = "{\"a\":1}"});
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"schedule_snapshot\":{\"a\":1}"));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"ended_at\":null"));
    poly_strbuf_clear(&text);
    poly_json_writer_init(&writer, &text);
    attendance_write(&writer, NULL,
                     &(attendance_entry){.id = "a1", .status = ATTENDANCE_LATE, .source = "qr", .history = "[]"});
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"status\":\"late\""));
    ck_assert_ptr_nonnull(strstr(poly_strbuf_text(&text), "\"history\":[]"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tablet");
    TCase *tests = add_case(suite, "answers");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_kiosk_that_has_proved_itself_sees_its_secrets);
    tcase_add_loop_test(tests, nobody_else_does, 0, 2);
    tcase_add_test(tests, a_registered_kiosk_has_no_registration_pin);
    tcase_add_test(tests, no_session_is_null);
    tcase_add_test(tests, those_who_were_there_count);
    tcase_add_test(tests, what_is_json_stays_so);
    return run_suite(suite);
}

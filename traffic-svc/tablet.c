/* SPDX-License-Identifier: MIT */
#include "tablet.h"

static void put_id(poly_json_writer *writer, const char *name, int64_t id)
{
    if (id)
        poly_json_put_int(writer, name, id);
    else
        poly_json_put_null(writer, name);
}

void tablet_write(poly_json_writer *writer, const char *name, const tablet_info *tablet, tablet_view view)
{
    poly_json_begin_object(writer, name);
    poly_json_put_text(writer, "id", tablet->id);
    poly_json_put_text(writer, "device_id", tablet->id);
    poly_json_put_bool(writer, "registered", tablet->is_registered);
    poly_json_put_text(writer, "display_pin", tablet->display_pin);
    if (view == TABLET_OWN && !tablet->is_registered)
        poly_json_put_text(writer, "reg_pin", tablet->reg_pin);
    put_id(writer, "building_id", tablet->building_id);
    poly_json_put_text(writer, "building_name", tablet->building_name);
    put_id(writer, "room_id", tablet->room_id);
    poly_json_put_text(writer, "room_name", tablet->room_name);
    if (view == TABLET_ADMIN) {
        poly_json_put_bool(writer, "online", tablet->is_online);
        poly_json_put_text(writer, "created_at", tablet->created_at);
        poly_json_put_text(writer, "registered_at", tablet->registered_at);
    }
    poly_json_end_object(writer);
}

void kiosk_session_write(poly_json_writer *writer, const char *name, const kiosk_session *session, tablet_view view)
{
    if (!session->id) {
        poly_json_put_null(writer, name);
        return;
    }
    poly_json_begin_object(writer, name);
    poly_json_put_bool(writer, "active", true);
    poly_json_put_text(writer, "session_id", session->id);
    poly_json_put_text(writer, "discipline", session->discipline);
    poly_json_put_text(writer, "teacher_name", session->teacher_name);
    poly_json_put_int(writer, "rotate_seconds", session->rotate_seconds);
    poly_json_put_int(writer, "attendance_count", session->attendance_count);
    poly_json_put_text(writer, "started_at", session->started_at);
    poly_json_put_text(writer, "ends_at", session->ends_at);
    if (view == TABLET_OWN)
        poly_json_put_text(writer, "qr_secret", session->qr_secret);
    poly_json_end_object(writer);
}

void kiosk_state_write(poly_json_writer *writer, const kiosk_state *state, tablet_view view)
{
    poly_json_begin_object(writer, NULL);
    tablet_write(writer, "tablet", &state->tablet, view);
    kiosk_session_write(writer, "session", &state->session, view);
}

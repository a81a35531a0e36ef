/* SPDX-License-Identifier: MIT */
/*
 * A kiosk and the session that runs on it, as the answers see them. Strings live in the arena of whoever read them.
 */
#ifndef TRAFFIC_TABLET_H
#define TRAFFIC_TABLET_H

#include "poly/json.h"

enum { PLACE_NAME_MAX = 200 }; /* characters of a building's or room's name */
#define RUZ_ID_MAX INT32_MAX

typedef struct tablet_info {
    const char *id; /* also what kiosks call their device id */
    poly_slice secret_hash;
    const char *display_pin;
    const char *reg_pin; /* NULL once it is registered */
    bool is_registered;
    int64_t building_id; /* 0 until then */
    const char *building_name;
    int64_t room_id;
    const char *room_name;
    bool is_online;
    const char *created_at;    /* RFC 3339 */
    const char *registered_at; /* the same; NULL for never */
} tablet_info;

/* What a kiosk shows. */
typedef struct kiosk_session {
    const char *id; /* NULL: none runs, and the rest says nothing */
    const char *discipline;
    const char *teacher_name;
    const char *qr_secret;
    int64_t rotate_seconds;
    int64_t attendance_count;
    const char *started_at; /* RFC 3339 */
    const char *ends_at;
} kiosk_session;

typedef struct kiosk_state {
    tablet_info tablet;
    kiosk_session session;
} kiosk_state;

/* Who looks: a kiosk that has proved itself is told its secrets. */
typedef enum tablet_view { TABLET_PUBLIC, TABLET_OWN, TABLET_ADMIN } tablet_view;

void tablet_write(poly_json_writer *writer, const char *name, const tablet_info *tablet, tablet_view view);
/* null if there is none. */
void kiosk_session_write(poly_json_writer *writer, const char *name, const kiosk_session *session, tablet_view view);
/* {"tablet","session"} and the rest of an event, but for its "server_time"; leaves the object open. */
void kiosk_state_write(poly_json_writer *writer, const kiosk_state *state, tablet_view view);

#endif

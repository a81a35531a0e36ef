/* SPDX-License-Identifier: MIT */
/*
 * What a row's columns mean: for the store's files only.
 */
#ifndef TRAFFIC_STORE_ROWS_H
#define TRAFFIC_STORE_ROWS_H

#include "store.h"

/* Of the table or alias `of`, in the order in which teacher_of_row reads them. */
#define TEACHER_COLUMNS(of)                                                                                  \
    of ".id, " of ".full_name, " of ".username, " of ".ruz_teacher_id, " of ".is_active, " of ".origin, " of \
       ".missing_since, " of ".created_at"
enum { TEACHER_COLUMN_COUNT = 8 };

/* The teacher whose columns begin at `column`. */
teacher teacher_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

/* A kiosk whose replica has died is there until the grace is over, as if it had left when that one last spoke. */
#define IS_ONLINE(tablet_id)                                                                                     \
    "EXISTS (SELECT FROM kiosk_presence p JOIN replicas r ON r.id = p.replica_id WHERE p.tablet_id = " tablet_id \
    " AND coalesce(p.left_at, r.seen_at) > now() - interval '" ONLINE_GRACE_SECONDS " seconds')"
#define PIN_OF(of, kind) "(SELECT n.pin FROM tablet_pins n WHERE n.tablet_id = " of ".id AND n.kind = '" kind "')"
#define TABLET_COLUMNS(of)                                                                    \
    of ".id, " of ".secret_hash, " PIN_OF(of, "display") ", " PIN_OF(                         \
        of, "registration") ", " of ".building_id, " of ".building_name, " of ".room_id, " of \
                            ".room_name, " IS_ONLINE(of ".id") ", " of ".created_at, " of ".registered_at"
enum { TABLET_COLUMN_COUNT = 11 };
tablet_info tablet_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

/* One whose time is over is not active, whether or not somebody has ended it. */
#define IS_ACTIVE(of) "(" of ".ended_at IS NULL AND " of ".ends_at > now())"
#define SESSION_COLUMNS(of)                                                                                         \
    of ".id, " of ".tablet_id, " of ".teacher_id, " of ".teacher_name, " of ".building_name, " of ".room_name, " of \
       ".discipline, " of ".schedule_snapshot, " of ".rotate_seconds, " of                                          \
       ".attendance_count, " IS_ACTIVE(of) ", " of ".started_at, " of ".ends_at, coalesce(" of                      \
                                           ".ended_at, CASE WHEN " of ".ends_at <= now() THEN " of ".ends_at END)"
enum { SESSION_COLUMN_COUNT = 14 };
lesson_session session_of_row(const poly_pg_rows *rows, size_t row, size_t column, poly_arena *arena);

/* POLY_NOT_FOUND when the query went well and has no row, or touched none. */
poly_result one_row(poly_result result, const poly_pg_rows *rows);
poly_result some_affected(poly_result result, const poly_pg_rows *rows);

#endif

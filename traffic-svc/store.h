/* SPDX-License-Identifier: MIT */
/*
 * The database: SQL and nothing else. What is read lives in the arena that the call was given. Results are those of
 * poly/pg.h; POLY_NOT_FOUND where a row was asked for that is not there. Fiber only.
 */
#ifndef TRAFFIC_STORE_H
#define TRAFFIC_STORE_H

#include "poly/pg.h"

#include "session.h"
#include "tablet.h"
#include "teacher.h"

/* --- teachers: store_teachers.c --- */

/* One who may act: neither deleted nor deactivated. */
poly_result store_live_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out) POLY_MUST_CHECK;

/* --- teachers as administrators see them: store_teacher_list.c --- */

typedef struct teacher_page {
    teacher *items;
    size_t count;
    int64_t total;
} teacher_page;
/* In the order of their names; those whom `typed` means, or all if that is NULL. */
poly_result store_list_teachers(poly_pg *pg, poly_arena *arena, const char *typed, int64_t limit, int64_t offset,
                                teacher_page *out) POLY_MUST_CHECK;
/* One who is not deleted. */
poly_result store_find_teacher(poly_pg *pg, poly_arena *arena, const char *id, teacher *out) POLY_MUST_CHECK;
poly_result store_insert_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                 const char *full_name, const char *username, teacher *out) POLY_MUST_CHECK;
/* `out` is who it was. */
poly_result store_delete_teacher(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                 teacher *out) POLY_MUST_CHECK;

/* For poly_accounts_options. */
extern const poly_statement store_teacher_alive;
extern const poly_statement store_teacher_entities;

/* --- kiosks: store_tablets.c; those that are deleted are not there --- */

poly_result store_tablet(poly_pg *pg, poly_arena *arena, const char *id, tablet_info *out) POLY_MUST_CHECK;
/* `kind` is "registration" or "display". */
poly_result store_tablet_by_pin(poly_pg *pg, poly_arena *arena, const char *kind, const char *pin,
                                tablet_info *out) POLY_MUST_CHECK;

typedef struct tablet_list {
    tablet_info *items;
    size_t count;
    int64_t total;
} tablet_list;
/* `search` (folded; NULL for all) is looked for in building and room, or is the display PIN. */
poly_result store_list_tablets(poly_pg *pg, poly_arena *arena, const char *search, int64_t limit, int64_t offset,
                               tablet_list *out) POLY_MUST_CHECK;

/* With what runs on it. */
poly_result store_kiosk_state(poly_pg *pg, poly_arena *arena, const char *id, kiosk_state *out) POLY_MUST_CHECK;
/* Of those of the ids that are there, in any order. */
poly_result store_kiosk_states(poly_pg *pg, poly_arena *arena, const char *const *ids, size_t id_count,
                               kiosk_state **out, size_t *count) POLY_MUST_CHECK;

poly_result store_insert_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                                poly_slice secret_hash) POLY_MUST_CHECK;
/* Gives the kiosk the first of `pins` that nobody has. POLY_NOT_FOUND: all are taken. */
poly_result store_insert_pin(poly_pg_transaction *transaction, poly_arena *arena, const char *tablet_id,
                             const char *kind, const char *const *pins, size_t pin_count,
                             const char **pin) POLY_MUST_CHECK;
/* From its members but for the PINs, of which the one that it was registered by is free again. `search_text`: folded.
 */
poly_result store_register_tablet(poly_pg_transaction *transaction, poly_arena *arena, const tablet_info *tablet,
                                  const char *search_text) POLY_MUST_CHECK;
/* Ends its session, frees its PINs. */
poly_result store_delete_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id) POLY_MUST_CHECK;
/* Until the transaction ends. */
poly_result store_lock_tablet(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                              tablet_info *out) POLY_MUST_CHECK;

/* --- who is online: store_presence.c --- */

/* How long a kiosk that has gone counts as online. */
#define ONLINE_GRACE_SECONDS "20"

poly_result store_replica_lives(poly_pg *pg, poly_arena *arena, const char *replica_id) POLY_MUST_CHECK;
poly_result store_kiosks_came(poly_pg *pg, poly_arena *arena, const char *replica_id, const char *const *ids,
                              size_t count) POLY_MUST_CHECK;
poly_result store_kiosks_went(poly_pg *pg, poly_arena *arena, const char *replica_id, const char *const *ids,
                              size_t count) POLY_MUST_CHECK;

/* Every kiosk and whether it is online, as {"statuses":[…]}: JSON. */
poly_result store_statuses_json(poly_pg *pg, poly_arena *arena, const char **json) POLY_MUST_CHECK;

/* --- what changed: store_changes.c --- */

/* In the transaction that changes a kiosk's state. */
poly_result store_note_change(poly_pg_transaction *transaction, poly_arena *arena,
                              const char *tablet_id) POLY_MUST_CHECK;

typedef struct tablet_changes {
    const char *const *ids; /* each once */
    size_t count;
    const char *seen; /* what to ask from the next time */
} tablet_changes;
/*
 * The kiosks whose state has changed, by transactions that were under way or not begun at `seen` (NULL: none but says
 * where to begin). One may be told of twice, none is left out.
 */
poly_result store_changes_since(poly_pg *pg, poly_arena *arena, const char *seen, tablet_changes *out) POLY_MUST_CHECK;
/* Tells the other replicas to look. */
poly_result store_notify_changes(poly_pg *pg, poly_arena *arena, const char *replica_id) POLY_MUST_CHECK;
#define CHANGES_CHANNEL "tablet_changes"

/* --- sessions: store_sessions.c --- */

poly_result store_session(poly_pg *pg, poly_arena *arena, const char *id, lesson_session *out) POLY_MUST_CHECK;

typedef struct session_list {
    lesson_session *items;
    size_t count;
    int64_t total;
} session_list;
/* A teacher's, newest first. */
poly_result store_list_sessions(poly_pg *pg, poly_arena *arena, const char *teacher_id, int64_t limit, int64_t offset,
                                session_list *out) POLY_MUST_CHECK;

/* What never changes of a session and is needed to check a scan. */
typedef struct session_key {
    const char *qr_secret;
    int64_t rotate_seconds;
} session_key;
poly_result store_session_key(poly_pg *pg, poly_arena *arena, const char *id, session_key *out,
                              bool *is_active) POLY_MUST_CHECK;

/* The kiosk is locked; what ran on it has ended. Fills in the times. */
poly_result store_insert_session(poly_pg_transaction *transaction, poly_arena *arena, lesson_session *session,
                                 const char *qr_secret, int64_t max_minutes) POLY_MUST_CHECK;
poly_result store_end_sessions_of_tablet(poly_pg_transaction *transaction, poly_arena *arena,
                                         const char *tablet_id) POLY_MUST_CHECK;
/* Until the transaction ends. */
poly_result store_lock_session(poly_pg_transaction *transaction, poly_arena *arena, const char *id,
                               lesson_session *out) POLY_MUST_CHECK;
poly_result store_end_session(poly_pg_transaction *transaction, poly_arena *arena, const char *id) POLY_MUST_CHECK;
/* Those whose time is over, with a change for each; up to 500. */
poly_result store_end_due_sessions(poly_pg *pg, poly_arena *arena, int64_t *ended) POLY_MUST_CHECK;

/* --- marks: store_attendance.c --- */

typedef enum mark_result { MARKED, MARKED_ALREADY, MARK_SESSION_OVER } mark_result;

typedef struct student_mark {
    const char *session_id;
    const char *student_external_id;
    const char *student_name;
} student_mark;

/* The mark, the count and the change, in one statement and so in one transaction. */
poly_result store_mark(poly_pg *pg, poly_arena *arena, const student_mark *mark, mark_result *out) POLY_MUST_CHECK;
poly_result store_mark_in(poly_pg_transaction *transaction, poly_arena *arena, const student_mark *mark,
                          mark_result *out) POLY_MUST_CHECK;

typedef struct attendance_list {
    attendance_entry *items;
    size_t count;
    int64_t total;
} attendance_list;
/* In the order of names. */
poly_result store_list_attendance(poly_pg *pg, poly_arena *arena, const char *session_id, int64_t limit, int64_t offset,
                                  attendance_list *out) POLY_MUST_CHECK;

/* The last `limit` corrections of a session, newest first, as a JSON array. */
poly_result store_corrections_json(poly_pg *pg, poly_arena *arena, const char *session_id, int64_t limit,
                                   const char **json) POLY_MUST_CHECK;

/* Of the next four the session is locked. POLY_CONFLICT: the student is listed. Fills in the id and the time. */
poly_result store_insert_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                    attendance_entry *attendance) POLY_MUST_CHECK;
poly_result store_find_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                  const char *id, attendance_entry *out) POLY_MUST_CHECK;
poly_result store_set_attendance_status(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                        const char *student_external_id, attendance_status status) POLY_MUST_CHECK;
poly_result store_delete_attendance(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                                    const char *student_external_id) POLY_MUST_CHECK;
poly_result store_add_to_count(poly_pg_transaction *transaction, poly_arena *arena, const char *session_id,
                               int64_t amount) POLY_MUST_CHECK;

/* A correction; NULL for a status that there was not, or is not any more. */
typedef struct attendance_correction {
    const char *session_id;
    const char *attendance_id;
    const char *student_external_id;
    const char *student_name;
    const char *changed_by;
    const char *changed_by_name;
    const char *from_status;
    const char *to_status;
} attendance_correction;
poly_result store_insert_correction(poly_pg_transaction *transaction, poly_arena *arena,
                                    const attendance_correction *correction) POLY_MUST_CHECK;

/* --- what is over (store_sweep.c) --- */

/* Starts a fiber that deletes it, for as long as the daemon runs. */
void store_sweep_start(poly_pg *pg, poly_loop *loop, int64_t audit_days, int64_t unregistered_hours);

#endif

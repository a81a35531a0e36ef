/* SPDX-License-Identifier: MIT */
/*
 * What clients of traffic-svc may tell apart.
 */
#ifndef TRAFFIC_PROBLEMS_H
#define TRAFFIC_PROBLEMS_H

#include "poly/http.h"

extern const poly_problem problem_launch_refused;

extern const poly_problem problem_tablet_unknown;
extern const poly_problem problem_pin_unknown;
extern const poly_problem problem_tablet_unregistered;
extern const poly_problem problem_no_free_pin;
extern const poly_problem problem_kiosks_crowd;

extern const poly_problem problem_session_unknown;
extern const poly_problem problem_session_closed;
extern const poly_problem problem_session_of_other;
extern const poly_problem problem_no_ruz_id;
extern const poly_problem problem_code_stale;
extern const poly_problem problem_claim_stale;
extern const poly_problem problem_attendance_unknown;
extern const poly_problem problem_student_listed;

extern const poly_problem problem_teacher_unknown;
extern const poly_problem problem_sync_runs;
extern const poly_problem problem_telegram_off;
extern const poly_problem problem_telegram_refused;
extern const poly_problem problem_telegram_expired;
extern const poly_problem problem_telegram_unlinked;
extern const poly_problem problem_teacher_disabled;
extern const poly_problem problem_not_teacher;
extern const poly_problem problem_room_unknown;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A teacher in an answer: ours, and what sso-svc knows of the user.
 */
#ifndef TRAFFIC_TEACHER_ANSWER_H
#define TRAFFIC_TEACHER_ANSWER_H

#include "poly/http.h"
#include "poly/sso_client.h"

#include "teacher.h"

/* Their users, sorted by entity; NULL if sso-svc does not answer, which is no reason to show no teachers. */
const poly_sso_users *teacher_users(poly_request *request, const teacher *teachers, size_t count);
/* NULL: has none. */
const poly_sso_user *teacher_user_of(const poly_sso_users *users, const char *entity_id);

/* `asked` false: what sso-svc knows is not known here, and null. */
void teacher_write(poly_json_writer *writer, const teacher *who, const poly_sso_user *user, bool asked);

/* The teacher of the path's {id}; false: it has been answered. */
bool teacher_of_path(poly_request *request, teacher *out);

#endif
